// The operations, each a few lines, and the table that names them.
#include "gforbit/scoring/builtins.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace gforbit::scoring {

namespace {

using Result = std::optional<Grid>;
using Demos = std::span<const DemoImage>;

bool fits(std::size_t rows, std::size_t columns) {
  return rows > 0 && columns > 0 && rows <= kMostCells / columns;
}

/// A grid of `rows` x `columns` whose cells `color(row, column)` gives; nothing where it would be too large.
template <class ColorAt>
Result make(int rows, int columns, ColorAt color) {
  if (!fits(static_cast<std::size_t>(rows), static_cast<std::size_t>(columns))) return std::nullopt;
  Grid grid(rows, columns);
  auto cell = grid.cells().begin();
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) *cell++ = color(r, c);
  }
  return grid;
}

/// What operations that enlarge may make: an enumeration tries them on everything, and no task wants more.
constexpr std::size_t kMostGrownCells = std::size_t{1} << 14;

/// As make(), for results that are larger than their input.
template <class ColorAt>
Result grow(int rows, int columns, ColorAt color) {
  if (static_cast<std::size_t>(rows) > kMostGrownCells / static_cast<std::size_t>(columns))
    return std::nullopt;
  return make(rows, columns, color);
}

// ---- the square's symmetries ------------------------------------------------------------------------------

Result identity(const Grid& g, Demos) {
  return g;
}
Result rotate_90(const Grid& g, Demos) {
  return make(g.columns(), g.rows(), [&](int r, int c) { return g.at(g.rows() - 1 - c, r); });
}
Result rotate_180(const Grid& g, Demos) {
  Grid turned = g;
  std::ranges::reverse(turned.cells());
  return turned;
}
Result rotate_270(const Grid& g, Demos) {
  return make(g.columns(), g.rows(), [&](int r, int c) { return g.at(c, g.columns() - 1 - r); });
}
Result flip_horizontal(const Grid& g, Demos) {
  return make(g.rows(), g.columns(), [&](int r, int c) { return g.at(r, g.columns() - 1 - c); });
}
Result flip_vertical(const Grid& g, Demos) {
  return make(g.rows(), g.columns(), [&](int r, int c) { return g.at(g.rows() - 1 - r, c); });
}
Result transpose(const Grid& g, Demos) {
  return make(g.columns(), g.rows(), [&](int r, int c) { return g.at(c, r); });
}
Result anti_transpose(const Grid& g, Demos) {
  return make(g.columns(), g.rows(),
              [&](int r, int c) { return g.at(g.rows() - 1 - c, g.columns() - 1 - r); });
}

// ---- parts ------------------------------------------------------------------------------------------------

Result part(const Grid& g, int top, int left, int rows, int columns) {
  return make(rows, columns, [&](int r, int c) { return g.at(top + r, left + c); });
}

/// The bounding box of the cells that `wanted(color)` accepts.
template <class Wanted>
Result crop(const Grid& g, Wanted wanted) {
  int top = g.rows(), left = g.columns(), bottom = -1, right = -1;
  for (int r = 0; r < g.rows(); ++r) {
    for (int c = 0; c < g.columns(); ++c) {
      if (!wanted(g.at(r, c))) continue;
      top = std::min(top, r);
      bottom = r;
      left = std::min(left, c);
      right = std::max(right, c);
    }
  }
  if (bottom < 0) return std::nullopt;
  return part(g, top, left, bottom - top + 1, right - left + 1);
}

Result crop_to_content(const Grid& g, Demos) {
  return crop(g, [ground = background(g)](Color color) { return color != ground; });
}
Result top_half(const Grid& g, Demos) {
  return part(g, 0, 0, g.rows() / 2, g.columns());
}
Result bottom_half(const Grid& g, Demos) {
  return part(g, g.rows() - g.rows() / 2, 0, g.rows() / 2, g.columns());
}
Result left_half(const Grid& g, Demos) {
  return part(g, 0, 0, g.rows(), g.columns() / 2);
}
Result right_half(const Grid& g, Demos) {
  return part(g, 0, g.columns() - g.columns() / 2, g.rows(), g.columns() / 2);
}

