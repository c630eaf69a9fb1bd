/// Stops work at a deadline: for work that looks at a stop token and not at a clock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace gforbit::sched {

/// One thread for any number of deadlines, started with the first. Thread-safe.
class Watchdog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// While it lives, the deadline stands. Must end before the watchdog.
  class Guard {
   public:
    ~Guard() { watchdog_.disarm(key_); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    friend class Watchdog;
    using Key = std::pair<Time, std::uint64_t>;
    Guard(Watchdog& watchdog, Key key) : watchdog_(watchdog), key_(key) {}
    Watchdog& watchdog_;
    Key key_;
  };

  /// Requests a stop of `source` at `deadline`, by core::work_now().
  [[nodiscard]] Guard arm(Time deadline, std::stop_source source);

 private:
  void disarm(const Guard::Key& key);
  void watch(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<Guard::Key, std::stop_source> deadlines_;
  std::uint64_t next_ = 0;
  std::jthread thread_;  ///< last: it is joined before what it uses is gone
};

}  // namespace gforbit::sched
