#include "scoring/results.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "scoring/tables.hpp"

namespace gforbit::job_scoring {

namespace {

constexpr std::size_t kBlockRows = 1 << 16;

/// List and position of a sample of a task.
struct Place {
  int kind = 0;  ///< 0 demo, 1 test
  std::uint32_t index = 0;
};

Place place(const scoring::Task& task, std::uint32_t sample) {
  const auto demos = static_cast<std::uint32_t>(task.demos.size());
  return sample < demos ? Place{0, sample} : Place{1, sample - demos};
}

std::string definition(const Solver& solver) {
  switch (solver.kind) {
    case SolverKind::program:
      return fmt::format("{}", fmt::join(solver.program.command, " "));
    case SolverKind::enumerate:
      return fmt::format("depth {}", solver.depth);
    default:
      return scoring::composition_text(solver.composition);
  }
}

void write_input(store::ResultWriter& file, const PlanInput& input, const Scores& scores) {
  store::Table tasks(tasks_table()), solvers(solvers_table());
  for (std::size_t i = 0; i < input.tasks.size(); ++i) {
    const scoring::Task& task = input.tasks[i];
    tasks.append(task.id, task.demos.size(), task.tests.size(), scores.solved_by[i]);
  }
  for (const Solver& solver : input.solvers)
    solvers.append(solver.id, static_cast<std::int8_t>(solver.kind), definition(solver));
  file.write(tasks);
  file.write(solvers);
  if (!input.any_choice()) return;
  store::Table choice(solver_tasks_table());
  for (std::uint32_t solver = 0; solver < input.solvers.size(); ++solver) {
    for (std::uint64_t i = 0; i < input.n_tasks(solver); ++i) choice.append(solver, input.task_of(solver, i));
  }
  file.write(choice);
}

void write_candidates(store::ResultWriter& file, const Collected& collected, const Scores& scores) {
  store::Table candidates(candidates_table()), differs(differ_scores_table());
  for (std::size_t row = 0; row < scores.candidates.size(); ++row) {
    const CandidateScore& c = scores.candidates[row];
    candidates.append(c.id, c.solver, c.demo_matches + c.test_matches, c.demo_matches, c.test_matches,
                      c.tasks_solved, c.cells_equal, c.cells_total, c.n_calls, c.n_calls - c.n_outputs);
    const auto found = collected.differs.find({c.solver, c.number});
    for (std::size_t i = 0; i < scoring::kDiffers; ++i) {
      const auto count = found == collected.differs.end() ? scoring::DifferCount{} : found->second[i];
      differs.append(row, static_cast<std::int8_t>(i), count.iz, count.zo, count.n_samples);
    }
  }
  file.write(candidates);
  file.write(differs);
}

void write_calls(store::ResultWriter& file, const PlanInput& input, const Scores& scores) {
  const store::TableSpec spec = calls_table(input.early.any());
  store::TableStream stream = file.open_table(spec);
  store::Table block(spec);
  for (const CallRow& row : scores.rows) {
    const Place at = place(input.tasks[row.task], row.sample);
    block.append(row.task, at.kind, at.index, row.solver, row.candidate, row.attempt, row.status, row.match,
                 row.shape_ok, row.cells_equal, row.cells_total);
    if (block.n_rows() < kBlockRows) continue;
    stream.append(block);
    block = store::Table(spec);
  }
  stream.append(block);
  stream.close();
}

/// Each with the row of its candidate in the table, sorted by this row, task, sample and attempt.
template <class Row>
std::vector<std::pair<std::uint64_t, const Row*>> by_candidate(const std::vector<Row>& all,
                                                               const Scores& scores) {
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> rows;
  for (std::uint64_t i = 0; i < scores.candidates.size(); ++i)
    rows[{scores.candidates[i].solver, scores.candidates[i].number}] = i;
  std::vector<std::pair<std::uint64_t, const Row*>> sorted;
  for (const Row& row : all) sorted.emplace_back(rows.at({row.solver, row.candidate}), &row);
  std::ranges::sort(sorted, {}, [](const auto& s) {
    const auto& [candidate, row] = s;
    return std::tuple(candidate, row->task, row->sample, row->attempt);
  });
  return sorted;
}

void write_outputs(store::ResultWriter& file, const PlanInput& input, const Collected& collected,
                   const Scores& scores) {
  store::Table table(outputs_table());
  for (const auto& [candidate, output] : by_candidate(collected.outputs, scores)) {
    const Place at = place(input.tasks[output->task], output->sample);
    table.append(output->task, at.kind, at.index, candidate, output->attempt, output->grid);
  }
  file.write(table);
}

void write_call_facts(store::ResultWriter& file, const PlanInput& input, const Collected& collected) {
  std::vector<const CallFacts*> sorted;
  for (const CallFacts& facts : collected.facts) sorted.push_back(&facts);
  std::ranges::sort(sorted, {}, [](const CallFacts* f) { return std::tuple(f->solver, f->task, f->sample); });
  store::Table table(runtime_calls_table());
  for (const CallFacts* const f : sorted) {
    const Place at = place(input.tasks[f->task], f->sample);
    table.append(f->task, at.kind, at.index, f->solver, f->wall_s, f->cpu_s, f->peak_memory, f->retries,
                 f->code, f->message, f->stderr_tail);
  }
  file.write(table);
}

/// What a later run needs to take these calls (--reuse).
void write_identities(store::ResultWriter& file, const PlanInput& input) {
  store::Table tasks(runtime_tasks_table()), solvers(runtime_solvers_table());
  for (const std::string& digest : input.task_identities) tasks.append(digest);
  for (const SolverIdentity& solver : input.solver_identities) {
    const solvers::Limits& limits = solver.limits;
    solvers.append(solver.digest, limits.wall_s, limits.cpu_s, limits.memory, limits.processes, solver.size);
  }
  file.write(tasks);
  file.write(solvers);
}

void write_call_differs(store::ResultWriter& file, const PlanInput& input, const Collected& collected,
                        const Scores& scores) {
  store::Table table(runtime_differs_table());
  for (const auto& [candidate, differs] : by_candidate(collected.call_differs, scores)) {
    const Place at = place(input.tasks[differs->task], differs->sample);
    table.append(candidate, differs->task, at.kind, at.index, differs->iz);
  }
  file.write(table);
}

}  // namespace

launch::RankWords rank_words() {
  return {{"units", "bundles of work done", "", store::ColumnType::uint64},
          {"calls", "calls made", "", store::ColumnType::uint64},
          "time at work; waiting for solvers is none"};
}

void write_tables(store::ResultWriter& file, const PlanInput& input, const Collected& collected,
                  bool store_outputs) {
  const Scores scores = score(input, collected);
  write_input(file, input, scores);
  write_candidates(file, collected, scores);
  write_calls(file, input, scores);
  if (store_outputs) write_outputs(file, input, collected, scores);
  write_call_facts(file, input, collected);
  write_identities(file, input);
  write_call_differs(file, input, collected, scores);
}

void write_part(store::ResultWriter& file, const PlanInput& input) {
  store::Table table(runtime_part_table());
  for (const CandidateRange& range : input.candidates) table.append(range.begin, range.size());
  file.write(table);
}

}  // namespace gforbit::job_scoring
