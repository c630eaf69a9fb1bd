/// Golden numbers of the differs, counted by hand.
#include "gforbit/scoring/differs.hpp"

#include <gtest/gtest.h>

#include "gforbit/scoring/score.hpp"
#include "unit/scoring/grids.hpp"

namespace gforbit::scoring {
namespace {

std::array<std::uint64_t, kDiffers> missing(const Grid& a, const Grid& b) {
  std::array<std::uint64_t, kDiffers> counts{};
  for (std::size_t i = 0; i < kDiffers; ++i) counts[i] = features_missing(static_cast<Differ>(i), a, b);
  return counts;
}

TEST(Differs, CountTheFeaturesOfOneGridThatAnotherLacks) {
  // a: ground 0; components 11 (two cells), 2, 3; singles 0 at (0,2), 2 at (1,2), 3 at (2,0): the zero in the
  // corner touches no other.
  const Grid a = grid("110 002 300");
  const Grid b = grid("110 020 000");
  // palette: 3 is missing. cells: (1,1), (1,2), (2,0) differ. singles: all; b has its 2 elsewhere.
  EXPECT_EQ(missing(a, b), (std::array<std::uint64_t, kDiffers>{1, 0, 3, 3, 2}));
  // From b: no colour, one single (2 at 1,1), one component; cells as before.
  EXPECT_EQ(missing(b, a), (std::array<std::uint64_t, kDiffers>{0, 0, 3, 1, 1}));
  EXPECT_EQ(missing(a, a), (std::array<std::uint64_t, kDiffers>{}));
  // Shapes: two rows of a lie outside c; the two-cell component and the single 0 are in both.
  const Grid c = grid("110");
  EXPECT_EQ(missing(a, c), (std::array<std::uint64_t, kDiffers>{2, 1, 6, 2, 2}));
  // The ground of c is 1, so its component 11 is left out; the zero is single in both.
  EXPECT_EQ(missing(c, a), (std::array<std::uint64_t, kDiffers>{0, 1, 0, 0, 0}));
}

TEST(Differs, SumOverSamplesAsTheContractSays) {
  DifferCounts counts{};
  const Grid input = grid("10 00"), expected = grid("20 00");
  const DifferNeeds needs = differ_needs(input, expected);
  EXPECT_EQ(needs, (DifferNeeds{true, false, true, true, true}));
  add_sample(counts, needs, expected, expected);  // right: nothing missing
  add_sample(counts, needs, input, expected);     // did nothing: missing what was missing
  // palette: needed twice and once nothing was missing: iz 2 + 1, zo 0 + 1. dimensions: not needed, never
  // missing: iz 0 + 2, zo 2 + 0.
  EXPECT_EQ(counts[0], (DifferCount{3, 1, 2}));
  EXPECT_EQ(counts[1], (DifferCount{2, 2, 2}));
  EXPECT_EQ(counts[2], (DifferCount{3, 1, 2}));
  EXPECT_EQ(counts[3], (DifferCount{3, 1, 2}));
  EXPECT_EQ(counts[4], (DifferCount{3, 1, 2}));
}

TEST(Score, ComparesShapeAndCells) {
  EXPECT_EQ(compare(grid("12 34"), grid("12 34")), (Comparison{true, true, 4, 4}));
  EXPECT_EQ(compare(grid("12 35"), grid("12 34")), (Comparison{false, true, 3, 4}));
  EXPECT_EQ(compare(grid("12"), grid("12 34")), (Comparison{false, false, 0, 4}));
}

TEST(Grid, BackgroundIsTheMostFrequentColourAndTheSmallestOfSeveral) {
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
