/// What is asked of a solver program, and what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "gforbit/core/fields.hpp"

namespace gforbit::solvers {

enum class Protocol : std::uint8_t {
  worker,  ///< a process that stays: one line in, one line out for each call
  once     ///< a process for each call: the request on its standard input, its standard output is the reply
};
constexpr Protocol last_of(Protocol) noexcept {
  return Protocol::once;
}

/// 0 = no limit, everywhere.
struct Limits {
  double wall_s = 0;  ///< of a call, from its request on; without `ready` and for `once` from the start
  double cpu_s = 0;   ///< of all processes of the call together
  std::uint64_t memory = 0;     ///< bytes resident in all processes of the solver together
  double startup_s = 0;         ///< until a worker with `ready` has said so
  std::uint64_t processes = 0;  ///< of the solver at the same time
  static constexpr auto kFields =
      std::tuple(&Limits::wall_s, &Limits::cpu_s, &Limits::memory, &Limits::startup_s, &Limits::processes);
};

/// What keeps the processes of a solver together.
enum class Containment : std::uint8_t {
  process_tree,   ///< /proc is walked to find and kill them
  pid_namespace,  ///< the kernel ends all of them with the first one
  user_namespace  ///< the same, in a user namespace, which needs no privilege
};

struct Program {
  std::vector<std::string> command;  ///< argv; looked up in PATH
  Protocol protocol = Protocol::worker;
  bool ready = false;         ///< a worker that prints {"ready": true} before its first request
  std::uint64_t recycle = 0;  ///< calls after which a worker is replaced; 0 = never
  bool is_eager = false;      ///< a process for each call that waits while there are slots
  Limits limits;
  std::vector<std::string> variables{};  ///< NAME=value, over those of the environment
  std::string folder{};                  ///< where it runs; empty: where this process does
  static constexpr auto kFields =
      std::tuple(&Program::command, &Program::protocol, &Program::ready, &Program::recycle,
                 &Program::is_eager, &Program::limits, &Program::variables, &Program::folder);
};

struct Call {
  std::uint64_t number = 0;   ///< grows from call to call; a worker's reply must carry it as `id`
  std::uint32_t program = 0;  ///< as Helper::define() gave it
  std::string request;        ///< without line end
  static constexpr auto kFields = std::tuple(&Call::number, &Call::program, &Call::request);
};

enum class Ending : std::uint8_t {
  replied,    ///< `reply` is a line that carries the call's number, or all that a `once` process wrote
  no_reply,   ///< standard output was closed without one
  bad_reply,  ///< a line without the call's number, or too long
  timed_out_wall,
  timed_out_cpu,
  out_of_memory,
  crashed,       ///< ended by the signal `code`
  exited,        ///< with status `code`, before it replied; `once`: with any status but 0
  spawn_failed,  ///< the command could not be started, or a worker was not ready in time
  cancelled,
  not_begun  ///< recalled before it had a slot
};
constexpr Ending last_of(Ending) noexcept {
  return Ending::not_begun;
}

struct Outcome {
  std::uint64_t number = 0;
  Ending ending{};
  int code = 0;  ///< of crashed and exited
  std::string reply;
  std::string message;      ///< why, for people; empty for replied
  std::string stderr_tail;  ///< the last kStderrTail bytes that the solver wrote there during the call
  double wall_s = 0;
  double cpu_s = 0;
  std::uint64_t peak_memory = 0;  ///< bytes, the largest sum that was seen; 0: the call was too short to look
  static constexpr auto kFields =
      std::tuple(&Outcome::number, &Outcome::ending, &Outcome::code, &Outcome::reply, &Outcome::message,
                 &Outcome::stderr_tail, &Outcome::wall_s, &Outcome::cpu_s, &Outcome::peak_memory);
};

inline constexpr std::size_t kLongestReply = std::size_t{16} << 20;
inline constexpr std::size_t kStderrTail = 4096;

}  // namespace gforbit::solvers
