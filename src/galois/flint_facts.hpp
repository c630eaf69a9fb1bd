// What is asked of FLINT: facts about integers and polynomials over GF(p) that need proofs or tables. Only
// the source file beside this header sees FLINT; arithmetic on elements is our own, because it must be
// callable in hot loops.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gforbit::galois {

struct PrimePower {
  std::uint64_t prime;
  int exponent;
};

/// n = prime^exponent with exponent >= 1, proven; nullopt for every other n (0 and 1 included).
[[nodiscard]] std::optional<PrimePower> as_prime_power(std::uint64_t n);

/// The distinct prime factors of n >= 1, increasing.
[[nodiscard]] std::vector<std::uint64_t> prime_factors(std::uint64_t n);

/// Whether the polynomial (coefficients in 0..p-1, low to high, the last one not 0) is irreducible over
/// GF(p). Proven.
[[nodiscard]] bool is_irreducible(std::uint64_t p, std::span<const std::uint64_t> polynomial);

/// The Conway polynomial of degree m over GF(p), low to high, from F. Luebeck's tables as shipped in FLINT;
/// nullopt where the tables have none.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> conway_polynomial(std::uint64_t p, int m);

}  // namespace gforbit::galois
