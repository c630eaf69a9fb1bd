#include "cycles/report_check_runtime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cycles/column_texts.hpp"
#include "cycles/tables.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/rows.hpp"
#include "launch/run_record.hpp"
#include "skeleton/report.hpp"

namespace gforbit::job_cycles {

namespace {

using report::Findings;

/// What the other tables need of a row of results/registers.
struct RowFacts {
  RowStatus status{};
  RowMethod method{};
  std::int64_t coalesced_into = -1;
  bool disagree = false;  ///< its message says that two methods differ
};

std::vector<RowFacts> read_facts(const store::ResultReader& reader) {
  std::vector<RowFacts> facts;
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t i = 0; i < block.n_rows(); ++i) {
      const RowView row(block, i, first + i);
      facts.push_back({row.status(), static_cast<RowMethod>(row.get<std::int8_t>("method")),
                       row.get<std::int64_t>("coalesced_into"),
                       row.text("message").starts_with("enumeration and algebra differ")});
    }
  });
  return facts;
}

/// 1 where two methods disagreed, else 5 where rows failed or timed out, else 0.
void check_exit_status(const store::ResultReader& reader, const std::vector<RowFacts>& rows,
                       Findings& findings) {
  if (reader.integer_attribute("/", "complete") != 1) return;
  std::int64_t expected = 0;
  for (const RowFacts& row : rows) {
    if (row.disagree) expected = 1;
    const bool unfinished = row.status == RowStatus::failed || row.status == RowStatus::timed_out;
    if (unfinished && expected == 0) expected = static_cast<std::int64_t>(core::ExitStatus::unfinished);
  }
  const auto stored = reader.integer_attribute("/", "exit_status").value_or(-1);
  if (stored != expected)
    findings.violation(fmt::format("root attribute 'exit_status' is {}, but the rows of {} make it {}",
                                   stored, kRegisters, expected));
}

/// What work on a row leaves behind. A row that shares the work of another has none of its own; in a merged
/// file its part may have worked on it.
void check_costs(const store::ResultReader& reader, const std::vector<RowFacts>& rows,
                 const RunOptions& options, Findings& findings) {
  report::require_table(reader, runtime_registers_table());
  if (reader.n_rows(kRuntimeRegisters) != rows.size()) {
    return findings.violation(fmt::format("{} has {} rows, {} has {}", kRuntimeRegisters,
                                          reader.n_rows(kRuntimeRegisters), kRegisters, rows.size()));
  }
  report::for_each_block(reader, kRuntimeRegisters, [&](const store::Table& block, std::uint64_t first) {
    const auto& steps = block.column<std::uint64_t>("n_steps");
    const auto& ranges = block.column<std::uint64_t>("n_ranges");
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const RowFacts& row = rows[static_cast<std::size_t>(first) + i];
      const auto wrong = [&](const char* what) {
        findings.violation(fmt::format("{}, row {}: {}", kRuntimeRegisters, first + i, what));
      };
      if (row.coalesced_into >= 0) {
        if (!options.merged && (steps[i] > 0 || ranges[i] > 0 || block.column<double>("elapsed_s")[i] > 0))
          wrong("it shares the work of another row, but has some of its own");
      } else if (row.status == RowStatus::completed) {
        if (ranges[i] == 0) wrong("it is completed without work");
        if ((steps[i] > 0) != (row.method != RowMethod::algebraic)) wrong("n_steps does not fit its method");
      }
    }
  });
}

/// Items of the queue are the rows of the run.
void check_queue(const store::ResultReader& reader, const std::vector<RowFacts>& rows, Findings& findings) {
  if (!reader.contains(launch::kScheduler) || reader.integer_attribute("/", "complete") != 1) return;
  std::map<std::string, std::int64_t> counts = {{"submitted", 0}, {"coalesced", 0}, {"completed", 0},
                                                {"timed_out", 0}, {"cancelled", 0}, {"failed", 0}};
  for (const RowFacts& row : rows) {
    ++counts["submitted"];
    static constexpr std::array kNames = {"", "completed", "timed_out", "cancelled", "failed"};
    if (row.coalesced_into >= 0) {
      ++counts["coalesced"];
    } else if (const auto at = static_cast<std::size_t>(row.status); at > 0 && at < kNames.size()) {
      ++counts[kNames[at]];
    }
  }
  for (const auto& [name, counted] : counts) {
    const auto stored = reader.integer_attribute(launch::kScheduler, name).value_or(-1);
    if (stored != counted)
      findings.violation(fmt::format("attribute '{}' of '/{}' is {}, but {} has {} such rows", name,
                                     launch::kScheduler, stored, kRegisters, counted));
  }
}

/// Whether the register is there, did not complete, and comes after the one before.
class PartialRows {
 public:
  PartialRows(const char* table, const std::vector<RowFacts>& rows, Findings& findings)
      : table_(table), rows_(rows), findings_(findings) {}
  bool check(std::uint64_t number, std::uint64_t reg) {
    const auto wrong = [&](const char* what) {
      findings_.violation(fmt::format("{}, row {}: {}", table_, number, what));
      return false;
    };
    if (reg >= rows_.size()) return wrong("there is no such register");
    return rows_[static_cast<std::size_t>(reg)].status != RowStatus::completed ||
           wrong("its register is completed");
  }

