/// The summary for people. Few registers: a block each. Many: a line each, in columns as wide as their
/// longest value, so the table is read twice. Every row that did not complete is named at the end with its
/// message.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "cycles/report.hpp"
#include "cycles/report_linear.hpp"
#include "cycles/tables.hpp"
#include "cycles/understood.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::job_cycles {

namespace {

constexpr std::size_t kPeriodsAtEachEnd = 10;
constexpr std::size_t kMaxMessages = 20;  ///< registers that did not complete
constexpr std::size_t kMaxText = 90;      ///< characters of a value in a block
constexpr std::size_t kMaxDigits = 50;    ///< of a number
constexpr std::size_t kMaxId = 24;        ///< characters of an id in a line

std::string cut(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;  // not inside a character
  return text.substr(0, end) + "...";
}

/// A number in full up to a length that people read, else its beginning and how many digits it has.
std::string digits(const std::string& decimal) {
  return decimal.size() <= kMaxDigits
             ? decimal
             : fmt::format("{}... ({} digits)", decimal.substr(0, kMaxDigits / 2), decimal.size());
}

/// A row of the registers table by column name.
class Row {
 public:
  Row(const report::RowFormat& format, const store::Table& block, std::size_t row)
      : format_(format), block_(block), row_(row) {}
  [[nodiscard]] std::string operator[](const char* column) const {
    return format_.text(block_, block_.index_of(column), row_);
  }
  [[nodiscard]] bool has(const char* column) const noexcept { return block_.has_column(column); }
  [[nodiscard]] std::optional<LinearFacts> linear_facts(LinearReport& report) const {
    return report.facts(block_, row_);
  }
  [[nodiscard]] std::optional<fsr::Register> register_of(LinearReport& report) const {
    return report.register_of(block_, row_);
  }
  [[nodiscard]] bool completed() const { return (*this)["status"] == "completed"; }
  [[nodiscard]] std::string count(const char* column) const {
    const std::string decimal = (*this)[column];
    return decimal.empty() ? "-" : digits(decimal);
  }

 private:
  const report::RowFormat& format_;
  const store::Table& block_;
  std::size_t row_;
};

template <class Action>
void for_each_row(const store::ResultReader& reader, Action&& action) {
  const report::RowFormat format(reader.spec(kRegisters));
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t row = 0; row < block.n_rows(); ++row) action(Row(format, block, row), first + row);
  });
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string polynomial_remarks(const Row& row) {
  std::vector<std::string> remarks;
  if (row["is_primitive"] == "1")
    remarks.emplace_back("primitive");
  else if (row["is_irreducible"] == "1")
    remarks.emplace_back("irreducible, not primitive");
  else if (row["is_irreducible"] == "0")
    remarks.emplace_back("reducible");
  if (!row["order_decimal"].empty()) remarks.push_back("order " + digits(row["order_decimal"]));
  return remarks.empty() ? "" : fmt::format("  ({})", joined(remarks));
}

using PeriodRow = std::array<std::string, 2>;  ///< period and cycles

/// The first and the last rows of a list that is too long to be shown whole. Memory: what is shown.
class BothEnds {
 public:
  void add(PeriodRow row) {
    ++n_;
    if (first_.size() < kPeriodsAtEachEnd) {
      first_.push_back(std::move(row));
      return;
    }
    last_.push_back(std::move(row));
    if (last_.size() > kPeriodsAtEachEnd) last_.pop_front();
  }
  [[nodiscard]] const std::vector<PeriodRow>& first() const noexcept { return first_; }
  [[nodiscard]] const std::deque<PeriodRow>& last() const noexcept { return last_; }
  [[nodiscard]] std::size_t n_hidden() const noexcept { return n_ - first_.size() - last_.size(); }

 private:
  std::size_t n_ = 0;
  std::vector<PeriodRow> first_;
  std::deque<PeriodRow> last_;
};

