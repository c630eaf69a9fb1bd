#include "gforbit/sched/busy_timeline.hpp"

#include <gtest/gtest.h>

#include <random>

namespace gforbit::sched {
namespace {

double total(const BusyTimeline& timeline) {
  double sum = 0;
  for (std::size_t k = 0; k < timeline.size(); ++k) sum += timeline.busy_s(k);
  return sum;
}

TEST(BusyTimeline, WorkLandsInTheBinsItCovers) {
  BusyTimeline timeline;
  const double width = timeline.width_s();
  timeline.add(0.5 * width, 2.25 * width);
  EXPECT_EQ(timeline.size(), 3u);
  EXPECT_NEAR(timeline.busy_s(0), 0.5 * width, 1e-6);
  EXPECT_NEAR(timeline.busy_s(1), width, 1e-6);
  EXPECT_NEAR(timeline.busy_s(2), 0.25 * width, 1e-6);
}

TEST(BusyTimeline, IdleTimeBelongsToIt) {
  BusyTimeline timeline;
  timeline.cover(0.75);
  EXPECT_NEAR(static_cast<double>(timeline.size()) * timeline.width_s(), 0.75, timeline.width_s());
  EXPECT_EQ(total(timeline), 0);
}

TEST(BusyTimeline, NothingIsLostWhenItOutgrowsItsBins) {
  std::mt19937 random(20261121);
  std::exponential_distribution<double> length(3);
  BusyTimeline timeline;
  double now = 0, busy = 0;
  for (int slice = 0; slice < 2000; ++slice) {
    const double begin = now + length(random), end = begin + length(random);
    timeline.add(begin, end);
    busy += end - begin;
    now = end;
  }
  EXPECT_NEAR(total(timeline), busy, 1e-3 * busy);
  EXPECT_GE(static_cast<double>(timeline.size()) * timeline.width_s(), now);
  EXPECT_GT(timeline.size(), BusyTimeline::kBins / 2 - 1);
  for (std::size_t k = 0; k < timeline.size(); ++k) EXPECT_LE(timeline.busy_s(k), timeline.width_s() * 1.001);
}

}  // namespace
}  // namespace gforbit::sched
