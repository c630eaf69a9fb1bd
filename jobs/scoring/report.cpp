#include "scoring/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "gforbit/core/text.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/latex.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/report/summary.hpp"
#include "scoring/results.hpp"
#include "scoring/tables.hpp"
#include "skeleton/report.hpp"

namespace gforbit::job_scoring {

namespace {

using Counts = std::vector<std::uint64_t>;

/// Columns of results/candidates that the leaderboard shows.
struct Leaderboard {
  explicit Leaderboard(const store::Table& candidates)
      : ids(candidates.column<std::string>("id")),
        solved(candidates.column<std::uint64_t>("tasks_solved")),
        tests(candidates.column<std::uint64_t>("test_matches")),
        o_score(candidates.column<std::uint64_t>("o_score")),
        equal(candidates.column<std::uint64_t>("cells_equal")),
        total(candidates.column<std::uint64_t>("cells_total")),
        failed(candidates.column<std::uint64_t>("n_failed_calls")),
        order(ids.size()) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto shown = std::min(kLeaders, order.size());
    std::ranges::partial_sort(
        order, order.begin() + static_cast<std::ptrdiff_t>(shown), {},
        [&](std::size_t i) { return std::tuple(~solved[i], ~o_score[i], ~equal[i], i); });
    order.resize(shown);
  }
  [[nodiscard]] double percent_right(std::size_t i) const {
    return total[i] > 0 ? 100.0 * static_cast<double>(equal[i]) / static_cast<double>(total[i]) : 0;
  }

  const std::vector<std::string>& ids;
  const Counts &solved, &tests, &o_score, &equal, &total, &failed;
  std::vector<std::size_t> order;  ///< of the best, the first kLeaders
};

void write_leaders(const store::Table& candidates, std::ostream& out) {
  const Leaderboard board(candidates);
  out << "\n  tasks solved  o_score  demo  test  cells right  failed calls  candidate\n";
  for (const std::size_t i : board.order) {
    out << fmt::format("  {:12}  {:7}  {:4}  {:4}  {:9.1f} %  {:12}  {}\n", board.solved[i], board.o_score[i],
                       board.o_score[i] - board.tests[i], board.tests[i], board.percent_right(i),
                       board.failed[i], board.ids[i]);
  }
  if (board.order.size() < board.ids.size())
    out << fmt::format("  ... and {} more\n", board.ids.size() - board.order.size());
}

void write_endings(const std::vector<SolverEnds>& solvers, std::ostream& out) {
  out << "\ncalls\n";
  for (std::size_t i = 0; i < kStatusNames.size(); ++i) {
    std::uint64_t n = 0;
    for (const SolverEnds& ends : solvers) n += ends.counts.of(static_cast<CallStatus>(i));
    if (n > 0) out << fmt::format("  {:15} {}\n", kStatusNames[i], n);
  }
}

/// What the first call with a message said, by solver. Solvers whose words are not wanted have none.
std::vector<CallWords> words(const store::ResultReader& reader, const store::Table& tasks,
                             const std::vector<std::uint32_t>& wanted, std::size_t n_solvers) {
  std::vector<CallWords> said(n_solvers);
  if (!reader.has_table(kRuntimeCalls)) return said;
  const auto& ids = tasks.column<std::string>("id");
  report::for_each_block(reader, kRuntimeCalls, [&](const store::Table& block, std::uint64_t) {
    const auto& solver = block.column<std::uint64_t>("solver");
    const auto& task = block.column<std::uint64_t>("task");
    const auto& message = block.column<std::string>("message");
    for (std::size_t row = 0; row < solver.size(); ++row) {
      const bool is_wanted = std::ranges::find(wanted, solver[row]) != wanted.end();
      if (!is_wanted || message[row].empty() || !said[solver[row]].message.empty()) continue;
      said[solver[row]] = {task[row] < ids.size() ? ids[task[row]] : "", message[row],
                           block.column<std::string>("stderr_tail")[row]};
    }
  });
  return said;
}

void write_failures(const store::ResultReader& reader, const store::Table& tasks,
                    const std::vector<SolverEnds>& ends, std::ostream& out) {
  const auto worst = worst_solvers(ends);
  if (worst.empty()) return;
  const store::Table solvers = reader.read(kSolvers);
  const auto said = words(reader, tasks, worst, ends.size());
  out << "\nsolvers that failed most (gforbit export FILE.h5 --table runtime/calls shows every call)\n";
  for (const std::uint32_t solver : worst) {
    const auto& id = solvers.column<std::string>("id")[solver];
    out << "  " << failure_text(id, ends[solver], said[solver]) << '\n';
  }
}

}  // namespace

report::JobReport scoring_report() {
  return {"scoring",
          write_json_members,
          write_text,
          write_csv,
          write_latex,
          check_results,
          {.counted = kCandidates,
           .reference = "candidate",
           .common = {kTasks, kSolvers, kSolverTasks, kRuntimeTasks, kRuntimeSolvers},
           .sums = {{kTasks, "n_candidates_solved"}},
           .runtime = {kRuntimeCalls, kRuntimeTasks, kRuntimeSolvers, kRuntimeDiffers}},
          layout,
          kCandidates,
          {"tasks_solved", "o_score", "cells_equal"},
          best_candidates};
}