/// @param file  where all rows are
void write_periods(report::GroupedRows& distribution, std::uint64_t reg, const std::string& file,
                   std::ostream& out) {
  BothEnds rows;
  distribution.take(reg, [&](const store::Table& periods, std::size_t i) {
    rows.add({digits(periods.column<std::string>("period_decimal")[i]),
              digits(periods.column<std::string>("n_cycles_decimal")[i])});
  });
  std::size_t width = 6;
  for (const auto& row : rows.first()) width = std::max(width, row[0].size());
  for (const auto& row : rows.last()) width = std::max(width, row[0].size());
  const auto write = [&](std::string_view period, std::string_view cycles) {
    out << fmt::format("    {:>{}}  {}\n", period, width, cycles);
  };
  write("period", "cycles");
  for (const auto& row : rows.first()) write(row[0], row[1]);
  if (rows.n_hidden() > 0) {
    write("...", fmt::format("{} more (gforbit export {} --table {} lists all)", rows.n_hidden(), file,
                             kPeriodDistribution));
  }
  for (const auto& row : rows.last()) write(row[0], row[1]);
}

/// "order 31"; of a singular matrix what comes instead: its powers repeat, but not from the first one on.
std::string matrix_remark(const LinearFacts& facts) {
  if (facts.period.empty()) return "order not known";
  if (facts.preperiod == 0) return "order " + digits(facts.period);
  return fmt::format("singular, A^{} = A^({} + {})", facts.preperiod, facts.preperiod, digits(facts.period));
}

void write_linear(const Row& row, const LinearFacts& facts, std::ostream& out) {
  const auto line = [&](const char* name, const std::string& value) {
    out << fmt::format("  {:17}{}\n", name, value);
  };
  line("char. polynomial",
       cut(cycles::polynomial_text(facts.polynomial), kMaxText) + polynomial_remarks(row));
  if (row["is_irreducible"] == "0") line("factors", cut(facts.factors, kMaxText));
  line("reciprocal", cut(cycles::polynomial_text(facts.reciprocal), kMaxText));
  if (facts.matrix.empty()) return;
  line("step matrix A", matrix_remark(facts) + (row["kind"] == "affine" ? " (of the linear part)" : ""));
  std::string lines = cycles::matrix_text(facts.matrix);
  lines.pop_back();
  for (const auto text : core::split(lines, '\n')) out << "    " << text << '\n';
}

void write_block(const Row& row, std::uint64_t reg, LinearReport& linear, report::GroupedRows& distribution,
                 const std::string& file, std::ostream& out) {
  const auto line = [&](const char* name, const std::string& value) {
    out << fmt::format("  {:17}{}\n", name, value);
  };
  out << fmt::format("\nregister {}: {}\n", reg, cut(row["id"], kMaxText));
  line("field", fmt::format("GF({}){}", row["field_order"],
                            row["modulus"].empty() ? "" : ", modulus " + cut(row["modulus"], kMaxText)));
  const auto described = row.register_of(linear);
  const bool is_system = described && described->system() != nullptr;
  line(is_system ? "system" : "feedback", cut(row["feedback"], kMaxText));
  line("kind", row["kind"]);
  if (described && !is_system) {
    for (const auto& [name, value] : linear_forms(described->feedback())) {
      if (name == "taps" || name == "Galois mask" || !row.completed())
        line(name.c_str(), cut(value, kMaxText));
    }
    for (const std::string& note : notes(described->feedback())) line("note", note);
  }
  line("states",
       fmt::format("{} ({}^{})", digits(row["state_count_decimal"]), row["field_order"], row["degree"]));
  line("status", row["status"] + (row["message"].empty() ? "" : ": " + row["message"]));
  if (row["coalesced_into"] != "-1") line("equal to", "register " + row["coalesced_into"]);
  if (!row.completed()) return;
  line("method",
       row["method"] + (row["coverage_verified"] == "1" ? ", coverage verified" : ", coverage not verified"));
  line("step map", row["nonsingular"] == "1" ? "nonsingular" : "singular");
  if (const auto facts = row.linear_facts(linear)) write_linear(row, *facts, out);
  line("cycles", digits(row["n_cycles_decimal"]));
  line("longest period",
       digits(row["max_period_decimal"]) + (row["is_maximal_period"] == "1" ? " (maximal)" : ""));
  const std::string depth = row["max_transient_length"];
  line("transient states",
       digits(row["n_transient_states_decimal"]) +
           (depth == "-1" || depth == "0" ? "" : ", at most " + depth + " steps from a cycle"));
  if (row.has(kLeafStates) && row["nonsingular"] != "1")
    line("leaf states", digits(row[kLeafStatesDecimal]) + " without predecessor");
  line("periods", row["n_distinct_periods"]);
  write_periods(distribution, reg, file, out);
}

