/// Small registers in one go: every state in memory, no ranges, no engine. The simplest method, and the
/// reference for the others.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

/// Registers up to this size are mapped whole: their tables fit the caches of one core (bits) or a few dozen
/// MB (singular).
inline constexpr std::uint64_t kWholeLimit = std::uint64_t{1} << 22;

struct MapResult {
  CycleCensus cycles;
  std::uint64_t transient_states = 0;      ///< counted independently of the cycles: by searching
                                           ///< backwards from them, or by peeling
  std::uint64_t max_transient_length = 0;  ///< 0 where there are none
  std::uint64_t leaf_states = 0;           ///< states without predecessor, counted where transient states are
  /// Where basins were asked for and the register is singular: of the cycle rows, in their order; and of all
  /// transient states.
  std::vector<std::uint64_t> basin_sizes{};
  TransientLengths transient_lengths{};
  std::uint64_t steps = 0;  ///< evaluations of the step map, for statistics
  static constexpr auto kFields = std::tuple(
      &MapResult::cycles, &MapResult::transient_states, &MapResult::max_transient_length,
      &MapResult::leaf_states, &MapResult::basin_sizes, &MapResult::transient_lengths, &MapResult::steps);
};

/// All cycles of a nonsingular register: walk from each state not seen yet. N steps, N bits.
/// @throws core::CertificateError  a walk does not return to its start: the step map is no bijection
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<MapResult> map_bijection(const fsr::Stepper& step, std::uint64_t stored,
                                                     core::StopSignal stop);

/// All cycles and trees of any register with at most 2^32 - 1 states. N steps, 20 N bytes. Cycles are found
/// by walking forwards, transient states are counted by a breadth-first search backwards from the cycles, so
/// the two counts check each other; the last level of that search is the largest transient length.
[[nodiscard]] std::optional<MapResult> map_functional_graph(const fsr::Stepper& step, std::uint64_t stored,
                                                            core::StopSignal stop);

}  // namespace gforbit::cycles
