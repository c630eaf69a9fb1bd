/// `gforbit cycles` on rank 0: from options to the published file.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cycles/options.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/sys/job_end.hpp"
#include "gforbit/sys/launcher.hpp"
#include "gforbit/sys/signals.hpp"
#include "launch/ranks.hpp"

namespace gforbit::job_cycles {

/// What the composition knows and the job does not.
struct RunContext {
  launch::Ranks& ranks;
  const sys::Launcher& launcher;
  std::string mpi;  ///< library version; "none" without a launcher
  const sys::SignalGuard& signals;
  const std::optional<sys::JobEnd>& job_end;
  std::vector<std::string> argv;
  std::ostream& results;   ///< stdout: the plan of a dry run
  std::ostream& messages;  ///< stderr: log and progress
  bool messages_on_terminal = false;
};

/// @throws core::Error  options, input, output: before any work; environment
[[nodiscard]] core::ExitStatus run_cycles(const CyclesOptions& options, const RunContext& context);

}  // namespace gforbit::job_cycles
