// `gforbit export --best`: the best candidate of each task.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gforbit/report/rows.hpp"
#include "scoring/report.hpp"
#include "scoring/tables.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

namespace {

/// What a candidate got right of a task.
struct OfTask {
  std::uint64_t candidate = 0, task = 0;
  std::uint64_t demos = 0, tests = 0, cells_equal = 0;
  [[nodiscard]] bool has_something() const { return demos + tests + cells_equal > 0; }
};

store::TableSpec best_table() {
  using store::ColumnSpec;
  using store::ColumnType;
  return {"best",
          "The best candidate of each task",
          {
              {"task", "id of the task", "", ColumnType::text},
              {"candidate", "id of the candidate (empty: none got anything right)", "", ColumnType::text},
              {"solved", "1: it matches all test samples, at least one", "", ColumnType::int8},
              {"demo_matches", "demo samples matched", "", ColumnType::uint64},
              {"n_demo", "demo samples", "", ColumnType::uint64},
              {"test_matches", "test samples matched", "", ColumnType::uint64},
              {"n_test", "test samples", "", ColumnType::uint64},
              {"cells_equal", "equal cells of its best attempts", "cells", ColumnType::uint64},
          }};
}

/// Goes through results/calls, which are sorted by candidate, task and sample.
class BestOfTasks {
 public:
  BestOfTasks(const store::Table& tasks, const store::Table& candidates)
      : n_test_(tasks.column<std::uint64_t>("n_test")),
        o_score_(candidates.column<std::uint64_t>("o_score")),
        best_(tasks.n_rows()) {}

  void add(const store::Table& block) {
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      const std::uint64_t candidate = block.column<std::uint64_t>("candidate")[row];
      const std::uint64_t task = block.column<std::uint64_t>("task")[row];
      if (candidate >= o_score_.size() || task >= best_.size()) continue;
      if (!now_ || now_->candidate != candidate || now_->task != task) {
        end_task();
        now_ = OfTask{.candidate = candidate, .task = task};
      }
      const Sample sample{block.column<std::int8_t>("sample_kind")[row],
                          block.column<std::int32_t>("sample")[row]};
      if (sample != sample_) end_sample();
      sample_ = sample;
      matched_ |= block.column<std::int8_t>("match")[row] == 1;
      cells_ = std::max(cells_, block.column<std::uint64_t>("cells_equal")[row]);
    }
  }

  [[nodiscard]] const std::vector<std::optional<OfTask>>& end() {
    end_task();
    return best_;
  }

  [[nodiscard]] bool solves(const OfTask& of) const {
    return n_test_[of.task] > 0 && of.tests == n_test_[of.task];
  }

 private:
  using Sample = std::pair<std::int8_t, std::int32_t>;

  void end_sample() {
    if (matched_) ++(sample_->first == 0 ? now_->demos : now_->tests);
    now_->cells_equal += cells_;
    sample_.reset();
    matched_ = false;
    cells_ = 0;
  }

  void end_task() {
    if (!now_) return;
    end_sample();
    auto& best = best_[now_->task];
    if (now_->has_something() && (!best || rank(*now_) > rank(*best))) best = *now_;
    now_.reset();
  }

  /// Of equal ones the first stays.
  [[nodiscard]] std::tuple<bool, std::uint64_t, std::uint64_t, std::uint64_t> rank(const OfTask& of) const {
    return {solves(of), of.demos + of.tests, of.cells_equal, o_score_[of.candidate]};
  }

  const std::vector<std::uint64_t>&n_test_, &o_score_;
  std::vector<std::optional<OfTask>> best_;
  std::optional<OfTask> now_;
  std::optional<Sample> sample_;  ///< of the candidate and task
  bool matched_ = false;
  std::uint64_t cells_ = 0;
};

}  // namespace

store::Table best_candidates(const store::ResultReader& reader) {
  for (const auto& spec : {tasks_table(), candidates_table(), calls_table(reader)})
    report::require_table(reader, spec);
  const store::Table tasks = reader.read(kTasks), candidates = reader.read(kCandidates);
  BestOfTasks best(tasks, candidates);
  report::for_each_block(reader, kCalls, [&](const store::Table& block, std::uint64_t) { best.add(block); });
  store::Table table(best_table());
  const auto& of_tasks = best.end();
  for (std::size_t task = 0; task < of_tasks.size(); ++task) {
    const OfTask of = of_tasks[task].value_or(OfTask{.task = task});
    table.append(tasks.column<std::string>("id")[task],
                 of_tasks[task] ? candidates.column<std::string>("id")[of.candidate] : "", best.solves(of),
                 of.demos, tasks.column<std::uint64_t>("n_demo")[task], of.tests,
                 tasks.column<std::uint64_t>("n_test")[task], of.cells_equal);
  }
  return table;
}

}  // namespace gforbit::job_scoring
