/// The tables of the cycles job: their schema, and one row of the registers table with its fill values.
///
/// The long names are the documentation that travels in every file. The order of columns is part of the
/// contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gforbit/core/natural.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "gforbit/store/table.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::job_cycles {

/// Category codes; their names in the file are the flag meanings of the columns.
enum class RowMethod : std::int8_t { none = 0, algebraic = 1, enumerated = 2, both = 3 };
using skeleton::RowStatus;
constexpr RowMethod last_of(RowMethod) noexcept {
  return RowMethod::both;
}

inline constexpr const char* kRegisters = "results/registers";
inline constexpr const char* kPeriodDistribution = "results/period_distribution";
inline constexpr const char* kCycles = "results/cycles";
inline constexpr const char* kTransientLengths = "results/transient_lengths";  ///< with --basins
inline constexpr const char* kPartialRegisters = "runtime/partial/registers";
inline constexpr const char* kPartialPeriods = "runtime/partial/period_distribution";
inline constexpr const char* kRuntimeRegisters = "runtime/registers";

// Columns that files of schema 1.0 lack, and those that are there with --basins and --sequences.
inline constexpr const char* kLeafStates = "n_leaf_states";
inline constexpr const char* kLeafStatesDecimal = "n_leaf_states_decimal";
inline constexpr const char* kBasinSize = "basin_size";
inline constexpr const char* kOutputWeight = "output_weight";
inline constexpr const char* kLinearComplexity = "linear_complexity";

/// What results/cycles has beyond its usual columns.
struct CycleColumns {
  bool basins = false;     ///< --basins
  bool sequences = false;  ///< --sequences
};

/// One row a register, in input order.
[[nodiscard]] store::TableSpec registers_table();
/// The columns of it that files of any version have.
[[nodiscard]] store::TableSpec oldest_registers_table();
/// Sorted by register, then period; every completed register has its rows, a coalesced one too.
[[nodiscard]] store::TableSpec period_distribution_table();
/// Sorted by register, then representative.
[[nodiscard]] store::TableSpec cycles_table(CycleColumns columns);
/// Sorted by register, then length; of enumerated singular registers.
[[nodiscard]] store::TableSpec transient_lengths_table();
/// One row a register, as results/registers.
[[nodiscard]] store::TableSpec runtime_registers_table();
/// What algebra has proven of registers that did not complete, one row each; those it knows nothing of have
/// none.
[[nodiscard]] store::TableSpec partial_registers_table();
/// Cycles that exist in registers that did not complete; there may be more of the same and of other periods.
[[nodiscard]] store::TableSpec partial_periods_table();
/// One row a register, of a run of a part of a batch (--part).
[[nodiscard]] store::TableSpec runtime_part_table();

/// What the input says of a register.
struct RegisterIdentity {
  std::string id;
  std::uint64_t field_order = 0;
  std::int32_t degree = 0;
  std::string modulus;
  std::string feedback;
  fsr::FeedbackKind kind{};
  core::Natural state_count = 0;
};

/// A row of results/registers. What is not set is a fill value, so a row that did not complete is identity
/// and status.
struct RegisterRow : RegisterIdentity {
  std::int64_t coalesced_into = -1;

  RowStatus status = RowStatus::pending;
  std::string message;

  // Results of a completed row.
  bool nonsingular = false;
  RowMethod method = RowMethod::none;
  std::optional<core::Natural> n_cycles, max_period, n_transient_states, n_leaf_states;
  std::uint64_t n_distinct_periods = 0;
  std::int64_t max_transient_length = -1;
  std::string characteristic_polynomial;
  std::string factorization;
  std::string order_decimal;
  std::int8_t is_irreducible = -1;
  std::int8_t is_primitive = -1;
  bool is_maximal_period = false;
  bool coverage_verified = false;
};

void append(store::Table& registers, const RegisterRow& row);

/// A row of results/period_distribution.
void append_period(store::Table& period_distribution, std::uint64_t reg, const core::Natural& period,
                   const core::Natural& n_cycles);

}  // namespace gforbit::job_cycles
