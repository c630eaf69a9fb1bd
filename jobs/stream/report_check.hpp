/// The check of a stream result.
#pragma once

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::job_stream {

/// How pipelines ended, against each other, the rows that their sinks wrote, /runtime and the exit status.
/// The values of items are not computed again.
void check_results(const store::ResultReader& reader, const report::CheckEffort& effort,
                   report::Findings& findings);

/// All that a file of the job holds: the tables that the texts of its pipelines name, with the columns they
/// have.
[[nodiscard]] report::Layout layout(const store::ResultReader& reader);

}  // namespace gforbit::job_stream
