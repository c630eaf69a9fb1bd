/// A clock that tests move by hand, from any thread.
#pragma once

#include <atomic>
#include <chrono>

#include "gforbit/sched/queue.hpp"

namespace gforbit::testing_support {

class ManualClock {
 public:
  void advance(std::chrono::nanoseconds by) { now_.fetch_add(by.count(), std::memory_order_relaxed); }
  /// The clock as a queue wants it; this object must outlive it.
  [[nodiscard]] sched::Queue::Clock function() {
    return [this] {
      return std::chrono::steady_clock::time_point(
          std::chrono::nanoseconds(now_.load(std::memory_order_relaxed)));
    };
  }

 private:
  std::atomic<std::int64_t> now_{0};
};

}  // namespace gforbit::testing_support
