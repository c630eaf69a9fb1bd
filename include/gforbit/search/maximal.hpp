/// Whether nonsingular registers over GF(2) have maximal period: the zero state and one cycle of all others.
///
/// Small registers walk from the state 1 until it comes back, each in a lane of a vector, some steps at once.
/// A larger one walks from many distinguished states to the next ones, a bit each; a chain of such segments
/// that closes and has fewer than 2^n - 1 steps ends the search. The chains that are complete are looked at
/// several times on the way, because a function that fails mostly does so long before all segments are known.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/search/family.hpp"

namespace gforbit::search {

/// @param functions  of one form and degree
/// @param level      available on this machine
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<std::vector<bool>> have_maximal_period(std::span<const Function> functions,
                                                                   cycles::SimdLevel level,
                                                                   const core::StopSignal& stop);

/// The same of one function by a walk of one state. About 2^n steps.
[[nodiscard]] std::optional<bool> has_maximal_period_by_walk(const Function& function,
                                                             const core::StopSignal& stop);

/// The same by segments in lanes. Requires n >= kFewestCellsOfLanes.
inline constexpr int kFewestCellsOfLanes = 16;
[[nodiscard]] std::optional<bool> has_maximal_period_by_segments(const Function& function,
                                                                 cycles::SimdLevel level,
                                                                 const core::StopSignal& stop);

/// All cycles of a nonsingular register over GF(2), certified: their periods add up to all 2^n states.
/// @param stored  cycles of which the smallest state is found too
/// @throws core::CertificateError  they do not: an error of this library
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<cycles::CycleCensus> all_cycles(const fsr::Feedback& feedback,
                                                            std::uint64_t stored, cycles::SimdLevel level,
                                                            const core::StopSignal& stop);

/// Of a register with two cycles: the smallest state s that is on another one than s + 1, s even.
/// Complementing the feedback at these two states exchanges the states after them, which joins the cycles.
/// There is such a state, because successors and these pairs connect all states.
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<std::uint64_t> joining_state(const fsr::Feedback& feedback,
                                                         cycles::SimdLevel level,
                                                         const core::StopSignal& stop);

}  // namespace gforbit::search
