/// What a checkpoint of the cycles job need not keep: results of registers that ended, marks that were
/// contracted, and many small results where few say the same.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "cycles/checkpoint_record.hpp"
#include "launch/checkpoint.hpp"

namespace gforbit::job_cycles {

/// Rows and ranges of marks stay as they are; other results of registers at work are held back and condensed,
/// and all of a second mapping, which must come behind those of the first one.
/// Memory: these, and a few words for each register at work.
class CheckpointCompaction final : public launch::Compaction {
 public:
  void see(const store::JournalRecord& record) override;
  [[nodiscard]] std::uint64_t outdated_bytes() const override;
  [[nodiscard]] std::optional<store::JournalRecord> keep(store::JournalRecord record) override;
  [[nodiscard]] launch::Records rest() override;

 private:
  /// A register at work.
  struct AtWork {
    struct Bytes {
      std::uint64_t all = 0, largest = 0;  ///< of records
    };
    struct Marks {
      bool contracted = false;
      std::uint64_t bytes = 0;  ///< of ranges of marks
    };
    std::array<Marks, 2> marks;                                 ///< of the first and the second mapping
    std::map<std::pair<std::uint32_t, UnitKind>, Bytes> small;  ///< the others by phase and kind
    [[nodiscard]] std::uint64_t bytes() const;
  };

  std::map<std::uint64_t, AtWork> at_work_;  ///< by row
  /// By row: how often a register came to the end of its time. One that is at work again has nothing left of
  /// before.
  std::map<std::uint64_t, std::uint64_t> timed_out_;
  std::uint64_t ended_bytes_ = 0;  ///< of ranges of registers that ended
  launch::Records held_;
};

}  // namespace gforbit::job_cycles
