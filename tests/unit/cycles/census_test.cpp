#include "gforbit/cycles/census.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "gforbit/cycles/partition.hpp"

namespace gforbit::cycles {
namespace {

TEST(CycleCensus, KeepsTheSmallestRepresentativesHoweverTheyArrive) {
  std::mt19937_64 random(7);
  std::vector<Cycle> cycles;
  for (std::uint64_t i = 0; i < 1000; ++i) cycles.push_back({3 * i, 1 + i % 5});
  for (const std::uint64_t stored : {0, 1, 10, 999, 1000, 5000}) {
    std::shuffle(cycles.begin(), cycles.end(), random);
    CycleCensus one(stored), two(stored);
    for (std::size_t i = 0; i < cycles.size(); ++i) (i % 3 == 0 ? one : two).add(cycles[i]);
    one.merge(two);
    const auto rows = one.rows();
    ASSERT_EQ(rows.size(), std::min<std::uint64_t>(stored, 1000));
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].representative, 3 * i);
    EXPECT_EQ(one.cycles(), 1000);
    EXPECT_EQ(one.states(), 200 * (1 + 2 + 3 + 4 + 5));
  }
}

TEST(CycleCensus, SurvivesTheJourney) {
  CycleCensus census(2);
  for (std::uint64_t i = 0; i < 9; ++i) census.add({i, std::uint64_t{1} << (7 * i)});
  core::ByteWriter out;
  census.write(out);
  const auto bytes = out.take();
  core::ByteReader in(bytes);
  const CycleCensus copy = CycleCensus::read(in);
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(copy.distribution(), census.distribution());
  EXPECT_EQ(copy.rows(), census.rows());
}

TEST(CycleCensus, SumsBeyond64BitsAreExact) {
  CycleCensus census(0);
  for (int i = 0; i < 4; ++i) census.add({0, std::uint64_t{1} << 63});
  EXPECT_EQ(census.states(), core::natural("36893488147419103232"));
}

TEST(Partition, IntervalsCoverAllStatesAndKnowTheirClass) {
  for (const auto& [states, marks, digits] : std::vector<std::tuple<std::uint64_t, std::uint64_t, unsigned>>{
           {1, 1, 8},
           {5, 2, 0},
           {1000, 1, 3},
           {1000, 77, 3},
           {59049, 300, 8},
           {4096, 64, 4},
           {4096, 4096, 4},
           {std::uint64_t{1} << 63, std::uint64_t{1} << 40, 8}}) {
    const Partition partition(states, marks, digits);
    std::uint64_t expected = 0;
    for (std::size_t c = 0; c < partition.size(); ++c) {
      const auto interval = partition.interval(c);
      ASSERT_EQ(interval.begin.value, expected);
      ASSERT_FALSE(interval.empty());
      EXPECT_EQ(partition.class_of(interval.begin.value), c);
      EXPECT_EQ(partition.class_of(interval.end.value - 1), c);
      expected = interval.end.value;
    }
    EXPECT_EQ(expected, states);
  }
}

}  // namespace
}  // namespace gforbit::cycles
