/// The whole program: the commands of a list of job types, and those that read result files.
#pragma once

#include <vector>

#include "skeleton/job.hpp"

namespace gforbit::commands {

/// For main(): finds the command and runs it. An error becomes a message on stderr. @return the exit status
[[nodiscard]] int run_program(int argc, char** argv, const std::vector<skeleton::JobType>& jobs);

}  // namespace gforbit::commands
