#include "scoring/tables.hpp"

#include "launch/run_record.hpp"

#include "gforbit/scoring/differs.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

using store::ColumnSpec;
using store::ColumnType;
using store::TableSpec;

namespace {

ColumnSpec task_column() {
  return {"task", "row in results/tasks", "", ColumnType::uint64};
}
ColumnSpec kind_column() {
  return {"sample_kind", "list of the task that the sample is in", "", ColumnType::int8, {"demo", "test"}};
}
ColumnSpec sample_column() {
  return {"sample", "position in that list, from 0", "", ColumnType::int32};
}
ColumnSpec solver_column() {
  return {"solver", "row in results/solvers", "", ColumnType::uint64};
}
ColumnSpec candidate_column() {
  return {"candidate", "row in results/candidates", "", ColumnType::uint64};
}
ColumnSpec attempt_column() {
  return {"attempt", "number of the output among those of its candidate, from 1 (0: no output)", "",
          ColumnType::int32};
}

}  // namespace

TableSpec tasks_table() {
  return {kTasks,
          "Tasks in input order",
          {
              {"id", "name of the file without its ending", "", ColumnType::fixed_text},
              {"n_demo", "demo samples", "", ColumnType::uint64},
              {"n_test", "test samples", "", ColumnType::uint64},
              {"n_candidates_solved", "candidates that match all test samples (at least one)", "",
               ColumnType::uint64},
          }};
}

TableSpec solvers_table() {
  return {kSolvers,
          "Solvers in input order",
          {
              {"id", "name of the solver", "", ColumnType::fixed_text},
              {"kind",
               "what the solver is",
               "",
               ColumnType::int8,
               {"program", "builtin", "compose", "enumerate"}},
              {"definition", "command, composition, or depth of the enumeration", "", ColumnType::text},
          }};
}

TableSpec solver_tasks_table() {
  return {kSolverTasks,
          "Tasks that each solver is called on, sorted by solver and task",
          {
              solver_column(),
              task_column(),
          }};
}

TableSpec candidates_table() {
  return {
      kCandidates,
      "Candidates: the solvers, the compositions of enumerations, and the names that programs reported",
      {
          {"id", "solver, or solver/candidate", "", ColumnType::fixed_text},
          solver_column(),
          {"o_score", "samples matched, demo and test", "", ColumnType::uint64},
          {"demo_matches", "demo samples matched", "", ColumnType::uint64},
          {"test_matches", "test samples matched", "", ColumnType::uint64},
          {"tasks_solved", "tasks of which all test samples (at least one) are matched", "",
           ColumnType::uint64},
          {"cells_equal", "equal cells of the best attempt, over all scored samples", "cells",
           ColumnType::uint64},
          {"cells_total", "cells of the expected outputs of all scored samples", "cells", ColumnType::uint64},
          {"n_calls", "calls of the solver", "", ColumnType::uint64},
          {"n_failed_calls", "calls without an output of this candidate", "", ColumnType::uint64},
      }};
}

TableSpec calls_table(bool with_skipped) {
  return {kCalls,
          "Outputs of all calls, and calls without any, sorted by candidate, task, sample, attempt",
          {
              task_column(),
              kind_column(),
              sample_column(),
              solver_column(),
              candidate_column(),
              attempt_column(),
              {"status",
               "what became of the call; produced: an output where the task has none to compare with",
               "",
               ColumnType::int8,
               {kStatusNames.begin(), kStatusNames.end() - (with_skipped ? 0 : 1)}},
              {"match", "1: the output is the expected one (-1: nothing is expected)", "", ColumnType::int8},
              {"shape_ok", "1: it has the expected rows and columns (-1: nothing is expected)", "",
               ColumnType::int8},
              {"cells_equal", "equal cells (0 where the shape is wrong)", "cells", ColumnType::uint64},
              {"cells_total", "cells of the expected output (0: nothing is expected)", "cells",
               ColumnType::uint64},
          }};
}

