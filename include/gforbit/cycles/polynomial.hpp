/// Polynomials over GF(q) as far as linear registers need them: the characteristic polynomial, its
/// irreducible factors and their orders, and forms to print.
///
/// A polynomial is the list of its coefficients, low to high, the last one not 0. All functions are pure and
/// thread-safe (FLINT keeps its caches a thread each); FLINT ends the program where memory runs out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/algebra_control.hpp"
#include "gforbit/cycles/integer_factors.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/galois/field.hpp"

namespace gforbit::cycles {

using Coefficients = std::vector<galois::Element>;

/// A power of a monic irreducible polynomial that divides another polynomial.
struct PolynomialFactor {
  Coefficients coefficients;
  unsigned multiplicity = 1;
  core::Natural order =
      0;  ///< of the factor itself: the least e with x^e = 1 modulo it; 0: of x, or not computed
  [[nodiscard]] unsigned degree() const { return static_cast<unsigned>(coefficients.size() - 1); }
};

/// x^d - c_{d-1} x^(d-1) - ... - c_0 of a linear feedback, of an affine one that of its linear part. Requires
/// kind() != nonlinear (asserted).
[[nodiscard]] Coefficients characteristic_polynomial(const fsr::Feedback& feedback);

/// The largest degree that is attempted: single steps, which no stop interrupts, then stay below two seconds.
[[nodiscard]] int max_factored_degree(const galois::Field& field);
[[nodiscard]] inline bool can_factor(const galois::Field& field, int degree) {
  return degree <= max_factored_degree(field);
}

/// The irreducible factors of a monic polynomial of degree >= 1 with their multiplicities, sorted by degree,
/// then by coefficients from the top; their orders are left 0. nullopt if a stop was requested. Requires
/// can_factor(). Cost: random polynomials of degree 1000 over GF(2) 2 ms, 300 over GF(3) 5 ms, 64 over
/// GF(256) 50 ms.
/// @param found  receives the factors that were found when the stop came; nullptr: not needed
[[nodiscard]] std::optional<std::vector<PolynomialFactor>> factor_polynomial(
    const galois::Field& field, std::span<const galois::Element> polynomial, const AlgebraControl& control,
    std::vector<PolynomialFactor>* found = nullptr);

/// How hard to try where an order depends on a composite number without known factors.
enum class Search : bool {
  none,          ///< not at all: what is known at once
  until_stopped  ///< until its factors are found, or a stop is requested
};

/// What is known of an order that depends on primes that were not found.
struct ResistingFactor {
  /// Divisor of q^n - 1 without known factors; nullopt: the stop came before any resisted.
  std::optional<CompositeFactor> cofactor;
  core::Natural order_divisor = 1;   ///< divides the order
  core::Natural order_multiple = 0;  ///< the order divides it: q^n - 1, or what is left of it
};

/// The order of an irreducible polynomial.
struct PolynomialOrder {
  core::Natural value;
  /// Probable primes that it is a multiple of: it is the order if they are prime.
  std::vector<core::Natural> probable_primes;
};

/// The least e >= 1 with x^e = 1 modulo a monic irreducible polynomial other than x. It divides q^n - 1 (n
/// the degree), and which of its primes it lacks is found by powers of x. A composite factor of q^n - 1 is
/// factored only where the order depends on it.
/// @throws core::CertificateError  the polynomial is not irreducible
[[nodiscard]] std::variant<PolynomialOrder, ResistingFactor> order_of_irreducible(
    const galois::Field& field, std::span<const galois::Element> polynomial, IntegerFactorizer& factorizer,
    const AlgebraControl& control, Search search = Search::until_stopped);

/// `x^4 + x + 1`; coefficients other than 1 are integers: `x^2 + 3*x + 2`. `0` for no coefficients.
[[nodiscard]] std::string polynomial_text(std::span<const galois::Element> polynomial);

/// x^d f(1/x), made monic; its degree is smaller than that of f where f(0) = 0. The register with this
/// polynomial produces the sequences backwards.
[[nodiscard]] Coefficients reciprocal_polynomial(const galois::Field& field,
                                                 std::span<const galois::Element> polynomial);

/// The matrix of the step map s -> A s of a register with this monic characteristic polynomial: ones above
/// the diagonal, c_0
/// .. c_{d-1} in the last row. [d][d].
[[nodiscard]] std::vector<Coefficients> companion_matrix(const galois::Field& field,
                                                         std::span<const galois::Element> polynomial);

/// Its rows as lines of numbers, right-aligned in columns.
[[nodiscard]] std::string matrix_text(std::span<const Coefficients> rows);

}  // namespace gforbit::cycles
