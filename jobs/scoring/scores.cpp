#include "scoring/scores.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace gforbit::job_scoring {

namespace {

/// The candidates of one solver in the order of the table.
void append_candidates(const Solver& solver, std::uint32_t row, const CandidateRange& range,
                       const std::vector<std::string>& names, bool itself, std::vector<CandidateScore>& to) {
  if (range.size() == 0) return;  // of another part
  if (solver.kind == SolverKind::enumerate) {
    for (std::uint64_t i = range.begin; i < range.end; ++i)
      to.push_back({solver.id + '/' + scoring::composition_text(scoring::composition_at(i)), row, i});
    return;
  }
  if (itself) to.push_back({solver.id, row, 0});
  std::vector<std::pair<std::string, std::uint64_t>> sorted;
  for (std::size_t i = 0; i < names.size(); ++i) sorted.emplace_back(names[i], i + 1);
  std::ranges::sort(sorted);
  for (const auto& [name, number] : sorted) to.push_back({solver.id + '/' + name, row, number});
}

void count_task(const scoring::Task& task, std::span<const CallRow> rows, CandidateScore& candidate,
                std::uint64_t& solved_by) {
  std::uint64_t tests = 0;
  for (auto row = rows.begin(); row != rows.end();) {
    const auto end = std::find_if(row, rows.end(), [&](const CallRow& r) { return r.sample != row->sample; });
    const bool matched = std::any_of(row, end, [](const CallRow& r) { return r.match == 1; });
    if (task.is_demo(row->sample)) {
      candidate.demo_matches += matched ? 1 : 0;
    } else {
      tests += matched ? 1 : 0;
    }
    candidate.n_calls += row->status == CallStatus::skipped ? 0 : 1;
    candidate.n_outputs += row->attempt > 0 ? 1 : 0;
    candidate.cells_equal += std::max_element(row, end, [](const CallRow& a, const CallRow& b) {
                               return a.cells_equal < b.cells_equal;
                             })->cells_equal;
    row = end;
  }
  candidate.test_matches += tests;
  const bool solved = !task.tests.empty() && tests == task.tests.size();
  candidate.tasks_solved += solved ? 1 : 0;
  solved_by += solved ? 1 : 0;
}

/// Cells of the expected outputs, by task.
std::vector<std::uint64_t> cells_of(const std::vector<scoring::Task>& tasks) {
  std::vector<std::uint64_t> cells(tasks.size(), 0);
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    for (std::size_t i = 0; i < tasks[t].n_samples(); ++i)
      cells[t] += tasks[t].sample(i).output ? tasks[t].sample(i).output->size() : 0;
  }
  return cells;
}

}  // namespace

Scores score(const PlanInput& input, const Collected& collected) {
  Scores scores;
  scores.rows = collected.rows;
  scores.solved_by.resize(input.tasks.size(), 0);
  const std::vector<std::uint64_t> cells = cells_of(input.tasks);
  const std::uint64_t all_cells = std::accumulate(cells.begin(), cells.end(), std::uint64_t{0});
  // Programs whose outputs all have names are no candidates themselves.
  std::vector<char> itself(input.solvers.size(), 0);
  for (std::size_t i = 0; i < itself.size(); ++i) itself[i] = collected.names[i].empty() ? 1 : 0;
  for (const CallRow& row : scores.rows) {
    if (row.candidate == 0) itself[row.solver] = 1;
  }
  std::vector<std::vector<std::uint64_t>> place(input.solvers.size());  // by solver and number
  for (std::uint32_t i = 0; i < input.solvers.size(); ++i) {
    const std::size_t before = scores.candidates.size();
    append_candidates(input.solvers[i], i, input.candidates[i], collected.names[i], itself[i] != 0,
                      scores.candidates);
    std::uint64_t cells_total = input.has_choice(i) ? 0 : all_cells;
    for (const std::uint32_t task : input.chosen[i]) cells_total += cells[task];
    for (std::size_t c = before; c < scores.candidates.size(); ++c) {
      scores.candidates[c].cells_total = cells_total;
      const std::uint64_t number = scores.candidates[c].number - input.candidates[i].begin;
      if (place[i].size() <= number) place[i].resize(number + 1);
      place[i][number] = c;
    }
  }
  for (CallRow& row : scores.rows)
    row.candidate = place[row.solver].at(row.candidate - input.candidates[row.solver].begin);
  std::ranges::sort(scores.rows, {},
                    [](const CallRow& r) { return std::tuple(r.candidate, r.task, r.sample, r.attempt); });
  for (auto row = scores.rows.begin(); row != scores.rows.end();) {
    const auto end = std::find_if(row, scores.rows.end(), [&](const CallRow& r) {
      return r.candidate != row->candidate || r.task != row->task;
    });
    count_task(input.tasks[row->task], {row, end}, scores.candidates[row->candidate],
               scores.solved_by[row->task]);
    row = end;
  }
  // A call counts for all candidates of a program, whatever it reported.
  for (CandidateScore& candidate : scores.candidates) {
    if (is_program(input.solvers[candidate.solver]))
      candidate.n_calls = collected.samples_done[candidate.solver];
  }
  return scores;
}

}  // namespace gforbit::job_scoring
