#include "gforbit/sched/watchdog.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gforbit/core/work_clock.hpp"

namespace gforbit::sched {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Waits for a stop; the limit only keeps a broken watchdog from hanging the tests.
bool is_stopped(const std::stop_source& source) {
  const auto limit = Clock::now() + 60s;
  while (!source.stop_requested() && Clock::now() < limit) std::this_thread::yield();
  return source.stop_requested();
}

TEST(Watchdog, StopsEachSourceAtItsDeadlineInWhateverOrderTheyCame) {
  Watchdog watchdog;
  std::stop_source late, early, never;
  const auto now = core::work_now();
  const auto never_guard = watchdog.arm(now + 1h, never);
  const auto late_guard = watchdog.arm(now + 20ms, late);
  const auto early_guard = watchdog.arm(now + 1ms, early);
  EXPECT_TRUE(is_stopped(early));
  EXPECT_TRUE(is_stopped(late));
  EXPECT_GE(core::work_now() - now, 20ms);
  EXPECT_FALSE(never.stop_requested());
}

TEST(Watchdog, WorkThatEndedBeforeIsLeftAlone) {
  Watchdog watchdog;
  std::stop_source done, next;
  const auto now = core::work_now();
  { const auto guard = watchdog.arm(now + 2ms, done); }
  const bool in_time = !done.stop_requested();
  const auto guard = watchdog.arm(now + 5ms, next);
  EXPECT_TRUE(is_stopped(next));
  EXPECT_TRUE(!in_time || !done.stop_requested());
}

TEST(Watchdog, EndsWithDeadlinesThatNeverCame) {
  Watchdog unused;
  Watchdog watchdog;
  std::stop_source source;
  { const auto guard = watchdog.arm(Clock::now() + 1h, source); }
  EXPECT_FALSE(source.stop_requested());
}

}  // namespace
}  // namespace gforbit::sched
