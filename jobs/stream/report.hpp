/// Summary and check of results of the stream job.
#pragma once

#include "gforbit/report/job_report.hpp"

namespace gforbit::job_stream {

/// Text: how the pipelines ended, the tables and their rows, the terms that worked most. Check: see
/// report_check.hpp.
[[nodiscard]] report::JobReport stream_report();

}  // namespace gforbit::job_stream
