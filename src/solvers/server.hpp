/// The helper process: one poll loop over the rank's socket and all solvers.
#pragma once

namespace gforbit::solvers {

/// Serves until the rank closes the socket or the rank dies; then nothing is left below this process.
void serve(int socket);

}  // namespace gforbit::solvers
