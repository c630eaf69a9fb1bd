/// The tables of the scoring job. The long names are the documentation that travels in every file; the order
/// of columns is part of the contract.
#pragma once

#include "gforbit/store/table.hpp"

namespace gforbit::job_scoring {

inline constexpr const char* kTasks = "results/tasks";
inline constexpr const char* kSolvers = "results/solvers";
inline constexpr const char* kSolverTasks = "results/solver_tasks";
inline constexpr const char* kCandidates = "results/candidates";
inline constexpr const char* kCalls = "results/calls";
inline constexpr const char* kDifferScores = "results/differ_scores";
inline constexpr const char* kOutputs = "results/outputs";
inline constexpr const char* kRuntimeCalls = "runtime/calls";
inline constexpr const char* kRuntimeTasks = "runtime/tasks";
inline constexpr const char* kRuntimeSolvers = "runtime/solvers";
inline constexpr const char* kRuntimeDiffers = "runtime/differs";
/// Attribute of /runtime.
inline constexpr const char* kReusedCalls = "reused_calls";

[[nodiscard]] store::TableSpec tasks_table();
[[nodiscard]] store::TableSpec solvers_table();
/// One row a solver and a task that it is called on; only where a solver has the key `tasks`.
[[nodiscard]] store::TableSpec solver_tasks_table();
/// By solver; of a program the solver itself first, then the names it reported in alphabetical order.
[[nodiscard]] store::TableSpec candidates_table();
/// Sorted by candidate, task, sample_kind, sample, attempt.
/// @param with_skipped  of a run with --end-early: `status` has one category more
[[nodiscard]] store::TableSpec calls_table(bool with_skipped);
/// Five rows a candidate.
[[nodiscard]] store::TableSpec differ_scores_table();
/// Sorted as the calls they belong to.
[[nodiscard]] store::TableSpec outputs_table();
/// One row a call of a program.
[[nodiscard]] store::TableSpec runtime_calls_table();
// What --reuse needs to know of a run.
[[nodiscard]] store::TableSpec runtime_tasks_table();
/// @param with_size  files of earlier versions have no sizes
[[nodiscard]] store::TableSpec runtime_solvers_table(bool with_size = true);
/// Sorted by candidate, task, sample_kind, sample.
[[nodiscard]] store::TableSpec runtime_differs_table();
/// One row a solver, of a run of a part of a batch (--part).
[[nodiscard]] store::TableSpec runtime_part_table();

}  // namespace gforbit::job_scoring
