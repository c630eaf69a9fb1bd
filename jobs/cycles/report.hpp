/// Summary and check of results of the cycles job.
#pragma once

#include <ostream>

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::job_cycles {

/// All of the following, for report::summarize and report::check.
[[nodiscard]] report::JobReport cycles_report();

/// `"registers": [{...}, ...]`: the columns of results/registers, those of LinearReport::with_facts() and
/// each register's period_distribution.
void write_json_members(const store::ResultReader& reader, std::ostream& out);

/// results/registers with the columns of LinearReport::with_facts() behind its own.
void write_csv(const store::ResultReader& reader, std::ostream& out);

/// A block a register, or from kMaxBlocks registers on one line a register; then every row that did not
/// complete.
void write_text(const store::ResultReader& reader, std::ostream& out);
inline constexpr std::uint64_t kMaxBlocks = 10;

/// A table of the registers, then for each the polynomials, the matrix and the factors of a linear one and a
/// table of its periods, for \usepackage{booktabs,longtable}.
void write_latex(const store::ResultReader& reader, std::ostream& out);

/// The mathematics of the tables: sums, orders, twins of columns, fill values, feedback texts, factors;
/// registers computed again and cycles walked with the scalar step as far as `effort` goes; /runtime against
/// the results.
void check_results(const store::ResultReader& reader, const report::CheckEffort& effort,
                   report::Findings& findings);

/// All that a file of the job holds.
[[nodiscard]] report::Layout layout(const store::ResultReader& reader);

}  // namespace gforbit::job_cycles
