/// When a run ends before its work does: a signal, or the wall limit. Conditions are polled between
/// slices; signal handlers only count.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "gforbit/sys/clock.hpp"
#include "gforbit/sys/job_end.hpp"
#include "gforbit/sys/signals.hpp"

namespace gforbit::launch {

/// When a job must have ended, and where that limit comes from.
struct WallLimit {
  sys::Deadline deadline;
  std::string source;  ///< "--wall-limit", "SLURM_JOB_END_TIME", "squeue"; empty: none
};

/// --wall-limit counts from `start`; without it the end of the batch job counts, less a while in which the
/// script can put itself back in the queue.
/// @param given  0: no limit
[[nodiscard]] WallLimit wall_limit(std::optional<std::chrono::milliseconds> given,
                                   const std::optional<sys::JobEnd>& job_end, const sys::Moment& start);

/// The conditions of one run on rank 0.
class Stopping {
 public:
  Stopping(const sys::SignalGuard& signals, WallLimit limit) : signals_(signals), limit_(std::move(limit)) {}

  /// Why the run must stop ("SIGUSR1", "the wall limit"); nullopt while it need not.
  /// @param margin  time that saving and stopping takes
  [[nodiscard]] std::optional<std::string> reason(sys::SteadyTime now, sys::Seconds margin) const;
  /// The wall limit is at most `margin` away.
  [[nodiscard]] bool is_near(sys::SteadyTime now, sys::Seconds margin) const;
  /// True once for each SIGUSR2 since the last call (or several).
  [[nodiscard]] bool take_checkpoint_request();
  [[nodiscard]] const WallLimit& limit() const noexcept { return limit_; }

 private:
  const sys::SignalGuard& signals_;
  WallLimit limit_;
  int answered_ = 0;
};

/// Ends the process at once (exit 75), whatever it is doing, when a stop signal comes that would not be
/// answered: the first one while there is no work that could be saved (input is read, a checkpoint is
/// restored), the second one afterwards. One stop may reach a process several times within milliseconds,
/// because launchers pass on what batch systems send to all processes: what comes within half a second of the
/// first is the first. It has a thread of its own, so it may not speak MPI (MPI_THREAD_FUNNELED): the
/// launcher sees the exit status of rank 0; other ranks that still have no work half a second after a signal
/// follow it, so that srun reports 75 and not how it ended them.
class ExitOnSignal {
 public:
  /// @param leads  rank 0: says so on stderr, and decides for all ranks before they work
  ExitOnSignal(const sys::SignalGuard& signals, bool leads);

  /// From now on the run itself answers the first signal. Any thread.
  void work_begins() noexcept { at_work_ = true; }

 private:
  void watch(const std::stop_token& stop, const sys::SignalGuard& signals, bool leads);

  std::atomic<bool> at_work_ = false;
  std::jthread thread_;
};

}  // namespace gforbit::launch
