/// The result file of the cycles job.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cycles/input.hpp"
#include "cycles/plan.hpp"
#include "cycles/tables.hpp"
#include "gforbit/config/common.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/store/result_writer.hpp"
#include "launch/ranks.hpp"
#include "launch/run_record.hpp"

namespace gforbit::job_cycles {

struct TableRules {
  config::Coalesce coalesce{};  ///< equal: a row has the register of the row whose result it shares
  CycleColumns columns{};       ///< of results/cycles
  std::uint64_t stored = 0;     ///< rows of results/cycles for each register, of perhaps more that are known
};

/// Rows are written in blocks; memory is a block of each table.
void write_tables(store::ResultWriter& file, BatchInput& input, const CyclesPlan& plan,
                  const TableRules& rules);

/// The attribute vector_level of /runtime: the level that the kernels used, or those of all ranks, each once
/// in the order of ranks, separated by commas.
/// @param forced  by --simd
/// @param ranks   their reports; empty while the run works: the level of this rank
[[nodiscard]] std::string vector_levels(std::optional<cycles::SimdLevel> forced,
                                        std::span<const launch::RankReport> ranks);

/// What the columns of /runtime/ranks are called.
[[nodiscard]] launch::RankWords rank_words();

}  // namespace gforbit::job_cycles
