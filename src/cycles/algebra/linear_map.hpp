// The step of a linear system as a matrix: its characteristic polynomial, and how the space decomposes.
//
// A linear map is a direct sum of multiplications by x in GF(q)[x]/(p^e), p irreducible: the elementary
// divisors p^e, whose product is the characteristic polynomial (Jacobson, Basic Algebra I, 3.10). There are
// as many with e >= k as dim ker p(A)^k - dim ker p(A)^(k-1) says, divided by the degree of p. A register
// with one feedback has one e for each p; a system may have several.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "gforbit/fsr/system.hpp"

namespace gforbit::cycles {

class LinearMap {
 public:
  /// Of an affine system the linear part.
  /// @param system  linear or affine (asserted)
  explicit LinearMap(const fsr::System& system);
  /// With one more cell that is 1 for ever, so that an affine step is linear.
  [[nodiscard]] static LinearMap with_constant(const fsr::System& system);

  /// det(x - A), monic. d^3 operations. nullopt if `stop` was requested first.
  [[nodiscard]] std::optional<Coefficients> characteristic_polynomial(const core::StopSignal& stop) const;

  /// The elementary divisors, those of one factor together, the highest powers first.
  /// @param factors  of the characteristic polynomial
  /// @return nullopt if `stop` was requested first
  [[nodiscard]] std::optional<std::vector<PolynomialFactor>> elementary_divisors(
      std::span<const PolynomialFactor> factors, const core::StopSignal& stop) const;

 private:
  using Matrix = std::vector<Coefficients>;  ///< rows

  [[nodiscard]] std::optional<Matrix> product(const Matrix& a, const Matrix& b,
                                              const core::StopSignal& stop) const;
  [[nodiscard]] std::optional<Matrix> value_of(const Coefficients& polynomial,
                                               const core::StopSignal& stop) const;
  [[nodiscard]] std::optional<std::size_t> rank(Matrix rows, const core::StopSignal& stop) const;
  void subtract_multiple(Coefficients& from, galois::Element factor, const Coefficients& row,
                         std::size_t first) const;

  galois::Field field_;
  Matrix matrix_;
};

}  // namespace gforbit::cycles
