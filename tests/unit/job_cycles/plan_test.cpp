// The plan driven by hand: one unit at a time, results in the order the test likes.
#include "cycles/plan.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "cycles/executor.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::kind_of;

core::Bytes work_off(sched::Executor& executor, const sched::Unit& unit) {
  const auto execution = executor.start(unit.body);
  while (execution->work({})) continue;
  return execution->result();
}

// The ranges of an enumerated linear register become useless when its certificate closes; what algebra says
// of its factors does not, though it comes last.
TEST(CyclesPlan, RangesThatBecameUselessDoNotTakeTheAlgebraWithThem) {
  const auto reg =
      fsr::Register(fsr::Feedback::linear(galois::Field::of_order(2), std::vector<std::uint64_t>(10, 1)));
  testing_support::Batch batch({testing_support::json_line(reg)});
  PlanSettings settings;
  settings.mapping.whole_limit = 0;
  settings.mapping.memory_bytes = 0;  // as few marks as possible, so that leaders are searched
  CyclesPlan plan(batch.input(), settings, [] { return std::chrono::steady_clock::time_point{}; });
  CyclesExecutor executor([&](std::uint64_t row) { return plan.local_work(row); });
  std::deque<sched::Unit> out;
  std::optional<sched::Unit> algebra;
  bool ranges_cancelled = false;
  for (int round = 0; round < 100000 && !plan.finished(); ++round) {
    while (out.size() < 3) {
      auto unit = plan.next(0);
      if (!unit) break;
      if (kind_of(unit->body) == UnitKind::algebra) {
        algebra = std::move(unit);
      } else {
        out.push_back(*std::move(unit));
      }
    }
    if (out.empty()) break;
    const sched::Unit unit = std::move(out.front());
    out.pop_front();
    plan.completed(unit, work_off(executor, unit));
    for (const std::uint64_t item : plan.take_cancelled()) {
      ASSERT_TRUE(algebra);
      EXPECT_NE(item, algebra->item);
      std::erase_if(out, [&](const sched::Unit& u) { return u.item == item; });
      ranges_cancelled = true;
    }
  }
  ASSERT_TRUE(algebra);
  EXPECT_TRUE(ranges_cancelled) << "the case that this test is about did not happen";
  EXPECT_FALSE(plan.finished());
  plan.completed(*algebra, work_off(executor, *algebra));
  EXPECT_TRUE(plan.finished());
  EXPECT_EQ(plan.rows()[0].status, RowStatus::completed);
  EXPECT_TRUE(plan.rows()[0].map.algebra && plan.rows()[0].map.algebra->complete);
}

// 11^89 - 1 has a composite cofactor that the search does not split at once. The plan waits for what algebra
// has to say, even when its own clock says that the time is over.
TEST(CyclesPlan, ARegisterWhoseFactorsResistKeepsWhatIsProven) {
  const auto reg = fsr::Register(fsr::Feedback::parse(galois::Field::of_order(11), 97, "2*x0 + x1"));
  testing_support::Batch batch({testing_support::json_line(reg, R"("timeout": 1)")}, {});
  std::chrono::steady_clock::time_point now{};
  CyclesPlan plan(batch.input(), {}, [&] { return now; });
  const auto unit = plan.next(0);
  ASSERT_TRUE(unit);
  ASSERT_EQ(kind_of(unit->body), UnitKind::algebra);
  now += std::chrono::hours(1);
  plan.tick();
  EXPECT_FALSE(plan.finished());

  cycles::IntegerFactorizer factorizer;
  core::ByteWriter answer;
  run_algebra(reg, factorizer, {}, cycles::Search::none).write(answer);
  plan.completed(*unit, answer.take());
  ASSERT_TRUE(plan.finished());
  const RowResult& row = plan.rows()[0];
  EXPECT_EQ(row.status, RowStatus::timed_out);
  EXPECT_NE(row.message.find("11^89 - 1, whose composite cofactor "), std::string::npos) << row.message;
  EXPECT_NE(row.message.find("/runtime/partial"), std::string::npos) << row.message;
  ASSERT_TRUE(row.map.algebra);
  EXPECT_EQ(row.map.algebra->map.characteristic.factors.size(), 3u);
  EXPECT_EQ(row.map.algebra->map.distribution.rbegin()->first, 2783880);
  EXPECT_EQ(core::Natural(row.map.algebra->period_divisor % 2783880), 0);
  EXPECT_EQ(core::Natural(row.map.algebra->period_multiple % row.map.algebra->period_divisor), 0);
  EXPECT_GT(row.map.algebra->period_multiple, row.map.algebra->period_divisor);
}

