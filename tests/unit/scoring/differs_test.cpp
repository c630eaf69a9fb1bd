/// Golden numbers of the differs, counted by hand.
#include "gforbit/scoring/differs.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <utility>

#include "gforbit/scoring/score.hpp"
#include "unit/scoring/grids.hpp"

namespace gforbit::scoring {
namespace {

using Counts = std::array<std::uint64_t, kDiffers>;

TEST(Differs, CountTheFeaturesOfOneGridThatAnotherLacks) {
  // a: ground 0; components 11 (two cells), 2, 3; singles 0 at (0,2), 2 at (1,2), 3 at (2,0): the zero in the
  // corner touches no other.
  const Grid a = grid("110 002 300");
  const Grid b = grid("110 020 000");
  // palette: 3 is missing. cells: (1,1), (1,2), (2,0) differ. singles: all; b has its 2 elsewhere.
  EXPECT_EQ(features_missing(a, b), (Counts{1, 0, 3, 3, 2}));
  // From b: no color, one single (2 at 1,1), one component; cells as before.
  EXPECT_EQ(features_missing(b, a), (Counts{0, 0, 3, 1, 1}));
  EXPECT_EQ(features_missing(a, a), (Counts{}));
  // Shapes: two rows of a lie outside c; the two-cell component and the single 0 are in both.
  const Grid c = grid("110");
  EXPECT_EQ(features_missing(a, c), (Counts{2, 1, 6, 2, 2}));
  // The ground of c is 1, so its component 11 is left out; the zero is single in both.
  EXPECT_EQ(features_missing(c, a), (Counts{0, 1, 0, 0, 0}));
}

TEST(Differs, SumOverSamplesAsTheContractSays) {
  DifferCounts counts{};
  const Grid input = grid("10 00"), expected = grid("20 00");
  const ExpectedFeatures features(input, expected);
  EXPECT_EQ(features.needed(), (std::array<bool, kDiffers>{true, false, true, true, true}));
  features.add(expected, counts);  // right: nothing missing
  features.add(input, counts);     // did nothing: missing what was missing
  // palette: needed twice and once nothing was missing: iz 2 + 1, zo 0 + 1. dimensions: not needed, never
  // missing: iz 0 + 2, zo 2 + 0.
  EXPECT_EQ(counts[0], (DifferCount{3, 1, 2}));
  EXPECT_EQ(counts[1], (DifferCount{2, 2, 2}));
  EXPECT_EQ(counts[2], (DifferCount{3, 1, 2}));
  EXPECT_EQ(counts[3], (DifferCount{3, 1, 2}));
  EXPECT_EQ(counts[4], (DifferCount{3, 1, 2}));
}

TEST(Differs, CountColorsOfAnySize) {
  Grid a(1, 3, -5), b(1, 3, 70);
  a.at(0, 1) = 70;
  a.at(0, 2) = 3;
  // palette: -5 and 3. cells: (0,0), (0,2). All three are singles; the 70 of b is one component of three.
  EXPECT_EQ(features_missing(a, b), (Counts{2, 0, 2, 3, 2}));
  EXPECT_EQ(features_missing(b, a), (Counts{0, 0, 2, 0, 0}));
}

TEST(Components, AreWhatAFloodFillFinds) {
  std::mt19937 random(20260103);
  for (int i = 0; i < 300; ++i) {
    const Grid g = random_grid(random);
    const Components found = components(g);
    std::vector<std::uint32_t> sizes;
    std::vector<char> seen(g.size(), 0);
    const std::function<std::uint32_t(int, int, Color, std::uint32_t)> fill =
        [&](int r, int c, Color color, std::uint32_t number) -> std::uint32_t {
      if (r < 0 || c < 0 || r >= g.rows() || c >= g.columns() || g.at(r, c) != color) return 0;
      const auto at = static_cast<std::size_t>(r * g.columns() + c);
      if (std::exchange(seen[at], 1) != 0) return 0;
      EXPECT_EQ(found.of_cell[at], number);
      return 1 + fill(r - 1, c, color, number) + fill(r + 1, c, color, number) +
             fill(r, c - 1, color, number) + fill(r, c + 1, color, number);
    };
    std::uint32_t number = 0;
    for (int r = 0; r < g.rows(); ++r) {
      for (int c = 0; c < g.columns(); ++c) {
        const std::uint32_t size = fill(r, c, g.at(r, c), number);
        if (size == 0) continue;
        ASSERT_LT(number, found.all.size());
        EXPECT_EQ(found.all[number].color, g.at(r, c));
        EXPECT_EQ(found.all[number++].size, size);
      }
    }
    EXPECT_EQ(number, found.all.size());
  }
}

TEST(Score, ComparesShapeAndCells) {
  EXPECT_EQ(compare(grid("12 34"), grid("12 34")), (Comparison{true, true, 4, 4}));
  EXPECT_EQ(compare(grid("12 35"), grid("12 34")), (Comparison{false, true, 3, 4}));
  EXPECT_EQ(compare(grid("12"), grid("12 34")), (Comparison{false, false, 0, 4}));
}

TEST(Grid, BackgroundIsTheMostFrequentColorAndTheSmallestOfSeveral) {
  EXPECT_EQ(background(grid("110 002 300")), 0);
  EXPECT_EQ(background(grid("12 21")), 1);
  Grid odd(1, 3, -7);
  odd.at(0, 0) = 1000000;
  EXPECT_EQ(background(odd), -7);
  odd = Grid(1, 2, -7);
  odd.at(0, 0) = 5;
  EXPECT_EQ(background(odd), -7);
}

}  // namespace
}  // namespace gforbit::scoring
