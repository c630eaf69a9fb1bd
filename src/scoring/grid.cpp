#include "gforbit/scoring/grid.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace gforbit::scoring {

Colour background(const Grid& grid) {
  // The colours of most tasks are digits; others are counted in a map.
  std::array<std::size_t, 16> digits{};
  std::map<Colour, std::size_t> others;
  for (const Colour colour : grid.cells()) {
    if (colour >= 0 && colour < static_cast<Colour>(digits.size())) {
      ++digits[static_cast<std::size_t>(colour)];
    } else {
      ++others[colour];
    }
  }
  const auto digit = std::ranges::max_element(digits);
  Colour best = static_cast<Colour>(digit - digits.begin());
  std::size_t count = *digit;
  for (const auto& [colour, n] : others) {
    if (n > count || (n == count && colour < best)) {
      best = colour;
      count = n;
    }
  }
  return best;
}

std::vector<Component> components(const Grid& grid) {
  std::vector<Component> found;
  std::vector<char> seen(grid.size(), 0);
  const auto columns = static_cast<std::uint32_t>(grid.columns());
  const auto size = static_cast<std::uint32_t>(grid.size());
  const auto& cells = grid.cells();
  for (std::uint32_t start = 0; start < size; ++start) {
    if (seen[start] != 0) continue;
    Component component{cells[start], {start}};
    seen[start] = 1;
    const auto visit = [&](std::uint32_t to) {
      if (seen[to] != 0 || cells[to] != component.colour) return;
      seen[to] = 1;
      component.cells.push_back(to);
    };
    for (std::size_t i = 0; i < component.cells.size(); ++i) {
      const std::uint32_t at = component.cells[i];
      if (at >= columns) visit(at - columns);
      if (at + columns < size) visit(at + columns);
      if (at % columns > 0) visit(at - 1);
      if (at % columns + 1 < columns) visit(at + 1);
    }
    std::ranges::sort(component.cells);
    found.push_back(std::move(component));
  }
  return found;
}

}  // namespace gforbit::scoring
