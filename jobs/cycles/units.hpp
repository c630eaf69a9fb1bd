/// What travels: the units of the cycles job and their results, written and read in one place.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cycles/algebra_report.hpp"
#include "cycles/register_spec.hpp"
#include "gforbit/core/bytes.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/core/state_index.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/cycles/trees.hpp"

namespace gforbit::job_cycles {

enum class UnitKind : std::uint8_t {
  bundle,        ///< many small registers, each mapped whole
  algebra,       ///< a linear or affine register by algebra, where that may take long
  interleaved,   ///< a nonsingular interleaved register, all of it
  peeling,       ///< a singular register in memory, all of it
  classify,      ///< is this register nonsingular?
  segments,      ///< range of marks of a bijection
  short_cycles,  ///< range of periods of a bijection for the bit-sliced kernel
  leaders,       ///< range above the marks of a bijection
  walks,         ///< open walks of a bijection
  basins,        ///< range of marks of a singular register
  open_basins,   ///< open tree walks
  rims,          ///< stretches of cycles of a singular register
  tree_leaders,  ///< range above the marks of a singular register
  tree_walks,    ///< open leader walks of a singular register
  local,         ///< rank 0 only: contraction, in the memory of the plan
};

/// Vector level to work at, none: the fastest that a rank has.
using Simd = std::optional<cycles::SimdLevel>;

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
  /// There is memory for a sieve on each rank (cycles::LeaderSieve), if the search for leaders takes long.
  bool sieve = false;

  [[nodiscard]] cycles::Partition partition() const { return {states, marks, class_digits, coarse}; }
  bool operator==(const RangePlan&) const = default;
};

/// Every unit of a register that travels alone.
struct RangeUnit {
  UnitKind kind{};
  std::uint64_t row = 0;
  RangePlan plan;
  core::StateRange range{};             ///< segments, leaders, basins, tree_leaders; of periods: short_cycles
  double slice_steps = 0;               ///< in a slice for one thread at least: segments, leaders
  double timeout_s = 0;                 ///< algebra
  bool searches = true;                 ///< algebra: for factors that are not known at once
  std::uint64_t max_period = 0;         ///< leaders, walks, tree_leaders, tree_walks
  std::uint64_t stored = 0;             ///< cycle rows to keep
  std::vector<cycles::OpenWalk> walks;  ///< walks, tree_walks
  std::vector<cycles::TreeWalk> trees;  ///< open_basins
  std::vector<cycles::RimWalk> rims;    ///< rims
  core::Bytes reg;                      ///< pack_register()

  [[nodiscard]] core::Bytes bytes() const;
  [[nodiscard]] static RangeUnit read(std::span<const std::byte> body);
};

/// Units of a register that become useless together: a search for leaders has the number of its class,
/// because it is over when no state of the class is missing any more; all else is group 0.
[[nodiscard]] std::uint32_t group_of(const RangeUnit& unit);

/// What was asked for. Of enumerated linear registers algebra also tells the factors, unasked.
struct WorkOrder {
  bool enumerate = false;
  bool algebra = false;  ///< as a result
};

/// One small register of a bundle.
struct BundleEntry {
  std::uint64_t row = 0;
  WorkOrder order;
  bool linear = false;                ///< linear or affine: algebra tells at least the factors
  std::uint64_t stored = 0;           ///< cycle rows wanted
  double timeout_s = 0;               ///< 0 = none
  std::uint64_t bitsliced_marks = 0;  ///< for the bit-sliced kernel; 0: scalar
  Simd simd{};
  core::Bytes reg;  ///< pack_register()
};

enum class MapStatus : std::uint8_t { completed, timed_out, failed };

/// What came of mapping one register completely, by enumeration, by algebra or both.
struct MapReport {
  std::uint64_t row = 0;
  MapStatus status{};
  std::string message;
  core::Natural state_count = 0;  ///< q^d
  bool enumerated = false;        ///< the following five are valid
  bool nonsingular = false;
  cycles::CycleCensus cycles{0};
  core::Natural transient_states = 0;
  std::uint64_t max_transient_length = 0;
  std::uint64_t steps = 0;
  std::optional<AlgebraReport> algebra;  ///< of linear and affine registers
  double elapsed_s = 0;

  void write(core::ByteWriter& out) const;
  [[nodiscard]] static MapReport read(core::ByteReader& in);
};

[[nodiscard]] core::Bytes write_bundle(const std::vector<BundleEntry>& entries);
[[nodiscard]] std::vector<BundleEntry> read_bundle(std::span<const std::byte> body);
[[nodiscard]] std::vector<MapReport> read_reports(std::span<const std::byte> result);

/// The first byte of every unit.
[[nodiscard]] UnitKind kind_of(std::span<const std::byte> body);

}  // namespace gforbit::job_cycles
