/// Options of `gforbit stream`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "gforbit/stream/engine.hpp"
#include "skeleton/job.hpp"

namespace gforbit::job_stream {

/// The common --timeout is that of a pipeline.
struct StreamOptions : skeleton::JobOptions {
  std::optional<std::string> pipeline;   ///< exactly one of the two
  std::optional<std::string> pipelines;  ///< FILE.jsonl
  std::uint64_t batch_items = 0;         ///< 0: by the time they take
  std::uint64_t edge_capacity = 0;
  stream::OnError on_error = stream::OnError::fail;
};

/// The description behind parsing and --help; its readers write to `options`, which must outlive it.
[[nodiscard]] config::Command stream_command(StreamOptions& options);

/// Reads what follows `gforbit stream`. No pipeline is looked at yet.
/// @throws core::UsageError
[[nodiscard]] StreamOptions parse_stream_options(std::span<const std::string> arguments);

}  // namespace gforbit::job_stream
