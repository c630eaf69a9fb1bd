/// One solver process under its keeper, and the call that it works on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "gforbit/core/work_clock.hpp"
#include "gforbit/solvers/call.hpp"
#include "keeper.hpp"
#include "process_table.hpp"

namespace gforbit::solvers {

/// Time that a suspension of the job does not use up.
struct Clock {
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;
  static time_point now() { return core::work_now(); }
};

class Worker {
 public:
  enum class State {
    starting,  ///< a call waits for {"ready": true}
    idle,
    busy,
    dying  ///< killed; the outcome waits until everything is gone
  };

  Worker(std::uint32_t program_number, Program program, Spawned spawned);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Gives a new or idle worker a call; the outcome of the one before has been taken.
  void assign(Call call);
  /// Kills it; a call it has ends as cancelled.
  void end();
  void cancel(std::uint64_t number);

  // What poll() said of its descriptors; -1 where nothing is awaited.
  [[nodiscard]] int in() const noexcept { return unsent_.empty() ? -1 : in_; }
  [[nodiscard]] int out() const noexcept { return out_; }
  [[nodiscard]] int err() const noexcept { return err_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  void write_request();
  void read_output();
  void read_errors();
  void read_status();

  /// Limits of CPU and memory, by a fresh scan; kills again what a dying worker still has.
  void measure(const ProcessTable& table);
  /// Limits of time.
  void check_time();
  /// When check_time() has something to do.
  [[nodiscard]] Clock::time_point next_deadline() const;

  /// The outcome of the call, once it is final.
  [[nodiscard]] std::optional<Outcome> take_outcome();
  [[nodiscard]] State state() const noexcept { return state_; }
  /// The keeper has closed its pipe: nothing is left but what the kernel is ending.
  [[nodiscard]] bool is_ending() const noexcept { return status_ < 0; }
  /// No process is left.
  [[nodiscard]] bool gone() const noexcept { return gone_; }
  [[nodiscard]] std::uint32_t program_number() const noexcept { return program_number_; }
  [[nodiscard]] pid_t keeper() const noexcept { return keeper_; }
  [[nodiscard]] Clock::time_point idle_since() const noexcept { return since_; }
  [[nodiscard]] Clock::time_point call_since() const noexcept { return assigned_at_; }
  [[nodiscard]] bool has_call() const noexcept { return has_call_; }
  /// The call, or the last one, is the first of this process.
  [[nodiscard]] bool is_fresh() const noexcept { return calls_ <= 1; }
  /// The worker ended before it read the request, which says nothing about the call.
  [[nodiscard]] bool left_call_unread() const noexcept { return unread_; }
  [[nodiscard]] Call& call() noexcept { return call_; }

 private:
  void begin_clock();
  void take_line(std::string line);
  void take_record(const KeeperRecord& record);
  void solver_ended(const KeeperRecord& record);
  void finish(Ending ending, std::string message, int code = 0);
  void kill_all();
  void settle();
  void apply_limits_afterwards();
  [[nodiscard]] double cpu_of_call() const;
  [[nodiscard]] bool request_is_unread() const;
  [[nodiscard]] bool waits_for_more() const;

  std::uint32_t program_number_;
  Program program_;
  pid_t keeper_;
  Containment containment_;
  pid_t solver_ = -1;  ///< -1: not known yet, or ended
  int in_, out_, err_, status_;

  State state_ = State::idle;
  bool has_call_ = false;
  bool final_ = false;  ///< the outcome may be taken
  bool gone_ = false;
  Call call_;
  Outcome outcome_;
  Clock::time_point since_;  ///< of the state: request, start, idleness, kill
  Clock::time_point deadline_ = Clock::time_point::max();
  std::optional<Clock::time_point> output_closed_;
  std::string unsent_, received_;
  std::size_t written_ = 0;  ///< bytes of the request
  bool unread_ = false;
  Clock::time_point assigned_at_;  ///< of the call
  std::uint64_t unasked_ = 0;      ///< bytes written while idle
  std::uint64_t calls_ = 0;
  double main_cpu_ = 0, others_cpu_ = 0;  ///< of the tree, as last seen
  double cpu_before_ = 0;                 ///< of the tree when the call began
};

}  // namespace gforbit::solvers
