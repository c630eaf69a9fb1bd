/// A rank's half of the engine: one persistent OpenMP team that works on units until rank 0 says finish.
///
/// There is one parallel region for the whole job. Thread 0, the one that initialised MPI, also speaks to the
/// other ranks between slices of its own work, so nothing but slices of milliseconds keeps a message waiting.
/// The other threads take slices of whatever unit is oldest and sleep on a condition variable when there is
/// none; thread 0 then polls with a growing sleep of at most a millisecond. The rank asks for its next unit
/// before the current one is used up.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "gforbit/sched/busy_timeline.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/transport.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::sched {

/// What one thread did, in seconds. thread_id is the operating system's.
struct ThreadReport {
  std::uint64_t thread_id = 0;
  std::uint64_t slices = 0;
  double busy_s = 0;
  double waiting_s = 0;
  double communicating_s = 0;  ///< thread 0 only
  BusyTimeline timeline;       ///< when it was at work

  [[nodiscard]] double busy_share() const noexcept {
    const double all = busy_s + waiting_s + communicating_s;
    return all > 0 ? busy_s / all : 0;
  }
};

struct CrewReport {
  std::uint64_t units = 0;
  std::vector<ThreadReport> threads;
};

/// From so many ranks on thread 0 of rank 0 does nothing but answer, if its team has other threads.
inline constexpr int kManyRanks = 512;

/// Works until the finish message comes. Call it once a process (per rank).
/// @param coordinator  rank 0's, else nullptr
/// @param idle         called by thread 0 now and then, at least ten times a second: progress, signals
/// What a slice throws becomes the `failed` result of its unit; what the engine or the transport throws stops
/// the team in good order and is rethrown here.
[[nodiscard]] CrewReport run_crew(Transport& transport, Executor& executor, int threads,
                                  Coordinator* coordinator, const std::function<void()>& idle = {});

}  // namespace gforbit::sched
