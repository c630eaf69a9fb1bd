/// Leaders in bulk: the cycles without a mark whose smallest state lies in a range.
///
/// A smallest state i > 0 has f(i) = 1, or its successor i/2 would be smaller. So its successor is 1r, r =
/// i/2, and all other states 1r' of the cycle have r' >= r: walks start at the states 1r with r in half the
/// range, one for two candidates, and end at the first state below the range's own. r is a prenecklace, so
/// only blocks of lanes whose common high digits are one are started at all.
///
/// A range is cut in classes: states with the same number k of leading zeros (the level) and the same two
/// digits behind the leading one. In a class T = 4..7 (the leading digits) lanes live 2^(k+4) / T steps on
/// average: one state in 2^(k+3) / T is smaller, and these come in pairs on average, since they are runs of
/// zeros. A batch runs until a good part of its lanes is dead; what is left is packed into the queue of the
/// next tier, whose batches start when the queue fills a batch. Every tier has a fixed number of steps, so
/// the lanes of a tier have equal ages. After the last tier few lanes are left, among them all cycles; a
/// scalar walk decides about each.
#pragma once

#include <cstdint>
#include <vector>

#include "bitsliced_lanes.hpp"
#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"

namespace gforbit::cycles::bitsliced {

/// A lane that outlived all tiers.
struct Survivor {
  std::uint64_t state = 0;  ///< where it is
  std::uint64_t age = 0;    ///< steps since it left its start 1r
};

class LeaderSearch {
 public:
  LeaderSearch(const Tape& tape, const LevelFunctions& level);

  /// Survivors of all lanes whose candidates lie in `candidates`, class by class, each class handed to `use`.
  /// @param candidates  the smallest of them has at most degree - 4 leading zeros (asserted)
  template <class Use>
  void run(core::StateRange candidates, const core::StopSignal& stop, Use use) {
    for (std::uint64_t r = candidates.begin.value / 2;
         r < (candidates.end.value + 1) / 2 && !stop.stop_requested();) {
      r = run_class(r, (candidates.end.value + 1) / 2, stop);
      use(survivors_);
      survivors_.clear();
    }
  }

  /// Lane-steps so far, living lanes only.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

 private:
  struct Tier {
    std::uint64_t groups = 0;
    std::uint64_t age_before = 0;  ///< in steps
  };

  /// Searches from r to the end of its class or to `end`; where it ended.
  std::uint64_t run_class(std::uint64_t r, std::uint64_t end, const core::StopSignal& stop);
  void plan_tiers(int level, int leading);
  void run_batch(std::size_t tier, std::uint64_t lanes);
  void run_queue(std::size_t tier);
  void drain(const core::StopSignal& stop);

  const LevelFunctions& level_;
  LaneMemory memory_;
  LeaderBatch batch_;
  int degree_;
  int lane_bits_;
  std::vector<Tier> tiers_;
  std::vector<QueueMemory> queues_;  ///< queues_[t] feeds tier t; tier 0 is fed with blocks
  std::vector<Survivor> survivors_;
  std::uint64_t steps_ = 0;
};

}  // namespace gforbit::cycles::bitsliced
