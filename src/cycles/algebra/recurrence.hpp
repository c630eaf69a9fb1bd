// The recurrence of a linear or affine register.
#pragma once

#include "gforbit/cycles/polynomial.hpp"

namespace gforbit::cycles {

/// Of a recurrence without constant that the cells of the register obey: the characteristic polynomial, of an
/// affine register times x - 1.
[[nodiscard]] Coefficients recurrence_polynomial(const fsr::Feedback& feedback);

}  // namespace gforbit::cycles
