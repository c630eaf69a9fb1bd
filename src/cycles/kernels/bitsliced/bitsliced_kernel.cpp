// The range interface on top of the vector code: segments in legs, leaders in tiers, and scalar walks for
// what is left.

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "bitsliced_leaders.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "kernels/sieve_takeover.hpp"

namespace gforbit::cycles {

namespace {

using bitsliced::LaneMemory;
using bitsliced::SegmentRun;

/// Steps of a scalar walk between two looks at the stop token.
constexpr std::uint64_t kStopCheckMask = (1 << 16) - 1;

/// Segments of a range of marks: lanes with their memory.
class SegmentWalk {
 public:
  SegmentWalk(const bitsliced::Tape& tape, const bitsliced::LevelFunctions& level, int zero_cells,
              core::StateRange marks, bool counting, SegmentBlock& block)
      : level_(level), memory_(tape, level), block_(block) {
    const auto lanes = static_cast<std::size_t>(64 * memory_.lanes.words);
    const auto notes =
        static_cast<std::size_t>(SegmentRun::groups_of_leg(memory_.lanes) * memory_.lanes.vectors);
    marks_ = bitsliced::AlignedWords(lanes);
    started_ = bitsliced::AlignedWords(lanes);
    noted_ = bitsliced::AlignedWords(notes * static_cast<std::size_t>(level.words));
    words_noted_.resize(notes + 8);
    run_.lanes = memory_.lanes;
    run_.zero_cells = zero_cells;
    run_.next_mark = marks.begin.value;
    run_.end_mark = marks.end.value;
    run_.mark = marks_.data();
    run_.started = started_.data();
    run_.noted = noted_.data();
    run_.words_noted = words_noted_.data();
    if (counting) run_.counts = counts_.data();
    run_.context = this;
    run_.record = [](void* walk, std::uint64_t mark, std::uint64_t next, std::uint64_t length) {
      static_cast<SegmentWalk*>(walk)->record(mark, next, length);
    };
  }

  void run(std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) {
    level_.segments_start(run_);
    // An eighth of the limit between two looks whether a walk is over it.
    std::uint64_t next_look = walk_limit;
    for (int leg = 0; level_.segments_leg(run_); ++leg) {
      if (run_.time >= next_look) {
        cut_long_walks(walk_limit, findings);
        next_look = run_.time + walk_limit / 8;
      }
      if (leg % kLegsPerStopLook == 0 && stop.stop_requested()) break;
    }
    findings.steps += steps_;
  }

  /// Steps of the segments recorded and of the walks cut: the states passed.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  /// States passed by level, if they were counted.
  [[nodiscard]] std::uint64_t count(int level) const { return counts_.at(static_cast<std::size_t>(level)); }

 private:
  static constexpr int kLegsPerStopLook = 64;

  void record(std::uint64_t mark, std::uint64_t next, std::uint64_t length) {
    block_.set(mark, next, length);
    steps_ += length;
  }

  void cut_long_walks(std::uint64_t walk_limit, Findings& findings) {
    bitsliced::for_each_alive(run_.lanes, [&](int lane) {
      const std::uint64_t taken = run_.time - run_.started[lane];
      if (taken < walk_limit) return;
      const std::uint64_t current = bitsliced::state_of(run_.lanes, lane);
      findings.open.push_back({OpenWalk::Purpose::segment, run_.mark[lane], current, taken, 0});
      steps_ += taken;
      // A state is counted on arrival here; this one is not passed yet.
      --counts_[static_cast<std::size_t>(run_.lanes.degree - static_cast<int>(std::bit_width(current)))];
      run_.lanes.alive[lane / 64] &= ~(std::uint64_t{1} << (lane % 64));
    });
  }

  const bitsliced::LevelFunctions& level_;
  LaneMemory memory_;
  SegmentBlock& block_;
  bitsliced::AlignedWords marks_, started_, noted_;
  std::vector<std::uint8_t> words_noted_;
  SegmentRun run_;
  std::array<std::uint64_t, 64> counts_{};
  std::uint64_t steps_ = 0;
};

class BitslicedKernel final : public Kernel {
 public:
  BitslicedKernel(const fsr::Register& reg, std::uint64_t marks, Partition partition, SimdLevel level,
                  int known_periods, std::shared_ptr<LeaderSieve> sieve)
      : step_(reg),
        partition_(partition),
        tape_(bitsliced::make_tape(reg.feedback())),
        level_(bitsliced::functions_of(level)),
        marks_(marks),
        zero_cells_(reg.degree() - std::countr_zero(marks)),
        known_periods_(static_cast<std::uint64_t>(known_periods)),
        leaders_(make_scalar_kernel(step_, partition), std::move(sieve), partition, known_periods_) {}

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
    SegmentWalk walk(tape_, level_, zero_cells_, marks, partition_.size() > 2, block);
    walk.run(walk_limit, findings, stop);
    findings.seen.resize(partition_.size(), 0);
    // Of the states on segments, their starts are marks and no others.
    findings.seen.front() += marks.size();
    std::uint64_t rest = walk.steps() - marks.size();
    for (std::size_t c = 1; c + 1 < partition_.size(); ++c) {
      const std::uint64_t count = walk.count(zero_cells_ - static_cast<int>(c));
      findings.seen[c] += count;
      rest -= count;
    }
    findings.seen.back() += rest;
  }