// The time is over while the ranges of a linear register are at work and algebra has answered: its answer
// stays with the row, also in a run that is resumed.
TEST(CyclesPlan, ARegisterThatTimedOutKeepsWhatAlgebraKnows) {
  testing_support::Batch batch({R"({"field": 2, "degree": 40, "feedback": "x0 + x3", "timeout": 10})"});
  std::chrono::steady_clock::time_point now{};
  const auto clock = [&] { return now; };
  CyclesPlan plan(batch.input(), {}, clock);
  std::vector<store::JournalRecord> kept;
  plan.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  CyclesExecutor executor([&](std::uint64_t row) { return plan.local_work(row); });
  const auto unit = plan.next(0);
  ASSERT_TRUE(unit && kind_of(unit->body) == UnitKind::algebra);
  plan.begun(*unit);
  plan.completed(*unit, work_off(executor, *unit));
  now += std::chrono::seconds(11);
  plan.tick();
  ASSERT_TRUE(plan.finished());
  CyclesPlan resumed(batch.input(), {}, clock);
  for (const auto& record : condense(kept)) resumed.restore(record);
  resumed.end_restore();
  for (const CyclesPlan* const each : {&plan, &resumed}) {
    const RowResult row = each->rows()[0];
    EXPECT_EQ(row.status, RowStatus::timed_out);
    EXPECT_EQ(row.message, "the time limit of this register ran out");
    ASSERT_TRUE(row.map.algebra);
    EXPECT_TRUE(row.map.algebra->complete);
  }
}

/// What algebra tells of 11^89 - 1 while it searches.
AlgebraNews news_of(const fsr::Register& reg) {
  cycles::IntegerFactorizer factorizer;
  AlgebraNews news{
      "factoring 11^89 - 1", "composite cofactor of 292 bits, elliptic curve 1 (B1 = 200)", 7, {}};
  news.proven = run_algebra(reg, factorizer, {}, cycles::Search::none);
  return news;
}

// However the run ends: what algebra has told stays, and a last word after a stop counts too.
TEST(CyclesPlan, KeepsWhatAlgebraHasProvenUntilAStop) {
  const auto reg = fsr::Register(fsr::Feedback::parse(galois::Field::of_order(11), 97, "2*x0 + x1"));
  testing_support::Batch batch({testing_support::json_line(reg)}, {});
  std::chrono::steady_clock::time_point now{};
  CyclesPlan plan(batch.input(), {}, [&] { return now; });
  const auto unit = plan.next(0);
  ASSERT_TRUE(unit);
  EXPECT_FALSE(plan.proven(0));
  EXPECT_FALSE(plan.progress().algebra);
  const AlgebraNews news = news_of(reg);
  plan.news(*unit, core::to_bytes(news));
  now += std::chrono::seconds(3);
  const auto activity = plan.progress().algebra;
  ASSERT_TRUE(activity);
  EXPECT_EQ(activity->step, "factoring 11^89 - 1");
  EXPECT_EQ(activity->step_s, 10);
  EXPECT_FALSE(activity->has_timeout);
  ASSERT_TRUE(plan.proven(0));
  EXPECT_EQ(plan.proven(0)->map.characteristic.factors.size(), 3u);
  EXPECT_EQ(plan.proven(0)->number, "11^89 - 1");
  EXPECT_FALSE(plan.proven(0)->known_primes.empty());

  plan.stop();
  AlgebraReport last = *news.proven;
  last.period_divisor = 12345;
  plan.withdrawn(*unit, core::to_bytes(last));
  plan.withdrawn(*unit, {});  // of a thread that did not answer in time
  EXPECT_EQ(plan.proven(0)->period_divisor, 12345);
  EXPECT_EQ(plan.rows().status(0), RowStatus::pending);
}

