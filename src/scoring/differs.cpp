#include "gforbit/scoring/differs.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

namespace gforbit::scoring {

namespace {

std::uint64_t colours_missing(const Grid& a, const Grid& b, std::uint64_t limit) {
  std::vector<Colour> ours = a.cells(), theirs = b.cells();
  for (auto* const colours : {&ours, &theirs}) {
    std::ranges::sort(*colours);
    colours->erase(std::ranges::unique(*colours).begin(), colours->end());
  }
  const auto missing =
      std::ranges::count_if(ours, [&](Colour colour) { return !std::ranges::binary_search(theirs, colour); });
  return std::min(limit, static_cast<std::uint64_t>(missing));
}

std::uint64_t cells_missing(const Grid& a, const Grid& b, std::uint64_t limit) {
  std::uint64_t missing = 0;
  for (int r = 0; r < a.rows(); ++r) {
    for (int c = 0; c < a.columns() && missing < limit; ++c) {
      if (r >= b.rows() || c >= b.columns() || a.at(r, c) != b.at(r, c)) ++missing;
    }
  }
  return missing;
}

/// The components of a grid, to be asked for those of another.
class ComponentIndex {
 public:
  explicit ComponentIndex(const Grid& grid)
      : grid_(grid), components_(components(grid)), of_cell_(grid.size()) {
    for (std::uint32_t i = 0; i < components_.size(); ++i) {
      for (const std::uint32_t cell : components_[i].cells) of_cell_[cell] = i;
    }
  }

  /// Whether a component of `other` is one here too: equal colour and equal cells, by row and column.
  [[nodiscard]] bool has(const Component& component, const Grid& other) const {
    const auto first = here(component.cells[0], other);
    if (!first) return false;
    const std::uint32_t candidate = of_cell_[*first];
    return components_[candidate].colour == component.colour &&
           components_[candidate].cells.size() == component.cells.size() &&
           std::ranges::all_of(component.cells, [&](std::uint32_t cell) {
             const auto at = here(cell, other);
             return at && of_cell_[*at] == candidate;
           });
  }

 private:
  [[nodiscard]] std::optional<std::size_t> here(std::uint32_t cell, const Grid& other) const {
    const int row = static_cast<int>(cell) / other.columns(),
              column = static_cast<int>(cell) % other.columns();
    if (row >= grid_.rows() || column >= grid_.columns()) return std::nullopt;
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(grid_.columns()) +
           static_cast<std::size_t>(column);
  }

  const Grid& grid_;
  std::vector<Component> components_;
  std::vector<std::uint32_t> of_cell_;
};

template <class Counts>
std::uint64_t components_missing(const Grid& a, const Grid& b, std::uint64_t limit, Counts counts) {
  const ComponentIndex index(b);
  std::uint64_t missing = 0;
  for (const Component& component : components(a)) {
    if (counts(component) && !index.has(component, a) && ++missing == limit) break;
  }
  return missing;
}

/// Missing features, counted up to `limit`.
std::uint64_t count_missing(Differ differ, const Grid& a, const Grid& b, std::uint64_t limit) {
  switch (differ) {
    case Differ::palette:
      return colours_missing(a, b, limit);
    case Differ::dimensions:
      return a.same_shape(b) ? 0 : 1;
    case Differ::cells:
      return cells_missing(a, b, limit);
    case Differ::singles:
      return components_missing(a, b, limit, [](const Component& c) { return c.cells.size() == 1; });
    case Differ::components: {
      const Colour ground = background(a);
      return components_missing(a, b, limit, [&](const Component& c) { return c.colour != ground; });
    }
  }
  return 0;
}

}  // namespace

std::uint64_t features_missing(Differ differ, const Grid& a, const Grid& b) {
  return count_missing(differ, a, b, std::numeric_limits<std::uint64_t>::max());
}

bool is_feature_missing(Differ differ, const Grid& a, const Grid& b) {
  return count_missing(differ, a, b, 1) > 0;
}

DifferNeeds differ_needs(const Grid& input, const Grid& expected) {
  DifferNeeds needs{};
  for (std::size_t i = 0; i < kDiffers; ++i)
    needs[i] = is_feature_missing(static_cast<Differ>(i), input, expected);
  return needs;
}

void add_sample(DifferCounts& counts, const DifferNeeds& needs, const Grid& output, const Grid& expected) {
  const bool equal = output == expected;  // nothing is missing then
  for (std::size_t i = 0; i < kDiffers; ++i) {
    const bool missing = !equal && is_feature_missing(static_cast<Differ>(i), output, expected);
    counts[i].iz += (needs[i] ? 1U : 0U) + (missing ? 0U : 1U);
    counts[i].zo += (needs[i] ? 0U : 1U) + (missing ? 1U : 0U);
    ++counts[i].n_samples;
  }
}

}  // namespace gforbit::scoring
