/// All calls of solver programs on one rank. The helper process keeps the slots busy; here is what it is
/// given to do, and what comes of it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "gforbit/solvers/helper.hpp"

namespace gforbit::job_scoring {

/// How fast calls end, from those of the last tenth of a second.
class CallRate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  void note(Time now, std::uint64_t n);
  [[nodiscard]] double per_s(Time now);

 private:
  static constexpr std::chrono::milliseconds kBucket{10};
  static constexpr std::int64_t kBuckets = 10;
  void advance(Time now);

  std::array<std::uint64_t, kBuckets> ended_{};  ///< by time
  std::int64_t newest_ = 0;                      ///< number of the newest bucket
};

/// Whose calls they are.
class CallOwner {
 public:
  virtual ~CallOwner() = default;
  /// What came of the call that was added with `tag`; called by attend(), must be quick.
  /// @param retries  calls of it before the last
  virtual void ended(std::uint64_t tag, solvers::Outcome outcome, std::uint32_t retries) = 0;
  /// The call did not begin and is forgotten: other slots may be free.
  virtual void given_back(std::uint64_t tag) = 0;
};

/// Thread-safe, but one thread calls attend().
class CallPump {
 public:
  struct Job {
    CallOwner* owner = nullptr;
    std::uint64_t tag = 0;
    std::uint32_t solver_row = 0;
    const solvers::Program* program = nullptr;
    bool retry_starved = false;
    std::function<std::string(std::uint64_t id)> request{};
    std::uint32_t retries = 0;
  };

  explicit CallPump(solvers::Helper& helper) : helper_(helper) {}

  void set_slots(std::uint32_t slots);
  void add(Job job);
  /// Hands out what has come back; calls that wait for slots which do not become free are given back.
  /// @return whether anything came
  bool attend();
  /// Calls that are taken on: so many as are needed to keep the slots busy until the next ones come.
  [[nodiscard]] std::uint64_t room() const;
  /// Forgets what `owner` has, and ends what runs of it. Nothing of it is handed out any more.
  void withdraw(const CallOwner* owner);
  /// The helper is gone, and no call will end any more.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  using Clock = std::chrono::steady_clock;
  /// The outcome of a call that ended as if by a signal for the whole job.
  struct Doubtful {
    Job job;
    solvers::Outcome outcome;
  };

  void submit(Job job);
  void take(solvers::Outcome outcome);
  void believe();
  void recall();
  [[nodiscard]] std::uint64_t ahead() const;
  [[nodiscard]] std::uint32_t program_of(const Job& job);

  solvers::Helper& helper_;
  mutable std::mutex mutex_;
  std::uint32_t slots_ = 0;
  std::atomic<bool> broken_{false};
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Job> running_;                 ///< with the helper, waiting or in a slot
  std::multimap<Clock::time_point, Doubtful> doubtful_;  ///< by the time when they are believed
  std::set<std::uint32_t> ended_by_themselves_;          ///< rows of solvers that were doubted and believed
  std::map<std::uint32_t, std::uint32_t> programs_;      ///< by row of the solver
  mutable CallRate rate_;
  Clock::time_point recalled_at_{};
};

}  // namespace gforbit::job_scoring