std::optional<std::int64_t> reused_calls(const store::ResultReader& reader) {
  if (!reader.contains("runtime")) return std::nullopt;
  return reader.integer_attribute("runtime", kReusedCalls);
}

store::TableSpec calls_table(const store::ResultReader& reader) {
  return calls_table(!report::config_value(reader, "end-early").empty());
}

store::TableSpec runtime_solvers_table(const store::ResultReader& reader) {
  const auto columns = reader.spec(kRuntimeSolvers).columns;
  return runtime_solvers_table(
      std::ranges::any_of(columns, [](const auto& column) { return column.name == "size"; }));
}

report::Layout layout(const store::ResultReader& reader) {
  report::Layout result;
  for (auto& table : {tasks_table(), solvers_table(), candidates_table(), calls_table(reader),
                      differ_scores_table(), runtime_calls_table()})
    result.add(table);
  if (reader.has_table(kSolverTasks)) result.add(solver_tasks_table());
  if (report::config_value(reader, "store-outputs") == "true") result.add(outputs_table());
  for (auto& table : {runtime_tasks_table(), runtime_differs_table()}) {
    if (reader.has_table(table.path)) result.add(table);  // earlier files have none
  }
  if (reader.has_table(kRuntimeSolvers)) result.add(runtime_solvers_table(reader));
  std::vector<store::AttributeSpec> runtime;
  if (reused_calls(reader)) runtime.push_back({kReusedCalls, "uint64"});
  skeleton::add_run_layout(reader, rank_words(), runtime_part_table(), result, runtime);
  return result;
}

std::vector<SolverEnds> solver_ends(const store::ResultReader& reader) {
  const store::Table solvers = reader.read(kSolvers);
  std::vector<SolverEnds> ends;
  for (const std::int8_t kind : solvers.column<std::int8_t>("kind"))
    ends.push_back({.counts = {}, .is_program = static_cast<SolverKind>(kind) == SolverKind::program});
  report::for_each_block(reader, kCalls, [&](const store::Table& block, std::uint64_t) {
    const auto& solver = block.column<std::uint64_t>("solver");
    const auto& status = block.column<std::int8_t>("status");
    for (std::size_t row = 0; row < solver.size(); ++row) {
      const bool known = status[row] >= 0 && static_cast<std::size_t>(status[row]) < kStatusNames.size();
      if (known && solver[row] < ends.size())
        ends[solver[row]].counts.add(static_cast<CallStatus>(status[row]));
    }
  });
  return ends;
}

void write_text(const store::ResultReader& reader, std::ostream& out) {
  for (const auto& spec : {tasks_table(), solvers_table(), candidates_table(), calls_table(reader)})
    report::require_table(reader, spec);
  const store::Table tasks = reader.read(kTasks);
  const auto& solved_by = tasks.column<std::uint64_t>("n_candidates_solved");
  const auto solved = std::ranges::count_if(solved_by, [](std::uint64_t n) { return n > 0; });
  out << fmt::format("{:10} {}, {} solved by some candidate\n", "contents",
                     core::counted(solved_by.size(), "task"), solved);
  if (const auto reused = reused_calls(reader); reused.value_or(0) > 0)
    out << fmt::format("{:10} {} of an earlier run\n", "reused",
                       core::counted(static_cast<std::uint64_t>(*reused), "call"));
  write_leaders(reader.read(kCandidates), out);
  const auto ends = solver_ends(reader);
  write_endings(ends, out);
  write_failures(reader, tasks, ends, out);
}

void write_json_members(const store::ResultReader& reader, std::ostream& out) {
  if (const auto reused = reused_calls(reader)) out << fmt::format("\"reused_calls\": {},\n", *reused);
  report::write_tables_json(reader, kMostJsonRows, out);
}

void write_latex(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, candidates_table());
  const store::Table candidates = reader.read(kCandidates);
  const Leaderboard board(candidates);
  out << report::kLatexPackages;
  report::LatexTable table(
      "lrrrrrr", "candidate & tasks solved & o\\_score & demo & test & cells right & failed calls", out);
  for (const std::size_t i : board.order) {
    table.row(fmt::format("{} & {} & {} & {} & {} & {:.1f}\\,\\% & {}", report::latex_text(board.ids[i]),
                          board.solved[i], board.o_score[i], board.o_score[i] - board.tests[i],
                          board.tests[i], board.percent_right(i), board.failed[i]));
  }
  table.end();
}

void write_csv(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, candidates_table());
  report::write_csv_header(reader.spec(kCandidates), out);
  report::for_each_block(reader, kCandidates, [&](const store::Table& rows, std::uint64_t) {
    report::write_rows(rows, report::ExportFormat::csv, out);
  });
}

}  // namespace gforbit::job_scoring
