/// Time in its two meanings: the wall clock for what people read, the steady clock for distances and
/// deadlines (a wall clock may be set back while a job runs). Code that decides by time takes a
/// ClockFunction, so that tests own the time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace gforbit::sys {

using SteadyTime = std::chrono::steady_clock::time_point;
using Seconds = std::chrono::duration<double>;

/// One instant on both clocks.
struct Moment {
  std::chrono::system_clock::time_point wall;
  SteadyTime steady;
};

using ClockFunction = std::function<Moment()>;

/// The machine's clocks, read now. Thread-safe.
[[nodiscard]] Moment now();

/// ISO 8601 in UTC, whole seconds (rounded down): "2026-11-20T22:00:00Z".
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time);

/// A point in time that may never come. A value: copies are independent.
class Deadline {
 public:
  /// Never reached.
  Deadline() = default;
  /// `distance` after `start`; a negative distance counts as zero, one beyond the clock's range as never.
  Deadline(SteadyTime start, Seconds distance);

  [[nodiscard]] bool never() const noexcept { return !time_; }
  [[nodiscard]] bool reached(SteadyTime at) const noexcept { return time_ && at >= *time_; }
  /// Seconds from `at`, never negative; infinity for a deadline that never comes.
  [[nodiscard]] Seconds left(SteadyTime at) const noexcept;

 private:
  std::optional<SteadyTime> time_;
};

}  // namespace gforbit::sys
