/// The pipelines of a run, validated as a whole before anything starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gforbit/sched/priority.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/stream/graph.hpp"
#include "skeleton/batch_rows.hpp"
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
  store::InputFiles files;        ///< that the run reads
  std::set<std::string> sources;  ///< files that pipelines read, and of terms in Python, of all parts
  std::string digest;             ///< SHA-256 of the file; empty: --pipeline
  /// `lines` are the rows of the part; equal: of equal text and timeout.
  skeleton::BatchRows rows;

  /// @param row  of `lines`
  [[nodiscard]] std::uint64_t first_equal(std::uint64_t row) const { return rows.first_equal(row); }
};

/// Reads options or file, makes every pipeline once, and checks that sinks of one name agree.
/// @throws core::UsageError  the text of --pipeline;  core::InputError  a line of the file
[[nodiscard]] StreamInput read_input(const StreamOptions& options);

/// The graph of a pipeline with all terms that there are.
[[nodiscard]] stream::Graph make_graph(const std::string& text);

}  // namespace gforbit::job_stream
