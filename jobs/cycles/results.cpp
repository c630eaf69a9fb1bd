#include "cycles/results.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "cycles/column_texts.hpp"
#include "cycles/cycle_outputs.hpp"
#include "cycles/tables.hpp"
#include "gforbit/store/write_behind.hpp"

namespace gforbit::job_cycles {

namespace {

constexpr std::size_t kBlockRows = 1 << 14;

/// The facts about the characteristic polynomial, as far as they are known.
void add_algebra(RegisterRow& row, const AlgebraReport& algebra) {
  const auto& characteristic = algebra.map.characteristic;
  row.characteristic_polynomial = coefficients_text(characteristic.polynomial);
  if (!algebra.complete) return;
  row.factorization = factorization_json(characteristic.factors);
  row.is_irreducible = characteristic.is_irreducible() ? 1 : 0;
  row.is_primitive = algebra.map.is_primitive ? 1 : 0;
  if (algebra.map.order != 0) row.order_decimal = core::decimal(algebra.map.order);
}

/// Period and number of cycles of a completed row, in increasing order, whatever the method.
template <class Visit>
void for_each_period(const RowResult& result, Visit&& visit) {
  if (result.map.enumerated) {
    for (const auto& [period, n] : result.map.cycles.distribution())
      visit(core::Natural(period), core::Natural(n));
  } else {
    for (const auto& [period, n] : result.map.algebra->map.distribution) visit(period, n);
  }
}

/// A row with the result that stands for it: its own, or that of the first equal row.
struct FinishedRow {
  RegisterIdentity identity;
  std::int64_t coalesced_into = -1;
  RowResult result;
};

/// Reads the input again only where the store does not have what it says.
class RowReader {
 public:
  RowReader(BatchInput& input, const RowStore& rows, config::Coalesce coalesce)
      : input_(input), rows_(rows), shares_identity_(coalesce == config::Coalesce::equal) {}

  [[nodiscard]] FinishedRow read(std::uint64_t row) {
    const std::uint64_t first = rows_.first_equal(row);
    RowStore::Row stored = rows_.read(first);
    FinishedRow finished{{}, -1, std::move(stored.result)};
    if (first != row) finished.coalesced_into = static_cast<std::int64_t>(first);
    if (stored.identity && (first == row || shares_identity_)) {
      finished.identity = *std::move(stored.identity);
      if (first != row) finished.identity.id = input_.id(row);
    } else {
      finished.identity = identity_of(input_.at(row));
    }
    return finished;
  }

 private:
  BatchInput& input_;
  const RowStore& rows_;
  bool shares_identity_;  ///< equal rows are the same register
};

RegisterRow make_row(const FinishedRow& finished) {
  const RowResult& result = finished.result;
  RegisterRow row;
  static_cast<RegisterIdentity&>(row) = finished.identity;
  row.coalesced_into = finished.coalesced_into;
  row.status = result.status;
  row.message = result.message;
  if (result.status != RowStatus::completed) return row;
  const MapReport& map = result.map;
  row.method = result.method;
  row.coverage_verified = result.coverage_verified;
  if (map.algebra) add_algebra(row, *map.algebra);
  if (map.enumerated) {
    row.nonsingular = map.nonsingular;
    row.n_cycles = map.cycles.cycles();
    row.n_distinct_periods = map.cycles.distribution().size();
    row.max_period = map.cycles.distribution().rbegin()->first;
    row.n_transient_states = map.transient_states;
    row.max_transient_length = static_cast<std::int64_t>(map.max_transient_length);
    row.n_leaf_states = map.leaf_states;
  } else {
    const cycles::AlgebraicMap& algebra = map.algebra->map;
    row.nonsingular = algebra.transient_states == 0;
    row.n_cycles = algebra.n_cycles();
    row.n_distinct_periods = algebra.distribution.size();
    row.max_period = algebra.max_period();
    row.n_transient_states = algebra.transient_states;
    row.max_transient_length = static_cast<std::int64_t>(algebra.max_transient_length);
    row.n_leaf_states = algebra.leaf_states;
  }
  row.is_maximal_period = has_maximal_period(result);
  return row;
}

/// Fills blocks of a table row by row; full blocks are written while others are filled.
class BlockWriter {
 public:
  /// @param table  must outlive `behind`
  BlockWriter(store::TableStream& table, const store::TableSpec& spec, store::WriteBehind& behind)
      : table_(table), block_(spec), behind_(behind) {}

