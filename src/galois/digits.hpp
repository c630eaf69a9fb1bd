// Arithmetic of GF(p^m) straight from the definition: elements are polynomials in a, written as base-p
// digits, reduced by the modulus. It serves the fields that are too large for tables, and the construction of
// the tables of the others.
#pragma once

#include <cstdint>
#include <span>

#include "gforbit/galois/field.hpp"

namespace gforbit::galois {

/// p = 2: bit i is the coefficient of a^i. `modulus` has bit m set; m <= 32.
[[nodiscard]] inline Element multiply_bits(Element a, Element b, std::uint64_t modulus, int m) noexcept {
  Element product = 0;
  for (; b != 0; b >>= 1) {
    product ^= a & (0 - (b & 1));
    a <<= 1;
    a ^= modulus & (0 - (a >> m));
  }
  return product;
}

/// Digit by digit; m digits.
[[nodiscard]] Element add_digits(Element a, Element b, std::uint64_t p) noexcept;
[[nodiscard]] Element negate_digits(Element a, std::uint64_t p) noexcept;

/// The product of two polynomials in a, reduced by `modulus` (monic, low to high, length m + 1). p^m <= 2^32,
/// m >= 2.
[[nodiscard]] Element multiply_digits(Element a, Element b, std::uint64_t p,
                                      std::span<const std::uint64_t> modulus) noexcept;

}  // namespace gforbit::galois
