/// The check of a scoring result: what results/calls says is counted again and compared with what the tables
/// of tasks, candidates and differs claim.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "gforbit/report/layout.hpp"
#include "gforbit/report/rows.hpp"
#include "scoring/report.hpp"
#include "scoring/report_check_parts.hpp"
#include "scoring/tables.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

namespace {

using report::Findings;

/// What the calls of one candidate add up to.
struct Recount {
  std::uint64_t demo_matches = 0, test_matches = 0, tasks_solved = 0, cells_equal = 0;
  std::uint64_t outputs = 0;         ///< samples with an output
  std::uint64_t scored_outputs = 0;  ///< with a first attempt and something to compare with
  std::uint64_t skipped = 0;
};

/// Samples, and cells of their expected outputs.
struct Met {
  std::uint64_t samples = 0, cells = 0;
};

/// The tasks of each solver.
class Choice {
 public:
  Choice(const store::ResultReader& reader, std::size_t n_tasks, std::size_t n_solvers, Findings& findings)
      : n_tasks_(n_tasks), restricted_(reader.has_table(kSolverTasks)), chosen_(restricted_ ? n_solvers : 0) {
    if (!restricted_) return;
    report::require_table(reader, solver_tasks_table());
    const store::Table table = reader.read(kSolverTasks);
    const auto& solver = table.column<std::uint64_t>("solver");
    const auto& task = table.column<std::uint64_t>("task");
    for (std::size_t row = 0; row < solver.size(); ++row) {
      if (solver[row] >= n_solvers || task[row] >= n_tasks) {
        findings.violation(fmt::format("{}, row {}: there is no such solver or task", kSolverTasks, row));
        continue;
      }
      if (row > 0 && std::pair(solver[row], task[row]) <= std::pair(solver[row - 1], task[row - 1]))
        findings.violation(fmt::format("{}, row {}: rows are not sorted", kSolverTasks, row));
      chosen_[solver[row]].push_back(task[row]);
    }
  }

  [[nodiscard]] bool asks(std::uint64_t solver, std::uint64_t task) const {
    return !restricted_ || std::ranges::binary_search(chosen_[solver], task);
  }
  /// The sum over the tasks of a solver of what each has.
  [[nodiscard]] Met sum(std::uint64_t solver, const std::vector<Met>& by_task) const {
    Met sum;
    for (std::size_t i = 0; i < (restricted_ ? chosen_[solver].size() : n_tasks_); ++i) {
      const Met& task = by_task[restricted_ ? chosen_[solver][i] : i];
      sum.samples += task.samples;
      sum.cells += task.cells;
    }
    return sum;
  }
  [[nodiscard]] bool restricted() const { return restricted_; }

 private:
  std::size_t n_tasks_;
  bool restricted_;
  std::vector<std::vector<std::uint64_t>> chosen_;
};

/// Goes through the calls in their order and closes samples, tasks and candidates as they end.
class CallCount {
 public:
  /// @param attempts  outputs of a candidate that count for a sample
  CallCount(const store::Table& tasks, const store::Table& candidate_rows, std::size_t n_solvers,
            const Choice& choice, std::int32_t attempts, Findings& findings)
      : n_demo_(tasks.column<std::uint64_t>("n_demo")),
        n_test_(tasks.column<std::uint64_t>("n_test")),
        solver_of_(candidate_rows.column<std::uint64_t>("solver")),
        attempts_(attempts),
        n_solvers_(n_solvers),
        choice_(choice),
        findings_(findings),
        candidates(solver_of_.size()),
        solved_by(n_demo_.size(), 0) {}

