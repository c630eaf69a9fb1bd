// The plan of jobs of ranges: each point counts once, whatever is cut, lost, restored, late or failed.
#include "skeleton/range_plan.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <stdexcept>

#include "gforbit/core/error.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::skeleton {
namespace {

using Records = std::vector<store::JournalRecord>;
using Time = std::chrono::steady_clock::time_point;

/// Items of 1000, 0, 1 and 300 points, and the first one again. The result of a unit is its number of points.
class SumJob final : public RangeJob {
 public:
  SumJob() : rows_(std::vector<std::string>{"a", "b", "c", "d", "a"}, {}, "item"), sums(rows_.size()) {}
  [[nodiscard]] Words words() const override { return {"item", "points"}; }
  [[nodiscard]] const JobOptions& options() const override { return options_; }
  [[nodiscard]] Subject subject() const override { return {"items", {}}; }
  [[nodiscard]] const BatchRows& rows() const override { return rows_; }
  [[nodiscard]] RangeItem item(std::uint64_t row) const override {
    static constexpr std::uint64_t kPoints[] = {1000, 0, 1, 300, 1000};
    return {.name = "item", .points = kPoints[row], .most = 64, .timeout = timeout};
  }
  [[nodiscard]] core::Bytes unit(std::uint64_t row, Points) const override {
    return core::ByteWriter().put(row).take();
  }
  void merge(std::uint64_t row, Points points, std::span<const std::byte> result) override {
    EXPECT_EQ(core::ByteReader(result).get<std::uint64_t>(), points.size());
    sums[row] += points.size();
  }
  void write_results(store::ResultWriter&, const RangeRows&) const override {}

  std::chrono::milliseconds timeout{0};
  JobOptions options_;

 private:
  BatchRows rows_;

