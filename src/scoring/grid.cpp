#include "gforbit/scoring/grid.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace gforbit::scoring {

void Grid::write(core::ByteWriter& out) const {
  out.put(rows_).put(columns_).put_array(cells_);
}

Grid Grid::read(core::ByteReader& in) {
  Grid grid;
  grid.rows_ = in.get<int>();
  grid.columns_ = in.get<int>();
  grid.cells_ = in.get_array<Color>();
  if (grid.rows_ < 0 || grid.columns_ < 0 ||
      std::uint64_t(grid.rows_) * std::uint64_t(grid.columns_) != grid.cells_.size())
    core::fail_corrupt("has a grid with too many or too few cells");
  return grid;
}

Color background(const Grid& grid) {
  // The colors of most tasks are digits; others are counted in a map.
  std::array<std::size_t, 16> digits{};
  std::map<Color, std::size_t> others;
  for (const Color color : grid.cells()) {
    if (color >= 0 && color < static_cast<Color>(digits.size())) {
      ++digits[static_cast<std::size_t>(color)];
    } else {
      ++others[color];
    }
  }
  const auto digit = std::ranges::max_element(digits);
  Color best = static_cast<Color>(digit - digits.begin());
  std::size_t count = *digit;
  for (const auto& [color, n] : others) {
    if (n > count || (n == count && color < best)) {
      best = color;
      count = n;
    }
  }
  return best;
}

Components components(const Grid& grid) {
  // Labels in reading order; where two meet, the smaller one stands for both. So the label that stands for a
  // component in the end is the one that its first cell made, and these labels are in order.
  Components found;
  found.of_cell.resize(grid.size());
  std::vector<std::uint32_t> stands_for;  // by label
  const auto root = [&](std::uint32_t label) {
    while (stands_for[label] != label) label = stands_for[label] = stands_for[stands_for[label]];
    return label;
  };
  const auto& cells = grid.cells();
  const auto columns = static_cast<std::size_t>(grid.columns());
  for (std::size_t row = 0; row < grid.size(); row += columns) {
    for (std::size_t at = row; at < row + columns; ++at) {
      std::uint32_t& label = found.of_cell[at];
      const bool left = at > row && cells[at - 1] == cells[at];
      const bool up = row > 0 && cells[at - columns] == cells[at];
      if (left) {
        label = found.of_cell[at - 1];
        if (up && label != found.of_cell[at - columns]) {
          const auto [small, large] = std::minmax({root(label), root(found.of_cell[at - columns])});
          stands_for[large] = small;
          label = small;
        }
      } else if (up) {
        label = found.of_cell[at - columns];
      } else {
        label = static_cast<std::uint32_t>(stands_for.size());
        stands_for.push_back(label);
      }
    }
  }
  std::vector<std::uint32_t> place(stands_for.size());  // in `all`, by label
  for (std::uint32_t label = 0; label < stands_for.size(); ++label) {
    if (stands_for[label] == label) {
      place[label] = static_cast<std::uint32_t>(found.all.size());
      found.all.emplace_back();
    } else {
      place[label] = place[root(label)];  // smaller, so it has its place already
    }
  }
  for (std::size_t at = 0; at < grid.size(); ++at) {
    std::uint32_t& label = found.of_cell[at];
    label = place[label];
    found.all[label].color = cells[at];
    ++found.all[label].size;
  }
  return found;
}

}  // namespace gforbit::scoring
