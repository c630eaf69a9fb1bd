// How large ranges are and how many marks there are, for few threads and for many.
#include <gtest/gtest.h>

#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::cycles {
namespace {

constexpr std::uint64_t kMemory = std::uint64_t{128} << 30;

RangePlan plan_of(int degree, int ranks, int threads) {
  const auto field = galois::Field::of_order(2);
  const fsr::Register reg(fsr::Feedback::parse(field, degree, "x0 + x3 + x5*x9"));
  return plan_ranges(reg, true, {.threads = threads, .ranks = ranks, .memory_bytes = kMemory});
}

TEST(RangeSizes, FewThreadsHaveAsManyMarksAsMemoryAllows) {
  EXPECT_EQ(plan_of(36, 1, 2).marks, std::uint64_t{1} << 20);
  EXPECT_EQ(plan_of(40, 4, 64).marks, std::uint64_t{1} << 24);
}

TEST(RangeSizes, ManyThreadsHaveFewerMarksThanRankZeroCanFollowMeanwhile) {
  EXPECT_EQ(plan_of(48, 10000, 10000).marks, std::uint64_t{1} << 26);
  EXPECT_EQ(plan_of(48, 1024, 1024).marks, std::uint64_t{1} << 27);
}

TEST(RangeSizes, ThereAreMoreMarksWhereRankZeroHasMoreThreadsToFollowThem) {
  EXPECT_EQ(plan_of(48, 64, 1024).marks, std::uint64_t{1} << 28);
}

TEST(RangeSizes, ARankOfManyThreadsGetsAsMuchMoreAtATime) {
  const RangePlan plan = plan_of(48, 10, 10);
  const MappingOptions one{.threads = 10, .ranks = 10}, many{.threads = 640, .ranks = 10};
  EXPECT_EQ(mark_sizing(plan, many).largest_work, 64 * mark_sizing(plan, one).largest_work);
}

TEST(RangeSizes, SegmentsAreDealtInOneRangeARankBeforeLanesStayEmpty) {
  const RangePlan plan = plan_of(48, 10000, 10000);
  const MappingOptions options{.threads = 10000, .ranks = 10000};
  EXPECT_EQ(mark_sizing(plan, options).first_work, 0x1p48 / 10000);
}

TEST(RangeSizes, WhoSearchesInVainIsStoppedIfThatIsSoonerThanTheirEnd) {
  EXPECT_TRUE(stops_useless(plan_of(36, 1, 2), {.threads = 2, .ranks = 1}));
  EXPECT_TRUE(stops_useless(plan_of(48, 1000, 1000), {.threads = 1000, .ranks = 1000}));
  EXPECT_FALSE(stops_useless(plan_of(48, 10000, 10000), {.threads = 10000, .ranks = 10000}));
}

TEST(RangeSizes, NoPeriodKeepsOneThreadLongerThanAllOthersWalkSegments) {
  const RangePlan plan = plan_of(48, 10000, 10000);
  EXPECT_LE(short_cycles_steps(plan, {.threads = 10000, .ranks = 10000}), 0x1p48 / 20000);
  EXPECT_EQ(short_cycles_steps(plan, {.threads = 2, .ranks = 1}), 0x1p43);
}

}  // namespace
}  // namespace gforbit::cycles
