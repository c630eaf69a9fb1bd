/// Grids written as text: one digit a cell, rows separated by blanks.
#pragma once

#include <algorithm>
#include <random>
#include <string_view>

#include "gforbit/scoring/grid.hpp"

namespace gforbit::scoring {

inline Grid grid(std::string_view text) {
  const auto columns = static_cast<int>(std::min(text.find(' '), text.size()));
  const auto rows = static_cast<int>(std::ranges::count(text, ' ')) + 1;
  Grid result(rows, columns);
  auto cell = result.cells().begin();
  for (const char c : text) {
    if (c != ' ') *cell++ = c - '0';
  }
  return result;
}

inline Grid random_grid(std::mt19937& random, int largest = 12, int colors = 4) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Grid result(1 + below(largest), 1 + below(largest));
  for (Color& color : result.cells()) color = below(colors);
  return result;
}

}  // namespace gforbit::scoring
