/// The job type `gforbit cycles`.
#pragma once

#include "skeleton/job.hpp"

namespace gforbit::job_cycles {

[[nodiscard]] skeleton::JobType cycles_job();

}  // namespace gforbit::job_cycles
