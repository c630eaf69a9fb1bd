/// `gforbit stream` on rank 0: from options to the published file.
#pragma once

#include "gforbit/core/error.hpp"
#include "launch/process.hpp"
#include "stream/options.hpp"

namespace gforbit::job_stream {

/// @throws core::Error  options, input, output: before any work; environment
[[nodiscard]] core::ExitStatus run_stream(const StreamOptions& options, const launch::RunContext& context);

}  // namespace gforbit::job_stream
