/// The plan with its executor, without ranks: units are made, run here and given back.
#include "scoring/plan.hpp"

#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"
#include "scoring/executor.hpp"
#include "scoring/scores.hpp"
#include "unit/job_scoring/input.hpp"

namespace gforbit::job_scoring {
namespace {

constexpr const char* kSolvers = R"([
  {"id": "triples", "enumerate": 3, "priority": "low"},
  {"id": "turn", "builtin": "rotate_90"},
  {"id": "again", "builtin": "rotate_90", "priority": "high"}])";

class PlanTest : public ::testing::Test {
 protected:
  ScoringPlan plan(std::optional<std::uint64_t> stop_after = {}) {
    return ScoringPlan(input_, stop_after, [] { return std::chrono::steady_clock::now(); });
  }
  core::Bytes work(const sched::Unit& unit) {
    const auto execution = executor_.start(unit.body);
    while (execution->work({})) executor_.attend();
    return execution->result();
  }
  /// Works until the plan has finished, or on so many units.
  void run(ScoringPlan& plan, int units = 1 << 30) {
    while (units-- > 0) {
      plan.capacity(0, executor_.capacity());
      const auto unit = plan.next(0);
      if (!unit) break;
      plan.completed(*unit, work(*unit));
    }
  }

  PlanInput input_ = input_of(kSolvers, {turned("a"), turned("a again")});
  solvers::Helper helper_ = solvers::Helper::start();
  ScoringExecutor executor_{helper_};
};

void expect_equal(const Scores& a, const Scores& b) {
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    EXPECT_EQ(a.rows[i].candidate, b.rows[i].candidate);
    EXPECT_EQ(a.rows[i].status, b.rows[i].status);
    EXPECT_EQ(a.rows[i].cells_equal, b.rows[i].cells_equal);
  }
  EXPECT_EQ(a.solved_by, b.solved_by);
}

TEST_F(PlanTest, UrgentSolversComeFirstAndEqualOnesOnce) {
  ScoringPlan whole = plan();
  const auto first = whole.next(0);
  ASSERT_TRUE(first);
  const UnitBody body = core::from_bytes<UnitBody>(first->body);
  EXPECT_EQ(body.pieces.at(0).solver.id, "turn") << "as urgent as the solver it stands for";
  EXPECT_EQ(body.pieces.at(0).task.id, "a");
  EXPECT_EQ(body.pieces.at(1).solver.id, "triples");
  EXPECT_EQ(body.pieces.at(1).task.id, "a");
  whole.completed(*first, work(*first));
  run(whole);
  EXPECT_TRUE(whole.finished());
  EXPECT_TRUE(whole.extent().complete());
  const Scores scores = score(input_, whole.collected());
  EXPECT_EQ(scores.rows.size(), input_.n_calls());
  EXPECT_EQ(scores.candidates.back().id, "again");
  EXPECT_EQ(scores.candidates.back().tasks_solved, 2U);
}

TEST_F(PlanTest, WhatWasKeptNeedNotBeDoneAgain) {
  ScoringPlan whole = plan();
  run(whole);
  const Scores expected = score(input_, whole.collected());
  for (const int units : {0, 1, 3}) {
    std::vector<store::JournalRecord> kept;
    ScoringPlan stopped = plan();
    stopped.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
    run(stopped, units);
    const auto lost = stopped.next(0);
    stopped.stop();
    EXPECT_FALSE(stopped.extent().complete());
    EXPECT_TRUE(stopped.finished());
    EXPECT_EQ(stopped.take_cancelled().size(), lost ? 1U : 0U);
    EXPECT_EQ(score(input_, stopped.collected()).rows.size(), stopped.calls_done());

    ScoringPlan resumed = plan();
    for (const auto& record : kept) resumed.restore(record);
    EXPECT_EQ(resumed.calls_done(), stopped.calls_done());
    run(resumed);
    EXPECT_TRUE(resumed.extent().complete());
    expect_equal(score(input_, resumed.collected()), expected);
    if (kept.empty()) continue;
    EXPECT_THROW(resumed.restore(kept[0]), core::ProtocolError) << "twice";
  }
}

