/// Python functions that solvers name: whether they are there, before any call is made.
#pragma once

#include <vector>

#include "gforbit/solvers/helper.hpp"
#include "scoring/solver_file.hpp"

namespace gforbit::job_scoring {

/// Asks gforbit_solver, which reads the files and does not run them, about all solvers that it is to serve.
/// What only running a file tells passes, and so does a check that takes longer than `limit_s`.
/// @throws core::InputError  a file or function is missing, or is no Python; Python or gforbit_solver is
/// missing
void check_python(const std::vector<Solver>& solvers, double limit_s, solvers::Helper& helper);

}  // namespace gforbit::job_scoring