/// The component whose size `better` prefers, cropped, everything around it background.
template <class Better>
Result one_component(const Grid& g, Better better) {
  const Color ground = background(g);
  const Components parts = components(g);
  const Components::Component* best = nullptr;
  for (const auto& component : parts.all) {
    if (component.color == ground) continue;
    if (best == nullptr || better(component.size, best->size)) best = &component;
  }
  if (best == nullptr) return std::nullopt;
  const auto chosen = static_cast<std::uint32_t>(best - parts.all.data());
  Grid only(g.rows(), g.columns(), 0);
  for (std::size_t cell = 0; cell < g.size(); ++cell) only.cells()[cell] = parts.of_cell[cell] == chosen;
  Result box = crop(only, [](Color color) { return color == 1; });
  for (Color& color : box->cells()) color = color == 1 ? best->color : ground;
  return box;
}

Result largest_component(const Grid& g, Demos) {
  return one_component(g, [](auto a, auto b) { return a > b; });
}
Result smallest_component(const Grid& g, Demos) {
  return one_component(g, [](auto a, auto b) { return a < b; });
}

/// Every line that equals the one before it goes.
Result drop_repeated_lines(const Grid& g, Demos) {
  std::vector<int> rows{0}, columns{0};
  const auto same_row = [&](int a, int b) {
    for (int c = 0; c < g.columns(); ++c) {
      if (g.at(a, c) != g.at(b, c)) return false;
    }
    return true;
  };
  const auto same_column = [&](int a, int b) {
    for (int r = 0; r < g.rows(); ++r) {
      if (g.at(r, a) != g.at(r, b)) return false;
    }
    return true;
  };
  for (int r = 1; r < g.rows(); ++r) {
    if (!same_row(r - 1, r)) rows.push_back(r);
  }
  for (int c = 1; c < g.columns(); ++c) {
    if (!same_column(c - 1, c)) columns.push_back(c);
  }
  return make(static_cast<int>(rows.size()), static_cast<int>(columns.size()), [&](int r, int c) {
    return g.at(rows[static_cast<std::size_t>(r)], columns[static_cast<std::size_t>(c)]);
  });
}

// ---- larger grids -----------------------------------------------------------------------------------------

template <int kFactor>
Result scale(const Grid& g, Demos) {
  return grow(g.rows() * kFactor, g.columns() * kFactor,
              [&](int r, int c) { return g.at(r / kFactor, c / kFactor); });
}
template <int kTimes>
Result tile(const Grid& g, Demos) {
  return grow(g.rows() * kTimes, g.columns() * kTimes,
              [&](int r, int c) { return g.at(r % g.rows(), c % g.columns()); });
}
/// Index into n cells followed by their mirror image.
int mirrored(int i, int n) {
  return i < n ? i : 2 * n - 1 - i;
}
Result mirror_right(const Grid& g, Demos) {
  return grow(g.rows(), 2 * g.columns(), [&](int r, int c) { return g.at(r, mirrored(c, g.columns())); });
}
Result mirror_down(const Grid& g, Demos) {
  return grow(2 * g.rows(), g.columns(), [&](int r, int c) { return g.at(mirrored(r, g.rows()), c); });
}
/// A copy of the grid for each of its cells that is not background.
Result tile_by_self(const Grid& g, Demos) {
  if (!fits(g.size(), g.size())) return std::nullopt;  // in 64 bits, before rows and columns are squared
  const Color ground = background(g);
  return grow(g.rows() * g.rows(), g.columns() * g.columns(), [&](int r, int c) {
    return g.at(r / g.rows(), c / g.columns()) == ground ? ground : g.at(r % g.rows(), c % g.columns());
  });
}

// ---- cells ------------------------------------------------------------------------------------------------

