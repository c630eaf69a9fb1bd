#include "gforbit/scoring/score.hpp"

#include <algorithm>

namespace gforbit::scoring {

Comparison compare(const Grid& output, const Grid& expected) {
  Comparison result;
  result.cells_total = static_cast<std::uint32_t>(expected.size());
  result.shape_ok = output.same_shape(expected);
  if (!result.shape_ok) return result;
  const auto& a = output.cells();
  const auto& b = expected.cells();
  for (std::size_t i = 0; i < a.size(); ++i) result.cells_equal += a[i] == b[i] ? 1U : 0U;
  result.match = result.cells_equal == result.cells_total;
  return result;
}

}  // namespace gforbit::scoring
