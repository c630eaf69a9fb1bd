/// What a job type gives to the engine: a plan on rank 0 that makes units and merges results, and an executor
/// on every rank that works on them. Units and results are bytes; only the job knows what they mean.
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

/// A piece of work item `item`, handed to one rank.
struct Unit {
  std::uint64_t item = 0;
  core::Bytes body;
  bool announced = false;  ///< the plan wants to know when the work on it begins
};

/// Rank 0's side of a job. One thread calls at a time.
class WorkPlan {
 public:
  virtual ~WorkPlan() = default;
  /// The next unit for `rank`, made now; nullopt if there is none for it at the moment.
  [[nodiscard]] virtual std::optional<Unit> next(int rank) = 0;
  /// The first slice of an announced unit begins on its rank, where it may have waited; at most once, before
  /// its result.
  virtual void begun(const Unit& unit) { static_cast<void>(unit); }
  /// What a unit tells while it is worked on (Execution::news()), any number of times before its result.
  virtual void news(const Unit& unit, std::span<const std::byte> news) {
    static_cast<void>(unit);
    static_cast<void>(news);
  }
  /// Called exactly once for a unit that ran to its end and whose item was not cancelled since.
  virtual void completed(const Unit& unit, std::span<const std::byte> result) = 0;
  /// Instead of completed(), if its item was cancelled: nobody waits for the result, but it may hold what is
  /// worth keeping.
  virtual void withdrawn(const Unit& unit, std::span<const std::byte> result) {
    static_cast<void>(unit);
    static_cast<void>(result);
  }
  /// Called exactly once for a unit that threw; `message` says what.
  virtual void failed(const Unit& unit, const std::string& message) = 0;
  /// Items whose units nobody wants any more since the last call; their leases are cancelled.
  [[nodiscard]] virtual std::vector<std::uint64_t> take_cancelled() = 0;
  /// Called now and then: deadlines, progress.
  virtual void tick() = 0;
  /// Nothing is left to hand out or to wait for.
  [[nodiscard]] virtual bool finished() const = 0;
  /// The run ends now although leases of a finished plan are out: a rank that does not answer (stopped, or on
  /// a node that died) must not keep the others.
  [[nodiscard]] virtual bool abandons_leases() const { return false; }
};

/// One unit at work on one rank.
class Execution {
 public:
  virtual ~Execution() = default;
  /// How many threads may be inside work() at once; may change with every slice, and be 0 for a while.
  [[nodiscard]] virtual int width() const noexcept = 0;
  /// Claims the next slice and runs it: milliseconds, or longer if it asks `stop` every few milliseconds,
  /// because on thread 0 the rank's messages are answered then. Returns early once a stop is requested.
  /// @return false if there was nothing left to claim
  [[nodiscard]] virtual bool work(core::StopSignal stop) = 0;
  /// What rank 0 should hear before the end; nullopt: nothing since it was asked last. Called by thread 0, a
  /// few times a second, while others may be inside work(); it must be quick.
  [[nodiscard]] virtual std::optional<core::Bytes> news() { return std::nullopt; }
  /// What goes to rank 0; called once, after the last work() has returned.
  [[nodiscard]] virtual core::Bytes result() = 0;
};

/// Every rank's side of a job. start() is called by the rank's thread 0 only.
class Executor {
 public:
  virtual ~Executor() = default;
  [[nodiscard]] virtual std::unique_ptr<Execution> start(std::span<const std::byte> unit) = 0;
  /// Work done on this rank so far in the job's own measure (steps, calls, items), for statistics; any
  /// thread.
  [[nodiscard]] virtual std::uint64_t work_done() const noexcept = 0;
};

}  // namespace gforbit::sched
