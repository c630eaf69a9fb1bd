/// What an orbit index knows of one register: for each distinguished state (mark) its cycle and its position
/// on it.
///
/// The marks are the states below M. The walk from a mark to the next one is a segment. The marks of a cycle
/// in the order of their positions, with the positions, say the successor of each mark and the length of each
/// segment. So the table answers where a state is, by a walk to the next mark. It is a certificate, too: a
/// walk through all segments and all cycles without a mark shows that they contain all q^d states.
///
/// Singular registers: most marks are transient. Of these the table has the cycle that they lead to, the
/// distance to it, and the position of the state where they enter it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/core/zeroed_allocator.hpp"

namespace gforbit::index {

/// A row of the table of cycles; they are sorted by representative.
struct IndexedCycle {
  std::uint64_t representative = 0;  ///< smallest state; a mark if the cycle contains one
  std::uint64_t period = 0;
  std::uint64_t first =
      0;  ///< its marks begin here in Orbits::order, and end where those of the next cycle begin
  friend bool operator==(const IndexedCycle&, const IndexedCycle&) = default;
};

template <class T>
using Column = std::vector<T, core::ZeroedAllocator<T>>;

struct Orbits {
  std::uint64_t states = 0;  ///< q^d
  std::uint64_t marks = 0;   ///< M, less than 2^32
  bool nonsingular = true;
  std::vector<IndexedCycle> cycles;
  // By mark.
  Column<std::uint64_t>
      positions;  ///< steps from the representative; of a transient mark those of its entry state
  Column<std::uint32_t> cycle_of;   ///< row of `cycles`
  Column<std::uint32_t> distances;  ///< singular registers only: steps to the cycle, 0 for marks on one
  // Marks on cycles: cycle by cycle, the smallest first, then by position.
  Column<std::uint32_t> order;
};

}  // namespace gforbit::index
