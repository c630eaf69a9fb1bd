/// Writes what a run of the stream job has computed.
#pragma once

#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/store/output_target.hpp"
#include "launch/run_record.hpp"
#include "stream/options.hpp"
#include "stream/plan.hpp"

namespace gforbit::job_stream {

/// @return the digest. @throws core::OutputError
[[nodiscard]] std::string write_results(const store::OutputTarget& target, const StreamOptions& options,
                                        const StreamInput& input, StreamPlan& plan, core::ExitStatus status,
                                        const launch::RunFacts& facts);

/// The files of csv and jsonl sinks of completed pipelines: each whole, or not there.
/// @throws core::OutputError
void write_files(const StreamInput& input, StreamPlan& plan);

/// Items as people read them, a line each: the label, then the values.
[[nodiscard]] std::string printed(const stream::Sink& sink, const stream::Schema& schema,
                                  const stream::Batch& batch);

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_stream
