/// Two attempts for each test, in the format of the competitions on these tasks.
#pragma once

#include <cstdint>
#include <filesystem>

#include "scoring/plan.hpp"

namespace gforbit::job_scoring {

struct Submitted {
  std::uint64_t known = 0;  ///< tests of which the output is known
  std::uint64_t right = 0;  ///< of these, with an attempt that is the output
};

/// {"id of a task": [{"attempt_1": grid, "attempt_2": grid}, one for each test], ...}. The attempts are the
/// first two different outputs of the candidates in this order: more demos of the task matched, more demos of
/// all tasks matched, earlier in results/candidates. Outputs of tests are compared with nothing before that.
/// `collected` has the outputs of tests.
/// @throws core::OutputError
Submitted write_submission(const PlanInput& input, const Collected& collected,
                           const std::filesystem::path& path);

}  // namespace gforbit::job_scoring
