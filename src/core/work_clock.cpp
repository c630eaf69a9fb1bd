#include "gforbit/core/work_clock.hpp"

#include <algorithm>

namespace gforbit::core {

WorkClock::Time WorkClock::look(Time at) {
  const std::lock_guard lock(mutex_);
  if (last_ == Time{}) last_ = at;
  at = std::max(at, last_);  // two threads may come in another order than they read the time
  if (at - last_ > kLongestPause) stood_ += at - last_ - kStep;
  last_ = at;
  return at - stood_;
}

WorkClock::Time work_now() {
  static WorkClock clock;
  return clock.look(std::chrono::steady_clock::now());
}

}  // namespace gforbit::core
