/// What the bits of a cell in planes stand for.
///
/// GF(3): bit 0 "not 0", bit 1 "is 2". GF(5), GF(7): the binary digits. GF(9): real and imaginary part, coded
/// as in GF(3). GF(2^m): the coefficients of a polynomial. For the last two the element is carried over by an
/// isomorphism from the user's field to one whose modulus the kernels know: all fields of an order are alike.
#pragma once

#include <array>
#include <cstdint>

#include "gforbit/galois/field.hpp"

namespace gforbit::cycles::qary {

struct PlaneCode {
  std::array<std::uint8_t, 256> code{};     ///< [element]
  std::array<std::uint8_t, 256> element{};  ///< [code]; 0 for codes that do not occur
};

/// Whether the field has kernels on planes: 3, 4, 5, 7, 8, 9, 16, 32, 64, 128, 256.
[[nodiscard]] bool has_planes(const galois::Field& field);

/// @param field  has_planes() (asserted)
[[nodiscard]] PlaneCode plane_code(const galois::Field& field);

}  // namespace gforbit::cycles::qary
