/// Summary and check of results of the scoring job.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <vector>

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/table.hpp"
#include "scoring/failures.hpp"

namespace gforbit::job_scoring {

/// All of the following, for report::summarize and report::check.
[[nodiscard]] report::JobReport scoring_report();

/// The table of calls as the file should have it.
[[nodiscard]] store::TableSpec calls_table(const store::ResultReader& reader);

/// The same of solvers.
[[nodiscard]] store::TableSpec runtime_solvers_table(const store::ResultReader& reader);

/// Calls that were taken from an earlier run; nullopt: the file does not say.
[[nodiscard]] std::optional<std::int64_t> reused_calls(const store::ResultReader& reader);

/// How the rows of each solver ended.
[[nodiscard]] std::vector<SolverEnds> solver_ends(const store::ResultReader& reader);

/// The leaderboard: the best candidates first; then how calls ended, and the solvers that failed most.
void write_text(const store::ResultReader& reader, std::ostream& out);
inline constexpr std::size_t kLeaders = 20;

/// The result tables as lists of objects; of larger ones only the number of rows, in `left_out`.
void write_json_members(const store::ResultReader& reader, std::ostream& out);
inline constexpr std::uint64_t kMostJsonRows = 100'000;

/// results/candidates.
void write_csv(const store::ResultReader& reader, std::ostream& out);

/// For each task the candidate that got most of it right: solved it, matched most samples, has most equal
/// cells; then the one that matched most samples of all tasks.
[[nodiscard]] store::Table best_candidates(const store::ResultReader& reader);

/// The leaderboard.
void write_latex(const store::ResultReader& reader, std::ostream& out);

/// Every count of the other tables anew from results/calls; names, outputs, /runtime and the exit status.
void check_results(const store::ResultReader& reader, const report::CheckEffort& effort,
                   report::Findings& findings);

/// All that a file of the job holds.
[[nodiscard]] report::Layout layout(const store::ResultReader& reader);

}  // namespace gforbit::job_scoring
