/// Products of a feedback as lanes of words and planes multiply them: powers of cells with a constant added.
#pragma once

#include <vector>

#include "gforbit/fsr/cell_products.hpp"

namespace gforbit::cycles::qary {

/// (x{cell} + shift)^exponent
struct ShiftedPower {
  int cell;
  galois::Element shift;
  std::uint64_t exponent;
};

struct ShiftedProduct {
  galois::Element coefficient;
  std::vector<ShiftedPower> factors;
};

/// The feedback as a sum of such products. A function that is not worth its factors, or has none over the
/// field, is multiplied out.
[[nodiscard]] std::vector<ShiftedProduct> shifted_products(const fsr::Feedback& feedback);

}  // namespace gforbit::cycles::qary
