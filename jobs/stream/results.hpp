/// Writes what a run of the stream job has computed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "gforbit/store/result_writer.hpp"
#include "launch/run_record.hpp"
#include "stream/plan.hpp"

namespace gforbit::job_stream {

/// @param with_letters  also results/dead_letters
/// @throws core::OutputError
void write_tables(store::ResultWriter& file, const StreamInput& input, StreamPlan& plan, bool with_letters);

/// The files of csv, jsonl and bits sinks of completed pipelines: each whole, or not there.
/// @throws core::OutputError
void write_files(const StreamInput& input, StreamPlan& plan);

/// Items as people read them, a line each: the label, then the values.
[[nodiscard]] std::string printed(const stream::Sink& sink, const stream::Schema& schema,
                                  const stream::Batch& batch);

/// Counts the time until its end to a sink, as its busy time.
class SinkTime {
 public:
  /// @param sink  by number in the graph
  SinkTime(StreamPlan& plan, const stream::Graph& graph, std::uint64_t row, std::size_t sink)
      : plan_(plan), row_(row), node_(graph.sinks()[sink]) {}
  ~SinkTime() {
    const auto spent = std::chrono::steady_clock::now() - begin_;
    plan_.add_sink_time(row_, node_, static_cast<std::uint64_t>(std::chrono::nanoseconds(spent).count()));
  }
  SinkTime(const SinkTime&) = delete;
  SinkTime& operator=(const SinkTime&) = delete;

 private:
  StreamPlan& plan_;
  std::uint64_t row_;
  std::size_t node_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_stream
