#include "gforbit/cycles/system_kernel.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "kernels/sieve_takeover.hpp"
#include "segment_walk.hpp"
#include "survivor_judge.hpp"
#include "system_leaders.hpp"

namespace gforbit::cycles {

namespace {

using bitsliced::SystemLayout;

/// The lanes of a system for SegmentWalk.
class SystemSegmentLanes {
 public:
  SystemSegmentLanes(const SystemLayout& layout, const bitsliced::SystemFunctions& functions)
      : functions_(functions), memory_(layout) {
    run_.last.lanes = memory_.last;
    run_.others = memory_.others;
  }
  [[nodiscard]] bitsliced::SegmentRun& last() noexcept { return run_.last; }
  [[nodiscard]] int vector_words() const noexcept { return functions_.words; }
  [[nodiscard]] int cells() const noexcept { return run_.others.cells; }
  void start() { functions_.segments_start(run_); }
  [[nodiscard]] bool leg() { return functions_.segments_leg(run_); }
  [[nodiscard]] std::uint64_t state_of(int lane) const {
    return bitsliced::state_of(run_.others, run_.last.lanes, lane);
  }

 private:
  const bitsliced::SystemFunctions& functions_;
  bitsliced::SystemMemory memory_;
  bitsliced::SystemSegmentRun run_;
};

class SystemKernel final : public SievedKernel {
 public:
  SystemKernel(const fsr::Register& reg, std::uint64_t marks, Partition partition, SimdLevel level,
               std::shared_ptr<LeaderSieve> sieve)
      : SievedKernel(make_scalar_kernel(fsr::Stepper(reg), partition), std::move(sieve), partition),
        step_(reg),
        functions_(bitsliced::system_functions_of(level)),
        layout_(*reg.system(), functions_.words),
        cells_(reg.degree()),
        last_run_(SystemLayout::last_run(*reg.system())),
        marks_(marks),
        zero_cells_(cells_ - std::countr_zero(marks)) {}

  [[nodiscard]] std::uint64_t least_steps() const noexcept override {
    constexpr std::uint64_t kSegmentsPerLane = 64, kMostSteps = std::uint64_t{1} << 32;
    return std::min(kMostSteps, kSegmentsPerLane * static_cast<std::uint64_t>(layout_.lane_count())
                                    << zero_cells_);
  }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    if (marks.empty()) return;
    bitsliced::SegmentWalk<SystemSegmentLanes> walk(zero_cells_, marks, true, block, layout_, functions_);
    walk.run(walk_limit, findings, stop);
    walk.count_classes(partition().size(), findings);
  }

 private:
  void search_leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
                      Findings& found, const core::StopSignal& stop) const override {
    assert(candidates.begin.value >= marks_);
    constexpr std::uint64_t kStepsBeforeStart = 0, kKnownPeriods = 0;
    const bitsliced::SurvivorJudge judge(step_, scalar(), kKnownPeriods, kStepsBeforeStart);
    bitsliced::SystemLeaderSearch search(layout_, functions_, cells_, last_run_);
    search.run(candidates, stop, [&](const std::vector<bitsliced::Survivor>& survivors) {
      judge.decide(survivors, candidates, max_period, walk_limit, found, stop);
    });
    found.steps += search.steps();
  }

  fsr::Stepper step_;
  const bitsliced::SystemFunctions& functions_;
  SystemLayout layout_;
  int cells_, last_run_;
  std::uint64_t marks_;
  int zero_cells_;
};

/// The zero cells of marks that looks can count.
constexpr int kFewestZeroCells = bitsliced::kFewestCountedZeroCells;
constexpr int kMostZeroCells = bitsliced::kMostCountedSystemCells;

}  // namespace

bool system_kernel_applies(const fsr::Register& reg, std::uint64_t marks) {
  if (reg.system() == nullptr || reg.field().order() != 2 || !reg.enumerable_state_count() ||
      !std::has_single_bit(marks))
    return false;
  const int low_cells = std::countr_zero(marks), zero_cells = reg.degree() - low_cells;
  return low_cells >= 3 && low_cells <= 32 && zero_cells >= kFewestZeroCells && zero_cells <= kMostZeroCells;
}

Partition system_partition(const fsr::Register& reg, std::uint64_t marks) {
  const std::uint64_t states = reg.enumerable_state_count().value();
  return {states, marks, 0, states >> bitsliced::kLowestCounted};
}

std::optional<std::uint64_t> system_marks(const fsr::Register& reg, std::uint64_t memory_bytes,
                                          std::uint64_t bytes_per_mark) {
  // As in bitsliced_marks().
  constexpr int kBestZeroCells = 16, kEnoughMarks = 15;
  int zero_cells = std::clamp(reg.degree() - kEnoughMarks, kFewestZeroCells, kBestZeroCells);
  if (reg.system() == nullptr) return std::nullopt;
  // Rather more marks than deep looks.
  if (const int last_run = SystemLayout::last_run(*reg.system()); last_run >= kFewestZeroCells)
    zero_cells = std::min(zero_cells, last_run);
  for (; zero_cells <= kMostZeroCells && zero_cells < reg.degree(); ++zero_cells) {
    const std::uint64_t marks = std::uint64_t{1} << (reg.degree() - zero_cells);
    if (system_kernel_applies(reg, marks) && marks <= memory_bytes / bytes_per_mark) return marks;
  }
  return std::nullopt;
}

std::unique_ptr<Kernel> make_system_kernel(const fsr::Register& reg, std::uint64_t marks, Partition partition,
                                           SimdLevel level, std::shared_ptr<LeaderSieve> sieve) {
  assert(system_kernel_applies(reg, marks) && partition == system_partition(reg, marks));
  return std::make_unique<SystemKernel>(reg, marks, partition, level, std::move(sieve));
}

}  // namespace gforbit::cycles