  template <class Append>
  void add(Append&& append) {
    append(block_);
    if (++rows_ == kBlockRows) flush();
  }
  void flush() {
    store::Table full = std::exchange(block_, store::Table(block_.spec()));
    behind_.post([&table = table_, full = std::move(full)] { table.append(full); });
    rows_ = 0;
  }

 private:
  store::TableStream& table_;
  store::Table block_;
  store::WriteBehind& behind_;
  std::size_t rows_ = 0;
};

/// Widths of the decimal columns: the longest values, so that the file does not depend on how it was written.
std::size_t width_of(const core::Natural& largest) {
  return core::decimal(largest).size();
}

store::FixedTextWidths register_widths(const BatchInput& input, const LargestValues& largest) {
  return {{"id", input.longest_id()},
          {"state_count_decimal", width_of(input.largest_state_count())},
          {"n_cycles_decimal", width_of(largest.n_cycles)},
          {"max_period_decimal", width_of(largest.max_period)},
          {"n_transient_states_decimal", width_of(largest.transient_states)},
          {kLeafStatesDecimal, width_of(largest.leaf_states)},
          {"order_decimal", width_of(largest.order)}};
}

store::FixedTextWidths period_widths(const LargestValues& largest) {
  return {{"period_decimal", width_of(largest.period)},
          {"n_cycles_decimal", width_of(largest.cycles_of_period)}};
}

/// Of the stored rows. Units of large registers leave it to the end.
std::optional<CycleOutputs> outputs_of_rows(BatchInput& input, std::uint64_t reg, const MapReport& map,
                                            std::span<const cycles::Cycle> rows, const TableRules& rules) {
  if (!rules.columns.sequences || rows.empty()) return std::nullopt;
  return map.outputs ? map.outputs : outputs_of(input.at(reg).reg, rows);
}

/// Rows of results/cycles. The basin of a cycle of a nonsingular register is the cycle.
void add_cycles(BlockWriter& cycles, BatchInput& input, std::uint64_t reg, const MapReport& map,
                const TableRules& rules) {
  auto rows = map.cycles.rows();
  if (rows.size() > rules.stored) rows.resize(rules.stored);
  const auto outputs = outputs_of_rows(input, reg, map, rows, rules);
  for (std::size_t number = 0; number < rows.size(); ++number) {
    const auto& [representative, period] = rows[number];
    const std::uint64_t basin =
        rules.columns.basins && !map.nonsingular ? map.basin_sizes.at(number) : period;
    cycles.add([&](store::Table& block) {
      const auto append = [&](const auto&... more) { block.append(reg, representative, period, more...); };
      if (!outputs) return rules.columns.basins ? append(basin) : append();
      const std::int64_t weight = outputs->weights.at(number), complexity = outputs->complexities.at(number);
      rules.columns.basins ? append(basin, weight, complexity) : append(weight, complexity);
    });
  }
}

/// All tables with rows of registers, in one pass over the finished rows.
void write_rows(store::ResultWriter& file, BatchInput& input, const RowStore& rows, const TableRules& rules) {
  const bool with_basins = rules.columns.basins;
  const LargestValues& largest = rows.largest();
  std::vector<store::TableStream> tables;
  tables.push_back(file.open_table(registers_table(), register_widths(input, largest)));
  tables.push_back(file.open_table(period_distribution_table(), period_widths(largest)));
  tables.push_back(file.open_table(cycles_table(rules.columns)));
  tables.push_back(file.open_table(runtime_registers_table()));
  if (with_basins) tables.push_back(file.open_table(transient_lengths_table()));
  store::WriteBehind behind;
  BlockWriter registers(tables[0], registers_table(), behind);
  BlockWriter periods(tables[1], period_distribution_table(), behind);
  BlockWriter cycles(tables[2], cycles_table(rules.columns), behind);
  BlockWriter runtime(tables[3], runtime_registers_table(), behind);
  std::optional<BlockWriter> lengths;
  if (with_basins) lengths.emplace(tables[4], transient_lengths_table(), behind);
  RowReader reader(input, rows, rules.coalesce);
  for (std::uint64_t i = 0; i < rows.size(); ++i) {
    const FinishedRow finished = reader.read(i);
    const RowResult& result = finished.result;
    registers.add([&](store::Table& block) { append(block, make_row(finished)); });
    const bool own = finished.coalesced_into < 0;
    runtime.add([&](store::Table& block) {
      block.append(own ? result.map.elapsed_s : 0, own ? result.map.steps : 0, own ? result.n_ranges : 0);
    });
    if (result.status != RowStatus::completed) continue;
    for_each_period(result, [&](const core::Natural& period, const core::Natural& n) {
      periods.add([&](store::Table& block) { append_period(block, i, period, n); });
    });
    add_cycles(cycles, input, i, result.map, rules);
    for (const auto& [below, states] : result.map.transient_lengths.states())
      lengths.value().add([&](store::Table& block) { block.append(i, below, states); });
  }
  for (BlockWriter* blocks : {&registers, &periods, &cycles, &runtime}) blocks->flush();
  if (lengths) lengths->flush();
  behind.finish();
  for (store::TableStream& table : tables) table.close();
}

void append_partial(store::Table& registers, std::uint64_t row, const AlgebraReport& algebra) {
  const auto& map = algebra.map;
  const bool factored = !map.characteristic.factors.empty();
  const auto known = [](const core::Natural& n) { return n == 0 ? std::string() : core::decimal(n); };
  registers.append(row, coefficients_text(map.characteristic.polynomial),
                   factored ? factorization_json(map.characteristic.factors) : "",
                   factored                        ? (map.characteristic.is_irreducible() ? 1 : 0)
                   : algebra.found_factors.empty() ? -1
                                                   : 0,
                   factored ? core::decimal(map.transient_states) : "",
                   factored ? static_cast<std::int64_t>(map.max_transient_length) : -1,
                   known(algebra.period_divisor), known(algebra.period_multiple), known(algebra.cofactor),
                   map.is_primitive           ? 1
                   : algebra.is_not_primitive ? 0
                                              : -1,
                   algebra.number, algebra.known_primes,
                   algebra.found_factors.empty() ? "" : factorization_json(algebra.found_factors));
}

/// Registers that did not complete are few, and what is known of them is small: whole tables.
void write_partial(store::ResultWriter& file, const CyclesPlan& plan) {
  const RowStore& rows = plan.rows();
  store::Table registers(partial_registers_table()), periods(partial_periods_table());
  for (std::uint64_t i = 0; i < rows.size(); ++i) {
    const std::uint64_t first = rows.first_equal(i);
    if (rows.status(first) == RowStatus::completed) continue;
    const auto proven =
        rows.status(first) == RowStatus::pending ? plan.proven(first) : rows[first].map.algebra;
    if (!proven) continue;
    append_partial(registers, i, *proven);
    for (const auto& [period, n] : proven->map.distribution) append_period(periods, i, period, n);
  }
  file.write(registers);
  file.write(periods);
}

}  // namespace

launch::RankWords rank_words() {
  return {{"ranges", "work items done", "", store::ColumnType::uint64},
          {"steps", "register steps taken", "steps", store::ColumnType::uint64}};
}

std::string vector_levels(std::optional<cycles::SimdLevel> forced,
                          std::span<const launch::RankReport> ranks) {
  if (forced) return std::string(cycles::simd_name(*forced));
  std::vector<std::string> levels;
  for (const launch::RankReport& rank : ranks) {
    if (!rank.vector_level.empty() && std::ranges::find(levels, rank.vector_level) == levels.end())
      levels.push_back(rank.vector_level);
  }
  if (levels.empty()) return std::string(cycles::simd_name(cycles::best_simd_level()));
  return fmt::format("{}", fmt::join(levels, ","));
}

void write_tables(store::ResultWriter& file, BatchInput& input, const CyclesPlan& plan,
                  const TableRules& rules) {
  write_rows(file, input, plan.rows(), rules);
  write_partial(file, plan);
}

}  // namespace gforbit::job_cycles
