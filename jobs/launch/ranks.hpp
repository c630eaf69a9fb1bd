/// The ranks of a run: their placement, how many threads each starts, and how all of them end together.
///
/// Only rank 0 reads options and input. The others report their placement and wait for their setup, so a
/// wrong option causes one message and one exit status, for any number of ranks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/transport.hpp"
#include "gforbit/sched/work.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "gforbit/sys/launcher.hpp"
#include "gforbit/sys/placement.hpp"

namespace gforbit::launch {

/// Statistics of one rank.
struct RankReport {
  sys::RankPlacement placement;
  sched::WorkerTeamReport team;
  std::uint64_t work_done = 0;    ///< sched::Executor::work_done()
  std::uint64_t peak_memory = 0;  ///< bytes
  std::string vector_level;       ///< sched::Executor::vector_level(); empty also if the rank did not report
};

/// Times and slices of all threads, summed.
[[nodiscard]] sched::ThreadReport sum_of_threads(std::span<const RankReport> ranks);

struct RunReport {
  std::vector<RankReport> ranks;
  sched::CoordinatorStatistics coordinator;
};

/// Rank 0's hold on all ranks. Dismisses them with an exit status when the caller does, or with `internal`
/// when it is destroyed before.
class Ranks {
 public:
  /// Waits for the hello messages of all ranks.
  Ranks(sched::Transport& transport, const sys::Launcher& launcher, const sys::Environment& environment);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  /// Settles the number of threads of each rank: `threads`, else the rank's OMP_NUM_THREADS, else its share
  /// of the node's cores; and has all ranks try to start them.
  /// @throws core::EnvironmentError where a rank cannot, with the limit that it met
  void set_threads(std::optional<int> threads);
  [[nodiscard]] std::span<const sys::RankPlacement> placements() const noexcept { return placements_; }
  [[nodiscard]] int size() const noexcept { return transport_.size(); }

  /// Sets up the other ranks for `job` and works with them until the plan has finished.
  [[nodiscard]] RunReport work(const std::string& job, sched::WorkPlan& plan, sched::Executor& executor,
                               const std::function<void()>& idle);

  /// During work(), for `idle`: hands out no more units; those that are out go on. Nothing otherwise.
  void hold() noexcept;
  /// During work(), for `idle`: the plan has cancelled items.
  void apply_cancellations();
  /// Seconds that a unit takes which is handed out now, as those of late did; 0: none has ended.
  [[nodiscard]] double predicted_unit_s() const;
  /// Share of the threads' time since the work began that was spent working, as of each rank's last request;
  /// for `idle` to show. Negative outside of work().
  [[nodiscard]] double busy_share() const;

  /// The other ranks are in their teams: they cannot be dismissed, only aborted.
  [[nodiscard]] bool working() const noexcept { return working_; }

  /// A rank did not answer at the end of the work: it is stopped or dead, and nothing may wait for it.
  [[nodiscard]] bool is_incomplete() const noexcept { return incomplete_; }

  /// Ends all ranks with this status; further calls do nothing.
  void dismiss(core::ExitStatus status) noexcept;

 private:
  void settle_threads(std::optional<int> threads);
  void try_threads();

  sched::Transport& transport_;
  std::vector<sys::RankPlacement> placements_;
  sched::Coordinator* coordinator_ = nullptr;  ///< while at work
  std::chrono::steady_clock::time_point begin_{};
  bool working_ = false;
  bool dismissed_ = false;
  bool incomplete_ = false;
};

/// The life of every other rank: hello, work, report, until dismissed.
/// @param make_executor  by the job's name
[[nodiscard]] core::ExitStatus serve_rank(
    sched::Transport& transport, const sys::Launcher& launcher, const sys::Environment& environment,
    const std::function<std::unique_ptr<sched::Executor>(const std::string& job)>& make_executor);

}  // namespace gforbit::launch