  void add(const store::Table& block, std::uint64_t first) {
    const auto& task = block.column<std::uint64_t>("task");
    const auto& kind = block.column<std::int8_t>("sample_kind");
    const auto& sample = block.column<std::int32_t>("sample");
    const auto& solver = block.column<std::uint64_t>("solver");
    const auto& candidate = block.column<std::uint64_t>("candidate");
    const auto& attempt = block.column<std::int32_t>("attempt");
    for (std::size_t i = 0; i < task.size(); ++i) {
      const Key key{candidate[i], task[i], kind[i], sample[i], attempt[i]};
      const auto wrong = [&](const std::string& what) {
        findings_.violation(fmt::format("{}, row {}: {}", kCalls, first + i, what));
      };
      if (task[i] >= n_demo_.size() || candidate[i] >= candidates.size() || solver[i] >= n_solvers_) {
        wrong("its task, solver or candidate does not exist");
        continue;
      }
      if (!choice_.asks(solver[i], task[i])) wrong("its solver is not called on its task");
      const auto samples = kind[i] == 0 ? n_demo_[task[i]] : n_test_[task[i]];
      if (sample[i] < 0 || static_cast<std::uint64_t>(sample[i]) >= samples)
        wrong("the task has no such sample");
      if (last_ && !(*last_ < key)) wrong("rows are not sorted by candidate, task, sample, attempt");
      if (solver[i] != solver_of_[candidate[i]]) wrong("its solver is not that of its candidate");
      begin(key);
      take(block, i, wrong);
      last_ = key;
    }
  }

  void end() { close_task(); }
  [[nodiscard]] std::size_t n_solvers() const { return n_solvers_; }
  /// By task: samples that were met, and the cells of their expected outputs.
  [[nodiscard]] std::vector<Met> met() const {
    std::vector<Met> met(n_demo_.size());
    for (const auto& [sample, n] : cells_) {
      met[std::get<0>(sample)].samples += 1;
      met[std::get<0>(sample)].cells += n;
    }
    return met;
  }

 private:
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::int8_t, std::int32_t, std::int32_t>;
  using Sample = std::tuple<std::uint64_t, std::int8_t, std::int32_t>;

  /// Closes what the row at `key` is no longer part of.
  void begin(const Key& key) {
    if (!last_) return;
    const auto same = [&](auto member) { return member(*last_) == member(key); };
    const bool same_task = same([](const Key& k) { return std::tuple(std::get<0>(k), std::get<1>(k)); });
    const bool same_sample = same([](const Key& k) { return std::tuple(std::get<2>(k), std::get<3>(k)); });
    if (!same_task) {
      close_task();
    } else if (!same_sample) {
      close_sample();
    }
  }

  template <class Wrong>
  void take(const store::Table& block, std::size_t i, Wrong wrong) {
    const auto status = static_cast<CallStatus>(block.column<std::int8_t>("status")[i]);
    const auto match = block.column<std::int8_t>("match")[i];
    const auto equal = block.column<std::uint64_t>("cells_equal")[i];
    const auto total = block.column<std::uint64_t>("cells_total")[i];
    const auto shape = block.column<std::int8_t>("shape_ok")[i];
    const auto attempt = block.column<std::int32_t>("attempt")[i];
    const bool output = attempt > 0;
    if (attempt != (output ? last_attempt_ + 1 : 0) || attempt > attempts_ || (!output && last_attempt_ > 0))
      wrong("the attempts of a sample are not numbered from 1, or more than --attempts");
    last_attempt_ = attempt;
    if ((status == CallStatus::mismatched && match != 0) || (status == CallStatus::produced && match >= 0))
      wrong("match and status disagree");
    if (!output && (equal != 0 || shape > 0)) wrong("it has no output, but equal cells or a right shape");
    note_cells(block, i, total, wrong);
    const bool bad_attempt = output && status == CallStatus::bad_output;  // beside others that are grids
    if (output != has_output(status) && !bad_attempt)
      wrong("attempt and status disagree on whether there is an output");
    if ((match == 1) != (status == CallStatus::matched)) wrong("match and status disagree");
    if ((match < 0) != (total == 0) || (match < 0) != (shape < 0))
      wrong("match, shape_ok and cells_total disagree on whether an output is expected");
    if (equal > total || (match == 1 && (equal != total || shape != 1)) || (shape == 0 && equal > 0) ||
        (match == 0 && shape == 1 && equal == total))
      wrong("cells_equal does not fit match and shape_ok");
    if (status == CallStatus::skipped) ++candidates[block.column<std::uint64_t>("candidate")[i]].skipped;
    matched_ = matched_ || match == 1;
    output_ = output_ || has_output(status);
    best_ = std::max(best_, equal);
    if (attempt == 1 && match >= 0 && !bad_attempt)
      ++candidates[block.column<std::uint64_t>("candidate")[i]].scored_outputs;
  }

