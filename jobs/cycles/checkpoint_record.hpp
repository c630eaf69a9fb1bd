/// What the cycles job writes in its checkpoint: the results it has taken, in the order it took them. A
/// restart takes them once more; nothing else has to be saved, and nothing depends on ranks and threads.
///
/// Finished intervals, open walks, counts by class and cycles found are all in the results of ranges. What
/// came between two writes is condensed to a few records a register, and of a register that ended only its
/// row is written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "cycles/tables.hpp"
#include "cycles/units.hpp"
#include "gforbit/core/fields.hpp"
#include "gforbit/store/journal.hpp"

namespace gforbit::job_cycles {

/// Raised when records change: a checkpoint of another format is refused.
inline constexpr int kCheckpointFormat = 9;

/// Types of journal records; 0 belongs to the checkpoint itself.
enum class RecordType : std::uint32_t { range = 1, row = 2, ended = 3 };

/// What a record calls the units of a register.
enum class UnitKind : std::uint8_t {
  bundle,  ///< in no record
  algebra,
  interleaved,
  peeling,
  classify,
  segments,
  short_cycles,
  leaders,
  walks,
  basins,
  open_basins,
  rims,
  tree_leaders,
  tree_walks,
  contraction,
  basin_search,
};
constexpr UnitKind last_of(UnitKind) noexcept {
  return UnitKind::basin_search;
}

/// A unit of a record, or several of one kind together. It has place for all that any unit has; what a
/// restart does not need is as it is here.
struct RecordedUnit {
  UnitKind kind{};
  std::uint64_t row = 0;
  cycles::RangePlan plan;
  core::StateRange range{};  ///< of marks, candidates or periods
  double slice_steps = 0, timeout_s = 0;
  bool searches = true;
  std::uint64_t max_period = 0, stored = 0;
  std::vector<cycles::OpenWalk> walks;
  std::vector<cycles::TreeWalk> trees;
  std::vector<cycles::RimWalk> rims;
  core::Bytes reg;
  static constexpr auto kFields =
      std::tuple(&RecordedUnit::kind, &RecordedUnit::row, &RecordedUnit::plan, &RecordedUnit::range,
                 &RecordedUnit::slice_steps, &RecordedUnit::timeout_s, &RecordedUnit::searches,
                 &RecordedUnit::max_period, &RecordedUnit::stored, &RecordedUnit::walks, &RecordedUnit::trees,
                 &RecordedUnit::rims, &RecordedUnit::reg);

  [[nodiscard]] static RecordedUnit of(const RegisterUnit& unit);
  /// Without the register itself: the input has it. @throws core::CorruptRecord  no unit has this kind
  [[nodiscard]] RegisterUnit unit() const;
};

/// Added to the phases of the second mapping of a register (--double-check).
inline constexpr std::uint32_t kSecondMapping = 1U << 16;

/// A result of a large register that goes on.
struct RangeRecord {
  std::uint32_t phase = 0;               ///< 0 before there is a mapping, then 1 + Mapping::phase()
  double elapsed_s = 0;                  ///< of the register so far
  RecordedUnit unit;                     ///< its range spans `ranges`
  std::vector<core::StateRange> ranges;  ///< that are done, increasing, not touching
  core::Bytes result;

  [[nodiscard]] bool is_of_second_mapping() const noexcept { return phase >= kSecondMapping; }
  [[nodiscard]] store::JournalRecord journal() const { return journal_with(result); }
  /// With this result, which may be large and lie elsewhere, in place of its own.
  [[nodiscard]] store::JournalRecord journal_with(std::span<const std::byte> result_elsewhere) const;
  [[nodiscard]] static RangeRecord read(std::span<const std::byte> payload);
};

/// A register that came to its end by work.
struct RowRecord {
  WorkOrder order;
  std::uint64_t n_ranges = 1;
  MapReport report;
  double limit_s = 0;  ///< of its time, which it may have reached; 0: none
  static constexpr auto kFields =
      std::tuple(&RowRecord::order, &RowRecord::n_ranges, &RowRecord::report, &RowRecord::limit_s);

  /// More time would help.
  [[nodiscard]] bool timed_out() const;
  [[nodiscard]] store::JournalRecord journal() const;
  [[nodiscard]] static RowRecord read(std::span<const std::byte> payload);
};

/// A register that ended otherwise: by its time limit, or because it failed.
struct EndedRecord {
  std::uint64_t row = 0;
  RowStatus status{};
  std::string message;
  static constexpr auto kFields = std::tuple(&EndedRecord::row, &EndedRecord::status, &EndedRecord::message);

  [[nodiscard]] store::JournalRecord journal() const;
  [[nodiscard]] static EndedRecord read(std::span<const std::byte> payload);
};

/// Fewer records with the same meaning: what came of a register in one phase and kind becomes one record (of
/// segments, one for neighboring ranges); ranges of registers that ended go. Thread-safe, costs the size of
/// the records.
[[nodiscard]] std::vector<store::JournalRecord> condense(std::vector<store::JournalRecord> records);

}  // namespace gforbit::job_cycles
