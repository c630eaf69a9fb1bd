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

#include "gforbit/core/state_index.hpp"
#include "leader_tiers.hpp"

namespace gforbit::cycles::bitsliced {

/// The lanes of one register for LeaderTiers.
class RegisterLeaderLanes {
 public:
  RegisterLeaderLanes(const Tape& tape, const LevelFunctions& level);

  [[nodiscard]] LeaderBatch& last() noexcept { return batch_; }
  void load_block(std::uint64_t prefix, std::uint64_t first, std::uint64_t last) {
    level_->load_block(batch_.lanes, prefix, first, last);
  }
  [[nodiscard]] bool leaders_run(std::uint64_t groups) { return level_->leaders_run(batch_, groups); }
  void pack(LaneQueue& queue) const { level_->pack(batch_.lanes, queue); }
  void unpack(LaneQueue& queue) { level_->unpack(batch_.lanes, queue); }
  [[nodiscard]] std::uint64_t state_of(int lane) const { return bitsliced::state_of(batch_.lanes, lane); }
  [[nodiscard]] QueueMemory queue() const { return QueueMemory(batch_.lanes); }

 private:
  const LevelFunctions* level_;
  std::unique_ptr<LaneMemory> memory_;
  LeaderBatch batch_;
};

class LeaderSearch {
 public:
  LeaderSearch(const Tape& tape, const LevelFunctions& level)
      : tiers_(RegisterLeaderLanes(tape, level)), degree_(tape.degree) {}

  /// Survivors of all lanes whose candidates lie in `candidates`, class by class, each class handed to `use`.
  /// A lane starts at 1r, one step behind its candidate.
  /// @param candidates  the smallest of them has at most degree - 4 leading zeros (asserted)
  template <class Use>
  void run(core::StateRange candidates, const core::StopSignal& stop, Use use) {
    for (std::uint64_t r = candidates.begin.value / 2;
         r < (candidates.end.value + 1) / 2 && !stop.stop_requested();) {
      r = run_class(r, (candidates.end.value + 1) / 2, stop);
      use(tiers_.survivors());
      tiers_.survivors().clear();
    }
  }

  [[nodiscard]] std::uint64_t steps() const noexcept { return tiers_.steps(); }

 private:
  /// Searches from r to the end of its class or to `end`; where it ended.
  std::uint64_t run_class(std::uint64_t r, std::uint64_t end, const core::StopSignal& stop);

  LeaderTiers<RegisterLeaderLanes> tiers_;
  int degree_;
};

}  // namespace gforbit::cycles::bitsliced
