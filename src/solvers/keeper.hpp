/// The start of a solver under a keeper: helper -> keeper -> solver -> whatever it forks.
///
/// The keeper is a child subreaper that does nothing but reap. It tells on a pipe how the solver itself
/// ended, and ends when nothing is left below it. If the helper dies it kills what is below. Where it is the
/// first process of a namespace, the kernel does all that when the keeper itself is killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/solvers/call.hpp"

namespace gforbit::solvers {

/// Tells helper and keepers that their parent has died. A real-time signal, because batch systems send the
/// others to every process of a job: to these, what is meant for the rank means nothing.
[[nodiscard]] int parent_gone_signal();

/// What a keeper tells; written and read whole.
struct KeeperRecord {
  enum class Kind : std::uint8_t { started, not_started, ended } kind{};
  pid_t pid = 0;                  ///< of the solver in the keeper's namespace (started)
  int status = 0;                 ///< errno (not_started) or wait status (ended)
  double cpu_s = 0;               ///< of the solver and children it has waited for (ended)
  std::uint64_t peak_memory = 0;  ///< bytes, of the largest of these processes (ended)
};

/// All descriptors are the helper's, non-blocking, closed on exec.
struct Spawned {
  pid_t keeper = -1;
  Containment containment{};
  int in = -1, out = -1, err = -1;  ///< the solver's standard streams
  int status = -1;                  ///< KeeperRecords; at its end everything below is gone
};

/// @param environment  NAME=value
/// @return nothing where no process or pipe can be made; errno says why
[[nodiscard]] std::optional<Spawned> spawn(const Program& program,
                                           const std::vector<std::string>& environment,
                                           Containment containment);

/// What errno means where a process cannot be started, with what helps where a limit was met.
[[nodiscard]] std::string start_error_text(int error);

}  // namespace gforbit::solvers
