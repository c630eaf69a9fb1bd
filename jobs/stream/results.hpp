/// Writes what a run of the stream job has computed.
#pragma once

#include <string>

#include "gforbit/store/result_writer.hpp"
#include "launch/run_record.hpp"
#include "stream/plan.hpp"

namespace gforbit::job_stream {

/// @param with_letters  also results/dead_letters
/// @throws core::OutputError
void write_tables(store::ResultWriter& file, const StreamInput& input, StreamPlan& plan, bool with_letters);

/// The files of csv and jsonl sinks of completed pipelines: each whole, or not there.
/// @throws core::OutputError
void write_files(const StreamInput& input, StreamPlan& plan);

/// Items as people read them, a line each: the label, then the values.
[[nodiscard]] std::string printed(const stream::Sink& sink, const stream::Schema& schema,
                                  const stream::Batch& batch);

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_stream
