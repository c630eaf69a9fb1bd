#include "gforbit/sys/clock.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace gforbit::sys {
namespace {

using namespace std::chrono_literals;

std::chrono::system_clock::time_point at_unix(std::int64_t seconds) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

TEST(UtcText, AgreesWithKnownInstants) {
  EXPECT_EQ(utc_text(at_unix(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(at_unix(951782400)), "2000-02-29T00:00:00Z");  // leap day of a century
  EXPECT_EQ(utc_text(at_unix(2147483648)), "2038-01-19T03:14:08Z");
}

TEST(UtcText, RoundsDownOnBothSidesOfTheEpoch) {
  EXPECT_EQ(utc_text(at_unix(59) + 999ms), "1970-01-01T00:00:59Z");
  EXPECT_EQ(utc_text(at_unix(0) - 1ms), "1969-12-31T23:59:59Z");
}

TEST(Now, SteadyClockNeverRunsBack) {
  const Moment first = now();
  const Moment second = now();
  EXPECT_LE(first.steady, second.steady);
}

TEST(Deadline, DefaultNeverComes) {
  const Deadline deadline;
  EXPECT_TRUE(deadline.never());
  EXPECT_FALSE(deadline.reached(SteadyTime::max()));
  EXPECT_EQ(deadline.left(SteadyTime{}).count(), std::numeric_limits<double>::infinity());
}

TEST(Deadline, IsReachedAtItsTimeAndStaysReached) {
  const SteadyTime start{100s};
  const Deadline deadline(start, Seconds(1.5));
  EXPECT_FALSE(deadline.reached(start + 1499ms));
  EXPECT_TRUE(deadline.reached(start + 1500ms));
  EXPECT_TRUE(deadline.reached(start + 1h));
  EXPECT_DOUBLE_EQ(deadline.left(start + 500ms).count(), 1.0);
  EXPECT_EQ(deadline.left(start + 1h).count(), 0.0);
}

TEST(Deadline, PastDistanceIsNowAndEndlessDistanceIsNever) {
  const SteadyTime start{100s};
  EXPECT_TRUE(Deadline(start, Seconds(-5)).reached(start));
  EXPECT_TRUE(Deadline(start, Seconds(1e300)).never());
  EXPECT_TRUE(Deadline(start, Seconds(std::numeric_limits<double>::infinity())).never());
  // About 292 years of nanoseconds fit: 100 of them do.
  EXPECT_FALSE(Deadline(start, Seconds(3.2e9)).never());
}

}  // namespace
}  // namespace gforbit::sys
