/// From what was computed to what is reported: the certificate, the comparison of two methods, the row.
///
/// This is the one place where a result becomes a row. None does without its proof.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "cycles/tables.hpp"
#include "cycles/units.hpp"

namespace gforbit::job_cycles {

/// What became of one register of the batch.
struct RowResult {
  RowStatus status = RowStatus::pending;
  RowMethod method = RowMethod::none;
  std::string message;
  std::int64_t coalesced_into = -1;  ///< the first equal row, whose result this row shares
  bool coverage_verified = false;
  bool methods_disagree = false;  ///< --verify or --double-check found a difference
  MapReport map;  ///< valid if completed; elapsed time, steps and what algebra proved also otherwise
  std::uint64_t n_ranges = 0;

  /// All but coalesced_into.
  static constexpr auto kFields =
      std::tuple(&RowResult::status, &RowResult::method, &RowResult::message, &RowResult::coverage_verified,
                 &RowResult::methods_disagree, &RowResult::n_ranges, &RowResult::map);
};

/// Judges a report of a register that came to its end. `result` keeps its row number of ranges and
/// coalescing. Without a closed certificate, or where the two methods differ, the row is `failed` and says
/// so.
void judge(MapReport report, WorkOrder order, RowResult& result);

/// max_period is q^d - 1 or q^d. Requires a completed row.
[[nodiscard]] bool has_maximal_period(const RowResult& result);

}  // namespace gforbit::job_cycles
