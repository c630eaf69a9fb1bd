/// Interleaved registers: several copies of a smaller one that take turns.
///
/// Let g divide the degree d and every cell that the feedback reads. Then the cells r, r + g, r + 2g, ... are
/// a state a_r of one smaller register G with d/g cells, for each r < g, and a step is
///
///     (a_0, a_1, ..., a_{g-1})  ->  (a_1, ..., a_{g-1}, G(a_0)).
///
/// Such registers are far from random: most of their cycles are about as long as those of G, and there are
/// very many of them, so walking them all takes long. But all about them follows from the cycles of G, which
/// has the g-th root of their number of states:
///
///  - The n-th step map fixes Fix_G(n/h)^h states, h = gcd(n, g): each of h groups of copies is one state of
///  G that
///    returns after n/h steps. By Moebius inversion this gives the number of cycles of every period.
///  - g steps move all a_r one step on along their cycles. So a cycle of the register is a tuple of cycles of
///  G with the
///    positions on them, up to moving all positions together and to turning the tuple; each class has a
///    canonical tuple, and smallest states are found by going through the states in increasing order until
///    every class, or as many as are to be stored, was met.
#pragma once

#include <cstdint>
#include <optional>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// The part may have this many states: a dozen bytes of memory for each.
inline constexpr std::uint64_t kInterleavedPartLimit = std::uint64_t{1} << 24;

struct Interleaving {
  int copies = 1;      ///< g, as large as it can be
  fsr::Register part;  ///< G
};

/// nullopt if the register is not interleaved, has more than 2^63 states or a part beyond
/// kInterleavedPartLimit.
[[nodiscard]] std::optional<Interleaving> interleaving_of(const fsr::Register& reg);

/// All cycles of a nonsingular interleaved register. Time: the part is mapped whole, then about a microsecond
/// for each cycle that is stored and for each state passed until then; where all cycles are to be stored also
/// their periods, as far as they are not met early. Memory: 12 bytes a state of the part, some dozen bytes a
/// stored cycle. Where all cycles are found, their numbers by period are compared with those of the formula.
/// @param stored  cycle rows to keep
/// @throws core::CertificateError  the cycles found are not those that the formula counts
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<MapResult> map_interleaved(const fsr::Register& reg,
                                                       const Interleaving& interleaving, std::uint64_t stored,
                                                       core::StopSignal stop);

}  // namespace gforbit::cycles
