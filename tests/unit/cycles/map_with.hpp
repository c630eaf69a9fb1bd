// Kernels under test inside the driver of the library: segments, contraction, leaders, certificate.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/mapping/run.hpp"
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
inline std::vector<core::StateRange> cut(core::StateRange range, std::uint64_t largest,
                                         std::mt19937_64& random) {
  std::vector<core::StateRange> pieces;
  while (!range.empty()) {
    const std::uint64_t size = std::min(range.size(), 1 + random() % largest);
    pieces.push_back({range.begin, {range.begin.value + size}});
    range.begin = pieces.back().end;
  }
  return pieces;
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

/// Gives ranges to another kernel in pieces of uneven sizes. For one thread.
class UnevenKernel final : public cycles::Kernel {
 public:
  /// @param largest  piece of a range of marks; of candidates, half of the range on average
  UnevenKernel(std::shared_ptr<const cycles::Kernel> kernel, std::uint64_t largest, std::mt19937_64& random)
      : kernel_(std::move(kernel)), largest_(largest), random_(random) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override { return kernel_->least_steps(); }
  void segments(core::StateRange marks, std::uint64_t walk_limit, cycles::SegmentBlock& block,
                cycles::Findings& findings, core::StopSignal stop) const override {
    for (const auto& piece : cut(marks, largest_, random_)) {
      cycles::Findings found;
      kernel_->segments(piece, walk_limit, block, found, stop);
      findings.merge(std::move(found));
    }
  }
  void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
               cycles::Findings& findings, core::StopSignal stop) const override {
    for (const auto& piece : cut(candidates, candidates.size(), random_))
      kernel_->leaders(piece, max_period, walk_limit, findings, stop);
  }
  void resume(std::span<const cycles::OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              cycles::Findings& findings, core::StopSignal stop) const override {
    kernel_->resume(walks, max_period, walk_limit, findings, std::move(stop));
  }

 private:
  std::shared_ptr<const cycles::Kernel> kernel_;
  std::uint64_t largest_;
  std::mt19937_64& random_;
};

/// All cycles of a nonsingular register by this kernel, with walks cut after `limit` steps.
/// @param partition  that of the kernel
/// @param largest    piece of a range of marks
inline cycles::CycleCensus map_with(const fsr::Register& reg, std::shared_ptr<const cycles::Kernel> kernel,
                                    const cycles::Partition& partition, std::uint64_t limit,
                                    std::uint64_t largest, std::mt19937_64& random) {
  using namespace cycles;
  const auto last = partition.interval(partition.size() - 1);
  RangePlan plan;
  plan.states = last.end.value;
  plan.marks = partition.interval(0).end.value;
  plan.class_digits = partition.digits();
  plan.coarse = partition.size() == 1 ? plan.states : last.begin.value;
  plan.walk_limit = limit;
  const auto mapping = make_mapping(reg, true, {}, plan);
  const auto uneven = std::make_shared<UnevenKernel>(std::move(kernel), largest, random);
  std::atomic<std::uint64_t> steps{0};
  const auto make_work = [&](const MappingUnit& unit) {
    return make_bijection_work(unit, uneven, nullptr, steps);
  };
  EXPECT_TRUE(run_mapping(*mapping, make_work, 1, {}));
  return mapping->result().cycles;
}

}  // namespace gforbit::testing_support
