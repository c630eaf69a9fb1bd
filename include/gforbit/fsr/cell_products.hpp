/// Feedbacks over GF(q) as sums of products of functions of one cell: what the evaluators for q > 2 are made
/// from. A product of n factors c + x has 2^n terms, but takes n look-ups or n multiplications.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// coefficient * x^exponent
struct Power {
  galois::Element coefficient;
  std::uint64_t exponent;
  friend bool operator==(const Power&, const Power&) = default;
};

/// A polynomial in one cell that is not constant.
struct CellFunction {
  int cell;
  std::vector<Power> powers;  ///< exponents 0..q-1, increasing; coefficients not 0, the last one 1
  [[nodiscard]] galois::Element at(const galois::Field& field, galois::Element x) const;
  [[nodiscard]] bool is_power() const noexcept { return powers.size() == 1; }
  [[nodiscard]] bool is_itself() const noexcept { return is_power() && powers.front().exponent == 1; }
  friend bool operator==(const CellFunction&, const CellFunction&) = default;
};

/// coefficient * product of functions; the coefficient is not 0, the cells increase. No functions: a
/// constant.
struct CellProduct {
  galois::Element coefficient;
  std::vector<CellFunction> functions;
};

/// A sum with the value of the feedback that takes no more multiplications than its terms, and far fewer
/// where these were multiplied out from products. Cost: O(n log n) for n terms. Thread-safe.
/// @param feedback  with terms; where its states cannot be counted in 64 bits, they stay as they are
[[nodiscard]] std::vector<CellProduct> cell_products(const Feedback& feedback);

}  // namespace gforbit::fsr
