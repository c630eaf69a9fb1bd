// A whole map by the range interface, as the engine makes it: for the tests of kernels.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "gforbit/cycles/contraction.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/simd.hpp"

namespace gforbit::testing_support {

/// Those of this machine.
inline std::vector<cycles::SimdLevel> vector_levels() {
  std::vector<cycles::SimdLevel> levels;
  for (const cycles::SimdLevel level : cycles::simd_levels()) {
    if (level != cycles::SimdLevel::scalar && cycles::simd_available(level)) levels.push_back(level);
  }
  return levels;
}

/// Consecutive ranges of uneven sizes, at most `largest`.
inline std::vector<core::StateRange> cut(std::uint64_t begin, std::uint64_t end, std::uint64_t largest,
                                         std::mt19937_64& random) {
  std::vector<core::StateRange> ranges;
  while (begin < end) {
    const std::uint64_t size = 1 + random() % largest;
    ranges.push_back({{begin}, {std::min(end, begin + size)}});
    begin += size;
  }
  return ranges;
}

/// The states that segments and open walks have left behind, by class.
inline cycles::ClassCounts classes_passed(const fsr::Stepper& step, const cycles::Partition& partition,
                                          const cycles::SegmentBlock& block,
                                          const std::vector<cycles::OpenWalk>& open) {
  cycles::ClassCounts seen(partition.size(), 0);
  const auto pass = [&](std::uint64_t x, std::uint64_t steps) {
    for (; steps > 0; --steps, x = step.next(x)) ++seen.at(partition.class_of(x));
    return x;
  };
  for (std::uint64_t mark = block.first(); mark < block.first() + block.size(); ++mark) {
    if (!block.is_open(mark)) pass(mark, block.length(mark));
  }
  for (const cycles::OpenWalk& walk : open) EXPECT_EQ(pass(walk.start, walk.steps), walk.current);
  return seen;
}

/// All cycles of a nonsingular register by ranges of uneven sizes and walks cut after `limit` steps. Leaders
/// are searched only in classes that miss something; the states seen must add up class by class.
/// @param largest  range of marks; ranges of candidates are as large as their class
inline cycles::CycleCensus map_by_ranges(const cycles::Kernel& kernel, const cycles::Partition& partition,
                                         std::uint64_t limit, std::uint64_t largest,
                                         std::mt19937_64& random) {
  using namespace cycles;
  const std::uint64_t marks = partition.interval(0).end.value;
  const std::uint64_t states = partition.interval(partition.size() - 1).end.value;
  SegmentBlock table(core::StateRange{{0}, {marks}});
  Findings all;
  all.seen.resize(partition.size(), 0);
  for (const auto& range : cut(0, marks, largest, random)) {
    SegmentBlock block(range);
    Findings findings;
    kernel.segments(range, limit, block, findings, {});
    table.insert(block);
    all.merge(std::move(findings));
  }
  const auto finish_walks = [&](std::uint64_t max_period) {
    while (!all.open.empty()) {
      Findings more;
      kernel.resume(std::exchange(all.open, {}), max_period, limit, more, {});
      all.merge(std::move(more));
    }
  };
  finish_walks(states);
  for (const auto& s : all.segments) table.set(s.from, s.to, s.length);
  Contraction contraction(table, CycleCensus::kAll);
  while (!contraction.advance(1000)) continue;
  CycleCensus census = contraction.census();
  const std::uint64_t deficit = states - static_cast<std::uint64_t>(census.states());
  // What the classes miss adds up to what the cycles miss.
  std::uint64_t missing = 0;
  for (std::size_t c = 0; c < partition.size(); ++c) {
    const auto interval = partition.interval(c);
    EXPECT_LE(all.seen[c], interval.size());
    missing += interval.size() - all.seen[c];
  }
  EXPECT_EQ(missing, deficit);
  Findings leaders;
  for (std::size_t c = 1; c < partition.size() && deficit > 0; ++c) {
    const auto interval = partition.interval(c);
    if (all.seen[c] == interval.size()) continue;  // nothing missing here, so no leader either
    for (const auto& range : cut(interval.begin.value, interval.end.value, interval.size(), random)) {
      kernel.leaders(range, deficit, limit, leaders, {});
    }
  }
  all.merge(std::move(leaders));
  finish_walks(deficit);
  for (const auto& cycle : all.cycles) census.add(cycle);
  for (std::size_t c = 0; c < partition.size(); ++c) EXPECT_EQ(all.seen[c], partition.interval(c).size());
  return census;
}

}  // namespace gforbit::testing_support