/// Background cells take the first other color among their images under the mirrors of the grid.
Result complete_symmetry(const Grid& g, Demos) {
  const Color ground = background(g);
  const bool square = g.rows() == g.columns();
  return make(g.rows(), g.columns(), [&](int r, int c) {
    const int down = g.rows() - 1 - r, right = g.columns() - 1 - c;
    const std::array<Color, 5> images{g.at(r, c), g.at(r, right), g.at(down, c), g.at(down, right),
                                      square ? g.at(c, r) : ground};
    const auto* const found = std::ranges::find_if(images, [&](Color color) { return color != ground; });
    return found == images.end() ? ground : *found;
  });
}

Result remove_singles(const Grid& g, Demos) {
  const Color ground = background(g);
  Grid clean = g;
  const Components parts = components(g);
  for (std::size_t cell = 0; cell < g.size(); ++cell) {
    if (parts.all[parts.of_cell[cell]].size == 1) clean.cells()[cell] = ground;
  }
  return clean;
}

/// Cells that are not background fall to the end of each line.
/// @param cell  (line, place) -> cell, places in the direction of the fall
template <class Cell>
Result fall(const Grid& g, int lines, int length, Cell cell) {
  const Color ground = background(g);
  Grid fallen(g.rows(), g.columns(), ground);
  for (int line = 0; line < lines; ++line) {
    int to = length - 1;
    for (int place = length - 1; place >= 0; --place) {
      const auto [r, c] = cell(line, place);
      if (g.at(r, c) == ground) continue;
      const auto [r_to, c_to] = cell(line, to--);
      fallen.at(r_to, c_to) = g.at(r, c);
    }
  }
  return fallen;
}
Result gravity_down(const Grid& g, Demos) {
  return fall(g, g.columns(), g.rows(), [](int line, int place) { return std::pair(place, line); });
}
Result gravity_up(const Grid& g, Demos) {
  return fall(g, g.columns(), g.rows(),
              [&](int line, int place) { return std::pair(g.rows() - 1 - place, line); });
}
Result gravity_right(const Grid& g, Demos) {
  return fall(g, g.rows(), g.columns(), [](int line, int place) { return std::pair(line, place); });
}
Result gravity_left(const Grid& g, Demos) {
  return fall(g, g.rows(), g.columns(),
              [&](int line, int place) { return std::pair(line, g.columns() - 1 - place); });
}

/// Of a grid of two colors: each becomes the other.
Result swap_two_colours(const Grid& g, Demos) {
  const Color a = g.cells()[0];
  const auto other = std::ranges::find_if(g.cells(), [&](Color color) { return color != a; });
  if (other == g.cells().end()) return std::nullopt;
  const Color b = *other;
  if (std::ranges::any_of(g.cells(), [&](Color color) { return color != a && color != b; }))
    return std::nullopt;
  return make(g.rows(), g.columns(), [&](int r, int c) { return g.at(r, c) == a ? b : a; });
}

// ---- learned from the demos -------------------------------------------------------------------------------

/// Every color becomes what it became in all demos. Does not apply where a demo changes its shape, where two
/// demos disagree, or where the grid has a color that no demo has.
Result recolour_learned(const Grid& g, Demos demos) {
  std::map<Color, Color> becomes;
  for (const DemoImage& demo : demos) {
    if (!demo.input->same_shape(*demo.output)) return std::nullopt;
    for (std::size_t i = 0; i < demo.input->size(); ++i) {
      const auto [at, is_new] = becomes.try_emplace(demo.input->cells()[i], demo.output->cells()[i]);
      if (!is_new && at->second != demo.output->cells()[i]) return std::nullopt;
    }
  }
  Grid recolored = g;
  for (Color& color : recolored.cells()) {
    const auto found = becomes.find(color);
    if (found == becomes.end()) return std::nullopt;
    color = found->second;
  }
  return recolored;
}

/// The one color that the outputs of all demos have and their inputs have not.
std::optional<Color> new_color(Demos demos) {
  std::optional<std::set<Color>> fresh;
  for (const DemoImage& demo : demos) {
    std::set<Color> mine(demo.output->cells().begin(), demo.output->cells().end());
    for (const Color color : demo.input->cells()) mine.erase(color);
    if (fresh) std::erase_if(mine, [&](Color color) { return !fresh->contains(color); });
    fresh = std::move(mine);
  }
  return fresh && fresh->size() == 1 ? std::optional(*fresh->begin()) : std::nullopt;
}

