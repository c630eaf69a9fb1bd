/// Options of `gforbit scoring`: which tasks, which solvers, and what a call may take.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scoring/items.hpp"
#include "skeleton/job.hpp"

namespace gforbit::job_scoring {

/// The common --timeout is that of a call.
struct ScoringOptions : skeleton::JobOptions {
  std::vector<std::string> tasks;  ///< files and folders
  std::string solvers;
  std::string solutions, submission, reuse;  ///< files; empty: none is given
  bool id_from_path = false;
  bool skip_errors = false;  ///< tasks that cannot be read are left out
  bool hide_demo = false;
  std::optional<std::uint32_t> slots;          ///< nullopt: as many as the rank has threads
  std::chrono::milliseconds cpu_timeout{0};    ///< 0: none
  std::optional<std::uint64_t> solver_memory;  ///< bytes; nullopt: so much as is available
  std::uint64_t max_processes = 0;             ///< of a solver at the same time
  std::chrono::milliseconds startup_timeout{};
  std::uint32_t attempts = 0;
  bool retry_starved = false;
  std::uint64_t recycle = 0;  ///< 0: never
  bool store_outputs = false;
  EarlyEnds end_early;
  bool probe = false;  ///< of a dry run: start every program once
};

/// The description behind parsing and --help; its readers write to `options`, which must outlive it.
[[nodiscard]] config::Command scoring_command(ScoringOptions& options);

/// Reads what follows `gforbit scoring`. No input file is opened yet.
/// @throws core::UsageError
[[nodiscard]] ScoringOptions parse_scoring_options(std::span<const std::string> arguments);

}  // namespace gforbit::job_scoring