  void leaders(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
               Findings& findings, core::StopSignal stop) const override {
    if (candidates.empty()) return;
    assert(candidates.begin.value >= marks_);
    leaders_.leaders(candidates, max_period, walk_limit, findings, stop,
                     [&](Findings& found, const core::StopSignal& signal) {
                       search_in_lanes(candidates, max_period, walk_limit, found, signal);
                     });
  }

  /// A few walks, long ones: not for lanes.
  void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              Findings& findings, core::StopSignal stop) const override {
    leaders_.resume(walks, max_period, walk_limit, findings, stop);
  }

 private:
  void search_in_lanes(core::StateRange candidates, std::uint64_t max_period, std::uint64_t walk_limit,
                       Findings& found, const core::StopSignal& stop) const {
    bitsliced::LeaderSearch search(tape_, level_);
    search.run(candidates, stop, [&](const std::vector<bitsliced::Survivor>& survivors) {
      for (const auto& survivor : survivors) {
        decide(survivor, candidates, max_period, walk_limit, found, stop);
        if (stop.stop_requested()) return;
      }
    });
    found.steps += search.steps();
  }

  /// Whether a scalar walk of `taken` steps goes on.
  static bool goes_on(std::uint64_t taken, std::uint64_t limit, const core::StopSignal& stop) {
    return taken < limit && ((taken & kStopCheckMask) != 0 || !stop.stop_requested());
  }

  /// With its states counted, to lower the deficits of its classes.
  void add_cycle(Cycle cycle, std::uint64_t walk_limit, Findings& findings,
                 const core::StopSignal& stop) const {
    if (cycle.period <= known_periods_) return;
    findings.cycles.push_back(cycle);
    const OpenWalk once{OpenWalk::Purpose::count, cycle.representative, cycle.representative, 0,
                        cycle.period};
    leaders_.scalar().resume({&once, 1}, cycle.period, walk_limit, findings, stop);
  }

  /// Reports the cycle of a survivor, if it is on one and its own candidate is the smallest state of it: so
  /// each cycle is reported once.
  void decide(const bitsliced::Survivor& survivor, core::StateRange candidates, std::uint64_t max_period,
              std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) const {
    std::uint64_t x = survivor.state, smallest = x, taken = 0;
    const std::uint64_t limit = std::min(max_period, walk_limit);
    do {
      x = step_.next(x);
      ++taken;
      smallest = std::min(smallest, x);
    } while (x != survivor.state && x >= candidates.begin.value && goes_on(taken, limit, stop));
    findings.steps += taken;
    if (smallest < candidates.begin.value) return;
    if (x != survivor.state) {
      if (taken < max_period)
        hand_back(survivor, smallest, candidates, max_period, walk_limit, findings, stop);
      return;
    }
    // The candidate is age + 1 steps behind; on the cycle that is some steps ahead.
    for (std::uint64_t ahead = taken - (survivor.age + 1) % taken; ahead > 0; --ahead) x = step_.next(x);
    if (x == smallest && x < candidates.end.value) add_cycle({x, taken}, walk_limit, findings, stop);
  }

  /// A walk too long for now goes on later, as that of its candidate, which is age + 1 steps behind.
  void hand_back(const bitsliced::Survivor& survivor, std::uint64_t smallest, core::StateRange candidates,
                 std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                 const core::StopSignal& stop) const {
    std::vector<std::uint64_t> previous;
    std::uint64_t x = survivor.state, period = 0;
    std::uint64_t todo = survivor.age + 1;
    for (std::uint64_t n = 1; todo > 0; ++n, --todo) {
      if ((n & kStopCheckMask) == 0 && stop.stop_requested()) return;
      step_.previous(x, previous);
      x = previous.at(0);
      smallest = std::min(smallest, x);
      if (x == survivor.state && period == 0) {
        // Once around already.
        period = n;
        todo = (todo - 1) % period + 1;
      }
    }
    findings.steps += survivor.age + 1;
    if (x > smallest || x < candidates.begin.value || x >= candidates.end.value) return;
    if (period == 0) {
      findings.open.push_back({OpenWalk::Purpose::leader, x, survivor.state, survivor.age + 1, 0});
    } else if (period <= max_period) {
      add_cycle({x, period}, walk_limit, findings, stop);
    }
  }

  fsr::Stepper step_;
  Partition partition_;
  bitsliced::Tape tape_;
  const bitsliced::LevelFunctions& level_;
  std::uint64_t marks_;
  int zero_cells_;
  std::uint64_t known_periods_;
  SievedLeaders leaders_;
};

}  // namespace

bool bitsliced_applies(const fsr::Register& reg, std::uint64_t marks) {
  if (reg.field().order() != 2 || !reg.enumerable_state_count() || !std::has_single_bit(marks)) return false;
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
