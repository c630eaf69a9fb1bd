#include "gforbit/scoring/differs.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace gforbit::scoring {

namespace {

/// Colors of most tasks: a bit each.
constexpr Color kFewColors = 64;

/// The colors below kFewColors as bits; `all` is false where there are others.
struct Palette {
  std::uint64_t few = 0;
  bool all = true;
};

Palette palette(const Grid& grid) {
  Palette found;
  for (const Color color : grid.cells()) {
    if (color >= 0 && color < kFewColors) {
      found.few |= std::uint64_t{1} << color;
    } else {
      found.all = false;
    }
  }
  return found;
}

std::uint64_t colors_missing(const Grid& a, const Grid& b) {
  const Palette of_a = palette(a), of_b = palette(b);
  if (of_a.all) return static_cast<std::uint64_t>(__builtin_popcountll(of_a.few & ~of_b.few));
  std::vector<Color> ours = a.cells(), theirs = b.cells();
  for (auto* const colors : {&ours, &theirs}) {
    std::ranges::sort(*colors);
    colors->erase(std::ranges::unique(*colors).begin(), colors->end());
  }
  return static_cast<std::uint64_t>(
      std::ranges::count_if(ours, [&](Color color) { return !std::ranges::binary_search(theirs, color); }));
}

std::uint64_t cells_missing(const Grid& a, const Grid& b) {
  std::uint64_t missing = 0;
  for (int r = 0; r < a.rows(); ++r) {
    for (int c = 0; c < a.columns(); ++c)
      missing += r >= b.rows() || c >= b.columns() || a.at(r, c) != b.at(r, c) ? 1U : 0U;
  }
  return missing;
}

struct MissingComponents {
  std::uint64_t singles = 0, components = 0;
};

/// Components of `a` that are none of `b`: equal color and equal cells, by row and column.
MissingComponents components_missing(const Grid& a, const Grid& b, const Components& of_b) {
  constexpr auto kUnseen = std::numeric_limits<std::uint32_t>::max();
  constexpr auto kNone = kUnseen - 1;
  const Components of_a = components(a);
  std::vector<std::uint32_t> there(of_a.all.size(), kUnseen);  // the one component of b below ours
  std::size_t at = 0;
  for (int r = 0; r < a.rows(); ++r) {
    const std::size_t row_of_b = static_cast<std::size_t>(r) * static_cast<std::size_t>(b.columns());
    for (int c = 0; c < a.columns(); ++c, ++at) {
      const bool inside = r < b.rows() && c < b.columns();
      const std::uint32_t below = inside ? of_b.of_cell[row_of_b + static_cast<std::size_t>(c)] : kNone;
      std::uint32_t& known = there[of_a.of_cell[at]];
      known = known == kUnseen || known == below ? below : kNone;
    }
  }
  const Color ground = background(a);
  MissingComponents missing;
  for (std::size_t i = 0; i < there.size(); ++i) {
    const Components::Component& component = of_a.all[i];
    // All our cells are cells of that one, so equal numbers make equal sets.
    if (there[i] != kNone && of_b.all[there[i]].size == component.size &&
        of_b.all[there[i]].color == component.color)
      continue;
    missing.singles += component.size == 1 ? 1U : 0U;
    missing.components += component.color != ground ? 1U : 0U;
  }
  return missing;
}

/// By differ.
std::array<std::uint64_t, kDiffers> all_missing(const Grid& a, const Grid& b, const Components& of_b) {
  const MissingComponents missing = components_missing(a, b, of_b);
  return {colors_missing(a, b), a.same_shape(b) ? std::uint64_t{0} : std::uint64_t{1}, cells_missing(a, b),
          missing.singles, missing.components};
}

}  // namespace

std::array<std::uint64_t, kDiffers> features_missing(const Grid& a, const Grid& b) {
  return all_missing(a, b, components(b));
}

ExpectedFeatures::ExpectedFeatures(const Grid& input, const Grid& expected)
    : expected_(expected), components_(components(expected)) {
  const auto missing = all_missing(input, expected, components_);
  for (std::size_t i = 0; i < kDiffers; ++i) needed_[i] = missing[i] > 0;
}

void ExpectedFeatures::add(const Grid& output, DifferCounts& counts) const {
  std::array<std::uint64_t, kDiffers> missing{};
  if (!(output == expected_)) missing = all_missing(output, expected_, components_);
  for (std::size_t i = 0; i < kDiffers; ++i) {
    counts[i].iz += (needed_[i] ? 1U : 0U) + (missing[i] == 0 ? 1U : 0U);
    counts[i].zo += (needed_[i] ? 0U : 1U) + (missing[i] > 0 ? 1U : 0U);
    ++counts[i].n_samples;
  }
}

}  // namespace gforbit::scoring