TEST_F(PlanTest, WhatAPersonCancelsEndsAndTheRestIsDone) {
  ScoringPlan whole = plan();
  run(whole);
  std::vector<store::JournalRecord> kept;
  ScoringPlan cancelled = plan();
  cancelled.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  const auto unit = cancelled.next(0);
  ASSERT_TRUE(unit);
  EXPECT_FALSE(cancelled.cancel("other").done);
  EXPECT_FALSE(cancelled.cancel("turn/other").done);
  const skeleton::Cancellation said = cancelled.cancel("turn");
  EXPECT_TRUE(said.done);
  EXPECT_EQ(said.text, "solver 'turn' is cancelled, and 2 others that share its work (2 of 2 items)");
  EXPECT_EQ(cancelled.cancel("again").text, "solver 'again' has ended before");
  EXPECT_EQ(cancelled.take_cancelled(), std::vector{unit->item}) << "it has other items too";
  cancelled.withdrawn(*unit, {});
  run(cancelled);
  EXPECT_TRUE(cancelled.finished());
  EXPECT_TRUE(cancelled.extent().complete());
  EXPECT_EQ(cancelled.statistics().cancelled, 1U);

  Scores scores = score(input_, cancelled.collected());
  const Scores expected = score(input_, whole.collected());
  ASSERT_EQ(scores.rows.size(), expected.rows.size());
  for (std::size_t i = 0; i < scores.rows.size(); ++i) {
    const bool is_turn = scores.rows[i].solver > 0;
    EXPECT_EQ(scores.rows[i].status, is_turn ? CallStatus::cancelled : expected.rows[i].status);
  }
  ScoringPlan resumed = plan();
  for (const auto& record : kept) resumed.restore(record);
  EXPECT_TRUE(resumed.extent().complete());
  expect_equal(score(input_, resumed.collected()), scores);
}

// ---- calls of programs ------------------------------------------------------------------------------------

/// Two programs on a task of six samples, of which two ask for the same.
class ProgramPlanTest : public PlanTest {
 protected:
  static constexpr std::uint32_t kCalls = 5;  // of an item

  ProgramPlanTest() {
    scoring::Task task = turned("a");
    for (const char* cells : {"1", "2", "3", "1"})
      task.demos.push_back({scoring::grid(cells), scoring::grid(cells)});
    input_ = input_of(R"([{"id": "one", "command": ["one"], "protocol": "worker"},
                          {"id": "other", "command": ["other"], "protocol": "worker"}])",
                      {task});
  }

  /// What a rank reports of some calls of a unit, by position.
  static core::Bytes report(const sched::Unit& unit, std::initializer_list<std::size_t> calls,
                            CallStatus status = CallStatus::no_output) {
    const UnitBody body = core::from_bytes<UnitBody>(unit.body);
    std::vector<UnitCall> all;
    for (std::uint32_t piece = 0; piece < body.pieces.size(); ++piece) {
      for (const std::uint32_t call : body.pieces[piece].calls) all.push_back({piece, call});
    }
    CallsReport report;
    for (const std::size_t i : calls) {
      const Piece& piece = body.pieces[all.at(i).piece];
      report.ended.push_back(all[i]);
      const CallSamples samples = calls_of(piece.task, body.rules).at(all[i].call);
      for (const std::uint32_t sample : samples)
        report.result.rows.push_back(empty_row(piece, 0, sample, status));
      for (CallRow& row : report.result.rows) row.match = status == CallStatus::matched ? 1 : row.match;
    }
    return core::to_bytes(report);
  }
  static std::size_t n_calls(const sched::Unit& unit) {
    std::size_t n = 0;
    for (const Piece& piece : core::from_bytes<UnitBody>(unit.body).pieces) n += piece.calls.size();
    return n;
  }
};