 private:
  const char* table_;
  const std::vector<RowFacts>& rows_;
  Findings& findings_;
};

/// A bound of the order, 0 where there is none; reports what is no number.
core::Natural bound(const store::Table& block, std::size_t row, const char* column, std::uint64_t number,
                    Findings& findings) {
  const std::string& text = block.column<std::string>(column)[row];
  if (text.empty()) return 0;
  const auto value = parse_decimal(text);
  if (!value)
    findings.violation(fmt::format("{}, row {}: {} is no number", kPartialRegisters, number, column));
  return value.value_or(0);
}

void check_partial_registers(const store::ResultReader& reader, const std::vector<RowFacts>& rows,
                             Findings& findings) {
  PartialRows partial(kPartialRegisters, rows, findings);
  std::optional<std::uint64_t> last;
  report::for_each_block(reader, kPartialRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t i = 0; i < block.n_rows(); ++i) {
      const auto wrong = [&](const char* what) {
        findings.violation(fmt::format("{}, row {}: {}", kPartialRegisters, first + i, what));
      };
      const auto reg = block.column<std::uint64_t>("register")[i];
      if (last && reg <= *last) wrong("rows are not sorted by register");
      last = reg;
      if (!partial.check(first + i, reg)) continue;
      const auto divisor = bound(block, i, "order_divisor_decimal", first + i, findings);
      const auto multiple = bound(block, i, "order_multiple_decimal", first + i, findings);
      static_cast<void>(bound(block, i, "cofactor_decimal", first + i, findings));
      if (divisor != 0 && multiple % divisor != 0)
        wrong("order_divisor_decimal does not divide order_multiple_decimal");
      const std::string& factorization = block.column<std::string>("factorization")[i];
      const auto irreducible = block.column<std::int8_t>("is_irreducible")[i];
      const auto transient = block.column<std::int64_t>("max_transient_length")[i];
      const auto polynomial = parse_coefficients(block.column<std::string>("characteristic_polynomial")[i]);
      if (!polynomial || polynomial->empty()) wrong("characteristic_polynomial is no list of numbers");
      if (factorization.empty()) {
        if (irreducible != -1 || transient != -1)
          wrong("it is not factored, but says what follows from factors");
        continue;
      }
      const auto factors = parse_factorization(factorization);
      if (!factors || factors->empty()) {
        wrong("factorization is no list of factors");
        continue;
      }
      const cycles::CharacteristicFactors known{{}, *factors};
      if (irreducible != (known.is_irreducible() ? 1 : 0)) wrong("is_irreducible does not fit its factors");
      if (transient != static_cast<std::int64_t>(known.singular_part()))
        wrong("max_transient_length does not fit its factors");
      std::uint64_t degree = 0;
      for (const auto& factor : *factors) degree += std::uint64_t{factor.degree()} * factor.multiplicity;
      if (polynomial && degree + 1 != polynomial->size()) wrong("the factors do not make the degree");
    }
  });
}

void check_partial(const store::ResultReader& reader, const std::vector<RowFacts>& rows, Findings& findings) {
  store::TableSpec known = partial_registers_table();
  const auto newer = newer_partial_columns();
  std::erase_if(known.columns, [&](const store::ColumnSpec& column) {
    return std::ranges::find(newer, column.name) != newer.end();
  });
  report::require_table(reader, known);
  report::require_table(reader, partial_periods_table());
  check_partial_registers(reader, rows, findings);
  if (!check_distribution_rows(reader, kPartialPeriods, rows.size(), findings)) return;
  PartialRows partial(kPartialPeriods, rows, findings);
  report::for_each_block(reader, kPartialPeriods, [&](const store::Table& block, std::uint64_t first) {
    const auto& registers = block.column<std::uint64_t>("register");
    for (std::size_t i = 0; i < registers.size(); ++i)
      static_cast<void>(partial.check(first + i, registers[i]));
  });
}

}  // namespace

std::vector<std::string> newer_partial_columns() {
  return {"is_primitive", "resisting_number", "known_prime_factors", "found_factors"};
}

void check_runtime(const store::ResultReader& reader, const RunOptions& options, Findings& findings) {
  const std::vector<RowFacts> rows = read_facts(reader);
  check_exit_status(reader, rows, findings);
  if (reader.has_table(kRuntimeRegisters)) check_costs(reader, rows, options, findings);
  check_queue(reader, rows, findings);
  std::vector<std::int64_t> coalesced_into;
  for (const RowFacts& row : rows) coalesced_into.push_back(row.coalesced_into);
  skeleton::check_equal_rows(reader, kRegisters, coalesced_into, findings);
  if (reader.has_table(kPartialRegisters) && reader.has_table(kPartialPeriods))
    check_partial(reader, rows, findings);
}

}  // namespace gforbit::job_cycles
