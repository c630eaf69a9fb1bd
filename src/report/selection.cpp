#include "gforbit/report/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/latex.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::report {

namespace {

using Cells = std::vector<std::string>;

bool is_integer(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

bool is_less_natural(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

enum class Relation { equal, unequal, less, at_most, greater, at_least };

struct Condition {
  std::size_t column = 0;
  Relation relation{};
  std::string value;

  [[nodiscard]] bool holds(std::string_view cell) const {
    const bool less = is_less(cell, value), greater = is_less(value, cell);
    switch (relation) {
      case Relation::equal:
        return !less && !greater;
      case Relation::unequal:
        return less || greater;
      case Relation::less:
        return less;
      case Relation::at_most:
        return !greater;
      case Relation::greater:
        return greater;
      case Relation::at_least:
        return !less;
    }
    return false;
  }
};

/// A table's columns by name.
class Columns {
 public:
  Columns(const store::ResultReader& reader, const std::string& table) : spec_(reader.spec(table)) {}

  [[nodiscard]] const store::TableSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] std::size_t find(const std::string& name) const {
    if (const auto at = position(name)) return *at;
    Cells names;
    for (const auto& column : spec_.columns) names.push_back(column.name);
    throw core::UsageError(fmt::format("'{}' has no column {}; its columns are: {}", spec_.path,
                                       core::quoted(name), fmt::join(names, ", ")));
  }
  /// The column that tells the value exactly.
  [[nodiscard]] std::size_t exact(const std::string& name) const {
    const std::size_t own = find(name);
    return position(name + "_decimal").value_or(own);
  }
  [[nodiscard]] bool is_text(std::size_t column) const {
    const auto& found = spec_.columns[column];
    return found.type == store::ColumnType::text || !found.flag_meanings.empty() ||
           (found.type == store::ColumnType::fixed_text && !found.name.ends_with("_decimal"));
  }

 private:
  [[nodiscard]] std::optional<std::size_t> position(const std::string& name) const {
    for (std::size_t i = 0; i < spec_.columns.size(); ++i) {
      if (spec_.columns[i].name == name) return i;
    }
    return std::nullopt;
  }
  store::TableSpec spec_;
};

/// `COLUMN OPERATOR VALUE`.
Condition condition(std::string_view text, const Columns& columns) {
  static constexpr std::array<std::pair<std::string_view, Relation>, 7> kOperators = {
      {{"!=", Relation::unequal},
       {"<=", Relation::at_most},
       {">=", Relation::at_least},
       {"==", Relation::equal},
       {"=", Relation::equal},
       {"<", Relation::less},
       {">", Relation::greater}}};
  const auto at = text.find_first_of("=!<>");
  for (const auto& [sign, relation] : kOperators) {
    if (at == std::string_view::npos || !text.substr(at).starts_with(sign)) continue;
    const auto name = core::trimmed(text.substr(0, at)), value = core::trimmed(text.substr(at + sign.size()));
    return {columns.exact(std::string(name)), relation, std::string(value)};
  }
  throw core::UsageError(fmt::format(
      "{} is no condition: expected COLUMN = VALUE, or !=, <, <=, >, >= instead of =", core::quoted(text)));
}

std::vector<Condition> conditions(const std::string& text, const Columns& columns) {
  constexpr std::string_view kAnd = " and ";
  std::vector<Condition> result;
  std::string_view rest = text;
  while (!core::trimmed(rest).empty()) {
    const auto end = rest.find(kAnd);
    result.push_back(condition(core::trimmed(rest.substr(0, end)), columns));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + kAnd.size());
  }
  return result;
}

/// A row that is kept: what it is sorted by, and what is shown of it.
struct Row {
  std::uint64_t number = 0;
  Cells keys, cells;
};

/// Larger values first; equal ones in the order of the file.
bool comes_before(const Row& a, const Row& b) {
  for (std::size_t i = 0; i < a.keys.size(); ++i) {
    if (is_less(b.keys[i], a.keys[i])) return true;
    if (is_less(a.keys[i], b.keys[i])) return false;
  }
  return a.number < b.number;
}

class SelectedRows {
 public:
  SelectedRows(const store::ResultReader& reader, const std::string& table, const Selection& selection,
               SummaryFormat format)
      : columns_(reader, table),
        conditions_(conditions(selection.where, columns_)),
        top_(selection.top),
        json_(format == SummaryFormat::json) {
    for (const std::string& name : selection.columns) shown_.push_back(columns_.find(name));
    if (shown_.empty()) {
      for (std::size_t i = 0; i < columns_.spec().columns.size(); ++i) shown_.push_back(i);
    }
    for (const std::string& name : selection.by) keys_.push_back(columns_.exact(name));
    for_each_block(reader, table, [&](const store::Table& block, std::uint64_t first) {
      const RowFormat row_format(block.spec());
      for (std::size_t row = 0; row < block.n_rows(); ++row) take(block, row_format, row, first + row);
    });
    if (!keys_.empty()) std::sort(rows_.begin(), rows_.end(), comes_before);
  }

