/// The rank's end of its helper process, which runs solver programs under hard limits.
///
/// A process that has initialized MPI or started threads must not fork, so the helper is forked before both.
/// It is one poll loop over all solvers. It is a child subreaper, and so is the keeper that it puts between
/// itself and each solver: whatever a solver forks, in whatever session or group, stays below its keeper and
/// is found there: the kernel ends it with the keeper where that has a namespace of its own, else the process
/// tree is walked. The helper ends, and everything below it, when the socket to
/// its rank closes, however the rank ends.
///
/// This contains programs that fail; it is no sandbox against programs that attack: they run as the same
/// user.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "gforbit/core/bytes.hpp"
#include "gforbit/solvers/call.hpp"

namespace gforbit::solvers {

/// Move-only. One thread at a time. A call that is submitted runs when a slot is free; its outcome comes back
/// once every process of it is gone or idle again. Calls of a solver run in the order of their submission.
/// A solver gets a further process only while its calls wait for longer than the start of one takes. A call
/// whose worker ended before it read the request is repeated once on a new process.
class Helper {
 public:
  /// Forks. Call it while the process has one thread and before MPI_Init.
  /// @throws core::EnvironmentError
  /// @param most  the strongest containment to use; the system may allow only a weaker one
  [[nodiscard]] static Helper start(Containment most = Containment::user_namespace);
  /// Ends the helper and all solvers, and waits for that.
  ~Helper();
  Helper(Helper&& other) noexcept;
  Helper& operator=(Helper&&) = delete;

  [[nodiscard]] std::uint32_t define(const Program& program);
  /// Calls at the same time. Workers that wait for calls are at most `slots` less those at work.
  void set_slots(std::uint32_t slots);
  /// Does not wait for the solver, at most for the helper's reading.
  void submit(const Call& call);
  /// The call ends as `cancelled`, unless its outcome is on its way.
  void cancel(std::uint64_t number);
  /// The calls that have no slot yet end as `not_begun`.
  void recall();
  /// The next outcome, waiting up to `timeout`.
  /// @throws core::EnvironmentError  the helper is gone
  [[nodiscard]] std::optional<Outcome> next(std::chrono::milliseconds timeout);

  /// Readable when more of an outcome has come: for threads that wait without the lock that guards the rest.
  [[nodiscard]] int socket() const noexcept { return socket_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// What holds the processes of solvers.
  [[nodiscard]] Containment containment() const noexcept { return containment_; }

 private:
  Helper(pid_t pid, int socket, Containment containment)
      : pid_(pid), socket_(socket), containment_(containment) {}
  void send(core::Bytes body);
  [[nodiscard]] std::optional<Outcome> take();

  pid_t pid_;
  int socket_;
  Containment containment_;
  std::uint32_t programs_ = 0;
  core::Bytes received_;
};

}  // namespace gforbit::solvers
