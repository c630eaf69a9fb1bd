/// `gforbit stream` on rank 0: from options to the published file.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "launch/process.hpp"
#include "stream/options.hpp"

namespace gforbit::job_stream {

/// What the composition knows and the job does not.
struct RunContext {
  const launch::World& world;
  std::vector<std::string> argv;
  std::ostream& results;   ///< stdout: what print writes, the plan of a dry run
  std::ostream& messages;  ///< stderr: log and progress
  bool messages_on_terminal = false;
};

/// @throws core::Error  options, input, output: before any work; environment
[[nodiscard]] core::ExitStatus run_stream(const StreamOptions& options, const RunContext& context);

}  // namespace gforbit::job_stream
