/// The pipelines of a run, validated as a whole before anything starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/sched/priority.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/stream/graph.hpp"
#include "stream/options.hpp"

namespace gforbit::job_stream {

struct PipelineLine {
  std::string id;
  std::string text;
  sched::Priority priority = sched::Priority::normal;
  std::chrono::milliseconds timeout{0};  ///< 0: none
};

struct StreamInput {
  std::vector<PipelineLine> lines;
  /// Tables of results/ that some sink writes, by name, and their columns.
  std::map<std::string, stream::Schema> tables;
  std::uint64_t first_row = 0;  ///< of the part (--part) in the batch
  store::InputFiles files;      ///< that the run reads
  std::string digest;           ///< SHA-256 of the file; empty: --pipeline
  /// By line: the first line with equal text and timeout, whose work it shares; empty: each its own. The
  /// second ones are rows of the whole batch.
  std::vector<std::uint64_t> first_equals, first_equals_of_batch;

  /// @param row  of `lines`
  [[nodiscard]] std::uint64_t first_equal(std::uint64_t row) const {
    return first_equals.empty() ? row : first_equals[row];
  }
  [[nodiscard]] std::uint64_t first_equal_of_batch(std::uint64_t row) const {
    return first_equals_of_batch.empty() ? first_row + row : first_equals_of_batch[row];
  }
};

/// Reads options or file, makes every pipeline once, and checks that sinks of one name agree.
/// @throws core::UsageError  the text of --pipeline;  core::InputError  a line of the file
[[nodiscard]] StreamInput read_input(const StreamOptions& options);

/// The graph of a pipeline with all terms that there are.
[[nodiscard]] stream::Graph make_graph(const std::string& text);

}  // namespace gforbit::job_stream
