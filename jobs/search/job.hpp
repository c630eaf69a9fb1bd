/// The job type `gforbit search`.
#pragma once

#include "skeleton/job.hpp"

namespace gforbit::job_search {

[[nodiscard]] skeleton::JobType search_job();

}  // namespace gforbit::job_search
