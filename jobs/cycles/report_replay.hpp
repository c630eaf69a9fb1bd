/// Stored cycles walked again with the scalar step.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gforbit/fsr/stepper.hpp"
#include "gforbit/report/job_report.hpp"

namespace gforbit::job_cycles {

/// Which cycles to walk and how far. All of them completely where that is cheap; else every stride-th, each
/// at most steps_per_cycle steps, which depends on the file alone.
struct ReplayPlan {
  std::uint64_t stride = 1;
  std::uint64_t steps_per_cycle = 0;

  /// @param n_rows  stored cycles; @param total_steps  sum of their periods (saturated); @param budget  steps
  /// in all
  [[nodiscard]] static ReplayPlan of(std::uint64_t n_rows, std::uint64_t total_steps, std::uint64_t budget);
};

struct StoredCycle {
  std::uint64_t row;
  std::uint64_t representative;
  std::uint64_t period;
};

/// Walks from the representative and reports a violation if the walk returns after another number of steps
/// than `period`, or meets a state below the representative.
/// @return whether the walk was complete: false where `max_steps` ended it without a contradiction
bool replay(const fsr::Stepper& stepper, const StoredCycle& cycle, std::uint64_t max_steps,
            report::Findings& findings);

}  // namespace gforbit::job_cycles
