/// The result file of the scoring job.
#pragma once

#include "gforbit/store/result_writer.hpp"
#include "launch/run_record.hpp"
#include "scoring/scores.hpp"

namespace gforbit::job_scoring {

/// Scores what was collected and writes the tables.
void write_tables(store::ResultWriter& file, const PlanInput& input, const Collected& collected,
                  bool store_outputs);
/// The table runtime/part.
void write_part(store::ResultWriter& file, const PlanInput& input);

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_scoring