TableSpec differ_scores_table() {
  return {kDifferScores,
          "What candidates change rightly, by kind of feature; first attempts of scored samples",
          {
              candidate_column(),
              {"differ",
               "features that are counted",
               "",
               ColumnType::int8,
               {scoring::kDifferNames.begin(), scoring::kDifferNames.end()}},
              {"iz", "sum of (the input lacks features of this kind) + (the output lacks none)", "",
               ColumnType::uint64},
              {"zo", "sum of (the input lacks none) + (the output lacks some)", "", ColumnType::uint64},
              {"n_samples", "samples with an output of the candidate and an expected one", "",
               ColumnType::uint64},
          }};
}

TableSpec outputs_table() {
  return {kOutputs,
          "Outputs, sorted as results/calls",
          {
              task_column(),
              kind_column(),
              sample_column(),
              candidate_column(),
              attempt_column(),
              {"output", "the grid, a JSON list of rows", "", ColumnType::text},
          }};
}

TableSpec runtime_calls_table() {
  return {kRuntimeCalls,
          "What each call of a solver program took",
          {
              task_column(),
              kind_column(),
              sample_column(),
              solver_column(),
              {"wall_s", "wall time", "s", ColumnType::float64},
              {"cpu_s", "CPU time of all processes of the call", "s", ColumnType::float64},
              {"peak_memory", "largest resident memory of all processes together (0: too short to see)",
               "bytes", ColumnType::uint64},
              {"retries", "earlier attempts of the call that did not count", "", ColumnType::int32},
              {"code", "signal of crashed, exit status of exited, else 0", "", ColumnType::int32},
              {"message", "why there is no output (empty: nothing to say)", "", ColumnType::text},
              {"stderr_tail",
               "end of what the solver wrote to standard error during the call: 4096 bytes, 256 where it had "
               "an output",
               "", ColumnType::text},
          }};
}

TableSpec runtime_tasks_table() {
  return {kRuntimeTasks,
          "What tells tasks from those of other runs, one row a task as in results/tasks",
          {
              {"digest", "SHA-256 of the samples", "", ColumnType::fixed_text},
          }};
}

TableSpec runtime_solvers_table(bool with_size) {
  TableSpec spec{
      kRuntimeSolvers,
      "What tells solvers from those of other runs, one row a solver as in results/solvers",
      {
          {"digest",
           "SHA-256 of definition, files that the command names, and options that decide about outputs "
           "(empty: no program)",
           "", ColumnType::fixed_text},
          {"timeout_s", "limit of the wall time of a call (0: none)", "s", ColumnType::float64},
          {"cpu_timeout_s", "limit of the CPU time of a call (0: none)", "s", ColumnType::float64},
          {"memory", "limit of resident memory that was given (0: none was)", "bytes", ColumnType::uint64},
          {"processes", "limit of processes at the same time (0: none)", "", ColumnType::uint64},
          {"size",
           "key 'size' of the solver, else bytes of the source files that its command names (-1: not known)",
           "", ColumnType::int64},
      }};
  if (!with_size) spec.columns.pop_back();
  return spec;
}

TableSpec runtime_differs_table() {
  return {kRuntimeDiffers,
          "What first outputs of programs add to results/differ_scores",
          {
              candidate_column(),
              task_column(),
              kind_column(),
              sample_column(),
              {"iz",
               "iz of the output for each differ, 0 to 2, as digits to base 3, palette lowest; zo is 2 - iz",
               "", ColumnType::int32},
          }};
}

TableSpec runtime_part_table() {
  return {launch::kRuntimePart,
          "Candidates of this part of a batch, one row a solver as in results/solvers",
          {
              {"first_candidate", "the first one: of an enumeration its first composition, else 0", "",
               ColumnType::uint64},
              {"n_candidates", "how many, as far as they are known beforehand (0: another part has them)", "",
               ColumnType::uint64},
          }};
}

}  // namespace gforbit::job_scoring