  /// All candidates meet the same expected output.
  template <class Wrong>
  void note_cells(const store::Table& block, std::size_t i, std::uint64_t total, Wrong wrong) {
    const Sample sample{block.column<std::uint64_t>("task")[i], block.column<std::int8_t>("sample_kind")[i],
                        block.column<std::int32_t>("sample")[i]};
    const auto [known, is_new] = cells_.try_emplace(sample, total);
    if (known->second != total) wrong("cells_total is not that of another call for the sample");
  }

  void close_sample() {
    if (!last_) return;
    last_attempt_ = 0;
    Recount& count = candidates[std::get<0>(*last_)];
    (std::get<2>(*last_) == 0 ? count.demo_matches : tests_) += matched_ ? 1 : 0;
    count.outputs += output_ ? 1 : 0;
    count.cells_equal += best_;
    matched_ = output_ = false;
    best_ = 0;
  }

  void close_task() {
    if (!last_) return;
    close_sample();
    const std::uint64_t task = std::get<1>(*last_);
    Recount& count = candidates[std::get<0>(*last_)];
    count.test_matches += tests_;
    if (tests_ > 0 && tests_ == n_test_[task]) {
      ++count.tasks_solved;
      ++solved_by[task];
    }
    tests_ = 0;
  }

  const std::vector<std::uint64_t>& n_demo_;
  const std::vector<std::uint64_t>& n_test_;
  const std::vector<std::uint64_t>& solver_of_;
  std::int32_t attempts_;
  std::size_t n_solvers_;
  const Choice& choice_;
  Findings& findings_;
  std::map<Sample, std::uint64_t> cells_;  ///< of the expected output
  std::int32_t last_attempt_ = 0;          ///< of the sample
  std::optional<Key> last_;
  bool matched_ = false, output_ = false;  ///< of the sample
  std::uint64_t best_ = 0;
  std::uint64_t tests_ = 0;  ///< matched in the task

