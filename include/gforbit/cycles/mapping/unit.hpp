/// How one register is cut, and the units of work that mapping it consists of.
///
/// The program `gforbit cycles` sends units to the ranks of a run; map() works on them in its own threads.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gforbit/core/state_index.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/cycles/trees.hpp"

namespace gforbit::cycles {

/// The values are part of messages and checkpoints.
enum class UnitKind : std::uint8_t {
  bundle,        ///< of the cycles job only: many small registers, each mapped whole
  algebra,       ///< of the cycles job only: a linear or affine register by algebra, where that may take long
  interleaved,   ///< a nonsingular interleaved register, all of it
  peeling,       ///< a singular register in memory, all of it
  classify,      ///< of the cycles job only: is this register nonsingular?
  segments,      ///< range of marks of a bijection
  short_cycles,  ///< range of periods of a bijection for the bit-sliced kernel
  leaders,       ///< range above the marks of a bijection
  walks,         ///< open walks of a bijection
  basins,        ///< range of marks of a singular register
  open_basins,   ///< open tree walks
  rims,          ///< stretches of cycles of a singular register
  tree_leaders,  ///< range above the marks of a singular register
  tree_walks,    ///< open leader walks of a singular register
  local,         ///< rank 0 only: contraction, in the memory of the mapping
};

/// Vector level to work at, none: the fastest that a rank has.
using Simd = std::optional<SimdLevel>;

/// Who walks the ranges.
enum class KernelKind : std::uint8_t {
  scalar,
  bitsliced,  ///< GF(2)
  qary,       ///< vectors of cells of larger fields
  lookup,     ///< other fields, by tables
};

/// How one register is cut: the same on every rank.
struct RangePlan {
  std::uint64_t states = 0;      ///< N
  std::uint64_t marks = 0;       ///< M
  KernelKind kernel{};           ///< for nonsingular registers
  Simd simd{};                   ///< vector level
  unsigned class_digits = 0;     ///< of the partition
  std::uint64_t coarse = 0;      ///< states from here on are one class
  std::uint64_t walk_limit = 0;  ///< steps of one walk before it is cut
  /// Cycles of at most this period are searched for directly (short_cycles), and passed over by leaders.
  int known_periods = 0;
  /// There is memory for a sieve on each rank (LeaderSieve), if the search for leaders takes long.
  bool sieve = false;

  [[nodiscard]] Partition partition() const { return {states, marks, class_digits, coarse}; }
  bool operator==(const RangePlan&) const = default;
};

/// A part of the work on one register.
struct RangeUnit {
  UnitKind kind{};
  RangePlan plan;
  core::StateRange range{};      ///< segments, leaders, basins, tree_leaders; of periods: short_cycles
  double slice_steps = 0;        ///< in a slice for one thread at least: segments, leaders
  std::uint64_t max_period = 0;  ///< leaders, walks, tree_leaders, tree_walks
  std::uint64_t stored = 0;      ///< cycle rows to keep
  std::vector<OpenWalk> walks;   ///< walks, tree_walks
  std::vector<TreeWalk> trees;   ///< open_basins
  std::vector<RimWalk> rims;     ///< rims
};

/// Units of a register that become useless together: a search for leaders has the number of its class,
/// because it is over when no state of the class is missing any more; all else is group 0.
[[nodiscard]] inline std::uint32_t group_of(const RangeUnit& unit) {
  if (unit.kind != UnitKind::leaders && unit.kind != UnitKind::tree_leaders) return 0;
  return static_cast<std::uint32_t>(unit.plan.partition().class_of(unit.range.begin.value));
}

}  // namespace gforbit::cycles
