/// Check of what /runtime says of registers, and of the exit status, against the results.
#pragma once

#include <string>
#include <vector>

#include "cycles/report_register.hpp"
#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::job_cycles {

/// Columns of runtime/partial/registers that the first files of schema 1.0 do not have.
[[nodiscard]] std::vector<std::string> newer_partial_columns();

/// Requires that the tables under /results have their columns.
void check_runtime(const store::ResultReader& reader, const RunOptions& options, report::Findings& findings);

/// Rows of a period distribution: sorted by (register, period), registers exist, counts positive and equal to
/// their exact twins.
/// @return whether all are
bool check_distribution_rows(const store::ResultReader& reader, const char* table, std::uint64_t n_registers,
                             report::Findings& findings);

}  // namespace gforbit::job_cycles
