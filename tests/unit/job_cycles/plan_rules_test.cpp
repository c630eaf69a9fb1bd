// Order, coalescing, limits and stops of the plan.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

#include "cycles/units.hpp"
#include "gforbit/sched/protocol.hpp"
#include "unit/job_cycles/in_ranges.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::all_rows;
using testing_support::Batch;
using testing_support::expect_failed;
using testing_support::expect_map;
using testing_support::in_ranges;
using testing_support::json_line;
using testing_support::kDegree;
using testing_support::kEqualPeriods;
using testing_support::kind_of;
using testing_support::map_whole;
using testing_support::parsed;
using testing_support::real_clock;
using testing_support::run_plan;
using testing_support::RunShape;

TEST(Plan, EqualRowsRunOnceAndPointToTheFirst) {
  const auto reg = parsed(2, 9, "x0 + x3 + x1*x2");
  const auto other = parsed(2, 9, "x0 + x4");
  for (const bool coalesce : {true, false}) {
    for (const std::uint64_t whole_limit : {cycles::kWholeLimit, std::uint64_t{0}}) {
      // The last of the equal rows is the most urgent one; the first row runs all the same.
      Batch batch({json_line(other, R"("priority": "low")"), json_line(reg, R"("priority": "idle")"),
                   json_line(other), json_line(reg), json_line(reg, R"("priority": "critical")"),
                   json_line(reg, R"("timeout": 1000)")});
      PlanSettings settings = in_ranges(64, 2);
      settings.mapping.whole_limit = whole_limit;
      settings.coalesce = coalesce;
      CyclesPlan plan(batch.input(), settings, real_clock());
      run_plan(plan, {2, 2});
      const auto& rows = plan.rows();
      const std::vector<std::int64_t> into{-1, -1, 0, 1, 1, -1};
      for (std::size_t row = 0; row < rows.size(); ++row) {
        EXPECT_EQ(rows[row].coalesced_into, coalesce ? into[row] : -1) << "row " << row;
        if (rows[row].coalesced_into >= 0) continue;
        expect_map(rows[row], map_whole(row % 2 == 0 && row < 4 ? other : reg));
      }
    }
  }
}

/// Rows in the order in which a plan hands them out.
std::vector<std::uint64_t> order_of(CyclesPlan& plan) {
  std::vector<std::uint64_t> order;
  while (const auto unit = plan.next(0)) {
    const JobUnit sent = read_unit(unit->body);
    if (const auto* const bundle = std::get_if<BundleUnit>(&sent)) {
      for (const auto& entry : bundle->entries) order.push_back(entry.row);
    } else {
      order.push_back(std::get<RegisterUnit>(sent).row);
    }
  }
  return order;
}

std::vector<std::string> with_priorities(const std::vector<std::string>& priorities) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    lines.push_back(json_line(parsed(2, 10, fmt::format("x0 + x{}*x9", i + 1)),
                              fmt::format(R"("priority": "{}")", priorities[i])));
  }
  return lines;
}

TEST(Plan, UrgentRowsAreOpenedFirstAndEqualOnesInInputOrder) {
  Batch small(with_priorities({"idle", "normal", "critical", "low", "high", "critical", "normal"}));
  CyclesPlan whole(small.input(), {}, real_clock());
  EXPECT_EQ(order_of(whole), (std::vector<std::uint64_t>{2, 5, 4, 1, 6, 3, 0}));
  Batch large(with_priorities({"low", "low", "critical", "normal"}));
  CyclesPlan ranges(large.input(), in_ranges(), real_clock());
  const auto order = order_of(ranges);
  EXPECT_EQ(order, (std::vector<std::uint64_t>{2, 3, 0})) << "three at once, each is classified first";
}

TEST(Plan, ARowIsAsUrgentAsItsMostUrgentEqual) {
  Batch batch({json_line(parsed(2, 10, "x0 + x1"), R"("priority": "high")"),
               json_line(parsed(2, 10, "x0 + x2"), R"("priority": "idle")"),
               json_line(parsed(2, 10, "x0 + x2"), R"("priority": "critical")")});
  CyclesPlan plan(batch.input(), {}, real_clock());
  EXPECT_EQ(order_of(plan), (std::vector<std::uint64_t>{1, 0}));
}