 public:
  std::vector<std::uint64_t> sums;
};

core::Bytes result_of(const sched::Unit& unit) {
  const Points points = core::from_bytes<RangeUnit>(unit.body).points;
  return core::to_bytes(RangeResult{0.5, core::to_bytes(points.size())});
}

/// Hands out two units at a time and takes them back in the other order.
void run(RangePlan& plan, int most = 1 << 20) {
  for (int n = 0; n < most && !plan.finished(); ++n) {
    std::vector<sched::Unit> out;
    while (out.size() < 2) {
      const auto unit = plan.next(0);
      if (!unit) break;
      plan.begun(*unit);
      out.push_back(*unit);
    }
    if (out.empty()) break;
    for (auto unit = out.rbegin(); unit != out.rend(); ++unit) plan.completed(*unit, result_of(*unit));
  }
}

class RangePlanTest : public testing::Test {
 protected:
  Time now_{};
  const Clock clock_ = [this] { return now_; };
};

void expect_complete(const SumJob& job, const RangePlan& plan) {
  EXPECT_TRUE(plan.finished());
  EXPECT_TRUE(plan.extent().complete());
  for (std::uint64_t row = 0; row < 5; ++row) EXPECT_EQ(plan.status(row), RowStatus::completed) << row;
  EXPECT_EQ(job.sums, (std::vector<std::uint64_t>{1000, 0, 1, 300, 0}));
}

TEST_F(RangePlanTest, EachPointCountsOnceFromAnyPartOfTheCheckpoint) {
  Records all;
  {
    SumJob job;
    RangePlan plan(job, 2, clock_);
    plan.keep_results([&](store::JournalRecord record) { all.push_back(std::move(record)); });
    run(plan);
    expect_complete(job, plan);
  }
  ASSERT_GT(all.size(), 20U);
  for (std::size_t n = 0; n <= all.size(); ++n) {
    SumJob job;
    RangePlan plan(job, 3, clock_);
    for (std::size_t i = 0; i < n; ++i) plan.survey(all[i]);
    for (std::size_t i = 0; i < n; ++i) plan.restore(all[i]);
    plan.end_restore();
    run(plan);
    expect_complete(job, plan);
  }
}

TEST_F(RangePlanTest, APersonCancelsAnItemWithThoseThatShareItsWork) {
  SumJob job;
  RangePlan plan(job, 2, clock_);
  EXPECT_EQ(plan.cancel("other").text, "no item of this run has the id 'other'");
  const Cancellation said = plan.cancel("item");  // the first of this name
  EXPECT_TRUE(said.done);
  EXPECT_EQ(said.text, "item 'item' is cancelled, and 1 other that shares its work");
  const Cancellation again = plan.cancel("item");
  EXPECT_FALSE(again.done);
  EXPECT_EQ(again.text, "item 'item' has ended before: cancelled");
  run(plan);
  EXPECT_TRUE(plan.finished());
  for (const std::uint64_t row : {0, 4}) EXPECT_EQ(plan.status(row), RowStatus::cancelled) << row;
  for (const std::uint64_t row : {1, 2, 3}) EXPECT_EQ(plan.status(row), RowStatus::completed) << row;
  EXPECT_EQ(job.sums[0], 0U);
}

TEST_F(RangePlanTest, TheFirstFailureIsTheOneThatIsSaid) {
  SumJob job;
  RangePlan plan(job, 1, clock_);
  std::deque<sched::Unit> units;
  while (units.size() < 3) units.push_back(plan.next(0).value());
  plan.failed(units[2], "third");
  EXPECT_EQ(plan.status(0), RowStatus::pending) << "an earlier unit may fail too";
  plan.failed(units[1], "second");
  plan.completed(units[0], result_of(units[0]));
  EXPECT_EQ(plan.status(0), RowStatus::failed);
  EXPECT_EQ(plan.message(0), "second");
  EXPECT_EQ(plan.status(4), RowStatus::failed) << "it shares the work";
  run(plan);
  EXPECT_EQ(plan.status(3), RowStatus::completed) << "the others go on";
}

TEST_F(RangePlanTest, AnItemThatRanOutOfTimeIsTriedAgainWithALongerLimit) {
  Records kept;
  {
    SumJob job;
    job.timeout = std::chrono::seconds(5);
    RangePlan plan(job, 1, clock_);
    plan.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
    run(plan, 2);
    const auto unit = plan.next(0).value();
    now_ += std::chrono::seconds(6);
    plan.tick();
    EXPECT_EQ(plan.status(0), RowStatus::timed_out);
    EXPECT_EQ(plan.message(0), "its time of 5 s is over");
    EXPECT_EQ(plan.take_cancelled(), (std::vector<std::uint64_t>{unit.item}));
    plan.completed(unit, result_of(unit));
    EXPECT_EQ(plan.status(0), RowStatus::timed_out);
    run(plan);
    EXPECT_TRUE(plan.finished());
  }
  for (const int limit_s : {5, 9, 0}) {
    SumJob job;
    job.timeout = std::chrono::seconds(limit_s);
    RangePlan plan(job, 1, clock_);
    for (const auto& record : kept) plan.survey(record);
    for (const auto& record : kept) plan.restore(record);
    plan.end_restore();
    run(plan);
    if (limit_s == 5) {
      EXPECT_EQ(plan.status(0), RowStatus::timed_out);
    } else {
      expect_complete(job, plan);
    }
  }
}

TEST_F(RangePlanTest, TheRestIsCancelledWhenTheGoalIsReached) {
  SumJob job;
  job.options_.common.stop_after = 3;  // the items of 0, 1 and 1000 points
  RangePlan plan(job, 1, clock_);
  run(plan);
  EXPECT_TRUE(plan.finished());
  EXPECT_TRUE(plan.extent().complete());
  EXPECT_EQ(plan.status(0), RowStatus::completed);
  EXPECT_EQ(plan.status(3), RowStatus::cancelled);
  EXPECT_TRUE(plan.statistics().balanced());
  EXPECT_FALSE(plan.abandons_leases());
  now_ += std::chrono::seconds(2);
  EXPECT_TRUE(plan.abandons_leases());
}

TEST_F(RangePlanTest, RecordsOfOtherInputAreRefused) {
  SumJob job;
  Records kept;
  RangePlan plan(job, 1, clock_);
  plan.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  const auto unit = plan.next(0).value();
  plan.completed(unit, result_of(unit));
  ASSERT_EQ(kept.size(), 1U);
  const auto restored = [&](std::span<const std::byte> bytes) {
    SumJob other;
    RangePlan resumed(other, 1, clock_);
    resumed.restore({kept[0].type, {bytes.begin(), bytes.end()}});
  };
  EXPECT_NO_THROW(restored(kept[0].payload));
  for (std::size_t size = 0; size < kept[0].payload.size(); ++size)
    EXPECT_ANY_THROW(restored(std::span(kept[0].payload).first(size))) << size;
  testing_support::expect_hostile_bytes_refused(
      unit.body, [](auto bytes) { static_cast<void>(core::from_bytes<RangeUnit>(bytes)); });
  testing_support::expect_hostile_bytes_refused(
      result_of(unit), [](auto bytes) { static_cast<void>(core::from_bytes<RangeResult>(bytes)); });
}

TEST_F(RangePlanTest, ARecordOfAnUnknownStatusIsRefused) {
  SumJob job;
  Records kept;
  RangePlan plan(job, 1, clock_);
  plan.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  plan.failed(plan.next(0).value(), "a reason");
  ASSERT_EQ(kept.size(), 1U);
  constexpr std::size_t kStatus = sizeof(std::uint64_t);  // behind the row
  const auto restore_with = [&](RowStatus status) {
    store::JournalRecord record = kept[0];
    record.payload.at(kStatus) = static_cast<std::byte>(status);
    SumJob other;
    RangePlan(other, 1, clock_).restore(record);
  };
  EXPECT_NO_THROW(restore_with(RowStatus::timed_out));
  EXPECT_THROW(restore_with(RowStatus(5)), core::CorruptRecord);
  EXPECT_THROW(restore_with(RowStatus(-1)), core::CorruptRecord);
}

}  // namespace
}  // namespace gforbit::skeleton