  [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t n_columns() const noexcept { return shown_.size(); }
  [[nodiscard]] const std::string& name(std::size_t i) const {
    return columns_.spec().columns[shown_[i]].name;
  }
  [[nodiscard]] bool is_text(std::size_t i) const { return columns_.is_text(shown_[i]); }

 private:
  void take(const store::Table& block, const RowFormat& format, std::size_t row, std::uint64_t number) {
    const auto holds = [&](const Condition& c) { return c.holds(format.text(block, c.column, row)); };
    if (!std::all_of(conditions_.begin(), conditions_.end(), holds)) return;
    if (top_ && keys_.empty() && rows_.size() >= *top_) return;
    Row kept{number, {}, {}};
    for (const std::size_t key : keys_) kept.keys.push_back(format.text(block, key, row));
    const bool bounded = top_ && !keys_.empty();
    if (bounded && rows_.size() >= *top_ && (*top_ == 0 || !comes_before(kept, rows_.front()))) return;
    for (const std::size_t column : shown_)
      kept.cells.push_back(json_ ? format.json(block, column, row) : format.text(block, column, row));
    rows_.push_back(std::move(kept));
    if (!bounded) return;
    // The last of the rows that are kept stands first.
    std::push_heap(rows_.begin(), rows_.end(), comes_before);
    if (rows_.size() <= *top_) return;
    std::pop_heap(rows_.begin(), rows_.end(), comes_before);
    rows_.pop_back();
  }

  Columns columns_;
  std::vector<Condition> conditions_;
  std::optional<std::uint64_t> top_;
  bool json_;
  std::vector<std::size_t> shown_, keys_;
  std::vector<Row> rows_;
};

void write_aligned(const SelectedRows& selected, std::ostream& out) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < selected.n_columns(); ++i) {
    widths.push_back(selected.name(i).size());
    for (const Row& row : selected.rows()) widths[i] = std::max(widths[i], row.cells[i].size());
  }
  const auto write = [&](auto cell) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line += selected.is_text(i) ? fmt::format("{:<{}}", cell(i), widths[i])
                                  : fmt::format("{:>{}}", cell(i), widths[i]);
      line += i + 1 < widths.size() ? "  " : "";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  write([&](std::size_t i) { return selected.name(i); });
  for (const Row& row : selected.rows()) write([&](std::size_t i) { return row.cells[i]; });
}

void write_json(const SelectedRows& selected, std::ostream& out) {
  out << '[';
  const char* comma = "\n";
  for (const Row& row : selected.rows()) {
    out << std::exchange(comma, ",\n") << '{';
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      out << (i > 0 ? ", " : "") << json_text(selected.name(i)) << ": " << row.cells[i];
    out << '}';
  }
  out << "\n]\n";
}

void write_csv(const SelectedRows& selected, std::ostream& out) {
  for (std::size_t i = 0; i < selected.n_columns(); ++i)
    out << (i > 0 ? "," : "") << csv_field(selected.name(i));
  out << '\n';
  for (const Row& row : selected.rows()) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) out << (i > 0 ? "," : "") << csv_field(row.cells[i]);
    out << '\n';
  }
}

void write_latex(const SelectedRows& selected, std::ostream& out) {
  std::string alignment;
  Cells heads;
  for (std::size_t i = 0; i < selected.n_columns(); ++i) {
    alignment += selected.is_text(i) ? 'l' : 'r';
    heads.push_back(latex_text(selected.name(i)));
  }
  out << kLatexPackages;
  LatexTable table(alignment, fmt::format("{}", fmt::join(heads, " & ")), out);
  for (const Row& row : selected.rows()) {
    Cells cells;
    for (const std::string& cell : row.cells) cells.push_back(cell.empty() ? "--" : latex_text(cell));
    table.row(fmt::format("{}", fmt::join(cells, " & ")));
  }
  table.end();
}

}  // namespace

bool is_less(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() && !b.empty();
  if (is_integer(a) && is_integer(b)) {
    const bool a_negative = a.starts_with('-'), b_negative = b.starts_with('-');
    if (a_negative != b_negative) return a_negative;
    return a_negative ? is_less_natural(b.substr(1), a.substr(1)) : is_less_natural(a, b);
  }
  const auto x = number(a), y = number(b);
  return x && y ? *x < *y : a < b;
}

void write_selection(const store::ResultReader& reader, const std::string& table, const Selection& selection,
                     SummaryFormat format, std::ostream& out) {
  const SelectedRows selected(reader, table, selection, format);
  switch (format) {
    case SummaryFormat::text:
      write_aligned(selected, out);
      break;
    case SummaryFormat::json:
      write_json(selected, out);
      break;
    case SummaryFormat::csv:
      write_csv(selected, out);
      break;
    case SummaryFormat::latex:
      write_latex(selected, out);
      break;
  }
  finish_output(out);
}

}  // namespace gforbit::report
