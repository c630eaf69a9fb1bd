/// Options of `gforbit stream`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "gforbit/config/common.hpp"
#include "gforbit/config/settings.hpp"
#include "gforbit/stream/engine.hpp"

namespace gforbit::job_stream {

struct StreamOptions {
  config::CommonOptions common;          ///< timeout: of a pipeline
  std::optional<std::string> pipeline;   ///< exactly one of the two
  std::optional<std::string> pipelines;  ///< FILE.jsonl
  std::uint64_t batch_items = 0;         ///< 0: by the time they take
  std::uint64_t edge_capacity = 0;
  stream::OnError on_error = stream::OnError::fail;

  config::Settings settings;
};

/// The description behind parsing and --help; its readers write to `options`, which must outlive it.
[[nodiscard]] config::Command stream_command(StreamOptions& options);

/// Reads what follows `gforbit stream`. No pipeline is looked at yet.
/// @throws core::UsageError
[[nodiscard]] StreamOptions parse_stream_options(std::span<const std::string> arguments);

}  // namespace gforbit::job_stream
