/// Leaders of systems in bulk: the cycles without a mark whose smallest state lies in a range.
///
/// As for one register (bitsliced_leaders.hpp), but a state has no short successor here, so a lane starts at
/// each candidate. The cells of the last run, newest first, are a prenecklace in a smallest state: the state
/// some steps before has the same cells, as many places higher, and may not be smaller. A look sees the last
/// run only, so where its cells do not reach behind the leading one, lanes live somewhat longer than they
/// must; and so they do with deep looks (system_level.hpp).
#pragma once

#include <cstdint>

#include "gforbit/core/state_index.hpp"
#include "leader_tiers.hpp"
#include "system_lanes.hpp"

namespace gforbit::cycles::bitsliced {

/// The lanes of a system for LeaderTiers.
class SystemLeaderLanes {
 public:
  SystemLeaderLanes(const SystemLayout& layout, const SystemFunctions& functions);

  [[nodiscard]] LeaderBatch& last() noexcept { return batch_.last; }
  void load_block(std::uint64_t prefix, std::uint64_t first, std::uint64_t last) {
    functions_->load_block(batch_, prefix, first, last);
  }
  [[nodiscard]] bool leaders_run(std::uint64_t groups) { return functions_->leaders_run(batch_, groups); }
  void pack(LaneQueue& queue) const { functions_->pack(batch_, queue); }
  void unpack(LaneQueue& queue) { functions_->unpack(batch_, queue); }
  [[nodiscard]] std::uint64_t state_of(int lane) const {
    return bitsliced::state_of(batch_.others, batch_.last.lanes, lane);
  }
  [[nodiscard]] QueueMemory queue() const;

 private:
  const SystemFunctions* functions_;
  std::unique_ptr<SystemMemory> memory_;
  SystemLeaderBatch batch_;
};

class SystemLeaderSearch {
 public:
  SystemLeaderSearch(const SystemLayout& layout, const SystemFunctions& functions, int cells, int last_run)
      : tiers_(SystemLeaderLanes(layout, functions)), cells_(cells), last_run_(last_run) {}

  /// Survivors of all lanes whose candidates lie in `candidates`, class by class, each class handed to `use`.
  template <class Use>
  void run(core::StateRange candidates, const core::StopSignal& stop, Use use) {
    for (std::uint64_t i = candidates.begin.value; i < candidates.end.value && !stop.stop_requested();) {
      i = run_class(i, candidates.end.value, stop);
      use(tiers_.survivors());
      tiers_.survivors().clear();
    }
  }

  [[nodiscard]] std::uint64_t steps() const noexcept { return tiers_.steps(); }

 private:
  std::uint64_t run_class(std::uint64_t i, std::uint64_t end, const core::StopSignal& stop);
  /// The first block from `block` on whose cells of the last run are a prenecklace; past the last one: none.
  [[nodiscard]] std::uint64_t candidate_block(std::uint64_t block) const;

  LeaderTiers<SystemLeaderLanes> tiers_;
  int cells_, last_run_;
};

}  // namespace gforbit::cycles::bitsliced
