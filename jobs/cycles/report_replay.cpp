#include "cycles/report_replay.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gforbit::job_cycles {

ReplayPlan ReplayPlan::of(std::uint64_t n_rows, std::uint64_t total_steps, std::uint64_t budget) {
  if (total_steps <= budget) return {1, budget};
  constexpr std::uint64_t kMaxSamples = 1000;
  const std::uint64_t stride = (n_rows + kMaxSamples - 1) / kMaxSamples;
  const std::uint64_t samples = (n_rows + stride - 1) / stride;
  return {stride, budget / samples};
}

bool replay(const fsr::Stepper& stepper, const StoredCycle& cycle, std::uint64_t max_steps,
            report::Findings& findings) {
  const auto wrong = [&](const std::string& what) {
    findings.violation(fmt::format("results/cycles, row {}: replayed from representative {}: {}", cycle.row,
                                   cycle.representative, what));
    return true;
  };
  const std::uint64_t end = std::min(cycle.period, max_steps);
  std::uint64_t state = cycle.representative;
  for (std::uint64_t step = 1; step <= end; ++step) {
    state = stepper.next(state);
    if (state < cycle.representative) {
      return wrong(fmt::format("state {} after {} steps is smaller", state, step));
    }
    if (state == cycle.representative) {
      return step == cycle.period ||
             wrong(fmt::format("it returns after {} steps, not {}", step, cycle.period));
    }
  }
  return end == cycle.period && wrong(fmt::format("it does not return after {} steps", cycle.period));
}

}  // namespace gforbit::job_cycles
