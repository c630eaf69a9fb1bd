/// The job type `toy collatz` of docs/adding-a-job.md.
#pragma once

#include "skeleton/job.hpp"

namespace gforbit::toy_job {

[[nodiscard]] skeleton::JobType collatz_job();

}  // namespace gforbit::toy_job