// However many come first: what is known at once is answered before any search begins.
TEST(CyclesPlan, RegistersThatNeedASearchKeepNoOthersWaiting) {
  std::vector<std::string> lines;
  for (const int c : {2, 3, 4, 5, 6}) {
    lines.push_back(fmt::format(R"({{"field": 11, "degree": 97, "feedback": "{}*x0 + x1"}})", c));
  }
  for (const int degree : {89, 127, 521})
    lines.push_back(fmt::format(R"({{"field": 2, "degree": {}, "feedback": "x0 + x1"}})", degree));
  testing_support::Batch batch(lines, {});
  CyclesPlan plan(batch.input(), {}, testing_support::real_clock());
  CyclesExecutor executor([&](std::uint64_t row) { return plan.local_work(row); });
  std::set<std::uint64_t> searched;
  while (const auto unit = plan.next(0)) {
    ASSERT_EQ(kind_of(unit->body), UnitKind::algebra);
    const RegisterUnit sent = register_unit(unit->body).value();
    if (std::get<AlgebraUnit>(sent.task).searches) {
      searched.insert(sent.row);
      continue;  // it may take for ever
    }
    plan.completed(*unit, work_off(executor, *unit));
  }
  ASSERT_FALSE(searched.empty());
  for (std::uint64_t row = 0; row < lines.size(); ++row) {
    const bool is_done = plan.rows().status(row) == RowStatus::completed;
    EXPECT_TRUE(is_done || plan.proven(row) || row + 1 == lines.size()) << row;
    EXPECT_FALSE(is_done && searched.contains(row)) << row;
  }
  for (const std::uint64_t row : {5u, 6u}) EXPECT_EQ(plan.rows().status(row), RowStatus::completed);
  EXPECT_FALSE(plan.finished());
}

TEST(CyclesPlan, KeepsWhatAlgebraHasProvenOfARegisterThatIsCancelled) {
  const auto reg = fsr::Register(fsr::Feedback::parse(galois::Field::of_order(11), 97, "2*x0 + x1"));
  testing_support::Batch batch(
      {testing_support::json_line(reg), R"({"field": 2, "degree": 100, "feedback": "x0 + x63"})"}, {});
  PlanSettings settings;
  settings.stop_after = 1;
  CyclesPlan plan(batch.input(), settings, testing_support::real_clock());
  const auto hard = plan.next(0), easy = plan.next(0);
  ASSERT_TRUE(hard && easy);
  plan.news(*hard, core::to_bytes(news_of(reg)));
  CyclesExecutor executor([&](std::uint64_t row) { return plan.local_work(row); });
  plan.completed(*easy, work_off(executor, *easy));
  EXPECT_TRUE(plan.finished());
  EXPECT_EQ(plan.rows().status(1), RowStatus::completed);
  const RowResult row = plan.rows()[0];
  EXPECT_EQ(row.status, RowStatus::cancelled);
  ASSERT_TRUE(row.map.algebra);
  EXPECT_EQ(row.map.algebra->map.characteristic.factors.size(), 3u);
}

// Whoever works in the memory of a register may go on for a slice after the register has ended.
TEST(CyclesPlan, LocalWorkOutlivesItsRegister) {
  for (const bool by_timeout : {false, true}) {
    testing_support::Batch batch(
        {R"({"field": 2, "degree": 16, "feedback": "x0 + x3 + x1*x2", "timeout": 10})"});
    PlanSettings settings;
    settings.mapping.whole_limit = 0;
    std::chrono::steady_clock::time_point now{};
    CyclesPlan plan(batch.input(), settings, [&] { return now; });
    CyclesExecutor executor([&](std::uint64_t row) { return plan.local_work(row); });
    std::unique_ptr<sched::Execution> local;
    while (!local) {
      const auto unit = plan.next(0);
      ASSERT_TRUE(unit);
      if (unit->announced) plan.begun(*unit);
      if (kind_of(unit->body) == UnitKind::contraction) {
        local = executor.start(unit->body);
      } else {
        plan.completed(*unit, work_off(executor, *unit));
      }
    }
    if (by_timeout) {
      now += std::chrono::seconds(11);
      plan.tick();
      EXPECT_EQ(plan.rows()[0].status, RowStatus::timed_out);
    } else {
      plan.stop();
    }
    EXPECT_TRUE(plan.finished());
    int slices = 1;
    while (slices < 100 && local->work({})) ++slices;
    EXPECT_LT(slices, 100);  // it comes to its end, and reads nothing that is gone
  }
}

