/// The check of a cycles result: are the long tables sorted and their rows possible; does every register
/// agree with itself, its period distribution, its stored cycles, and with a second computation or walks by
/// the scalar step; does /runtime agree with the results. A later pass needs what the one before has found to
/// be in order.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cycles/column_texts.hpp"
#include "cycles/report.hpp"
#include "cycles/report_check_basins.hpp"
#include "cycles/report_check_cycles.hpp"
#include "cycles/report_check_runtime.hpp"
#include "cycles/report_check_sequences.hpp"
#include "cycles/report_recompute.hpp"
#include "cycles/report_register.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::job_cycles {

namespace {

using report::Findings;

/// Sorted by (register, representative), registers exist, periods positive.
/// @param plan  counts the cycles
bool check_cycle_rows(const store::ResultReader& reader, std::uint64_t n_registers, WalkPlan& plan,
                      Findings& findings) {
  const std::size_t before = findings.n_violations();
  std::pair<std::uint64_t, std::uint64_t> last{0, 0};
  report::for_each_block(reader, kCycles, [&](const store::Table& block, std::uint64_t first) {
    const auto& registers = block.column<std::uint64_t>("register");
    const auto& representatives = block.column<std::uint64_t>("representative");
    const auto& periods = block.column<std::uint64_t>("period");
    for (std::size_t i = 0; i < registers.size(); ++i) {
      const auto wrong = [&](const std::string& what) {
        findings.violation(fmt::format("{}, row {}: {}", kCycles, first + i, what));
      };
      const std::pair now{registers[i], representatives[i]};
      if (first + i > 0 && now <= last)
        wrong("rows are not sorted by register, then representative, without repetition");
      if (registers[i] >= n_registers) wrong(fmt::format("there is no register {}", registers[i]));
      if (periods[i] == 0) wrong("the period is 0");
      last = now;
      plan.count(periods[i]);
    }
  });
  return findings.n_violations() == before;
}

std::vector<PeriodCount> periods_of(report::GroupedRows& distribution, std::uint64_t reg) {
  std::vector<PeriodCount> periods;
  distribution.take(reg, [&](const store::Table& rows, std::size_t k) {
    periods.push_back({core::natural(rows.column<std::string>("period_decimal")[k]),
                       core::natural(rows.column<std::string>("n_cycles_decimal")[k])});
  });
  return periods;
}

/// Rows that share the work of an earlier one: their results are equal, and with --coalesce equal their
/// registers, too.
class CoalescedCheck {
 public:
  CoalescedCheck(const RunOptions& options, Findings& findings) : options_(options), findings_(findings) {}

  /// @param format  of the block
  void check(const store::Table& block, const report::RowFormat& format, std::size_t i, const RowView& row,
             const std::vector<PeriodCount>& periods) {
    const auto target = row.get<std::int64_t>("coalesced_into");
    const auto wrong = [&](const std::string& what) {
      findings_.violation(
          fmt::format("{}, row {}: coalesced_into is {}, {}", kRegisters, row.number(), target, what));
    };
    earlier_.push_back(
        {row.status(), target != -1, hash(block, format, i, kIdentity), hash(block, format, i, kResults)});
    for (const PeriodCount& entry : periods)
      earlier_.back().results =
          mixed(earlier_.back().results, core::decimal(entry.period) + ' ' + core::decimal(entry.n_cycles));
    if (target == -1) return;
    if (target < -1 || static_cast<std::uint64_t>(target) >= row.number())
      return wrong("which is no earlier row");
    const Shared &first = earlier_[static_cast<std::size_t>(target)], &own = earlier_.back();
    if (options_.coalesce == "off") wrong("but the run had --coalesce off");
    if (first.is_coalesced) wrong("which is itself coalesced into another row");
    if (options_.coalesce == "equal" && first.identity != own.identity) wrong("but the two registers differ");
    // Parts of a batch do not know of each other's ends.
    const bool both_completed = first.status == RowStatus::completed && row.completed();
    if ((!options_.merged || both_completed) && first.results != own.results)
      wrong("but the results of the two rows differ");
  }