TEST(Plan, TooManyStatesFailTheirRowOnly) {
  const auto good = parsed(2, 8, "x0 + x1*x2");
  Batch batch({json_line(parsed(2, 64, "x0 + x1*x2")), json_line(good), json_line(parsed(3, 40, "x0 + x1")),
               json_line(parsed(2, 64, "x0 + x2*x1"))},
              {"--method=enumerate"});
  CyclesPlan plan(batch.input(), {}, real_clock());
  run_plan(plan, {2, 1});
  expect_failed(plan.rows()[0], {"2^64 states are more than the 2^63"});
  expect_map(plan.rows()[1], map_whole(good));
  expect_failed(plan.rows()[2], {"3^40 states are more than the 2^63"});
  EXPECT_EQ(plan.rows()[3].coalesced_into, 0);
}

/// 2^60 states: it does not end by itself.
const char* const kEndless = R"({"field": 2, "degree": 60, "feedback": "x0 + x7 + x1*x2*x40")";

TEST(Plan, EnoughMaximalPeriodsCancelTheRest) {
  const std::string maximal = "x0 + x2", other = "x0";  // degree 5
  for (const std::uint64_t whole_limit : {cycles::kWholeLimit, std::uint64_t{0}}) {
    Batch batch({json_line(parsed(2, 5, other)), json_line(parsed(2, 5, maximal)),
                 std::string(kEndless) + "}", json_line(parsed(2, 11, maximal)),
                 json_line(parsed(2, 12, other), R"("priority": "idle")")});
    PlanSettings settings = in_ranges(64, 2);
    settings.mapping.whole_limit = whole_limit;
    settings.stop_after = 2;
    CyclesPlan plan(batch.input(), settings, real_clock());
    run_plan(plan, {2, 2});
    const auto& rows = plan.rows();
    EXPECT_EQ(rows[1].status, RowStatus::completed);
    EXPECT_EQ(rows[3].status, RowStatus::completed);
    EXPECT_EQ(rows[2].status, RowStatus::cancelled);
    EXPECT_FALSE(rows[2].message.empty());
    for (const auto& row : all_rows(plan)) {
      EXPECT_TRUE(row.status == RowStatus::completed || row.status == RowStatus::cancelled);
    }
    EXPECT_TRUE(plan.finished());
  }
}

TEST(Plan, ARegisterEndsWhenItsTimeIsOver) {
  std::atomic<std::int64_t> seconds{0};
  const auto clock = [&] { return std::chrono::steady_clock::time_point(std::chrono::seconds(seconds)); };
  Batch batch({std::string(kEndless) + R"(, "timeout": 100})", json_line(parsed(2, 12, "x0 + x1*x2")),
               std::string(kEndless) + R"(, "timeout": 7})"});
  CyclesPlan plan(batch.input(), in_ranges(64, 2), clock);
  run_plan(plan, {2, 2}, {}, [&] { seconds += 5; });
  const auto& rows = plan.rows();
  for (const std::size_t row : {std::size_t{0}, std::size_t{2}}) {
    EXPECT_EQ(rows[row].status, RowStatus::timed_out);
    EXPECT_NE(rows[row].message.find("time limit"), std::string::npos);
    EXPECT_FALSE(rows[row].coverage_verified);
  }
  EXPECT_EQ(rows[1].status, RowStatus::completed);
  EXPECT_GT(seconds, 100);
}

TEST(Plan, StoppingEndsTheRunAndLeavesTheRestPending) {
  for (const RunShape shape : {RunShape{1, 1}, RunShape{3, 2}}) {
    Batch batch({json_line(parsed(2, 12, "x0 + x1*x2"), R"("priority": "high")"), std::string(kEndless) + "}",
                 R"({"field": 2, "degree": 60, "feedback": "x1*x2 + x40"})"});
    CyclesPlan plan(batch.input(), in_ranges(1024, shape.ranks), real_clock());
    run_plan(plan, shape, {}, [&] {
      if (plan.rows()[0].status == RowStatus::completed && plan.progress().steps > 1 << 20) plan.stop();
    });
    EXPECT_EQ(plan.rows()[0].status, RowStatus::completed);
    EXPECT_EQ(plan.rows()[1].status, RowStatus::pending);
    EXPECT_EQ(plan.rows()[2].status, RowStatus::pending);
    EXPECT_TRUE(plan.finished());
  }
}

TEST(Plan, StoppingBetweenSmallRegistersKeepsWhatIsDone) {
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i)
    lines.push_back(json_line(parsed(2, 18, fmt::format("x0 + x1*x2 + x3*x{}*x{}", 4 + i % 14, 4 + i / 15))));
  Batch batch(lines);
  PlanSettings settings;
  settings.coalesce = false;
  CyclesPlan plan(batch.input(), settings, real_clock());
  run_plan(plan, {1, 2}, {}, [&] {
    if (plan.progress().rows_done > 0) plan.stop();
  });
  std::size_t completed = 0;
  for (const auto& row : all_rows(plan)) {
    ASSERT_TRUE(row.status == RowStatus::completed || row.status == RowStatus::pending);
    completed += row.status == RowStatus::completed ? 1 : 0;
  }
  EXPECT_EQ(completed, plan.progress().rows_done);
  EXPECT_GT(completed, 0u);
}

