/// What is decided one state at a time about lanes that outlived all tiers of a search for leaders.
#pragma once

#include <cstdint>
#include <span>

#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "leader_tiers.hpp"

namespace gforbit::cycles::bitsliced {

class SurvivorJudge {
 public:
  /// @param step, scalar   outlive this object
  /// @param known_periods  cycles of at most this period are passed over
  /// @param before_start   steps from a candidate to the start of its lane
  SurvivorJudge(const fsr::Stepper& step, const Kernel& scalar, std::uint64_t known_periods,
                std::uint64_t before_start)
      : step_(step), scalar_(scalar), known_periods_(known_periods), before_start_(before_start) {}

  /// Reports the cycle of each survivor that is on one and whose own candidate is the smallest state of it:
  /// so each cycle is reported once.
  void decide(std::span<const Survivor> survivors, core::StateRange candidates, std::uint64_t max_period,
              std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) const {
    for (const Survivor& survivor : survivors) {
      decide(survivor, candidates, max_period, walk_limit, findings, stop);
      if (stop.stop_requested()) return;
    }
  }

 private:
  void decide(const Survivor& survivor, core::StateRange candidates, std::uint64_t max_period,
              std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) const;
  void add_cycle(Cycle cycle, std::uint64_t walk_limit, Findings& findings,
                 const core::StopSignal& stop) const;
  void hand_back(const Survivor& survivor, std::uint64_t smallest, core::StateRange candidates,
                 std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                 const core::StopSignal& stop) const;

  const fsr::Stepper& step_;
  const Kernel& scalar_;
  std::uint64_t known_periods_, before_start_;
};

}  // namespace gforbit::cycles::bitsliced