 private:
  struct Shared {
    RowStatus status{};
    bool is_coalesced = false;
    std::size_t identity = 0, results = 0;
  };
  static constexpr const char* kIdentity[] = {"field_order", "degree", "modulus", "feedback"};
  static constexpr const char* kResults[] = {"kind",
                                             "nonsingular",
                                             "method",
                                             "status",
                                             "message",
                                             "state_count_decimal",
                                             "n_cycles_decimal",
                                             "max_period_decimal",
                                             "n_transient_states_decimal",
                                             "max_transient_length",
                                             kLeafStatesDecimal,
                                             "characteristic_polynomial",
                                             "factorization",
                                             "order_decimal",
                                             "is_irreducible",
                                             "is_primitive"};

  static std::size_t mixed(std::size_t hash, const std::string& text) {
    return std::hash<std::string>{}(std::to_string(hash) + '\n' + text);
  }
  template <std::size_t N>
  static std::size_t hash(const store::Table& block, const report::RowFormat& format, std::size_t row,
                          const char* const (&columns)[N]) {
    std::size_t result = 0;
    for (const char* const column : columns)
      if (block.has_column(column)) result = mixed(result, format.text(block, block.index_of(column), row));
    return result;
  }

  const RunOptions& options_;
  Findings& findings_;
  std::vector<Shared> earlier_;
};

/// Passes over the registers with all that belongs to each.
class RegistersCheck {
 public:
  RegistersCheck(const store::ResultReader& reader, const report::CheckEffort& effort,
                 const RunOptions& options, Findings& findings)
      : reader_(reader),
        effort_(effort),
        options_(options),
        findings_(findings),
        complete_(reader.integer_attribute("/", "complete").value_or(0) == 1) {}

  /// @param plan  of the walks along cycles; nullopt: their table is not in order
  void run(bool with_distribution, const std::optional<WalkPlan>& plan) {
    std::optional<report::GroupedRows> distribution;
    if (with_distribution) distribution.emplace(reader_, kPeriodDistribution);
    std::optional<CycleCheck> cycles;
    if (with_distribution && plan) cycles.emplace(reader_, *plan, effort_.steps / 4, options_, findings_);
    std::optional<Recomputation> again;
    if (with_distribution) again.emplace(reader_, effort_.steps, findings_);
    RegisterCheck check(options_, findings_);
    CoalescedCheck coalesced(options_, findings_);
    report::for_each_block(reader_, kRegisters, [&](const store::Table& block, std::uint64_t first) {
      const report::RowFormat format(block.spec());
      for (std::size_t i = 0; i < block.n_rows(); ++i) {
        const RowView row(block, i, first + i);
        if (complete_ && row.status() == RowStatus::pending)
          findings_.violation(
              fmt::format("{}, row {}: it is pending in a complete file", kRegisters, row.number()));
        const auto periods =
            distribution ? periods_of(*distribution, row.number()) : std::vector<PeriodCount>{};
        coalesced.check(block, format, i, row, periods);
        if (!distribution) continue;
        const auto reg = check.check(row, periods);
        if (reg) {
          check_results_of(row, *reg, periods, *again, cycles);
        } else if (cycles) {
          cycles->skip(row);
        }
      }
    });
    if (again) again->note_coverage();
    if (cycles) cycles->note_coverage();
  }

 private:
  void check_results_of(const RowView& row, const fsr::Register& reg, const std::vector<PeriodCount>& periods,
                        Recomputation& again, std::optional<CycleCheck>& cycles) {
    Recomputation::Answer answer;
    if (row.completed()) answer = again.check(row, reg, periods, options_.stored.value_or(UINT64_MAX));
    const bool is_stored = row.get<std::int8_t>("method") != static_cast<std::int8_t>(RowMethod::algebraic);
    const auto* const expected = answer.cycles && is_stored ? &*answer.cycles : nullptr;
    const bool proven = cycles && cycles->check(row, reg, periods, expected);
    if (row.completed() && !answer.complete && !proven) again.count_in_part();
  }

