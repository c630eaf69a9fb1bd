/// Time for limits of work. A process that is stopped (SIGSTOP, a job that its batch system suspends) does
/// not work, but every clock of the system runs on.
#pragma once

#include <chrono>
#include <mutex>

namespace gforbit::core {

/// A steady clock that stands still while its process does. Nothing tells a process that it was stopped;
/// a caller that polls the clock many times a second notices it by the long gap between two polls.
/// Thread-safe.
class WorkClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// No poll for longer than this: the process was stopped, or did not get a core, and kStep has passed.
  static constexpr std::chrono::milliseconds kLongestPause{200}, kStep{20};

  /// One look. @param at  of the steady clock
  [[nodiscard]] Time look(Time at);

 private:
  std::mutex mutex_;
  Time last_{};  ///< look; none yet
  Time::duration stood_{};
};

/// The clock of this process, which a signal stops as a whole; code that waits for limits of work looks at it
/// at least every 50 ms, and the threads of src/sched and of the solvers' helper do.
[[nodiscard]] WorkClock::Time work_now();

}  // namespace gforbit::core
