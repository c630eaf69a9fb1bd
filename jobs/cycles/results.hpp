/// The result file of the cycles job.
#pragma once

#include <string>

#include "cycles/input.hpp"
#include "cycles/options.hpp"
#include "cycles/plan.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/store/output_target.hpp"
#include "launch/run_record.hpp"

namespace gforbit::job_cycles {

/// Writes and publishes the file. Rows are written in blocks; memory is a block of each table.
/// @param status  stopped: the file is marked as incomplete
/// @return the digest of /results
/// @throws core::OutputError  the target is as it was before
std::string write_results(const store::OutputTarget& target, const CyclesOptions& options, BatchInput& input,
                          const CyclesPlan& plan, core::ExitStatus status, const launch::RunFacts& facts);

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_cycles