 public:
  std::vector<Recount> candidates;
  std::vector<std::uint64_t> solved_by;
};

/// By candidate. A program that is not called is not called for any of its candidates.
std::vector<std::uint64_t> skipped_of(const store::ResultReader& reader, const store::Table& candidates,
                                      const CallCount& count) {
  const store::Table solvers = reader.read(kSolvers);
  const auto& kinds = solvers.column<std::int8_t>("kind");
  const auto& solver = candidates.column<std::uint64_t>("solver");
  const auto is_program = [&](std::size_t row) {
    return solver[row] < kinds.size() && static_cast<SolverKind>(kinds[solver[row]]) == SolverKind::program;
  };
  std::vector<std::uint64_t> by_solver(kinds.size(), 0), skipped(solver.size(), 0);
  for (std::size_t row = 0; row < solver.size(); ++row) {
    if (is_program(row)) by_solver[solver[row]] += count.candidates[row].skipped;
  }
  for (std::size_t row = 0; row < solver.size(); ++row)
    skipped[row] = is_program(row) ? by_solver[solver[row]] : count.candidates[row].skipped;
  return skipped;
}

/// One claim of a table against its recount.
void compare(Findings& findings, const char* table, std::size_t row, const char* column, std::uint64_t stored,
             std::uint64_t counted) {
  if (stored != counted)
    findings.violation(
        fmt::format("{}, row {}: {} is {}, but the calls make {}", table, row, column, stored, counted));
}

/// @param skipped   by candidate: samples that its solver was not called for
/// @param complete  every call has a row
void check_candidates(const store::Table& table, const CallCount& count, const Choice& choice,
                      const std::vector<Met>& samples, const std::vector<std::uint64_t>& skipped,
                      bool complete, Findings& findings) {
  const std::vector<Met> met_by_task = count.met();
  std::optional<std::uint64_t> solver;
  std::uint64_t n_samples = 0, first_total = 0;
  Met met;
  for (std::size_t row = 0; row < table.n_rows(); ++row) {
    const Recount& c = count.candidates[row];
    if (const std::uint64_t its = table.column<std::uint64_t>("solver")[row]; its != solver) {
      if (its >= count.n_solvers()) continue;  // said elsewhere
      if (!solver || choice.restricted()) {
        n_samples = choice.sum(its, samples).samples;
        met = choice.sum(its, met_by_task);
        first_total = table.column<std::uint64_t>("cells_total")[row];
      }
      solver = its;
    }
    const auto claim = [&](const char* column, std::uint64_t counted) {
      compare(findings, kCandidates, row, column, table.column<std::uint64_t>(column)[row], counted);
    };
    claim("demo_matches", c.demo_matches);
    claim("test_matches", c.test_matches);
    claim("o_score", c.demo_matches + c.test_matches);
    claim("tasks_solved", c.tasks_solved);
    claim("cells_equal", c.cells_equal);
    const std::uint64_t n_calls = table.column<std::uint64_t>("n_calls")[row];
    if (complete) claim("n_calls", n_samples - std::min(skipped[row], n_samples));
    if (n_calls > n_samples || n_calls < c.outputs)
      findings.violation(
          fmt::format("{}, row {}: {} calls do not fit the samples", kCandidates, row, n_calls));
    claim("n_failed_calls", n_calls - c.outputs);
    const std::uint64_t cells_total = table.column<std::uint64_t>("cells_total")[row];
    if (met.samples == n_samples ? cells_total != met.cells : cells_total < met.cells)
      compare(findings, kCandidates, row, "cells_total", cells_total, met.cells);
    if (cells_total != first_total)
      findings.violation(
          fmt::format("{}, row {}: cells_total is not that of the other rows", kCandidates, row));
    if (c.cells_equal > cells_total)
      findings.violation(fmt::format("{}, row {}: more cells are equal than there are", kCandidates, row));
  }
}

void check_differs(const store::Table& table, const CallCount& count, Findings& findings) {
  constexpr std::size_t kKinds = scoring::kDiffers;
  if (table.n_rows() != kKinds * count.candidates.size())
    return findings.violation(fmt::format("{} has not {} rows a candidate", kDifferScores, kKinds));
  for (std::size_t row = 0; row < table.n_rows(); ++row) {
    const auto value = [&](const char* column) { return table.column<std::uint64_t>(column)[row]; };
    compare(findings, kDifferScores, row, "candidate", value("candidate"), row / kKinds);
    compare(findings, kDifferScores, row, "differ",
            static_cast<std::uint64_t>(table.column<std::int8_t>("differ")[row]), row % kKinds);
    compare(findings, kDifferScores, row, "n_samples", value("n_samples"),
            count.candidates[row / kKinds].scored_outputs);
    if (value("iz") + value("zo") != 2 * value("n_samples"))
      findings.violation(fmt::format("{}, row {}: iz + zo is not twice n_samples", kDifferScores, row));
  }
}

}  // namespace

void check_results(const store::ResultReader& reader, const report::CheckEffort&, Findings& findings) {
  for (const auto& spec :
       {tasks_table(), solvers_table(), candidates_table(), calls_table(reader), differ_scores_table()})
    report::require_table(reader, spec);
  const store::Table tasks = reader.read(kTasks), candidates = reader.read(kCandidates);
  check_names(reader, tasks, candidates, findings);
  const std::string attempts = report::config_value(reader, "attempts");
  constexpr std::int32_t kMost = 255;
  const Choice choice(reader, tasks.n_rows(), reader.n_rows(kSolvers), findings);
  CallCount count(tasks, candidates, reader.n_rows(kSolvers), choice,
                  attempts.empty() ? kMost : std::atoi(attempts.c_str()), findings);
  report::for_each_block(reader, kCalls,
                         [&](const store::Table& block, std::uint64_t first) { count.add(block, first); });
  count.end();
  std::vector<Met> samples;
  for (std::size_t row = 0; row < tasks.n_rows(); ++row) {
    samples.push_back(
        {tasks.column<std::uint64_t>("n_demo")[row] + tasks.column<std::uint64_t>("n_test")[row], 0});
    compare(findings, kTasks, row, "n_candidates_solved",
            tasks.column<std::uint64_t>("n_candidates_solved")[row], count.solved_by[row]);
  }
  const bool complete = reader.integer_attribute("/", "complete").value_or(0) == 1;
  check_candidates(candidates, count, choice, samples, skipped_of(reader, candidates, count), complete,
                   findings);
  check_differs(reader.read(kDifferScores), count, findings);
  check_outputs(reader, findings);
  check_runtime(reader, tasks, candidates, findings);
}

}  // namespace gforbit::job_scoring
