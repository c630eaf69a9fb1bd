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
    while (execution->work({})) continue;
    return execution->result();
  }
  /// Works until the plan has finished, or on so many units.
  void run(ScoringPlan& plan, int units = 1 << 30) {
    while (units-- > 0) {
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
  const UnitBody body = UnitBody::read(first->body);
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
    EXPECT_THROW(resumed.restore(kept[0]), core::InputError) << "twice";
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
