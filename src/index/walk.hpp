/// Walks of one state at a time. Private to the module.
#pragma once

#include <cstdint>

#include "gforbit/fsr/stepper.hpp"

namespace gforbit::index {

/// Where a walk from a state led: to the next mark, or around a cycle without one.
struct Walk {
  std::uint64_t state = 0;   ///< the mark, or a state on the cycle
  std::uint64_t steps = 0;   ///< to the mark
  std::uint64_t period = 0;  ///< of the cycle; 0: it led to a mark
};

/// At least one step. Brent's algorithm notices a cycle without a mark after at most three times its length
/// and the distance to it.
[[nodiscard]] Walk walk_to_mark(const fsr::Stepper& step, std::uint64_t start, std::uint64_t marks);

/// Where a walk enters a cycle.
struct Entry {
  std::uint64_t state = 0;     ///< the first state on the cycle
  std::uint64_t distance = 0;  ///< steps to it
};

/// @param period  of the cycle that `start` leads to
[[nodiscard]] Entry entry_of(const fsr::Stepper& step, std::uint64_t start, std::uint64_t period);

/// The same for a walk that comes to a mark on the cycle after `steps` steps.
/// @param before  the mark before that one on the cycle
/// @param length  steps from there
[[nodiscard]] Entry entry_before_mark(const fsr::Stepper& step, std::uint64_t start, std::uint64_t steps,
                                      std::uint64_t before, std::uint64_t length);

/// The smallest state of a cycle, and how many steps it is from `start`, which is on it.
struct Smallest {
  std::uint64_t state = 0, steps = 0;
};
[[nodiscard]] Smallest smallest_of(const fsr::Stepper& step, std::uint64_t start, std::uint64_t period);

[[nodiscard]] inline std::uint64_t advance(const fsr::Stepper& step, std::uint64_t state,
                                           std::uint64_t steps) {
  for (; steps > 0; --steps) state = step.next(state);
  return state;
}

}  // namespace gforbit::index
