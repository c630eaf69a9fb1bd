/// One process of a job: with MPI under a launcher, without it otherwise; rank 0 leads, the others serve.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/sched/work.hpp"
#include "gforbit/sys/job_end.hpp"
#include "gforbit/sys/launcher.hpp"
#include "gforbit/sys/signals.hpp"
#include "launch/ranks.hpp"

namespace gforbit::launch {

/// What rank 0 gets to lead a job.
struct World {
  Ranks& ranks;
  const sys::Launcher& launcher;
  std::string mpi;  ///< library version; "none" without a launcher
  const sys::SignalGuard& signals;
  const std::optional<sys::JobEnd>& job_end;  ///< as the batch system announces it
  /// To be called when there is something to save, at the latest before any work: from then on the job
  /// answers the first stop signal.
  std::function<void()> answer_signals;
};

/// What a job gets besides its options.
struct RunContext {
  const World& world;
  std::vector<std::string> argv;
  std::ostream& results;   ///< stdout: the plan of a dry run, what a stream prints
  std::ostream& messages;  ///< stderr: log and progress
  bool messages_on_terminal = false;
};

/// Does the job; rank 0 only. An error may be thrown at any time.
using Lead = std::function<core::ExitStatus(const World&)>;
/// The executor of a rank that serves, by the job's name.
using MakeExecutor = std::function<std::unique_ptr<sched::Executor>(const std::string& job)>;
/// Called while an exception is being handled: says what it means on stderr and returns its exit status.
using Explain = std::function<core::ExitStatus()>;

/// Runs `lead` on rank 0 and serves it on the others; all return the same status. Stop signals are counted on
/// all ranks and answered by `lead` while it works; the first one before that and the second one end each
/// process at once.
/// @param messages  stderr, for what must be said before the process is aborted
/// @throws core::EnvironmentError when the launcher and the MPI world do not agree; without MPI also what
///         `lead` throws while it works. With MPI such an error ends all ranks at once (MPI_Abort). Every
///         other error of `lead` is explained once, on rank 0, and becomes the status of all ranks.
[[nodiscard]] core::ExitStatus run_process(const Lead& lead, const MakeExecutor& make_executor,
                                           const Explain& explain, std::ostream& messages);

}  // namespace gforbit::launch
