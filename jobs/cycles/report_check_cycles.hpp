/// Check of the table of cycles.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cycles/report_register.hpp"
#include "cycles/report_walk.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::job_cycles {

/// The stored cycles of one register after the other.
class CycleCheck {
 public:
  /// @param plan    decided
  /// @param budget  steps for walks from other states than representatives
  CycleCheck(const store::ResultReader& reader, WalkPlan plan, std::uint64_t budget,
             const RunOptions& options, report::Findings& findings);

  /// Checks the rows of the register against its period distribution (which is sorted), and each by a walk.
  /// @param expected  the rows as they should be, where they are known: then nothing is walked
  /// @return whether the rows prove the distribution: all cycles are there, walked whole, and make all states
  bool check(const RowView& row, const fsr::Register& reg, const std::vector<PeriodCount>& distribution,
             const std::vector<cycles::Cycle>* expected);
  /// Goes past the rows of a register that is not known.
  void skip(const RowView& row);

  /// Says which walks were left out.
  void note_coverage();

 private:
  void wrong(const StoredCycle& cycle, const std::string& what);
  void wrong(const RowView& row, const std::string& what);
  void count(const StoredCycle& cycle, const std::vector<PeriodCount>& distribution,
             std::vector<std::uint64_t>& stored);
  void compare_counts(const RowView& row, const std::vector<PeriodCount>& distribution,
                      const std::vector<std::uint64_t>& stored, std::uint64_t n_stored);
  void walk_from_other_states(const RowView& row, const fsr::Stepper& stepper,
                              const std::vector<PeriodCount>& distribution);
  void check_arrival(const RowView& row, std::uint64_t state, const Arrival& found,
                     const std::vector<PeriodCount>& distribution);
  void report_missing(const RowView& row, bool all_stored, std::uint64_t last);

  report::GroupedRows cycles_;
  WalkPlan plan_;
  std::uint64_t budget_;
  const RunOptions& options_;
  report::Findings& findings_;
  std::unordered_map<std::uint64_t, std::uint64_t>
      met_;  ///< representative -> period, of cycles that walks ran into
  std::uint64_t next_row_ = 0, n_begun_ = 0, n_left_out_ = 0;
};

}  // namespace gforbit::job_cycles
