/// The check of a scoring result: right results pass, and each wrong value that is planted is found and
/// named.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>

#include "gforbit/report/summary.hpp"
#include "gforbit/store/result_writer.hpp"
#include "scoring/executor.hpp"
#include "scoring/report.hpp"
#include "scoring/results.hpp"
#include "scoring/tables.hpp"
#include "unit/job_scoring/input.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::job_scoring {
namespace {

using Tables = std::map<std::string, store::Table>;

class ScoringCheckTest : public ::testing::Test {
 protected:
  /// A run of some builtins, written as a run writes it.
  ScoringCheckTest() {
    const PlanInput input =
        input_of(R"([{"id": "all", "enumerate": 1}, {"id": "turn", "builtin": "rotate_90"}])",
                 {turned("a"), turned("b", "56 78")});
    solvers::Helper helper = solvers::Helper::start();
    ScoringExecutor executor(helper);
    ScoringPlan plan(input, {}, [] { return std::chrono::steady_clock::now(); });
    while (const auto unit = plan.next(0)) {
      const auto execution = executor.start(unit->body);
      while (execution->work({})) continue;
      plan.completed(*unit, execution->result());
    }
    store::ResultWriter file(directory_ / "a.h5", false);
    file.set_header("scoring", true, core::ExitStatus::done);
    write_tables(file, input, plan.collected(), false);
    file.commit();
    const store::ResultReader reader(directory_ / "a.h5");
    for (const std::string& path : reader.tables()) {
      if (path.starts_with("results/")) tables_.emplace(path, reader.read(path));
    }
  }

  static std::string check(const std::filesystem::path& file) {
    report::Findings findings;
    check_results(store::ResultReader(file), {}, findings);
    std::string text;
    for (const auto& violation : findings.violations()) text += violation + '\n';
    return text;
  }

  /// What the check says after `change`.
  std::string planted(const std::function<void(Tables&)>& change) {
    Tables changed = tables_;
    change(changed);
    store::ResultWriter file(directory_ / "b.h5", true);
    file.set_header("scoring", true, core::ExitStatus::done);
    for (const auto& [path, table] : changed) file.write(table);
    static_cast<void>(file.commit());
    return check(directory_ / "b.h5");
  }
  template <class T>
  std::string planted(const char* table, const char* column, std::size_t row, T value) {
    return planted([&](Tables& tables) { tables.at(table).column<T>(column).at(row) = value; });
  }

  test::TemporaryDirectory directory_;
  Tables tables_;
};

void expect_says(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "it says: " << text;
}

TEST_F(ScoringCheckTest, RightResultsPass) {
  EXPECT_EQ(check(directory_ / "a.h5"), "");
  EXPECT_EQ(planted([](Tables&) {}), "");
}

TEST_F(ScoringCheckTest, EveryClaimIsCountedAgain) {
  for (const char* const column : {"o_score", "demo_matches", "test_matches", "tasks_solved", "cells_equal",
                                   "n_calls", "n_failed_calls"})
    expect_says(planted(kCandidates, column, 0, std::uint64_t{77}), std::string(column) + " is 77");
  expect_says(planted(kTasks, "n_candidates_solved", 1, std::uint64_t{9}), "n_candidates_solved is 9");
  expect_says(planted(kDifferScores, "n_samples", 2, std::uint64_t{9}), "n_samples is 9");
  expect_says(planted(kDifferScores, "iz", 2, std::uint64_t{9}), "iz + zo is not twice n_samples");
}

TEST_F(ScoringCheckTest, CallsMustFitThemselvesAndTheInput) {
  expect_says(planted(kCalls, "match", 0, std::int8_t{-1}), "disagree");
  expect_says(planted(kCalls, "cells_equal", 0, std::uint64_t{1000}), "cells_equal does not fit");
  expect_says(planted(kCalls, "attempt", 0, std::int32_t{0}), "attempt and status disagree");
  expect_says(planted(kCalls, "candidate", 0, std::uint64_t{5000}), "does not exist");
  expect_says(planted(kCalls, "sample", 0, std::int32_t{7}), "no such sample");
  expect_says(planted(kCalls, "task", 0, std::uint64_t{1}), "not sorted");
}

TEST_F(ScoringCheckTest, LargeTablesAreLeftOutOfJson) {
  const store::ResultReader reader(directory_ / "a.h5");
  std::ostringstream all, some;
  write_json_members(reader, all);
  EXPECT_EQ(all.str().find("left_out"), std::string::npos);
  report::write_tables_json(reader, 10, some);
  expect_says(some.str(), "\"solvers\": [");
  expect_says(some.str(), ",\n\"left_out\": {\"calls\": ");
  EXPECT_EQ(some.str().find("\"calls\": ["), std::string::npos);
}

TEST_F(ScoringCheckTest, TheLeaderboardBeginsWithTheBest) {
  std::ostringstream out;
  write_text(store::ResultReader(directory_ / "a.h5"), out);
  const std::string text = out.str();
  expect_says(text, "2 tasks, 1 solved by some candidate");
  EXPECT_LT(text.find("all/rotate_90"), text.find("all/rotate_180")) << text;
}

}  // namespace
}  // namespace gforbit::job_scoring
