/// All calls of solver programs on one rank: queued by the units that are at work here, run in the slots that
/// the rank has, so that the last calls of one unit and the first of the next share them.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "gforbit/solvers/helper.hpp"

namespace gforbit::job_scoring {

/// Thread-safe; one thread at a time speaks with the helper, others wait their turn for some milliseconds.
class CallPump {
 public:
  using Owner = const void*;
  struct Job {
    Owner owner = nullptr;
    std::uint32_t solver_row = 0;
    const solvers::Program* program = nullptr;
    bool retry_starved = false;
    std::function<std::string(std::uint64_t id)> request;  ///< called when a slot is free
    /// Called with the outcome; retries: calls of it before the last.
    std::function<void(const solvers::Outcome&, std::uint32_t retries)> done;
    std::uint32_t retries = 0;
  };

  explicit CallPump(solvers::Helper& helper) : helper_(helper) {}

  void set_slots(std::uint32_t slots);
  void add(Job job);
  /// Keeps the slots busy and hands out outcomes for some milliseconds.
  /// @return false once `owner` has no call left
  /// @throws core::EnvironmentError  the helper is gone
  [[nodiscard]] bool work(Owner owner, bool stop);

 private:
  /// The outcome of a call that ended as if by a signal for the whole job.
  struct Doubtful {
    std::chrono::steady_clock::time_point believed_at;
    Job job;
    solvers::Outcome outcome;
  };

  void fill();
  void take(const solvers::Outcome& outcome);
  void believe();
  void withdraw(Owner owner);
  [[nodiscard]] bool has_calls(Owner owner) const;
  [[nodiscard]] std::uint32_t program_of(const Job& job);

  solvers::Helper& helper_;
  std::timed_mutex mutex_;
  std::uint32_t slots_ = 0;
  bool broken_ = false;
  std::uint64_t last_id_ = 0;
  std::deque<Job> queue_;
  std::map<std::uint64_t, Job> running_;
  std::deque<Doubtful> doubtful_;
  std::map<std::uint32_t, std::uint32_t> programs_;  ///< by row of the solver
};

}  // namespace gforbit::job_scoring