TEST_F(ProgramPlanTest, ARankGetsWhatItCanTakeAndNoMore) {
  ScoringPlan whole = plan();
  const auto first = whole.next(0);
  ASSERT_TRUE(first);
  EXPECT_EQ(n_calls(*first), 2U) << "its slots";
  EXPECT_FALSE(whole.next(0));
  whole.capacity(0, 2);
  EXPECT_FALSE(whole.next(0));
  whole.capacity(0, 2 + 4);
  const auto second = whole.next(0);
  ASSERT_TRUE(second);
  EXPECT_EQ(n_calls(*second), 4U) << "the rest of one item and the first call of the next";
  EXPECT_EQ(core::from_bytes<UnitBody>(second->body).pieces.size(), 2U);
  whole.capacity(0, 1000);
  EXPECT_EQ(n_calls(*whole.next(0)), 2 * kCalls - 6U);
}

TEST_F(ProgramPlanTest, WhatACancelledSolverHadIsDroppedAndWhatWasOutWithItIsMadeAgain) {
  std::vector<store::JournalRecord> kept;
  ScoringPlan whole = plan();
  whole.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  const auto first = whole.next(0);
  whole.capacity(0, 1000);
  const auto second = whole.next(0);
  ASSERT_TRUE(second);
  whole.news(*first, report(*first, {0}));
  EXPECT_EQ(whole.cancel("one/*").text, "solver 'one' is cancelled (1 of 1 item)");
  EXPECT_EQ(whole.take_cancelled(), (std::vector{first->item, second->item}));
  whole.withdrawn(*first, report(*first, {1}, CallStatus::matched));
  whole.late_news(*second, report(*second, {0, 1, 2, 3}, CallStatus::matched));
  whole.withdrawn(*second, {});
  const std::uint64_t before = whole.calls_done();
  whole.capacity(0, 2000);
  const auto rest = whole.next(0);
  ASSERT_TRUE(rest);
  const UnitBody body = core::from_bytes<UnitBody>(rest->body);
  ASSERT_EQ(body.pieces.size(), 1U);
  EXPECT_EQ(body.pieces[0].solver.id, "other");
  EXPECT_EQ(n_calls(*rest), kCalls - 1U) << "one of its calls had ended";
  EXPECT_EQ(before, 6U + 1U);
  whole.completed(*rest, report(*rest, {0, 1, 2, 3}));
  EXPECT_TRUE(whole.finished());
  EXPECT_TRUE(whole.extent().complete());
  std::uint64_t n_cancelled = 0, n_matched = 0;
  for (const CallRow& row : whole.collected().rows) {
    n_cancelled += row.status == CallStatus::cancelled ? 1 : 0;
    n_matched += row.status == CallStatus::matched ? 1 : 0;
  }
  EXPECT_EQ(n_cancelled, 6U - 1U) << "samples of the calls that had not ended";
  EXPECT_EQ(n_matched, 1U) << "of the other solver";
  ScoringPlan resumed = plan();
  for (const auto& record : kept) resumed.restore(record);
  EXPECT_TRUE(resumed.extent().complete());
  EXPECT_EQ(resumed.collected().rows.size(), whole.collected().rows.size());
}

