/// Parts of the check that concern every job. Private to the module.
#pragma once

#include "gforbit/report/job_report.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::report {

/// The tables and attributes of /runtime of a run, against each other. Requires that they are as the layout
/// says.
/// @throws core::InputError  the file cannot be read
void check_run(const store::ResultReader& reader, Findings& findings);

}  // namespace gforbit::report
