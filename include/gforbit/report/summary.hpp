/// `gforbit summary`: print a result file as text, JSON, CSV or LaTeX.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string_view>

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::report {

enum class SummaryFormat { text, json, csv, latex };

/// @throws core::UsageError  another name than text, json, csv, latex
[[nodiscard]] SummaryFormat summary_format(std::string_view name);

/// Writes the summary. Memory is a few blocks of rows.
/// @throws core::InputError  the file lacks what its job must have;  core::OutputError  `out` does not take
/// it;
///         core::UsageError  the job of the file has no such format
void summarize(const store::ResultReader& reader, SummaryFormat format, std::span<const JobReport> reports,
               std::ostream& out);

/// Members of the summary object: every result table as a list of objects. Tables with more rows than
/// `most_rows` are only counted, in the member `left_out`.
void write_tables_json(const store::ResultReader& reader, std::uint64_t most_rows, std::ostream& out);

/// Writes the digest of /results, recomputed, and a line feed. Cost: reads all results.
void write_digest(const store::ResultReader& reader, std::ostream& out);

}  // namespace gforbit::report
