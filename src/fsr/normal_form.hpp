// The normal form of a polynomial function over GF(q): as x^q = x for every element, exponents live
// in 1..q-1, and two polynomials in this form are equal as functions exactly if they are equal term by term.
#pragma once

#include <vector>

#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// The exponent in 1..q-1 (0 for 0) with which x^exponent is the same function.
[[nodiscard]] inline std::uint64_t reduced_exponent(std::uint64_t exponent, std::uint64_t q) noexcept {
  return exponent == 0 ? 0 : (exponent - 1) % (q - 1) + 1;
}

/// Sorts the factors of one term by cell, multiplies powers of one cell, reduces exponents. Any exponents.
void normalize(const galois::Field& field, std::vector<Factor>& factors);

/// Sorts terms whose factors are normal, adds those with equal factors and drops what became 0.
void collect(const galois::Field& field, std::vector<Term>& terms);

}  // namespace gforbit::fsr
