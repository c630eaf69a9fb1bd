/// The check of a cycles result, in three passes over its tables: are the long tables sorted and their rows
/// possible; does every register agree with itself and its period distribution; do the stored cycles agree
/// with both and with a walk by the scalar step. A later pass needs what the one before has found to be in
/// order.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "cycles/column_texts.hpp"
#include "cycles/report.hpp"
#include "cycles/report_register.hpp"
#include "cycles/report_replay.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::job_cycles {

namespace {

using report::Findings;

/// Sorted by (register, period), registers exist, counts positive and equal to their exact twins.
bool check_distribution_rows(const store::ResultReader& reader, std::uint64_t n_registers,
                             Findings& findings) {
  const std::size_t before = findings.n_violations();
  std::pair<std::uint64_t, core::Natural> last{0, 0};
  report::for_each_block(reader, kPeriodDistribution, [&](const store::Table& block, std::uint64_t first) {
    const auto& registers = block.column<std::uint64_t>("register");
    for (std::size_t i = 0; i < registers.size(); ++i) {
      const auto wrong = [&](const std::string& what) {
        findings.violation(fmt::format("{}, row {}: {}", kPeriodDistribution, first + i, what));
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

struct CycleTotals {
  std::uint64_t n_rows = 0;
  std::uint64_t steps = 0;  ///< sum of the periods, saturated
  bool in_order = false;
};

/// Sorted by (register, representative), registers exist, periods positive.
CycleTotals check_cycle_rows(const store::ResultReader& reader, std::uint64_t n_registers,
                             Findings& findings) {
  const std::size_t before = findings.n_violations();
  CycleTotals totals;
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
      totals.steps = periods[i] > std::numeric_limits<std::uint64_t>::max() - totals.steps
                         ? std::numeric_limits<std::uint64_t>::max()
                         : totals.steps + periods[i];
    }
    totals.n_rows += registers.size();
  });
  totals.in_order = findings.n_violations() == before;
  return totals;
}

/// The stored cycles of one register after the other.
class CycleCheck {
 public:
  CycleCheck(const store::ResultReader& reader, const CycleTotals& totals, Findings& findings)
      : cycles_(reader, kCycles),
        plan_(ReplayPlan::of(totals.n_rows, totals.steps, kReplaySteps)),
        findings_(findings) {}

  void check(const RowView& row, const std::optional<fsr::Register>& reg,
             const std::vector<PeriodCount>& distribution) {
    std::optional<fsr::Stepper> stepper;
    std::vector<std::uint64_t> stored(distribution.size(), 0);
    std::uint64_t n_stored = 0;
    const auto states = reg ? reg->enumerable_state_count() : std::nullopt;
    cycles_.take(row.number(), [&](const store::Table& block, std::size_t i) {
      const StoredCycle cycle{next_row_++, block.column<std::uint64_t>("representative")[i],
                              block.column<std::uint64_t>("period")[i]};
      if (n_stored++ == 0 && !states)
        wrong(cycle, "its register cannot be enumerated, so it has no cycles here");
      if (!states) return;
      if (cycle.representative >= *states)
        return wrong(cycle, "the representative is no state index of the register");
      count(cycle, distribution, stored);
      if (cycle.row % plan_.stride != 0) return;
      if (!stepper) stepper.emplace(*reg);
      ++n_replayed_;
      if (!replay(*stepper, cycle, plan_.steps_per_cycle, findings_)) ++n_in_part_;
    });
    if (n_stored > 0 && !row.completed()) {
      findings_.violation(fmt::format("{}, row {}: it is not completed, but has {} cycles", kRegisters,
                                      row.number(), n_stored));
    }
    if (states) compare(row, distribution, stored, n_stored);
  }

  void note_coverage() {
    if (n_replayed_ == next_row_ && n_in_part_ == 0) return;
    findings_.note(fmt::format("{} of {} stored cycles were replayed, {} of these in part", n_replayed_,
                               next_row_, n_in_part_));
  }

 private:
  void wrong(const StoredCycle& cycle, const std::string& what) {
    findings_.violation(fmt::format("{}, row {}: {}", kCycles, cycle.row, what));
  }

  void count(const StoredCycle& cycle, const std::vector<PeriodCount>& distribution,
             std::vector<std::uint64_t>& stored) {
    const auto found =
        std::lower_bound(distribution.begin(), distribution.end(), cycle.period,
                         [](const PeriodCount& a, std::uint64_t period) { return a.period < period; });
    if (found == distribution.end() || found->period != cycle.period) {
      wrong(cycle, fmt::format("period {} is not in the period distribution of register", cycle.period));
      return;
    }
    ++stored[static_cast<std::size_t>(found - distribution.begin())];
  }

  /// Not more stored than there are, and where as many are stored as there are in all, exactly as many of
  /// each period.
  void compare(const RowView& row, const std::vector<PeriodCount>& distribution,
               const std::vector<std::uint64_t>& stored, std::uint64_t n_stored) {
    core::Natural n_all = 0;
    for (const PeriodCount& entry : distribution) n_all += entry.n_cycles;
    for (std::size_t i = 0; i < distribution.size(); ++i) {
      const core::Natural& expected = distribution[i].n_cycles;
      if (expected < stored[i] || (n_all == n_stored && expected != stored[i])) {
        findings_.violation(fmt::format(
            "register {}: {} cycles of period {} are stored, but its period distribution has {}",
            row.number(), stored[i], core::decimal(distribution[i].period), core::decimal(expected)));
      }
    }
  }

  report::GroupedRows cycles_;
  ReplayPlan plan_;
  Findings& findings_;
  std::uint64_t next_row_ = 0;
  std::uint64_t n_replayed_ = 0;
  std::uint64_t n_in_part_ = 0;
};

/// What equal registers share, to be compared with a later row that claims to be equal.
struct SharedResult {
  RowStatus status{};
  bool is_coalesced = false;
  std::size_t counts = 0;  ///< hash of the texts of the counts
};

void check_coalesced(const RowView& row, std::vector<SharedResult>& earlier, Findings& findings) {
  const auto target = row.get<std::int64_t>("coalesced_into");
  const auto wrong = [&](const std::string& what) {
    findings.violation(
        fmt::format("{}, row {}: coalesced_into is {}, {}", kRegisters, row.number(), target, what));
  };
  const std::string counts = row.text("state_count_decimal") + ' ' + row.text("n_cycles_decimal") + ' ' +
                             row.text("max_period_decimal") + ' ' + row.text("n_transient_states_decimal");
  earlier.push_back({row.status(), target != -1, std::hash<std::string>{}(counts)});
  if (target == -1) return;
  if (target < -1 || static_cast<std::uint64_t>(target) >= row.number())
    return wrong("which is no earlier row");
  const SharedResult& first = earlier[static_cast<std::size_t>(target)];
  if (first.is_coalesced) wrong("which is itself coalesced into another row");
  if (first.status == RowStatus::completed && row.completed() && first.counts != earlier.back().counts) {
    wrong("but the results of the two rows differ");
  }
}

void check_registers(const store::ResultReader& reader, bool with_distribution, CycleCheck* cycles,
                     Findings& findings) {
  std::optional<report::GroupedRows> distribution;
  if (with_distribution) distribution.emplace(reader, kPeriodDistribution);
  RegisterCheck check(findings);
  std::vector<SharedResult> earlier;
  const bool complete = reader.integer_attribute("/", "complete").value_or(0) == 1;
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t i = 0; i < block.n_rows(); ++i) {
      const RowView row(block, i, first + i);
      if (complete && row.status() == RowStatus::pending) {
        findings.violation(
            fmt::format("{}, row {}: it is pending in a complete file", kRegisters, row.number()));
      }
      check_coalesced(row, earlier, findings);
      if (!distribution) continue;
      std::vector<PeriodCount> periods;
      distribution->take(row.number(), [&](const store::Table& rows, std::size_t k) {
        periods.push_back({core::natural(rows.column<std::string>("period_decimal")[k]),
                           core::natural(rows.column<std::string>("n_cycles_decimal")[k])});
      });
      const auto reg = check.check(row, periods);
      if (cycles != nullptr) cycles->check(row, reg, periods);
    }
  });
}

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

void check_results(const store::ResultReader& reader, Findings& findings) {
  for (const auto& table : {registers_table(), period_distribution_table(), cycles_table()}) {
    report::require_table(reader, table);
  }
  const std::uint64_t n_registers = reader.n_rows(kRegisters);
  check_unique_ids(reader, findings);
  const bool has_distribution = check_distribution_rows(reader, n_registers, findings);
  const CycleTotals totals = check_cycle_rows(reader, n_registers, findings);
  std::optional<CycleCheck> cycles;
  if (has_distribution && totals.in_order) cycles.emplace(reader, totals, findings);
  check_registers(reader, has_distribution, cycles ? &*cycles : nullptr, findings);
  if (cycles) cycles->note_coverage();
  if (reader.has_table(kRuntimeRegisters) && reader.n_rows(kRuntimeRegisters) != n_registers) {
    findings.violation(fmt::format("{} has {} rows, {} has {}", kRuntimeRegisters,
                                   reader.n_rows(kRuntimeRegisters), kRegisters, n_registers));
  }
}

}  // namespace gforbit::job_cycles
