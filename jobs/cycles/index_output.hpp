/// The orbit index of a run of `gforbit cycles`.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>

#include "cycles/input.hpp"
#include "cycles/options.hpp"
#include "cycles/plan.hpp"
#include "gforbit/index/build.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/sys/placement.hpp"
#include "gforbit/sys/signals.hpp"

namespace gforbit::job_cycles {

/// A stop that a signal requests from now on.
class StopOnSignal {
 public:
  explicit StopOnSignal(const sys::SignalGuard& signals);
  [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread watch_;  ///< ends before what it uses
};

/// Before the run does any work. @throws core::UsageError, core::OutputError  the file of --index cannot be
/// written, is an input or the output of the run, or exists and is not to be replaced
void check_index(const CyclesOptions& options, const store::InputFiles& inputs);

[[nodiscard]] index::BuildOptions index_options(const CyclesOptions& options,
                                                std::span<const sys::RankPlacement> ranks);

/// The distinguished states of a register in the index. Whether the segments of its mapping are still there
/// makes no difference.
[[nodiscard]] std::uint64_t marks_in_index(const fsr::Register& reg, bool nonsingular,
                                           const index::BuildOptions& build,
                                           const cycles::MappingOptions& mapping);

/// What was written.
struct Indexed {
  std::uint64_t registers = 0;
  std::uint64_t bytes = 0;
};

/// Writes the registers that were completed, if there are any. By the threads of this rank.
/// @throws core::OutputError;  core::Error  with ExitStatus::stopped: `stop` was requested
[[nodiscard]] Indexed write_index(const CyclesOptions& options, BatchInput& input, const CyclesPlan& plan,
                                  const index::BuildOptions& build, const cycles::MappingOptions& mapping,
                                  const std::stop_token& stop);

/// For the last line of a run.
[[nodiscard]] std::string indexed_text(const std::string& path, const Indexed& indexed);

/// Expected bytes of a register in the index, without its cycles that have no distinguished state; 0: it
/// cannot be enumerated.
[[nodiscard]] std::uint64_t expected_index_bytes(const fsr::Register& reg, const index::BuildOptions& build,
                                                 const cycles::MappingOptions& mapping);

}  // namespace gforbit::job_cycles
