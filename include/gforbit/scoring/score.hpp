/// One output against the expected one.
#pragma once

#include <cstdint>

#include "gforbit/scoring/grid.hpp"

namespace gforbit::scoring {

struct Comparison {
  bool match = false;             ///< equal in shape and every cell
  bool shape_ok = false;          ///< equal in rows and columns
  std::uint32_t cells_equal = 0;  ///< equal cells; 0 where the shape is wrong
  std::uint32_t cells_total = 0;  ///< cells of the expected grid
  friend bool operator==(const Comparison&, const Comparison&) = default;
};

[[nodiscard]] Comparison compare(const Grid& output, const Grid& expected);

}  // namespace gforbit::scoring
