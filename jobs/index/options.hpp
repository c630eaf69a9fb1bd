/// Options of the commands that read an orbit index: locate, distance, jump, orbit, verify.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/config/command.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/simd.hpp"

namespace gforbit::job_index {

enum class Format : std::uint8_t { text, csv, jsonl, bits };

/// Of all commands; each reads what its description has.
struct IndexOptions {
  std::string file;
  std::optional<std::string> reg;  ///< id; nullopt: the only one of the file
  int threads = 1;
  Format format{Format::text};
  bool as_bits = false;  ///< states are strings of bits, the oldest cell first

  std::vector<std::string> states;       ///< of locate, as they were typed
  std::optional<std::string> inputs;     ///< of locate: a file of states, or "-"
  std::string from, to;                  ///< states of distance; `from` of jump
  core::Natural steps = 0;               ///< of jump; of orbit the first one
  std::optional<core::Natural> to_step;  ///< of orbit; nullopt: until the walk repeats
  bool elements = false;                 ///< of orbit: the oldest cell of each state

  std::chrono::milliseconds timeout{0};  ///< of answers without an index; 0: none

  double sample = 1;  ///< of verify
  std::uint64_t seed = 0;
  std::optional<cycles::SimdLevel> simd;
};

[[nodiscard]] config::Command locate_command(IndexOptions& options);
[[nodiscard]] config::Command distance_command(IndexOptions& options);
[[nodiscard]] config::Command jump_command(IndexOptions& options);
[[nodiscard]] config::Command orbit_command(IndexOptions& options);
[[nodiscard]] config::Command verify_command(IndexOptions& options);

using DescribeCommand = config::Command (*)(IndexOptions&);

/// locate asks about some state. @throws core::UsageError
void check_states(const config::Command& command, const IndexOptions& options);

/// Reads what follows the command's name. @throws core::UsageError
[[nodiscard]] IndexOptions parse_index_options(DescribeCommand describe,
                                               std::span<const std::string> arguments);

}  // namespace gforbit::job_index
