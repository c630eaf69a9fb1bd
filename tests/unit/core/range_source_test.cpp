// Ranges cover their interval once, follow the expected work, and cost no memory.
#include "gforbit/core/range_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "seed.hpp"

namespace gforbit::core {
namespace {

StateRange interval(std::uint64_t begin, std::uint64_t end) {
  return {{begin}, {end}};
}

TEST(RangeSource, RangesFollowEachOtherAndCoverTheInterval) {
  for (const auto& model : {WorkModel::uniform(3.5), WorkModel::logarithmic(1e6)}) {
    RangeSource source(interval(17, 100000), model, {.first_work = 10, .largest_work = 5000, .takers = 3});
    std::uint64_t expected = 17;
    while (const auto range = source.next()) {
      ASSERT_EQ(range->begin.value, expected);
      ASSERT_FALSE(range->empty());
      expected = range->end.value;
    }
    EXPECT_EQ(expected, 100000u);
    EXPECT_FALSE(source.next());
  }
}

TEST(RangeSource, NoRangeHoldsMoreThanTheLargestWork) {
  const auto model = WorkModel::logarithmic(1e9);
  RangeSource source(interval(1000, 1'000'000), model, {.first_work = 1e6, .largest_work = 1e8, .takers = 2});
  while (const auto range = source.next()) {
    if (range->size() > 1) {
      EXPECT_LE(model.work(*range), 1.01e8);
    }
  }
}

TEST(RangeSource, WorkIsSmallFirstAndShrinksAtTheEnd) {
  const auto model = WorkModel::uniform(1);
  RangeSource source(interval(0, 1'000'000), model, {.first_work = 100, .largest_work = 50000, .takers = 4});
  std::vector<double> work;
  while (const auto range = source.next()) work.push_back(model.work(*range));
  const double largest = *std::max_element(work.begin(), work.end());
  EXPECT_EQ(work.front(), 100);
  EXPECT_EQ(largest, 50000);
  EXPECT_LE(work.back(), 100);
}

TEST(RangeSource, LargestSizeBoundsTheNumberOfStates) {
  RangeSource source(interval(0, 10000), WorkModel::uniform(1e-3),
                     {.first_work = 1e6, .largest_work = 1e9, .largest_size = 77});
  while (const auto range = source.next()) EXPECT_LE(range->size(), 77u);
}

TEST(RangeSource, ReachesTheEndOfTheLargestInterval) {
  constexpr std::uint64_t kEnd = std::uint64_t{1} << 63;
  RangeSource source(interval(kEnd - 1000, kEnd), WorkModel::logarithmic(0x1p63),
                     {.first_work = 1e18, .largest_work = 1e19});
  std::uint64_t end = 0;
  while (const auto range = source.next()) end = range->end.value;
  EXPECT_EQ(end, kEnd);
}

// What a restart does: some ranges are done already, in any order.
TEST(RangeSource, WhatIsRemovedNeverComesAndTheRestComesOnce) {
  std::mt19937 random(testing_support::test_seed());
  for (int run = 0; run < 200; ++run) {
    const std::uint64_t begin = random() % 50 + 1, end = begin + random() % 300;
    RangeSource source(interval(begin, end), WorkModel::logarithmic(500),
                       {.first_work = 1, .largest_work = 50});
    std::vector<int> times(400, 0);
    const auto count = [&](StateRange range) {
      for (std::uint64_t i = range.begin.value; i < range.end.value; ++i) ++times[i];
    };
    for (auto i = random() % 4; i > 0; --i) {
      if (const auto range = source.next()) count(*range);
    }
    for (auto i = random() % 6; i > 0; --i) {
      const std::uint64_t first = random() % 350, last = std::min<std::uint64_t>(first + random() % 60, 400);
      for (std::uint64_t x = first; x < last; ++x) times[x] = std::max(times[x], 1);
      source.remove(interval(first, last));
    }
    while (const auto range = source.next()) {
      EXPECT_FALSE(range->empty());
      count(*range);
    }
    EXPECT_TRUE(source.rest().empty());
    for (std::uint64_t x = begin; x < end; ++x) ASSERT_EQ(times[x], 1) << "state " << x;
  }
}

TEST(WorkModel, WorkOfPartsAddsUp) {
  for (const auto& model : {WorkModel::uniform(2), WorkModel::logarithmic(1e9)}) {
    const double whole = model.work(interval(100, 100000));
    const double parts = model.work(interval(100, 5000)) + model.work(interval(5000, 100000));
    EXPECT_NEAR(whole, parts, 1e-9 * whole);
  }
}

}  // namespace
}  // namespace gforbit::core
