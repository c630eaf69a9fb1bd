/// Walks of many small registers at a time: a lane of a vector each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/search/family.hpp"

namespace gforbit::search {

/// States of so many cells fit the lanes, with some steps at once.
inline constexpr int kMostCellsOfLaneWalk = 24;

[[nodiscard]] bool has_lane_walk(cycles::SimdLevel level) noexcept;

/// The period of the state 1 of each of these functions, which have one form and degree.
/// @param level  has_lane_walk(), available on this machine
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<std::vector<std::uint64_t>> periods_of_one(std::span<const Function> functions,
                                                                       cycles::SimdLevel level,
                                                                       const core::StopSignal& stop);

}  // namespace gforbit::search
