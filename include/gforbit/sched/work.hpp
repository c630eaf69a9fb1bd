/// The two interfaces that a job type implements: WorkPlan on rank 0 makes work units and merges their
/// results; Executor on every rank runs the units. Units and results are bytes whose format belongs to the
/// job.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/stop_signal.hpp"

namespace gforbit::sched {

/// A work unit: a part of work item `item`, assigned to one rank.
struct Unit {
  std::uint64_t item = 0;
  core::Bytes body;
  bool announced = false;  ///< report the begin of the work to the plan (begun())
};

/// Rank 0's side of a job. One thread calls at a time.
class WorkPlan {
 public:
  virtual ~WorkPlan() = default;
  /// The next unit for `rank`, made now; nullopt if there is none for it at the moment.
  [[nodiscard]] virtual std::optional<Unit> next(int rank) = 0;
  /// The first slice of an announced unit begins on its rank, where the unit may have waited. Called at most
  /// once, before its result.
  virtual void begun(const Unit& unit) { static_cast<void>(unit); }
  /// A report of a running unit (Execution::news()), any number of times before its result.
  virtual void news(const Unit& unit, std::span<const std::byte> news) {
    static_cast<void>(unit);
    static_cast<void>(news);
  }
  /// The same of a unit whose item was cancelled meanwhile.
  virtual void late_news(const Unit& unit, std::span<const std::byte> news) {
    static_cast<void>(unit);
    static_cast<void>(news);
  }
  /// What Executor::capacity() of this rank was of late.
  virtual void capacity(int rank, std::uint64_t capacity) {
    static_cast<void>(rank);
    static_cast<void>(capacity);
  }
  /// Called exactly once for a unit that ran to its end and whose item was not cancelled meanwhile.
  virtual void completed(const Unit& unit, std::span<const std::byte> result) = 0;
  /// Called instead of completed() or failed() if the item was cancelled: the result is not needed, but may
  /// hold partial results worth keeping; empty: the unit failed.
  virtual void withdrawn(const Unit& unit, std::span<const std::byte> result) {
    static_cast<void>(unit);
    static_cast<void>(result);
  }
  /// Called exactly once for a unit that threw an exception, with its message; but one that
  /// core::stops_run() ends the run.
  virtual void failed(const Unit& unit, const std::string& message) = 0;
  /// Items cancelled since the last call; their leases are cancelled.
  [[nodiscard]] virtual std::vector<std::uint64_t> take_cancelled() = 0;
  /// Called regularly: deadlines, progress.
  virtual void tick() = 0;
  /// No unit is left to assign or to wait for.
  [[nodiscard]] virtual bool finished() const = 0;
  /// The run ends although leases of a finished plan are live: a rank that does not answer (stopped, or on a
  /// node that died) must not block the others.
  [[nodiscard]] virtual bool abandons_leases() const { return false; }
};

/// A unit that runs on a rank.
class Execution {
 public:
  virtual ~Execution() = default;
  /// How many threads may be inside work() at once; may change with every slice and may be 0 temporarily.
  [[nodiscard]] virtual int width() const noexcept = 0;
  /// Claims the next slice and runs it. A slice takes milliseconds, or asks `stop` every few milliseconds: on
  /// the main thread, messages are exchanged in this call. Returns early once a stop is requested.
  /// @return false if no slice was left to claim
  [[nodiscard]] virtual bool work(core::StopSignal stop) = 0;
  /// The unit waits for something outside of the team, not for its threads: the rank asks for further units
  /// meanwhile. Always the same for a unit.
  [[nodiscard]] virtual bool waits_outside() const noexcept { return false; }
  /// A report to rank 0 before the end; nullopt: nothing new since the last call. Called by the main thread a
  /// few times a second while other threads may be inside work(); it must be quick.
  [[nodiscard]] virtual std::optional<core::Bytes> news() { return std::nullopt; }
  /// The result for rank 0; called once, after the last work() has returned.
  [[nodiscard]] virtual core::Bytes result() = 0;
};

/// Every rank's side of a job. Only the main thread calls start().
class Executor {
 public:
  virtual ~Executor() = default;
  [[nodiscard]] virtual std::unique_ptr<Execution> start(std::span<const std::byte> unit) = 0;
  /// What the units that wait outside wait for: called by the main thread between slices, about every
  /// millisecond while it has none; it must be quick. True if anything happened.
  virtual bool attend() { return false; }
  /// How much work of units that wait outside this rank can take, counted from its start, in the measure of
  /// the job; what it was given counts in it. Only the main thread calls it.
  [[nodiscard]] virtual std::uint64_t capacity() const { return 0; }
  /// Work done on this rank so far in the job's own measure (steps, calls, items), for statistics; any
  /// thread.
  [[nodiscard]] virtual std::uint64_t work_done() const noexcept = 0;
  /// The widest vector instructions that the kernels of this rank use unless told otherwise; empty: the job
  /// has no such kernels.
  [[nodiscard]] virtual std::string vector_level() const { return {}; }
};

}  // namespace gforbit::sched
