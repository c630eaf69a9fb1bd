/// `gforbit cycles` on rank 0: from options to the published file.
#pragma once

#include "cycles/options.hpp"
#include "gforbit/core/error.hpp"
#include "launch/process.hpp"

namespace gforbit::job_cycles {

/// @throws core::Error  options, input, output: before any work; environment
[[nodiscard]] core::ExitStatus run_cycles(const CyclesOptions& options, const launch::RunContext& context);

}  // namespace gforbit::job_cycles
