/// Check of basins and transient lengths, where the results have them (--basins).
#pragma once

#include "gforbit/report/job_report.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::job_cycles {

/// Whether the results have basins (--basins).
[[nodiscard]] bool has_basins(const store::ResultReader& reader);

/// Requires that the tables under /results have their columns and are sorted by register. Small registers are
/// searched again, with a quarter of the steps that the effort allows.
void check_basins(const store::ResultReader& reader, const report::CheckEffort& effort,
                  report::Findings& findings);

}  // namespace gforbit::job_cycles
