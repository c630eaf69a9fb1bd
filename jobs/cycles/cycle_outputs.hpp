/// What cycles put out: the sequences of the output of a system, of other registers those of cell 0.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::job_cycles {

/// States of the cycles of one register, in the order of their smallest ones, whose outputs are looked at.
inline constexpr std::uint64_t kMostWeighed = std::uint64_t{1} << 24;
/// The same for linear complexities, and the longest period: they take more time.
inline constexpr std::uint64_t kMostSynthesized = std::uint64_t{1} << 22;
inline constexpr std::uint64_t kLongestSynthesized = std::uint64_t{1} << 16;

/// By cycle; -1: beyond the limits.
struct CycleOutputs {
  std::vector<std::int64_t> weights;       ///< elements of one period that are not 0
  std::vector<std::int64_t> complexities;  ///< linear complexities of the periodic sequences
  static constexpr auto kFields = std::tuple(&CycleOutputs::weights, &CycleOutputs::complexities);
  friend bool operator==(const CycleOutputs&, const CycleOutputs&) = default;
};

/// @param cycles  of this register, the smallest representatives first
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<CycleOutputs> outputs_of(const fsr::Register& reg,
                                                     std::span<const cycles::Cycle> cycles,
                                                     const core::StopSignal& stop = {});

}  // namespace gforbit::job_cycles