/// Rank 0 of a network of one, worked by hand: units are taken in, executed and given back when the test says
/// so.
class ByHand {
 public:
  ByHand(CyclesPlan& plan, sched::Transport& transport)
      : plan_(plan),
        transport_(transport),
        coordinator_(plan, transport),
        executor_([&](std::uint64_t row) { return plan_.local_work(row); }) {}

  /// Asks for `n` units and takes those that come.
  std::vector<sched::AssignBody> take(std::uint32_t n) {
    coordinator_.handle({0, sched::Tag::request, sched::RequestBody{n}.bytes()});
    coordinator_.tick();
    std::vector<sched::AssignBody> units;
    while (const auto message = transport_.receive()) {
      if (message->tag == sched::Tag::assign) units.push_back(sched::AssignBody::from(message->body));
    }
    return units;
  }
  /// Does the work; the result as it would arrive.
  core::Bytes work(const sched::AssignBody& assigned) {
    const auto execution = executor_.start(assigned.unit);
    while (execution->work({})) continue;
    return sched::ResultBody{assigned.lease, sched::Outcome::completed, execution->result(), {}}.bytes();
  }
  void give(core::Bytes result) {
    coordinator_.handle({0, sched::Tag::result, std::move(result)});
    while (coordinator_.take_large_results()) continue;
  }
  [[nodiscard]] sched::Coordinator& coordinator() noexcept { return coordinator_; }

 private:
  CyclesPlan& plan_;
  sched::Transport& transport_;
  sched::Coordinator coordinator_;
  CyclesExecutor executor_;
};

TEST(Plan, ResultsThatArriveTogetherWithTheLastNeededOneAreLeftAside) {
  // Units are handed out before results come in, so some are still out when the register is complete.
  Batch batch({json_line(parsed(2, kDegree, kEqualPeriods))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ByHand rank(plan, *transport);
  std::size_t most = 0;
  while (!plan.finished()) {
    std::vector<core::Bytes> results;
    for (const auto& unit : rank.take(1000)) results.push_back(rank.work(unit));
    most = std::max(most, results.size());
    for (auto& result : results) rank.give(std::move(result));  // no tick between them
  }
  EXPECT_GT(most, 2u);
  expect_map(plan.rows()[0], map_whole(parsed(2, kDegree, kEqualPeriods)));
}

TEST(Plan, AlgebraThatComesAfterTheLastRangeIsWaitedFor) {
  // A linear register is enumerated; algebra tells its factors. Its result is held back until the rest is
  // done.
  Batch batch({json_line(parsed(2, 12, "x0"))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ByHand rank(plan, *transport);
  std::optional<sched::AssignBody> algebra;
  for (int idle_rounds = 0; idle_rounds < 3;) {
    const auto units = rank.take(1000);
    idle_rounds = units.empty() ? idle_rounds + 1 : 0;
    for (const auto& unit : units) {
      if (kind_of(unit.unit) == UnitKind::algebra) {
        algebra = unit;
      } else {
        rank.give(rank.work(unit));
      }
    }
  }
  ASSERT_TRUE(algebra);
  EXPECT_FALSE(plan.finished());
  rank.give(rank.work(*algebra));
  EXPECT_TRUE(plan.finished());
  expect_map(plan.rows()[0], map_whole(parsed(2, 12, "x0")));
  EXPECT_TRUE(plan.rows()[0].map.algebra);
}

TEST(Plan, ResultsThatArriveAfterAStopAreLeftAside) {
  Batch batch({json_line(parsed(2, 12, "x0 + x1*x2")), json_line(parsed(2, 13, "x1*x2"))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ByHand rank(plan, *transport);
  std::vector<core::Bytes> results;
  for (const auto& unit : rank.take(1000)) results.push_back(rank.work(unit));
  ASSERT_FALSE(results.empty());
  plan.stop();
  for (auto& result : results) rank.give(std::move(result));
  rank.coordinator().tick();
  EXPECT_TRUE(rank.coordinator().finished());
  EXPECT_EQ(plan.rows()[0].status, RowStatus::pending);
}

}  // namespace
}  // namespace gforbit::job_cycles
