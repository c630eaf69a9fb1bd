/// The result file of the scoring job.
#pragma once

#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/store/output_target.hpp"
#include "launch/run_record.hpp"
#include "scoring/options.hpp"
#include "scoring/scores.hpp"

namespace gforbit::job_scoring {

/// Scores what was collected, writes and publishes the file.
/// @param status  stopped: the file is marked as incomplete
/// @return the digest of /results
/// @throws core::OutputError  the target is as it was before
std::string write_results(const store::OutputTarget& target, const ScoringOptions& options,
                          const PlanInput& input, const Collected& collected, core::ExitStatus status,
                          const launch::RunFacts& facts);

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_scoring
