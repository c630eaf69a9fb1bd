/// The result file of the cycles job.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cycles/input.hpp"
#include "cycles/options.hpp"
#include "cycles/plan.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/store/output_target.hpp"
#include "launch/ranks.hpp"
#include "launch/run_record.hpp"

namespace gforbit::job_cycles {

/// Writes and publishes the file. Rows are written in blocks; memory is a block of each table.
/// @param status  stopped: the file is marked as incomplete
/// @return the digest of /results
/// @throws core::OutputError  the target is as it was before
std::string write_results(const store::OutputTarget& target, const CyclesOptions& options, BatchInput& input,
                          const CyclesPlan& plan, core::ExitStatus status, const launch::RunFacts& facts);

/// The attribute vector_level of /runtime: the level that the kernels used, or those of all ranks, each once
/// in the order of ranks, separated by commas.
/// @param forced  by --simd
/// @param ranks   their reports; empty while the run works: the level of this rank
[[nodiscard]] std::string vector_levels(std::optional<cycles::SimdLevel> forced,
                                        std::span<const launch::RankReport> ranks);

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_cycles