void write_blocks(const store::ResultReader& reader, std::ostream& out) {
  report::GroupedRows distribution(reader, kPeriodDistribution);
  LinearReport linear;
  const std::string file = reader.path().string();
  for_each_row(reader, [&](const Row& row, std::uint64_t reg) {
    write_block(row, reg, linear, distribution, file, out);
  });
}

void write_lines(const store::ResultReader& reader, std::ostream& out) {
  constexpr std::size_t kColumns = 9;
  const std::array<std::string, kColumns> heads = {
      "id", "field", "degree", "kind", "status", "cycles", "longest period", "transient", "periods"};
  const auto cells = [](const Row& row) -> std::array<std::string, kColumns> {
    return {cut(row["id"], kMaxId),
            row["field_order"],
            row["degree"],
            row["kind"],
            row["status"],
            row.count("n_cycles_decimal"),
            row.count("max_period_decimal") + (row["is_maximal_period"] == "1" ? "*" : ""),
            row.count("n_transient_states_decimal"),
            row.completed() ? row["n_distinct_periods"] : "-"};
  };
  std::array<std::size_t, kColumns> widths{};
  const auto widen = [&](const std::array<std::string, kColumns>& values) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], values[i].size());
  };
  const auto write = [&](const std::array<std::string, kColumns>& values) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const bool is_name = i == 0 || i == 3 || i == 4;
      line +=
          is_name ? fmt::format("{:<{}}", values[i], widths[i]) : fmt::format("{:>{}}", values[i], widths[i]);
      if (i + 1 < kColumns) line += "  ";
    }
    out << line << '\n';
  };
  widen(heads);
  for_each_row(reader, [&](const Row& row, std::uint64_t) { widen(cells(row)); });
  out << '\n';
  write(heads);
  for_each_row(reader, [&](const Row& row, std::uint64_t) { write(cells(row)); });
  out << "(* maximal: q^d - 1 or q^d)\n";
}

void write_unfinished(const store::ResultReader& reader, std::ostream& out) {
  std::size_t n = 0;
  for_each_row(reader, [&](const Row& row, std::uint64_t reg) {
    if (row.completed()) return;
    if (n == 0) out << "\nNOT COMPLETED\n";
    if (n++ < kMaxMessages) {
      out << fmt::format("  register {} ({}): {}{}\n", reg, cut(row["id"], kMaxId), row["status"],
                         row["message"].empty() ? "" : ": " + row["message"]);
    }
  });
  if (n > kMaxMessages) out << fmt::format("  ... {} more\n", n - kMaxMessages);
}

/// "12 registers: 10 completed, 2 failed".
std::string counts_by_status(const store::ResultReader& reader) {
  const store::TableSpec spec = reader.spec(kRegisters);
  std::vector<std::string> names;
  for (const auto& column : spec.columns) {
    if (column.name == "status") names = column.flag_meanings;
  }
  std::vector<std::uint64_t> counts(names.size(), 0);
  std::uint64_t n = 0;
  for_each_row(reader, [&](const Row& row, std::uint64_t) {
    const auto found = std::find(names.begin(), names.end(), row["status"]);
    if (found != names.end()) ++counts[static_cast<std::size_t>(found - names.begin())];
    ++n;
  });
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (counts[i] > 0) parts.push_back(fmt::format("{} {}", counts[i], names[i]));
  }
  return fmt::format("{}: {}", core::counted(n, "register"), parts.empty() ? "none" : joined(parts));
}

}  // namespace

void write_text(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, oldest_registers_table());
  report::require_table(reader, period_distribution_table());
  out << fmt::format("{:10} {}\n", "contents", counts_by_status(reader));
  if (reader.n_rows(kRegisters) <= kMaxBlocks)
    write_blocks(reader, out);
  else
    write_lines(reader, out);
  write_unfinished(reader, out);
}

}  // namespace gforbit::job_cycles
