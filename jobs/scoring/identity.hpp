/// What tells solvers and tasks from those of another run, whatever they are called.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gforbit/scoring/task.hpp"
#include "scoring/solver_file.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {

/// Of a program: equal where its outputs are to be the same.
struct SolverIdentity {
  std::string digest{};      ///< empty: no program
  std::int64_t size = -1;    ///< key `size`, else bytes of its source; -1: unknown
  solvers::Limits limits{};  ///< as they were asked for; 0: none, or what the run finds on its machine
};

/// Digests of definition, of the files that a command names, and of the rules that decide about outputs.
/// What a program reads or imports besides is not known.
/// @param solvers  before the run gives them limits of its own
[[nodiscard]] std::vector<SolverIdentity> identities_of(const std::vector<Solver>& solvers,
                                                        const Rules& rules);

/// Digest of the samples of a task.
[[nodiscard]] std::string identity_of(const scoring::Task& task);

}  // namespace gforbit::job_scoring
