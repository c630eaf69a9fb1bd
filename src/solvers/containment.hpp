/// What keeps the processes of a solver together, so that all of them end with it.
#pragma once

#include <sys/types.h>

#include "gforbit/solvers/call.hpp"

namespace gforbit::solvers {

/// The strongest containment up to `most` that the system allows. Tries it, with a process of its own.
[[nodiscard]] Containment find_containment(Containment most);

/// fork(), the child as the first process of a namespace where `containment` is one. The child must call
/// enter_namespace() next. The caller has one thread.
[[nodiscard]] pid_t fork_contained(Containment containment);

/// In the child: its own user and /proc. False where the system refuses.
[[nodiscard]] bool enter_namespace(Containment containment, uid_t user, gid_t group);

}  // namespace gforbit::solvers
