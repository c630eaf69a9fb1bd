// What factoring p^n - 1 is made of, for integer_factors.cpp: whether a number is prime, the search for
// factors that are in no table, and the shipped table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/cycles/algebra_control.hpp"
#include "gforbit/cycles/integer_factors.hpp"

#include "integer_factors_fmpz.hpp"

namespace gforbit::cycles {

// ---- integer_factors_prime.cpp ----------------------------------------------------------------------------

/// Whether n passes the Baillie-PSW test; proven below 2^64. nullopt if a stop was requested.
/// @param base  of whose powers, less one, n is a divisor: such numbers pass a strong test to that base
/// whether
///              they are prime or not, so another one is taken. 0: any
/// Cost: a millisecond for 1000 bits, 30 s for 45000 bits.
[[nodiscard]] std::optional<bool> is_probable_prime(const Integer& n, std::uint64_t base,
                                                    const AlgebraControl& control);

/// Whether a number that passes the test is proven to be prime: up to kMostProvenBits. Cost: half a second at
/// most.
[[nodiscard]] bool is_proven_prime(const Integer& n);

// ---- integer_factors_search.cpp: perfect powers, the p - 1 method, elliptic curves ------------------------

/// A factor of the odd composite n, neither 1 nor n and not always prime; nullopt if a stop was requested
/// first. The primes of n are 1 modulo `index`; n divides Phi_index(base), or base is 0. It never gives up by
/// itself. The same arguments find the same factor.
/// @param what  told to a listener
[[nodiscard]] std::optional<Integer> find_factor(const Integer& n, std::uint64_t index, std::uint64_t base,
                                                 const AlgebraControl& control, const std::string& what);

// ---- integer_factors_table.cpp ----------------------------------------------------------------------------

/// The listed primes of Phi_index(base); empty where nothing is listed.
[[nodiscard]] std::vector<core::Natural> table_primes(std::uint64_t base, std::uint64_t index);

/// Whether all primes of Phi_index(base) are published, so that what the listed ones leave is a proven prime.
[[nodiscard]] bool table_is_complete(std::uint64_t base, std::uint64_t index);

/// Whether 2^n - 1 is known to be prime.
[[nodiscard]] bool is_mersenne_exponent(std::uint64_t n);

}  // namespace gforbit::cycles
