/// Stored cycles walked again with the scalar step, as far as a budget of steps goes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "gforbit/cycles/census.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/report/job_report.hpp"

namespace gforbit::job_cycles {

struct StoredCycle {
  std::uint64_t row;  ///< of results/cycles
  std::uint64_t representative;
  std::uint64_t period;
};

/// How far to walk each stored cycle, which depends on the file and the budget alone. Short cycles are walked
/// whole before longer ones; where the budget does not reach for all cycles of about one period, every n-th
/// of them is walked, or all in their first steps.
class WalkPlan {
 public:
  /// Steps that a walk that is too long for the budget takes at most.
  static constexpr std::uint64_t kFirstSteps = 1'000'000;

  /// Counts a cycle. All cycles first, then decide().
  void count(std::uint64_t period);
  /// @param budget  steps in all
  void decide(std::uint64_t budget);

  /// Steps for the next cycle of this period: `period` for all of it, 0 for none. Call it in the order of the
  /// file.
  [[nodiscard]] std::uint64_t steps_for(std::uint64_t period);

  [[nodiscard]] std::uint64_t n_cycles() const noexcept { return n_cycles_; }
  /// Steps of all cycles, saturated: a budget that walks all of them.
  [[nodiscard]] std::uint64_t steps_of_all() const noexcept { return steps_of_all_; }

 private:
  /// Cycles of periods from 2^k to 2^(k+1) - 1.
  struct Class {
    std::uint64_t n = 0, steps = 0;    ///< cycles, sum of their periods (saturated)
    std::uint64_t stride = 1;          ///< every stride-th is walked
    std::uint64_t limit = UINT64_MAX;  ///< steps of a walk
    std::uint64_t seen = 0;
  };
  std::array<Class, 64> classes_{};
  std::uint64_t n_cycles_ = 0, steps_of_all_ = 0;
};

/// Walks from the representative and reports a violation if the walk returns after another number of steps
/// than `period`, or meets a state below the representative.
/// @return whether the walk was complete: false where `max_steps` ended it without a contradiction
bool walk(const fsr::Stepper& stepper, const StoredCycle& cycle, std::uint64_t max_steps,
          report::Findings& findings);

/// Where a walk from a state ends up.
struct Arrival {
  std::uint64_t distance = 0;  ///< steps until the cycle
  cycles::Cycle cycle;
};

/// Follows a state until its cycle is known (Brent's method). Cost: a small multiple of distance plus period.
/// @return nullopt after about `max_steps` without an answer
[[nodiscard]] std::optional<Arrival> arrival(const fsr::Stepper& stepper, std::uint64_t state,
                                             std::uint64_t max_steps);

}  // namespace gforbit::job_cycles
