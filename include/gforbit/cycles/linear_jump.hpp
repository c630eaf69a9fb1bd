/// Many steps of a linear or affine register at once, at any degree.
#pragma once

#include <span>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/galois/field.hpp"

namespace gforbit::cycles {

/// The state after `steps` steps: x^steps modulo the characteristic polynomial says how each later cell is a
/// sum of the first ones. Of an affine register that polynomial is multiplied by x - 1. Time: some log(steps)
/// products of polynomials of degree d, and d^2 products of elements.
/// @param feedback  linear or affine (asserted)
/// @param state     d cells
[[nodiscard]] std::vector<galois::Element> state_after(const fsr::Feedback& feedback,
                                                       std::span<const galois::Element> state,
                                                       const core::Natural& steps);

}  // namespace gforbit::cycles
