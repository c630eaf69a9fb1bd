/// The job type `gforbit scoring`.
#pragma once

#include "skeleton/job.hpp"

namespace gforbit::job_scoring {

[[nodiscard]] skeleton::JobType scoring_job();

}  // namespace gforbit::job_scoring
