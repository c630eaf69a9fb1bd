/// The lifecycle of a run on rank 0, the same for every job: read the input, claim the output, restore a
/// checkpoint, work, publish, say what came of it.
#pragma once

#include "gforbit/core/error.hpp"
#include "launch/process.hpp"
#include "skeleton/job.hpp"

namespace gforbit::skeleton {

/// @throws core::Error  options, input, output: before any work; environment
[[nodiscard]] core::ExitStatus lead(const JobType& type, const JobProcess& process,
                                    const launch::RunContext& context);

}  // namespace gforbit::skeleton
