/// What mapping a register costs, before it is done: for --dry-run.
#pragma once

#include <cstdint>
#include <string>

#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

struct Cost {
  double steps = 0;  ///< register steps of all ranks
  std::uint64_t ranges = 1;
  std::uint64_t table_bytes = 0;  ///< on rank 0
  std::string method{};           ///< for people
  /// Seconds of one thread for a register that suits the method, 0: what its steps take at measured_rate();
  /// and for the worst one, 0: not much more.
  double good_seconds = 0, bad_seconds = 0;
  /// Threads that share the work.
  bool shared = true;
};

/// Terms of a feedback for which the times of Cost are good; a longer one takes longer in proportion.
inline constexpr std::size_t kShortFeedback = 16;

/// @param reg  of at most 2^63 states
[[nodiscard]] Cost expected_cost(const fsr::Register& reg, const MappingOptions& options);

/// Steps a second of one thread on this machine for this register, measured for some milliseconds with the
/// kernel that would map it: a prediction from a table of other machines would be worth little.
[[nodiscard]] double measured_rate(const fsr::Register& reg, const MappingOptions& options);

}  // namespace gforbit::cycles
