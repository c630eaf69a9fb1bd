/// Facts about the machine and the batch system that every result file names.
#pragma once

#include <string>

namespace gforbit::sys {

/// The processor's name as the kernel tells it ("AMD EPYC"); "unknown" where it does not.
[[nodiscard]] std::string cpu_model();

/// SLURM_JOB_ID, with the array's job and task where there is one ("123_4"); empty outside Slurm.
[[nodiscard]] std::string slurm_job_id();

}  // namespace gforbit::sys
