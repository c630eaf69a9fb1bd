/// Check of what cycles put out, where the results have it (--sequences).
#pragma once

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::job_cycles {

[[nodiscard]] bool has_sequences(const store::ResultReader& reader);

/// Requires that results/cycles has its columns and is sorted by register. The sequences are walked again,
/// with a quarter of the steps that the effort allows.
void check_sequences(const store::ResultReader& reader, const report::CheckEffort& effort,
                     report::Findings& findings);

}  // namespace gforbit::job_cycles
