// The clock that stands still while its process does; the test owns the time.
#include "gforbit/core/work_clock.hpp"

#include <gtest/gtest.h>

namespace gforbit::core {
namespace {

using std::chrono::milliseconds;

constexpr WorkClock::Time kBegin{std::chrono::hours(1)};

TEST(WorkClock, GoesOnWhileSomebodyLooks) {
  WorkClock clock;
  const auto begin = clock.look(kBegin);
  for (int i = 1; i <= 100; ++i)
    EXPECT_EQ(clock.look(kBegin + milliseconds(50 * i)) - begin, milliseconds(50 * i));
}

TEST(WorkClock, StandsStillWhileNobodyDoes) {
  WorkClock clock;
  const auto begin = clock.look(kBegin);
  EXPECT_EQ(clock.look(kBegin + milliseconds(100)) - begin, milliseconds(100));
  EXPECT_EQ(clock.look(kBegin + milliseconds(5100)) - begin, milliseconds(100) + WorkClock::kStep);
  EXPECT_EQ(clock.look(kBegin + milliseconds(5200)) - begin, milliseconds(200) + WorkClock::kStep);
  EXPECT_EQ(clock.look(kBegin + std::chrono::hours(9)) - begin, milliseconds(200) + 2 * WorkClock::kStep);
}

TEST(WorkClock, NeverGoesBack) {
  WorkClock clock;
  const auto begin = clock.look(kBegin + milliseconds(10));
  EXPECT_EQ(clock.look(kBegin), begin);
  EXPECT_EQ(clock.look(kBegin + milliseconds(20)) - begin, milliseconds(10));
}

}  // namespace
}  // namespace gforbit::core
