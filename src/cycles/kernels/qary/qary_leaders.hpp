/// Leaders in bulk: the candidates of a range whose walk meets no smaller state for long.
///
/// The digits of a smallest state, read from the newest cell, make a prenecklace: the d - 1 states before it
/// begin with its suffixes. So candidates start in blocks, the combinations of some low digits behind each
/// prenecklace of the other ones; about one state in d is started at all.
///
/// A range is cut in classes: states with the same number k of leading zeros (the level) and the same digit c
/// behind them. Lanes die at a state with a smaller level or, at the same level, a smaller digit: one state
/// in q^(k+1) / c. A batch runs until a good part of its lanes is dead; what is left is packed into the queue
/// of the next tier, whose batches start when the queue fills a batch. After the last tier few lanes are
/// left, among them all that may be on cycles; what is reported is where they started, and a scalar walk
/// decides about each.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "qary_leader_lanes.hpp"

namespace gforbit::cycles::qary {

/// The smallest prenecklace (newest digit first) that is not smaller than `word`: changes it to that.
void raise_to_prenecklace(std::vector<std::uint32_t>& word);
/// The next prenecklace after one; false if it was the last of its length.
/// @see  H. Fredricksen and I. J. Kessler, An algorithm for generating necklaces of beads in two colors,
/// Discrete
///       Math. 61 (1986)
[[nodiscard]] bool next_prenecklace(std::vector<std::uint32_t>& word, std::uint32_t q);

class LeaderSearch {
 public:
  /// `tape` and `functions` outlive it.
  /// @param tape       of degree at least 2
  /// @param functions  with leaders_run (asserted)
  LeaderSearch(const Tape& tape, const LaneFunctions& functions);

  /// Candidates that outlived all tiers, class by class, each class handed to `use`; not all of them once a
  /// stop is requested, which is seen within milliseconds. Requires candidates above 0.
  template <class Use>
  void run(core::StateRange candidates, const core::StopSignal& stop, Use use) {
    stop_ = stop;
    for (std::uint64_t i = candidates.begin.value; i < candidates.end.value && !stop.stop_requested();) {
      i = run_class(i, candidates.end.value);
      use(survivors_);
      survivors_.clear();
    }
  }

  /// Lane-steps so far, living lanes only.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

 private:
  /// Searches from i to the end of its class or to `end`; where it ended.
  std::uint64_t run_class(std::uint64_t i, std::uint64_t end);
  void plan_tiers(double lifetime);
  void run_block(std::uint64_t base, std::uint64_t begin, std::uint64_t end);
  void run_batch(std::size_t tier);
  void run_queue(std::size_t tier);

  const Tape& tape_;
  const LaneFunctions& functions_;
  std::unique_ptr<LeaderLanes> lanes_;
  std::uint64_t q_;
  std::uint64_t top_;                       ///< q^(d-1)
  std::vector<std::uint32_t> prefix_;       ///< the digits of a block but the low ones, newest first
  std::vector<std::uint64_t> tiers_;        ///< groups of steps
  std::vector<LeaderLanes::Queue> queues_;  ///< queues_[t] feeds tier t; tier 0 is fed with blocks
  std::vector<std::uint64_t> survivors_;
  core::StopSignal stop_;
  std::uint64_t steps_ = 0;
};

}  // namespace gforbit::cycles::qary
