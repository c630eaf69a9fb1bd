#include "scoring/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "gforbit/core/text.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/rows.hpp"
#include "scoring/results.hpp"
#include "scoring/tables.hpp"
#include "skeleton/report.hpp"

namespace gforbit::job_scoring {

namespace {

using Counts = std::vector<std::uint64_t>;

void write_leaders(const store::Table& candidates, std::ostream& out) {
  const auto& ids = candidates.column<std::string>("id");
  const auto number = [&](const char* name) -> const Counts& {
    return candidates.column<std::uint64_t>(name);
  };
  const Counts &solved = number("tasks_solved"), &tests = number("test_matches"),
               &o_score = number("o_score"), &equal = number("cells_equal"), &total = number("cells_total"),
               &failed = number("n_failed_calls");
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto shown = std::min(kLeaders, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown), {},
                            [&](std::size_t i) { return std::tuple(~solved[i], ~o_score[i], ~equal[i], i); });
  order.resize(shown);
  out << "\n  tasks solved  o_score  demo  test  cells right  failed calls  candidate\n";
  for (const std::size_t i : order) {
    const double share =
        total[i] > 0 ? 100.0 * static_cast<double>(equal[i]) / static_cast<double>(total[i]) : 0;
    out << fmt::format("  {:12}  {:7}  {:4}  {:4}  {:9.1f} %  {:12}  {}\n", solved[i], o_score[i],
                       o_score[i] - tests[i], tests[i], share, failed[i], ids[i]);
  }
  if (shown < ids.size()) out << fmt::format("  ... and {} more\n", ids.size() - shown);
}

void write_endings(const store::ResultReader& reader, std::ostream& out) {
  const auto meanings =
      calls_table().columns.at(store::Table(calls_table()).index_of("status")).flag_meanings;
  Counts counts(meanings.size(), 0);
  report::for_each_block(reader, kCalls, [&](const store::Table& block, std::uint64_t) {
    for (const std::int8_t status : block.column<std::int8_t>("status"))
      if (const auto i = static_cast<std::size_t>(status); i < counts.size()) ++counts[i];
  });
  out << "\ncalls\n";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) out << fmt::format("  {:15} {}\n", meanings[i], counts[i]);
  }
}

}  // namespace

report::JobReport scoring_report() {
  return {"scoring",
          {},
          write_text,
          write_csv,
          {},
          check_results,
          {.counted = kCandidates,
           .reference = "candidate",
           .common = {kTasks, kSolvers},
           .sums = {{kTasks, "n_candidates_solved"}},
           .runtime = {kRuntimeCalls}},
          layout,
          kCandidates,
          {"tasks_solved", "o_score", "cells_equal"}};
}

report::Layout layout(const store::ResultReader& reader) {
  report::Layout result;
  for (auto& table : {tasks_table(), solvers_table(), candidates_table(), calls_table(),
                      differ_scores_table(), runtime_calls_table()})
    result.add(table);
  if (report::config_value(reader, "store-outputs") == "true") result.add(outputs_table());
  skeleton::add_run_layout(reader, rank_words(), runtime_part_table(), result);
  return result;
}

void write_text(const store::ResultReader& reader, std::ostream& out) {
  for (const auto& spec : {tasks_table(), candidates_table(), calls_table()})
    report::require_table(reader, spec);
  const store::Table tasks = reader.read(kTasks);
  const auto& solved_by = tasks.column<std::uint64_t>("n_candidates_solved");
  const auto solved = std::ranges::count_if(solved_by, [](std::uint64_t n) { return n > 0; });
  out << fmt::format("{:10} {}, {} solved by some candidate\n", "contents",
                     core::counted(solved_by.size(), "task"), solved);
  write_leaders(reader.read(kCandidates), out);
  write_endings(reader, out);
}

void write_csv(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, candidates_table());
  report::write_csv_header(reader.spec(kCandidates), out);
  report::for_each_block(reader, kCandidates, [&](const store::Table& rows, std::uint64_t) {
    report::write_rows(rows, report::ExportFormat::csv, out);
  });
}

}  // namespace gforbit::job_scoring
