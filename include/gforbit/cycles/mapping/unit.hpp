/// How one register is cut, and the units of work that mapping it consists of.
///
/// The program `gforbit cycles` sends units to the ranks of a run; map() works on them in its own threads.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "gforbit/core/fields.hpp"
#include "gforbit/core/state_index.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/cycles/trees.hpp"

namespace gforbit::cycles {

/// Vector level to work at, none: the fastest that a rank has.
using Simd = std::optional<SimdLevel>;

/// Who walks the ranges. The values are part of messages and checkpoints, as those of SimdLevel are.
enum class KernelKind : std::uint8_t {
  scalar,
  bitsliced,  ///< GF(2)
  qary,       ///< vectors of cells of larger fields
  lookup,     ///< other fields, by tables
  system,     ///< GF(2), systems of registers
};
constexpr KernelKind last_of(KernelKind) noexcept {
  return KernelKind::system;
}
constexpr SimdLevel last_of(SimdLevel) noexcept {
  return SimdLevel::avx512;
}

/// How one register is cut: the same on every rank.
struct RangePlan {
  std::uint64_t states = 0;      ///< N
  std::uint64_t marks = 0;       ///< M
  KernelKind kernel{};           ///< for nonsingular registers
  Simd simd{};                   ///< vector level
  unsigned class_digits = 0;     ///< of the partition
  std::uint64_t coarse = 0;      ///< states from here on are one class
  std::uint64_t walk_limit = 0;  ///< steps of one walk before it is cut
  /// Cycles of at most this period are searched for directly (ShortCyclesUnit), and passed over by leaders.
  int known_periods = 0;
  /// There is memory for a sieve on each rank (LeaderSieve), if the search for leaders takes long.
  bool sieve = false;

  [[nodiscard]] Partition partition() const { return {states, marks, class_digits, coarse}; }
  bool operator==(const RangePlan&) const = default;
  static constexpr auto kFields = std::tuple(
      &RangePlan::states, &RangePlan::marks, &RangePlan::kernel, &RangePlan::simd, &RangePlan::class_digits,
      &RangePlan::coarse, &RangePlan::walk_limit, &RangePlan::known_periods, &RangePlan::sieve);
};

// ---- nonsingular registers --------------------------------------------------------------------------------

/// From each mark of a range to the next mark.
struct SegmentsUnit {
  core::StateRange marks;
  double slice_steps = 0;  ///< in a slice for one thread at least
  static constexpr auto kFields = std::tuple(&SegmentsUnit::marks, &SegmentsUnit::slice_steps);
};

/// Cycles without a mark whose periods are in a range, by the bit-sliced kernel.
struct ShortCyclesUnit {
  core::StateRange periods;
  static constexpr auto kFields = std::tuple(&ShortCyclesUnit::periods);
};

/// Smallest states of cycles without a mark, in a range above the marks.
struct LeadersUnit {
  core::StateRange candidates;
  double slice_steps = 0;  ///< in a slice for one thread at least
  std::uint64_t max_period = 0;
  static constexpr auto kFields =
      std::tuple(&LeadersUnit::candidates, &LeadersUnit::slice_steps, &LeadersUnit::max_period);
};

/// Walks that other units have left open.
struct WalksUnit {
  std::vector<OpenWalk> walks;
  std::uint64_t max_period = 0;
  static constexpr auto kFields = std::tuple(&WalksUnit::walks, &WalksUnit::max_period);
};

/// Segments to cycles: on rank 0, in the memory of the mapping.
struct ContractionUnit {
  static constexpr std::tuple<> kFields{};
};

/// An interleaved register, all of it.
struct InterleavedUnit {
  static constexpr std::tuple<> kFields{};
};

// ---- singular registers -----------------------------------------------------------------------------------

/// The trees that end in each mark of a range.
struct BasinsUnit {
  core::StateRange marks;
  static constexpr auto kFields = std::tuple(&BasinsUnit::marks);
};

/// Walks through basins that other units have left open.
struct OpenBasinsUnit {
  std::vector<TreeWalk> walks;
  static constexpr auto kFields = std::tuple(&OpenBasinsUnit::walks);
};

/// The trees along stretches of cycles.
struct RimsUnit {
  std::vector<RimWalk> walks;
  static constexpr auto kFields = std::tuple(&RimsUnit::walks);
};

/// LeadersUnit of a singular register.
struct TreeLeadersUnit {
  core::StateRange candidates;
  std::uint64_t max_period = 0;
  static constexpr auto kFields = std::tuple(&TreeLeadersUnit::candidates, &TreeLeadersUnit::max_period);
};

/// Searches for leaders that other units have left open.
struct TreeWalksUnit {
  std::vector<OpenWalk> walks;
  std::uint64_t max_period = 0;
  static constexpr auto kFields = std::tuple(&TreeWalksUnit::walks, &TreeWalksUnit::max_period);
};

/// A singular register in memory, all of it.
struct PeelingUnit {
  static constexpr std::tuple<> kFields{};
};

/// What leads to each cycle, once all cycles are known: on rank 0, which has them in memory.
struct BasinSearchUnit {
  static constexpr std::tuple<> kFields{};
};

// ---- all --------------------------------------------------------------------------------------------------

using MappingTask = std::variant<SegmentsUnit, ShortCyclesUnit, LeadersUnit, WalksUnit, ContractionUnit,
                                 InterleavedUnit, BasinsUnit, OpenBasinsUnit, RimsUnit, TreeLeadersUnit,
                                 TreeWalksUnit, PeelingUnit, BasinSearchUnit>;

/// A part of the work on one register.
struct MappingUnit {
  RangePlan plan;
  std::uint64_t stored = 0;  ///< cycle rows to keep
  MappingTask task;
  static constexpr auto kFields = std::tuple(&MappingUnit::plan, &MappingUnit::stored, &MappingUnit::task);

  template <class Task>
  [[nodiscard]] bool is() const noexcept {
    return std::holds_alternative<Task>(task);
  }
};

/// Whether only rank 0 can do it, in the memory of the mapping.
[[nodiscard]] inline bool is_local(const MappingUnit& unit) noexcept {
  return unit.is<ContractionUnit>() || unit.is<BasinSearchUnit>();
}

/// One function of several: std::visit(Overloaded{...}, unit.task).
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

/// Units of a register that become useless together: a search for leaders has the number of its class,
/// because it is over when no state of the class is missing any more; the search for basins begins when all
/// that is over, and has a number beyond the classes; all else is group 0.
inline constexpr std::uint32_t kGroupOfBasins = 1U << 17;
[[nodiscard]] inline std::uint32_t group_of(const MappingUnit& unit) {
  const auto class_of = [&](core::StateRange candidates) {
    return static_cast<std::uint32_t>(unit.plan.partition().class_of(candidates.begin.value));
  };
  return std::visit(Overloaded{[&](const LeadersUnit& task) { return class_of(task.candidates); },
                               [&](const TreeLeadersUnit& task) { return class_of(task.candidates); },
                               [](const BasinSearchUnit&) { return kGroupOfBasins; },
                               [](const auto&) { return std::uint32_t{0}; }},
                    unit.task);
}

}  // namespace gforbit::cycles