  const store::ResultReader& reader_;
  const report::CheckEffort& effort_;
  const RunOptions& options_;
  Findings& findings_;
  bool complete_;
};

void check_unique_ids(const store::ResultReader& reader, Findings& findings) {
  std::vector<std::pair<std::string, std::uint64_t>> ids;
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    const auto& texts = block.column<std::string>("id");
    for (std::size_t i = 0; i < texts.size(); ++i) ids.emplace_back(texts[i], first + i);
  });
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 1; i < ids.size(); ++i) {
    if (ids[i].first != ids[i - 1].first) continue;
    findings.violation(fmt::format("{}, row {}: id {} is that of row {}", kRegisters, ids[i].second,
                                   core::quoted(ids[i].first), ids[i - 1].second));
  }
}

}  // namespace

bool check_distribution_rows(const store::ResultReader& reader, const char* table, std::uint64_t n_registers,
                             Findings& findings) {
  const std::size_t before = findings.n_violations();
  std::pair<std::uint64_t, core::Natural> last{0, 0};
  report::for_each_block(reader, table, [&](const store::Table& block, std::uint64_t first) {
    const auto& registers = block.column<std::uint64_t>("register");
    for (std::size_t i = 0; i < registers.size(); ++i) {
      const auto wrong = [&](const std::string& what) {
        findings.violation(fmt::format("{}, row {}: {}", table, first + i, what));
      };
      const auto exact = [&](const char* column, const char* twin) -> core::Natural {
        const std::string& text = block.column<std::string>(twin)[i];
        const auto value = parse_decimal(text);
        if (!value || *value == 0) {
          wrong(fmt::format("{} is {}, no positive number", twin, core::quoted(text)));
          return 0;
        }
        const std::uint64_t stored = block.column<std::uint64_t>(column)[i];
        if (stored != core::u64_or_zero(*value))
          wrong(fmt::format("{} is {}, but {} is {}", column, stored, twin, core::quoted(text)));
        return *value;
      };
      const core::Natural period = exact("period", "period_decimal");
      static_cast<void>(exact("n_cycles", "n_cycles_decimal"));
      if (registers[i] >= n_registers) wrong(fmt::format("there is no register {}", registers[i]));
      std::pair<std::uint64_t, core::Natural> now{registers[i], period};
      if (first + i > 0 && !(last < now))
        wrong("rows are not sorted by register, then period, without repetition");
      last = std::move(now);
    }
  });
  return findings.n_violations() == before;
}

void check_results(const store::ResultReader& reader, const report::CheckEffort& effort, Findings& findings) {
  for (const auto& table : {oldest_registers_table(), period_distribution_table(),
                            cycles_table({has_basins(reader), has_sequences(reader)})}) {
    report::require_table(reader, table);
  }
  const std::uint64_t n_registers = reader.n_rows(kRegisters);
  const RunOptions options = run_options(reader);
  check_unique_ids(reader, findings);
  const bool has_distribution = check_distribution_rows(reader, kPeriodDistribution, n_registers, findings);
  std::optional<WalkPlan> plan(std::in_place);
  if (check_cycle_rows(reader, n_registers, *plan, findings))
    plan->decide(effort.steps);
  else
    plan.reset();
  RegistersCheck(reader, effort, options, findings).run(has_distribution, plan);
  if (has_basins(reader)) check_basins(reader, effort, findings);
  if (has_sequences(reader)) check_sequences(reader, effort, findings);
  check_runtime(reader, options, findings);
}

}  // namespace gforbit::job_cycles
