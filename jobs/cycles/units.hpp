/// What travels: the units of the cycles job and their results, each with one list of its fields.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "cycles/algebra_report.hpp"
#include "cycles/cycle_outputs.hpp"
#include "cycles/register_spec.hpp"
#include "gforbit/core/bytes.hpp"
#include "gforbit/core/fields.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/mapping/unit.hpp"
#include "gforbit/cycles/whole.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::job_cycles {

/// What was asked for. Of enumerated linear registers algebra also tells the factors, unasked.
struct WorkOrder {
  bool enumerate = false;
  bool algebra = false;  ///< as a result
  bool twice = false;    ///< enumerate two times, and compare
  static constexpr auto kFields = std::tuple(&WorkOrder::enumerate, &WorkOrder::algebra, &WorkOrder::twice);
};

/// One small register of a bundle.
struct BundleEntry {
  std::uint64_t row = 0;
  WorkOrder order;
  bool linear = false;                ///< linear or affine: algebra tells at least the factors
  std::uint64_t stored = 0;           ///< cycle rows wanted
  bool basins = false;                ///< of singular registers
  bool sequences = false;             ///< what the stored cycles put out
  double timeout_s = 0;               ///< 0 = none
  std::uint64_t bitsliced_marks = 0;  ///< for the bit-sliced kernel; 0: scalar
  cycles::Simd simd{};
  RegisterSpec reg;
  static constexpr auto kFields =
      std::tuple(&BundleEntry::row, &BundleEntry::order, &BundleEntry::linear, &BundleEntry::stored,
                 &BundleEntry::basins, &BundleEntry::sequences, &BundleEntry::timeout_s,
                 &BundleEntry::bitsliced_marks, &BundleEntry::simd, &BundleEntry::reg);
};

/// Many small registers, each mapped whole. The result: a MapReport of each.
struct BundleUnit {
  std::vector<BundleEntry> entries;
  static constexpr auto kFields = std::tuple(&BundleUnit::entries);
};

/// Is this register nonsingular? The result: a truth value.
struct ClassifyUnit {
  static constexpr std::tuple<> kFields{};
};

/// A linear or affine register by algebra, where that may take long. The result: an AlgebraReport.
struct AlgebraUnit {
  double timeout_s = 0;
  bool searches = true;  ///< for factors that are not known at once
  static constexpr auto kFields = std::tuple(&AlgebraUnit::timeout_s, &AlgebraUnit::searches);
};

/// Every unit of a register that travels alone. The result of a MappingUnit is for Mapping::merge().
struct RegisterUnit {
  std::uint64_t row = 0;
  RegisterSpec reg;
  std::variant<ClassifyUnit, AlgebraUnit, cycles::MappingUnit> task;
  static constexpr auto kFields = std::tuple(&RegisterUnit::row, &RegisterUnit::reg, &RegisterUnit::task);

  /// A part of the mapping; nullptr: another one.
  [[nodiscard]] const cycles::MappingUnit* mapping() const noexcept {
    return std::get_if<cycles::MappingUnit>(&task);
  }
  [[nodiscard]] bool is_algebra() const noexcept { return std::holds_alternative<AlgebraUnit>(task); }
  [[nodiscard]] bool is_classification() const noexcept { return std::holds_alternative<ClassifyUnit>(task); }
};

/// What travels to a rank.
using JobUnit = std::variant<BundleUnit, RegisterUnit>;

[[nodiscard]] inline core::Bytes bytes_of(JobUnit unit) {
  return core::to_bytes(unit);
}
/// @throws core::CorruptRecord  there is no such unit
[[nodiscard]] inline JobUnit read_unit(std::span<const std::byte> body) {
  return core::from_bytes<JobUnit>(body);
}
/// The register unit in a message; nullopt: it is a bundle.
[[nodiscard]] std::optional<RegisterUnit> register_unit(std::span<const std::byte> body);

using skeleton::RowStatus;

/// The RowStatus of a report: completed, timed_out, failed or cancelled. Checkpoints have 0 to 3 for these.
class ReportStatus {
 public:
  ReportStatus() = default;
  ReportStatus(RowStatus status) : status_(status) {}      // NOLINT(google-explicit-constructor): it is one
  operator RowStatus() const noexcept { return status_; }  // NOLINT(google-explicit-constructor)

  /// @throws core::InternalError  it is another status
  void write(core::ByteWriter& out) const;
  [[nodiscard]] static ReportStatus read(core::ByteReader& in);

 private:
  RowStatus status_ = RowStatus::completed;
};

/// What came of mapping one register completely, by enumeration, by algebra or both.
struct MapReport {
  std::uint64_t row = 0;
  ReportStatus status;
  std::string message;
  core::Natural state_count = 0;  ///< q^d
  bool enumerated = false;        ///< the following eight are valid
  bool nonsingular = false;
  cycles::CycleCensus cycles{0};
  core::Natural transient_states = 0;
  std::uint64_t max_transient_length = 0;
  std::uint64_t leaf_states = 0;  ///< without predecessor
  std::vector<std::uint64_t>
      basin_sizes;  ///< of the cycle rows, where basins of a singular register are wanted
  cycles::TransientLengths transient_lengths;
  std::optional<CycleOutputs> outputs;  ///< of the cycle rows, where they are wanted and were computed
  std::uint64_t steps = 0;
  std::optional<AlgebraReport> algebra;  ///< of linear and affine registers
  double elapsed_s = 0;
  bool mappings_differ = false;  ///< a second mapping found something else

  /// Takes over what enumeration found.
  void set_enumerated(cycles::MapResult result, bool is_nonsingular);
  static constexpr auto kFields =
      std::tuple(&MapReport::row, &MapReport::status, &MapReport::message, &MapReport::state_count,
                 &MapReport::enumerated, &MapReport::nonsingular, &MapReport::cycles,
                 &MapReport::transient_states, &MapReport::max_transient_length, &MapReport::leaf_states,
                 &MapReport::basin_sizes, &MapReport::transient_lengths, &MapReport::outputs,
                 &MapReport::steps, &MapReport::elapsed_s, &MapReport::algebra, &MapReport::mappings_differ);
};

/// The result of a bundle, in the order of its entries.
using MapReports = std::vector<MapReport>;

}  // namespace gforbit::job_cycles
