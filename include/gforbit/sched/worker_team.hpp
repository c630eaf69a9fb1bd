/// The worker team of a rank: one persistent OpenMP team that works on units until rank 0 sends `finish`.
///
/// There is one parallel region for the whole job. The main thread (thread 0, which initialized MPI) also
/// exchanges messages with rank 0 between slices of its own work, so a message waits for milliseconds at
/// most. The other threads take slices of the oldest unit and sleep on a condition variable when there is
/// none; the main thread then polls with a growing sleep of at most a millisecond. The rank requests its next
/// unit before the current one is exhausted.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "gforbit/sched/busy_timeline.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/transport.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::sched {

/// What one thread did; times in seconds. `thread_id` is that of the operating system.
struct ThreadReport {
  std::uint64_t thread_id = 0;
  std::uint64_t slices = 0;
  double busy_s = 0;
  double waiting_s = 0;
  double communicating_s = 0;  ///< main thread only
  BusyTimeline timeline;       ///< when it worked

  [[nodiscard]] double busy_share() const noexcept {
    const double all = busy_s + waiting_s + communicating_s;
    return all > 0 ? busy_s / all : 0;
  }
};

struct WorkerTeamReport {
  std::uint64_t units = 0;
  std::vector<ThreadReport> threads;
};

/// From this number of ranks on, the main thread of rank 0 only answers messages, if its team has other
/// threads.
inline constexpr int kManyRanks = 512;

/// Works until the finish message comes. Call it once a process (per rank).
/// @param coordinator  rank 0's, else nullptr
/// @param idle         called by the main thread at least ten times a second: progress, signals
/// An exception of a slice becomes the `failed` result of its unit. An exception of the engine or the
/// transport stops the team and is rethrown here.
[[nodiscard]] WorkerTeamReport run_worker_team(Transport& transport, Executor& executor, int threads,
                                               Coordinator* coordinator,
                                               const std::function<void()>& idle = {});

}  // namespace gforbit::sched
