/// The job type `gforbit stream`.
#pragma once

#include "skeleton/job.hpp"

namespace gforbit::job_stream {

[[nodiscard]] skeleton::JobType stream_job();

}  // namespace gforbit::job_stream
