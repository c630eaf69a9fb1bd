/// The prime factors of p^n - 1, which the order of a polynomial is found from.
///
/// p^n - 1 is the product of Phi_k(p) over the divisors k of n, Phi_k the k-th cyclotomic polynomial; for
/// certain k that value splits once more into two halves known in closed form (Aurifeuille, Lucas). What is
/// left is looked up in a table of published factorizations (p = 2, 3, 5, 7), divided by small primes, and
/// then factored by the p - 1 method and by elliptic curves, in bounded pieces, until it is done or a stop is
/// requested.
///
/// A prime of up to kMostProvenBits is proven (APR-CL, by FLINT), and so are those of the published tables
/// and the Mersenne primes. A larger number counts as prime if it passes the Baillie-PSW test, for which no
/// composite number that passes is known; a result that rests on it says so.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/algebra_control.hpp"

namespace gforbit::cycles {

/// Larger primes are not proven, unless they are in the tables: a proof takes more than half a second.
inline constexpr std::uint64_t kMostProvenBits = 512;

struct PrimePower {
  core::Natural prime;
  unsigned exponent = 1;
  bool proven = true;  ///< false: a probable prime
  friend bool operator==(const PrimePower&, const PrimePower&) = default;
};

/// A divisor of Phi_index(base) that is not prime, but not which primes make it. Odd; its primes are 1 modulo
/// `index`.
struct CompositeFactor {
  core::Natural value;
  std::uint64_t index = 1;
  std::uint64_t base = 0;  ///< 0: not known
  bool tested = true;      ///< false: it may be prime, because the stop came before the test
  friend bool operator==(const CompositeFactor&, const CompositeFactor&) = default;
};

/// An integer as a product of pieces that are coprime to each other.
struct Factorization {
  std::vector<PrimePower> primes;  ///< increasing
  std::vector<CompositeFactor> composites;
  [[nodiscard]] bool complete() const noexcept { return composites.empty(); }
};

/// Whether n passes the Baillie-PSW test; proven below 2^64. Thread-safe.
[[nodiscard]] bool is_prime(const core::Natural& n);

/// Phi_k(x), the value of the k-th cyclotomic polynomial, k >= 1, x >= 2.
[[nodiscard]] core::Natural cyclotomic_value(std::uint64_t k, std::uint64_t x);

/// The two Aurifeuillian factors of Phi_k(p) (first < second), p prime: they exist for k = p t, t odd, p = 1
/// (mod 4); for k = 2 p t, t odd, p = 2 or 3 (mod 4). nullopt where they do not exist or one of them is 1.
/// @see  R. P. Brent, On computing factors of cyclotomic polynomials, Math. Comp. 61 (1993)
[[nodiscard]] std::optional<std::pair<core::Natural, core::Natural>> aurifeuillian_factors(std::uint64_t k,
                                                                                           std::uint64_t p);

/// One line of the shipped table: primes of Phi_index(base). The factors below a thousand candidates of trial
/// division are left out, and so is the largest of each algebraic part: it is the cofactor.
struct TableEntry {
  std::uint64_t base, index;
  std::vector<core::Natural> primes;
};

/// All lines, sorted by base and index; for tests and listings.
[[nodiscard]] std::vector<TableEntry> factor_table();

/// The exponents n for which 2^n - 1 is known to be prime, increasing.
[[nodiscard]] std::vector<std::uint64_t> mersenne_exponents();

/// Factors numbers p^n - 1 and remembers what it found, so that a batch of registers factors each number
/// once. Thread-safe; memory: the numbers that were asked for. A number that two threads ask for at the same
/// time is factored twice.
class IntegerFactorizer {
 public:
  /// What is found without search: algebraic factors, table, trial division, factors below 2^64. p prime, n
  /// >= 1. Cost: microseconds to a few milliseconds (1000 bits); seconds for the tests of numbers of more
  /// than 10000 bits, which are left out when a stop is requested.
  [[nodiscard]] Factorization power_minus_one(std::uint64_t p, std::uint64_t n,
                                              const AlgebraControl& control = {});

  /// Searches for a factor of `composite` until one is found or a stop is requested. @return the pieces, or
  /// `composite` itself when stopped. Looks at the stop signal after pieces of at most a few tenths of a
  /// second.
  [[nodiscard]] Factorization divide(const CompositeFactor& composite, const AlgebraControl& control);

  /// The same until all primes are found, or a stop is requested: then `composites` holds what resisted.
  [[nodiscard]] Factorization split(const CompositeFactor& composite, const AlgebraControl& control);

  /// The primes of p^n - 1 that were found by now; at no cost.
  [[nodiscard]] std::vector<PrimePower> known_primes(std::uint64_t p, std::uint64_t n) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Factorization> cyclotomic_;
  std::map<core::Natural, Factorization> divided_;
};

}  // namespace gforbit::cycles