TEST_F(ProgramPlanTest, ACallThatDidNotBeginIsHandedOutAgain) {
  ScoringPlan whole = plan();
  const auto first = whole.next(0);
  whole.completed(*first, report(*first, {1}));
  EXPECT_EQ(whole.calls_done(), 2U) << "one call answers two samples";
  whole.capacity(0, 1000);
  const auto second = whole.next(0);
  EXPECT_EQ(core::from_bytes<UnitBody>(second->body).pieces[0].calls,
            (std::vector<std::uint32_t>{0, 2, 3, 4}))
      << "the first call of the first item comes before all others";
  EXPECT_EQ(n_calls(*second), 2 * kCalls - 1U);
  whole.completed(*second, report(*second, {0, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_TRUE(whole.finished());
  EXPECT_TRUE(whole.extent().complete());
}

TEST_F(ProgramPlanTest, CallsThatEndedBeforeAStopAreKept) {
  std::vector<store::JournalRecord> kept;
  ScoringPlan stopped = plan();
  stopped.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  (void)stopped.next(0);
  stopped.capacity(0, 2 + 5);
  const auto unit = stopped.next(0);
  stopped.news(*unit, report(*unit, {0}));
  EXPECT_EQ(stopped.calls_done(), 1U);
  stopped.stop();
  stopped.late_news(*unit, report(*unit, {3}));
  stopped.withdrawn(*unit, report(*unit, {1, 4}));
  EXPECT_EQ(stopped.calls_done(), 5U);
  EXPECT_FALSE(stopped.next(0));

  ScoringPlan resumed = plan();
  for (const auto& record : kept) resumed.survey(record);
  for (const auto& record : kept) resumed.restore(record);
  EXPECT_EQ(resumed.calls_done(), stopped.calls_done());
  EXPECT_EQ(score(input_, resumed.collected()).rows.size(), stopped.calls_done());
  EXPECT_THROW(resumed.restore(kept[0]), core::ProtocolError) << "twice";
  (void)resumed.next(0);
  resumed.capacity(0, 1000);
  EXPECT_EQ(n_calls(*resumed.next(0)), 2 * kCalls - 4U - 2U) << "the rest, but for what was handed out";
}

TEST_F(ProgramPlanTest, ACallThatTimedOutIsDoneAgainWhenItMayTakeLonger) {
  for (Solver& solver : input_.solvers) solver.program.limits.wall_s = 1;
  std::vector<store::JournalRecord> kept;
  ScoringPlan first = plan();
  first.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  const auto unit = first.next(0);
  first.news(*unit, report(*unit, {0}, CallStatus::timed_out_wall));
  first.completed(*unit, report(*unit, {1}));
  for (Solver& solver : input_.solvers) solver.program.limits.wall_s = 2;
  ScoringPlan resumed = plan();
  for (const auto& record : kept) resumed.survey(record);
  for (const auto& record : kept) resumed.restore(record);
  EXPECT_EQ(resumed.calls_done(), 2U);
  EXPECT_EQ(core::from_bytes<UnitBody>(resumed.next(0)->body).pieces[0].calls.at(0), 0U);
}

// ---- ending early -----------------------------------------------------------------------------------------

std::vector<std::uint32_t> calls_in(const std::optional<sched::Unit>& unit) {
  std::vector<std::uint32_t> calls;
  if (!unit) return calls;
  for (const Piece& piece : core::from_bytes<UnitBody>(unit->body).pieces)
    calls.insert(calls.end(), piece.calls.begin(), piece.calls.end());
  return calls;
}

TEST_F(ProgramPlanTest, TestsWaitForTheDemosAndAreSkippedWhereOneFailed) {
  input_.early.failed_demo = true;
  std::vector<store::JournalRecord> kept;
  ScoringPlan whole = plan();
  whole.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
  (void)whole.next(0);
  whole.capacity(0, 1000);
  const auto demos = whole.next(0);
  EXPECT_EQ(calls_in(demos), (std::vector<std::uint32_t>{2, 3, 0, 1, 2, 3})) << "the demos of both solvers";
  EXPECT_FALSE(whole.next(0)) << "the tests wait";
  whole.news(*demos, report(*demos, {2, 3, 4, 5}));
  EXPECT_EQ(whole.calls_done(), 6U) << "five demos of the other solver, and its test, which is skipped";
  const Scores scores = score(input_, whole.collected());
  EXPECT_EQ(std::ranges::count(scores.rows, CallStatus::skipped, &CallRow::status), 1);
  EXPECT_EQ(scores.candidates[1].n_calls, 5U);

  ScoringPlan resumed = plan();
  for (const auto& record : kept) resumed.survey(record);
  for (const auto& record : kept) resumed.restore(record);
  (void)resumed.next(0);
  EXPECT_EQ(resumed.calls_done(), 6U) << "what is skipped follows from what was kept";
}

TEST_F(ProgramPlanTest, ASolverWithAllDemosGoesOnToTheTests) {
  input_.early.failed_demo = true;
  ScoringPlan whole = plan();
  whole.capacity(0, 1000);
  const auto first = whole.next(0);
  whole.completed(*first, report(*first, {0, 1}, CallStatus::matched));
  const auto demos = whole.next(0);
  whole.completed(*demos, report(*demos, {0, 1}, CallStatus::matched));
  EXPECT_EQ(calls_in(whole.next(0)), (std::vector<std::uint32_t>{4, 0, 1, 2, 3}))
      << "the test, then the rest";
}

TEST_F(ProgramPlanTest, AStageOfWhichCallsEndWhileItIsHandedOutIsHandedOutOnce) {
  input_.early.failed_demo = true;
  ScoringPlan whole = plan();
  const auto first = whole.next(0);
  whole.completed(*first, report(*first, {0, 1}));
  whole.capacity(0, 1000);
  EXPECT_EQ(calls_in(whole.next(0)), (std::vector<std::uint32_t>{2, 3, 0, 1, 2, 3}));
}

TEST_F(ProgramPlanTest, NothingFollowsACallThatTimedOut) {
  input_.early.timeout = true;
  ScoringPlan whole = plan();
  whole.capacity(0, 1000);
  const auto first = whole.next(0);
  EXPECT_EQ(calls_in(first), (std::vector<std::uint32_t>{0, 0})) << "one call of each solver";
  whole.news(*first, report(*first, {0}, CallStatus::timed_out_wall));
  EXPECT_EQ(whole.calls_done(), 6U);
  EXPECT_FALSE(whole.next(0));
  whole.completed(*first, report(*first, {1}));
  EXPECT_EQ(calls_in(whole.next(0)), (std::vector<std::uint32_t>{1}));
}

TEST_F(PlanTest, SolversTakeTurnsUntilATaskIsSolved) {
  input_ =
      input_of(R"([{"id": "wrong", "builtin": "identity"}, {"id": "deep", "enumerate": 3, "priority": "low"},
                        {"id": "right", "builtin": "rotate_90"}, {"id": "late", "builtin": "rotate_180"}])",
               {turned("a"), turned("b", "56 78")});
  input_.early.solved = true;
  std::optional<Scores> first;
  for (const int units : {1, 2, 1 << 30}) {
    std::vector<store::JournalRecord> kept;
    ScoringPlan stopped = plan();
    stopped.keep_results([&](store::JournalRecord record) { kept.push_back(std::move(record)); });
    run(stopped, units);
    ScoringPlan resumed = plan();
    for (const auto& record : kept) resumed.restore(record);
    run(resumed);
    EXPECT_TRUE(resumed.finished());
    const Scores scores = score(input_, resumed.collected());
    const auto ends = [&](const char* id) {
      const auto c = std::ranges::find(scores.candidates, id, &CandidateScore::id);
      return std::pair(c->n_calls, c->test_matches);
    };
    EXPECT_EQ(ends("wrong"), (std::pair<std::uint64_t, std::uint64_t>{4, 0}));
    EXPECT_EQ(ends("right"), (std::pair<std::uint64_t, std::uint64_t>{4, 1}));
    EXPECT_EQ(ends("late"), (std::pair<std::uint64_t, std::uint64_t>{2, 0})) << "on b only";
    EXPECT_EQ(ends("deep/rotate_90"), (std::pair<std::uint64_t, std::uint64_t>{2, 0})) << "less urgent";
    if (first) expect_equal(*first, scores);
    if (!first) first = scores;
  }
}

TEST_F(PlanTest, TheRestIsCancelledWhenEnoughIsSolved) {
  ScoringPlan one = plan(1);
  run(one);
  EXPECT_TRUE(one.goal_reached());
  EXPECT_TRUE(one.extent().complete());
  const Scores scores = score(input_, one.collected());
  EXPECT_EQ(scores.rows.size(), input_.n_calls());
  EXPECT_GT(std::ranges::count(scores.rows, CallStatus::cancelled, &CallRow::status), 0);
}

}  // namespace
}  // namespace gforbit::job_scoring
