// The range interface on top of the vector code: segments in legs, leaders in tiers, and scalar walks for
// what is left.

#include <algorithm>
#include <bit>
#include <cassert>

#include "bitsliced_leaders.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "kernels/sieve_takeover.hpp"
#include "segment_walk.hpp"
#include "survivor_judge.hpp"

namespace gforbit::cycles {

namespace {

using bitsliced::LaneMemory;
using bitsliced::SegmentRun;

/// The lanes of one register for SegmentWalk.
class RegisterSegmentLanes {
 public:
  /// @param starts  SegmentRun::starts
  RegisterSegmentLanes(const bitsliced::Tape& tape, const bitsliced::LevelFunctions& level,
                       const std::uint64_t* starts = nullptr)
      : level_(level), memory_(tape, level) {
    run_.lanes = memory_.lanes;
    run_.starts = starts;
  }
  [[nodiscard]] SegmentRun& last() noexcept { return run_; }
  [[nodiscard]] int vector_words() const noexcept { return level_.words; }
  [[nodiscard]] int cells() const noexcept { return run_.lanes.degree; }
  void start() { level_.segments_start(run_); }
  [[nodiscard]] bool leg() { return level_.segments_leg(run_); }
  [[nodiscard]] std::uint64_t state_of(int lane) const { return bitsliced::state_of(run_.lanes, lane); }

 private:
  const bitsliced::LevelFunctions& level_;
  LaneMemory memory_;
  SegmentRun run_;
};

class BitslicedKernel final : public SievedKernel {
 public:
  BitslicedKernel(const fsr::Register& reg, std::uint64_t marks, Partition partition, SimdLevel level,
                  int known_periods, std::shared_ptr<LeaderSieve> sieve)
      : SievedKernel(make_scalar_kernel(fsr::Stepper(reg), partition), std::move(sieve), partition,
                     static_cast<std::uint64_t>(known_periods)),
        step_(reg),
        tape_(bitsliced::make_tape(reg.feedback())),
        level_(bitsliced::functions_of(level)),
        marks_(marks),
        zero_cells_(reg.degree() - std::countr_zero(marks)) {}

  /// Lanes end one by one: this many segments a lane make the end of a range a few percent of it, unless it
  /// takes so long that messages would have to wait.
  [[nodiscard]] std::uint64_t least_steps() const noexcept override {
    constexpr std::uint64_t kSegmentsPerLane = 64, kMostSteps = std::uint64_t{1} << 33;
    const auto lanes = static_cast<std::uint64_t>(LaneMemory::lane_count(tape_, level_));
    return std::min(kMostSteps, kSegmentsPerLane * lanes << zero_cells_);
  }

  void segments(core::StateRange marks, std::uint64_t walk_limit, SegmentBlock& block, Findings& findings,
                core::StopSignal stop) const override {
    if (marks.empty()) return;
    bitsliced::SegmentWalk<RegisterSegmentLanes> walk(zero_cells_, marks, partition().size() > 2, block,
                                                      tape_, level_);
    walk.run(walk_limit, findings, stop);
    walk.count_classes(partition().size(), findings);
  }

 private:
  void search_leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
                      Findings& found, const core::StopSignal& stop) const override {
    assert(candidates.begin.value >= marks_);
    constexpr std::uint64_t kStepsBeforeStart = 1;
    const bitsliced::SurvivorJudge judge(step_, scalar(), known_periods(), kStepsBeforeStart);
    bitsliced::LeaderSearch search(tape_, level_);
    search.run(candidates, stop, [&](const std::vector<bitsliced::Survivor>& survivors) {
      judge.decide(survivors, candidates, max_period, walk_limit, found, stop);
    });
    found.steps += search.steps();
  }

  fsr::Stepper step_;
  bitsliced::Tape tape_;
  const bitsliced::LevelFunctions& level_;
  std::uint64_t marks_;
  int zero_cells_;
};

}  // namespace

bool bitsliced_applies(const fsr::Register& reg, std::uint64_t marks) {
  if (reg.system() != nullptr || reg.field().order() != 2 || !reg.enumerable_state_count() ||
      !std::has_single_bit(marks))
    return false;
  const int low_cells = std::countr_zero(marks);
  return low_cells >= 3 && low_cells <= 32 && low_cells + bitsliced::kGroup <= reg.degree() &&
         reg.feedback().oldest_stands_alone();
}

std::uint64_t bitsliced_coarse(const fsr::Register& reg, std::uint64_t marks) {
  const std::uint64_t states = reg.enumerable_state_count().value();
  const int zero_cells = reg.degree() - std::countr_zero(marks);
  return bitsliced::counted_zero_cells(zero_cells) ? states >> bitsliced::kLowestCounted : marks;
}

Partition bitsliced_partition(const fsr::Register& reg, std::uint64_t marks) {
  return {reg.enumerable_state_count().value(), marks, 0, bitsliced_coarse(reg, marks)};
}

struct WalksToMarks::Impl {
  bitsliced::Tape tape;
  const bitsliced::LevelFunctions& level;
  int zero_cells;
};

WalksToMarks::WalksToMarks(const fsr::Register& reg, std::uint64_t marks, SimdLevel level)
    : impl_(std::make_unique<Impl>(Impl{bitsliced::make_tape(reg.feedback()), bitsliced::functions_of(level),
                                        reg.degree() - std::countr_zero(marks)})) {
  assert(bitsliced_applies(reg, marks));
}
WalksToMarks::~WalksToMarks() = default;

std::uint64_t WalksToMarks::lanes() const {
  return static_cast<std::uint64_t>(LaneMemory::lane_count(impl_->tape, impl_->level));
}

SegmentBlock WalksToMarks::walk(std::span<const std::uint64_t> starts, std::uint64_t walk_limit,
                                const core::StopSignal& stop) const {
  const core::StateRange numbers{{0}, {starts.size()}};
  SegmentBlock block(numbers);
  if (starts.empty()) return block;
  Findings findings;
  bitsliced::SegmentWalk<RegisterSegmentLanes> lanes(impl_->zero_cells, numbers, false, block, impl_->tape,
                                                     impl_->level, starts.data());
  lanes.run(walk_limit, findings, stop);
  return block;
}

std::optional<std::uint64_t> bitsliced_marks(const fsr::Register& reg, std::uint64_t memory_bytes,
                                             std::uint64_t bytes_per_mark) {
  // A mark costs as much as some thousand steps of a lane; every zero cell more leaves twice as many states
  // without a mark, and one class more to search. Small registers need some marks for each lane.
  constexpr int kBestZeroCells = 16, kEnoughMarks = 15;
  int zero_cells =
      std::clamp(reg.degree() - kEnoughMarks, bitsliced::kFewestCountedZeroCells, kBestZeroCells);
  for (; zero_cells <= bitsliced::kMostCountedZeroCells && zero_cells < reg.degree(); ++zero_cells) {
    const std::uint64_t marks = std::uint64_t{1} << (reg.degree() - zero_cells);
    if (bitsliced_applies(reg, marks) && marks <= memory_bytes / bytes_per_mark) return marks;
  }
  return std::nullopt;
}

std::unique_ptr<Kernel> make_bitsliced_kernel(const fsr::Register& reg, std::uint64_t marks,
                                              Partition partition, SimdLevel level, int known_periods,
                                              std::shared_ptr<LeaderSieve> sieve) {
  assert(bitsliced_applies(reg, marks));
  assert(partition.size() <= 2 || partition == bitsliced_partition(reg, marks));
  return std::make_unique<BitslicedKernel>(reg, marks, partition, level, known_periods, std::move(sieve));
}

}  // namespace gforbit::cycles
