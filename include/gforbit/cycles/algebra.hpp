/// The cycle structure of a linear or affine register by algebra: no state is visited, so that there is no
/// limit to their number.
///
/// The step of a linear register is multiplication by x in GF(q)[x]/(f), f the characteristic polynomial.
/// With f = x^t times powers p^e of irreducible polynomials, this ring is a product of smaller ones, one a
/// power:
///
///  - GF(q)[x]/(p^e), p of degree n: the zero state, and for each k = 1..e (q^(n k) - q^(n (k-1))) / r cycles
///  of period
///    r = ord(p^k) = ord(p) c^j, where c is the characteristic and j the least number with c^j >= k;
///  - a cycle of period u and one of period v together make gcd(u, v) cycles of period lcm(u, v);
///  - GF(q)[x]/(x^t): every state falls into 0 within t steps, so each cycle state is the root of a tree of
///  q^t states, some
///    at distance t: q^d - q^(d-t) transient states.
///
/// An affine register with the constant b != 0: if 1 is not a root of f, a shift of the origin makes it
/// linear. If (x-1)^e divides f exactly, the ring of that power has q^e / P cycles, all of period P = c^j,
/// c^j the least power >= e + 1.
/// The step of a linear system of registers is a direct sum of such rings, where one p may have several
/// powers (src/cycles/algebra/linear_map.hpp). All else is the same.
///
/// @see  B. Elspas, The theory of autonomous linear sequential networks, IRE Trans. Circuit Theory 6 (1959);
/// R. Lidl and
///       H. Niederreiter, Finite Fields, sections 3.1 and 8; R. A. Hernandez Toledo, Linear finite dynamical
///       systems, Comm. Algebra 33 (2005)
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/algebra_control.hpp"
#include "gforbit/cycles/integer_factors.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// A distribution with more distinct periods than this is not computed. Up to here it takes a few hundred MB
/// and seconds.
inline constexpr std::size_t kMaxDistinctPeriods = std::size_t{1} << 19;

/// The factors x^e of a characteristic polynomial: what a step forgets.
struct NilpotentPart {
  unsigned cells = 0;    ///< sum of the e
  unsigned blocks = 0;   ///< how many; of a register with one feedback at most one
  unsigned longest = 0;  ///< the largest e
};

/// The characteristic polynomial and what its factors say at once, without orders.
struct CharacteristicFactors {
  Coefficients polynomial;  ///< low to high, monic; of an affine register that of its linear part
  /// Sorted by degree, then coefficients from the top; x among them if singular. Of a system the elementary
  /// divisors of the step, where one factor may occur several times, the highest powers first.
  std::vector<PolynomialFactor> factors;
  [[nodiscard]] bool is_irreducible() const { return factors.size() == 1 && factors[0].multiplicity == 1; }
  [[nodiscard]] NilpotentPart nilpotent_part() const;
  /// t, the multiplicity of the factor x, the largest one of a system: 0 for a nonsingular register.
  [[nodiscard]] unsigned singular_part() const { return nilpotent_part().longest; }
  /// The least r >= 1 with A^(t + r) = A^t, A the step, t = singular_part(); 0 if the order of a
  /// factor is not known. Of a nonsingular register the order of the polynomial.
  /// @param characteristic  of the field
  [[nodiscard]] core::Natural power_period(std::uint64_t characteristic) const;
};

/// That of the step of a register with Register::has_algebra() (asserted). Of a system d^3 operations;
/// nullopt if `stop` was requested before they were done.
[[nodiscard]] std::optional<Coefficients> characteristic_polynomial(const fsr::Register& reg,
                                                                    const core::StopSignal& stop = {});

/// The cheap part, for registers of any kind of method. nullopt if a stop was requested or the degree is
/// beyond can_factor(). Requires Register::has_algebra() (asserted). Thread-safe.
[[nodiscard]] std::optional<CharacteristicFactors> characteristic_factors(const fsr::Register& reg,
                                                                          const AlgebraControl& control);

struct AlgebraicMap {
  CharacteristicFactors characteristic;  ///< with the order of every factor
  core::Natural order;                   ///< of the characteristic polynomial; 0 if the register is singular
  bool is_primitive = false;             ///< irreducible of order q^d - 1
  std::map<core::Natural, core::Natural> distribution;  ///< period -> number of cycles
  core::Natural transient_states;
  std::uint64_t max_transient_length = 0;
  core::Natural leaf_states;  ///< without predecessor
  /// Numbers that the orders are exact for if they are prime: they pass the test, but were not proven (see
  /// integer_factors.hpp). Increasing.
  std::vector<core::Natural> probable_primes;

  [[nodiscard]] core::Natural n_cycles() const;
  /// What a user must know of probable_primes; empty where there are none.
  [[nodiscard]] std::string reservation() const;
  [[nodiscard]] const core::Natural& max_period() const { return distribution.rbegin()->first; }
};

/// What is proven where the answer is not complete.
struct Unresolved {
  enum class Reason : std::int8_t {
    stopped,    ///< before anything resisted
    resisting,  ///< a factor of q^n - 1 resisted until the stop
    too_large,  ///< beyond can_factor() or kMaxDistinctPeriods: more time does not help
  };
  Reason reason = Reason::stopped;
  std::string message;                   ///< for the user: what resisted, and of which number it is a divisor
  core::Natural cofactor = 0;            ///< composite, or not tested; 0 where none resisted
  std::string number;                    ///< that it divides, `2^1207 - 1`; empty where none resisted
  std::vector<PrimePower> known_primes;  ///< of that number
  /// Factors that were found before the stop came, where `proven` has none because not all were.
  std::vector<PolynomialFactor> found_factors;
  /// The polynomial; its factors if the stop came later, with the orders that are known (0: not known), and
  /// the transient states, which need no orders. `distribution`: cycles that exist, namely those among the
  /// states whose parts in the blocks of unknown order do not move; there may be more of these periods and of
  /// others. Empty where not even that is known.
  AlgebraicMap proven;
  /// The polynomial is reducible, or its order is a proper divisor of q^d - 1, whatever it is. (That it is
  /// primitive is said by `proven`.)
  bool is_not_primitive = false;
  /// power_period() of the polynomial is a multiple of the first and divides the second; 0: not known.
  core::Natural period_divisor = 1, period_multiple = 0;
};

/// The exact period distribution of a register with Register::has_algebra() (asserted). Thread-safe;
/// registers of a batch share one `factorizer`, which remembers the factors of q^n - 1. All orders that need
/// no search are found first, so that one number that resists hides nothing else. Measured: 131072 distinct
/// periods of 440 bits in 0.2 s and 50 MB.
/// @throws core::CertificateError  the periods found and the transient states do not add up to q^d
[[nodiscard]] std::variant<AlgebraicMap, Unresolved> map_by_algebra(const fsr::Register& reg,
                                                                    IntegerFactorizer& factorizer,
                                                                    const AlgebraControl& control,
                                                                    Search search = Search::until_stopped);

}  // namespace gforbit::cycles