/// Statuses of the rows, and what the queue counted.
sched::QueueStatistics run_batch(testing_support::Batch& batch, std::vector<RowResult>& rows) {
  CyclesPlan plan(batch.input(), {}, testing_support::real_clock());
  testing_support::run_plan(plan, {2, 2});
  rows = testing_support::all_rows(plan);
  return plan.statistics();
}

TEST(CyclesPlan, CountsEveryRowOnce) {
  testing_support::Batch batch(
      {R"({"field": 2, "degree": 12, "feedback": "x0 + x1*x2"})",
       R"({"field": 2, "degree": 12, "feedback": "x2*x1 + x0", "priority": "low"})",
       R"({"field": 2, "degree": 100, "feedback": "x0 + x1*x2"})",
       R"({"field": 2, "degree": 24, "feedback": "x0 + x1*x2", "priority": "idle"})"});
  std::vector<RowResult> rows;
  const auto statistics = run_batch(batch, rows);
  EXPECT_EQ(statistics.submitted, 4u);
  EXPECT_EQ(statistics.coalesced, 1u);
  EXPECT_EQ(statistics.completed, 2u);
  EXPECT_EQ(statistics.failed, 1u);
  EXPECT_EQ(statistics.pending + statistics.running, 0u);
  EXPECT_EQ(statistics.runs[sched::index_of(Priority::normal)].count(), 2u);
  EXPECT_EQ(statistics.runs[sched::index_of(Priority::idle)].count(), 1u);
}

TEST(CyclesPlan, ASmallRegisterEndsWhenItsTimeIsOverAndItsNeighborsGoOn) {
  // In one bundle. Of a singular register 1.6 million states take many times the limit.
  testing_support::Batch batch(
      {R"({"field": 2, "degree": 8, "feedback": "x0 + x1*x2"})",
       R"({"field": 3, "degree": 13, "feedback": "x1*x2^2 + x3*x4", "timeout": 0.001})",
       R"({"field": 2, "degree": 9, "feedback": "x0 + x1*x2", "timeout": 1000})"});
  std::vector<RowResult> rows;
  const auto statistics = run_batch(batch, rows);
  EXPECT_EQ(rows[0].status, RowStatus::completed);
  EXPECT_EQ(rows[1].status, RowStatus::timed_out);
  EXPECT_EQ(rows[2].status, RowStatus::completed);
  EXPECT_EQ(statistics.timed_out, 1u);
}

TEST(CyclesPlan, EquivalentRegistersShareTheirDistribution) {
  const std::vector<std::string> lines{
      R"({"field": 2, "degree": 11, "feedback": "x0 + x1*x2 + x4"})",
      R"({"field": 2, "degree": 11, "feedback": "x0 + x10*x9 + x7"})",                        // reversal
      R"({"field": 2, "degree": 11, "feedback": "x0 + x1*x2 + x1 + x2 + x4"})",               // complement
      R"({"field": 2, "degree": 11, "feedback": "x0 + x4"})",                                 // linear
      R"({"field": 2, "degree": 11, "feedback": "x0 + x7"})",                                 // its reversal
      R"({"field": 2, "degree": 11, "feedback": "x0 + x1*x3 + x4", "priority": "critical"})"  // another one
  };
  testing_support::Batch shared(lines,
                                {"--method=enumerate", "--coalesce=equivalent", "--store-cycles=none"});
  testing_support::Batch single(lines, {"--method=enumerate", "--coalesce=off", "--store-cycles=none"});
  std::vector<RowResult> together, apart;
  EXPECT_EQ(run_batch(shared, together).coalesced, 2u);
  EXPECT_EQ(run_batch(single, apart).coalesced, 0u);
  const std::vector<std::int64_t> into{-1, 0, 0, -1, -1, -1};
  for (std::size_t row = 0; row < lines.size(); ++row) {
    EXPECT_EQ(together[row].coalesced_into, into[row]) << "row " << row;
    const RowResult& result = together[into[row] < 0 ? row : 0];
    EXPECT_EQ(result.map.cycles.distribution(), apart[row].map.cycles.distribution()) << "row " << row;
  }
}

}  // namespace
}  // namespace gforbit::job_cycles
