/// `gforbit scoring` on rank 0: from options to the published file.
#pragma once

#include "gforbit/core/error.hpp"
#include "gforbit/solvers/helper.hpp"
#include "launch/process.hpp"
#include "scoring/options.hpp"

namespace gforbit::job_scoring {

/// @param helper  of this rank
/// @throws core::Error  options, input, output: before any work; environment
[[nodiscard]] core::ExitStatus run_scoring(const ScoringOptions& options, solvers::Helper& helper,
                                           const launch::RunContext& context);

}  // namespace gforbit::job_scoring
