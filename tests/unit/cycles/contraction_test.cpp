// Contraction of marks by one thread and by several, against cycles followed one after the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/contraction.hpp"

namespace gforbit::cycles {
namespace {

/// A random permutation of so many marks, each segment as long as its mark's number and one.
std::vector<std::uint32_t> permutation(std::size_t marks, std::mt19937_64& random) {
  std::vector<std::uint32_t> next(marks);
  std::iota(next.begin(), next.end(), 0U);
  std::shuffle(next.begin(), next.end(), random);
  return next;
}

SegmentBlock table_of(const std::vector<std::uint32_t>& next) {
  SegmentBlock table(core::StateRange{{0}, {next.size()}});
  for (std::size_t mark = 0; mark < next.size(); ++mark) table.set(mark, next[mark], mark + 1);
  return table;
}

std::vector<Cycle> followed(const std::vector<std::uint32_t>& next) {
  std::vector<bool> seen(next.size());
  std::vector<Cycle> cycles;
  for (std::size_t first = 0; first < next.size(); ++first) {
    Cycle cycle{first, 0};
    for (std::size_t mark = first; !seen[mark]; mark = next[mark]) {
      seen[mark] = true;
      cycle.period += mark + 1;
    }
    if (cycle.period > 0) cycles.push_back(cycle);
  }
  return cycles;
}

TEST(Contraction, FindsTheSameCyclesInSlicesOfAnySize) {
  std::mt19937_64 random(20261121);
  for (const std::size_t marks : {1, 255, 256, 257, 70000}) {
    const auto next = permutation(marks, random);
    for (const std::uint64_t budget : {1, 1000, 1 << 20}) {
      SegmentBlock table = table_of(next);
      Contraction contraction(table, CycleCensus::kAll);
      while (!contraction.advance(budget)) continue;
      EXPECT_EQ(contraction.census().rows(), followed(next)) << marks << " marks, budget " << budget;
    }
  }
}

TEST(Contraction, FindsTheSameCyclesWithSeveralThreads) {
  std::mt19937_64 random(20261122);
  const auto next = permutation(200000, random);
  SegmentBlock table = table_of(next);
  Contraction contraction(table, CycleCensus::kAll);
  EXPECT_GT(contraction.width(), 4);
  std::vector<std::jthread> threads;
  std::atomic<bool> done = false;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        if (contraction.advance(3000)) done = true;
      }
    });
  }
  threads.clear();
  EXPECT_LE(contraction.width(), 1);
  EXPECT_EQ(contraction.census().rows(), followed(next));
}

TEST(Contraction, NoSliceGoesOnWhenItsBudgetIsUsedUp) {
  // Two stations, each on a cycle of its own: joining them takes all of the third slice.
  std::vector<std::uint32_t> next(512);
  for (std::uint32_t mark = 0; mark < next.size(); ++mark) next[mark] = mark / 256 * 256 + (mark + 1) % 256;
  SegmentBlock table = table_of(next);
  Contraction contraction(table, CycleCensus::kAll);
  constexpr std::uint64_t kBudget = 2;
  for (int slice = 0; slice < 3; ++slice) EXPECT_FALSE(contraction.advance(kBudget));
  while (!contraction.advance(kBudget)) continue;
  EXPECT_EQ(contraction.census().rows(), followed(next));
}

TEST(Contraction, AMarkThatTwoSegmentsReachIsNoticed) {
  std::mt19937_64 random(20261123);
  auto next = permutation(5000, random);
  next[random() % 5000] = next[random() % 5000];
  next[17] = next[18];
  SegmentBlock table = table_of(next);
  Contraction contraction(table, CycleCensus::kAll);
  EXPECT_THROW(while (!contraction.advance(512)){}, core::CertificateError);
}

}  // namespace
}  // namespace gforbit::cycles
