/// What summary, check and merge say of a search.
#pragma once

#include "gforbit/report/job_report.hpp"

namespace gforbit::job_search {

[[nodiscard]] report::JobReport search_report();

}  // namespace gforbit::job_search