/// Background that is not joined to the border takes the color that is new in the demos.
Result fill_enclosed_learned(const Grid& g, Demos demos) {
  const auto color = new_color(demos);
  if (!color) return std::nullopt;
  const Color ground = background(g);
  const Components parts = components(g);
  std::vector<char> open(parts.all.size(), 0);  // joined to the border
  const auto columns = static_cast<std::size_t>(g.columns());
  for (std::size_t cell = 0; cell < g.size(); ++cell) {
    const std::size_t column = cell % columns;
    if (cell < columns || cell + columns >= g.size() || column == 0 || column + 1 == columns)
      open[parts.of_cell[cell]] = 1;
  }
  Grid filled = g;
  for (std::size_t cell = 0; cell < g.size(); ++cell) {
    if (g.cells()[cell] == ground && open[parts.of_cell[cell]] == 0) filled.cells()[cell] = *color;
  }
  return filled;
}

constexpr std::array kBuiltins{
    Builtin{"identity", "the grid as it is", false, identity},
    Builtin{"rotate_90", "a quarter turn clockwise", false, rotate_90},
    Builtin{"rotate_180", "half a turn", false, rotate_180},
    Builtin{"rotate_270", "a quarter turn counterclockwise", false, rotate_270},
    Builtin{"flip_horizontal", "left and right exchanged", false, flip_horizontal},
    Builtin{"flip_vertical", "top and bottom exchanged", false, flip_vertical},
    Builtin{"transpose", "rows become columns", false, transpose},
    Builtin{"anti_transpose", "mirrored at the other diagonal", false, anti_transpose},
    Builtin{"crop_to_content", "the bounding box of what is not background", false, crop_to_content},
    Builtin{"top_half", "the upper half of the rows", false, top_half},
    Builtin{"bottom_half", "the lower half of the rows", false, bottom_half},
    Builtin{"left_half", "the left half of the columns", false, left_half},
    Builtin{"right_half", "the right half of the columns", false, right_half},
    Builtin{"largest_component", "the component with most cells, cropped", false, largest_component},
    Builtin{"smallest_component", "the component with fewest cells, cropped", false, smallest_component},
    Builtin{"drop_repeated_lines", "rows and columns that repeat the one before are left out", false,
            drop_repeated_lines},
    Builtin{"scale_2", "every cell twice as wide and high", false, scale<2>},
    Builtin{"scale_3", "every cell three times as wide and high", false, scale<3>},
    Builtin{"tile_2", "two by two copies", false, tile<2>},
    Builtin{"tile_3", "three by three copies", false, tile<3>},
    Builtin{"tile_by_self", "a copy for each cell that is not background", false, tile_by_self},
    Builtin{"mirror_right", "the mirror image added at the right", false, mirror_right},
    Builtin{"mirror_down", "the mirror image added below", false, mirror_down},
    Builtin{"complete_symmetry", "background cells filled from their mirror images", false,
            complete_symmetry},
    Builtin{"remove_singles", "components of one cell become background", false, remove_singles},
    Builtin{"gravity_down", "what is not background falls down", false, gravity_down},
    Builtin{"gravity_up", "what is not background rises", false, gravity_up},
    Builtin{"gravity_left", "what is not background moves to the left", false, gravity_left},
    Builtin{"gravity_right", "what is not background moves to the right", false, gravity_right},
    Builtin{"swap_two_colours", "of a grid of two colors, each becomes the other", false, swap_two_colours},
    Builtin{"recolour_learned", "each color becomes what it became in the demos", true, recolour_learned},
    Builtin{"fill_enclosed_learned", "enclosed background takes the color that is new in the demos", true,
            fill_enclosed_learned},
};

}  // namespace

std::span<const Builtin> builtins() {
  return kBuiltins;
}

std::optional<std::uint32_t> find_builtin(std::string_view name) {
  const auto* const found = std::ranges::find(kBuiltins, name, &Builtin::name);
  if (found == kBuiltins.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - kBuiltins.begin());
}

}  // namespace gforbit::scoring
