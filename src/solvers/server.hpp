/// The helper process: one poll loop over the rank's socket and all solvers.
#pragma once

#include "gforbit/solvers/call.hpp"

namespace gforbit::solvers {

/// Serves until the rank closes the socket or the rank dies; then nothing is left below this process.
void serve(int socket, Containment containment);

}  // namespace gforbit::solvers
