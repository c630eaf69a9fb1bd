#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "stream/csv_cells.hpp"
#include "stream/file_sources.hpp"
#include "stream/line_source.hpp"

namespace gforbit::job_stream {

namespace {

constexpr std::size_t kFewDigits = 18;  ///< most integers; no sum of them overflows

std::optional<std::int64_t> as_integer(std::string_view text) {
  if (text.size() <= kFewDigits && !text.empty() && text.front() != '-') {
    std::int64_t value = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') return std::nullopt;
      value = 10 * value + (c - '0');
    }
    return value;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A cell that is nothing but an integer of few digits, which most cells of large files are: read in one
/// pass.
struct PlainInteger {
  std::int64_t value = 0;
  std::size_t end = 0;  ///< of the cell; 0: it is something else

  PlainInteger(std::string_view record, std::size_t begin, char delimiter) {
    const bool is_negative = begin < record.size() && record[begin] == '-';
    const std::size_t first = begin + (is_negative ? 1 : 0);
    std::size_t at = first;
    for (; at < record.size(); ++at) {
      const auto digit = static_cast<unsigned char>(record[at] - '0');
      if (digit > 9) break;
      value = static_cast<std::int64_t>(10 * static_cast<std::uint64_t>(value) + digit);
    }
    if (at == first || at - first > kFewDigits || (at < record.size() && record[at] != delimiter)) return;
    if (is_negative) value = -value;
    end = at;
  }
};

std::optional<double> as_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// An integer of any size.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What a csv file looks like, beyond the rule.
struct CsvFormat {
  char delimiter = ',';
  std::string comment;  ///< begins a line that is no record; empty: none
  bool has_header = true;
  std::string null;          ///< a cell that is missing, beside the empty one
  bool trims = false;        ///< blanks around texts
  bool keeps_zeros = false;  ///< 007 is a text
  std::map<std::string, Type> types;

  [[nodiscard]] std::string text() const {
    std::string all =
        fmt::format("{}|{}|{}|{}|{}|{}", delimiter, comment, has_header, null, trims, keeps_zeros);
    for (const auto& [name, type] : types) all += fmt::format("|{}={}", name, type_name(type));
    return all;
  }
};

class CsvSource final : public LineSource {
 public:
  /// @param idle  of LineSource
  CsvSource(const std::string& path, CsvFormat format, std::optional<std::chrono::milliseconds> idle = {})
      : LineSource(path, format.delimiter, idle), format_(std::move(format)) {
    skip_comments(format_.comment);
    const bool is_odd = format_.delimiter == '-' || (format_.delimiter >= '0' && format_.delimiter <= '9');
    is_plain_ = !is_odd && PlainInteger(format_.null, 0, format_.delimiter).end == 0;
  }
  [[nodiscard]] Schema prepare() override {
    config::Line line;
    if (!await(line))
      throw core::InputError(format_.has_header ? "the file is empty: its first line must name the columns"
                                                : "the file is empty");
    const auto names = header(line);
    if (format_.has_header) begin_here();
    rewind();
    schema_ = SchemaCache::instance().of(path(), format_.text(), [&] { return look(names); });
    rewind();
    return schema_;
  }

 protected:
  /// A record of plain integers, in columns of these.
  bool read_plain(std::string_view line, std::vector<Value>& row) const override {
    std::size_t at = 0;
    for (std::size_t i = 0; is_plain_ && i < schema_.size(); ++i) {
      if (schema_[i].type != Type::int64 || at > line.size()) return false;
      const PlainInteger cell(line, at, format_.delimiter);
      if (cell.end == 0) return false;
      row[i] = cell.value;
      at = cell.end + 1;
    }
    return at == line.size() + 1;
  }
  void read_values(std::string_view line, std::vector<Value>& row) const override {
    cells_.read(line, format_.delimiter);
    if (cells_.is_open()) throw core::InputError("a quotation mark is not closed");
    require_count(cells_.size(), schema_.size());
    for (std::size_t i = 0; i < cells_.size(); ++i) row[i] = typed(schema_[i], cells_[i]);
  }

 private:
  /// The same for what the columns can be: whether the record changes nothing but the number of values.
  template <class Guesses>
  bool look_at_integers(std::string_view line, Guesses& guesses) const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < guesses.size(); ++i) {
      if (at > line.size()) return false;
      const PlainInteger cell(line, at, format_.delimiter);
      if (cell.end == 0 || !guesses[i].is_plain(line, at, cell.end)) return false;
      at = cell.end + 1;
    }
    if (at != line.size() + 1) return false;
    for (auto& guess : guesses) ++guess.values;
    return true;
  }
  /// What the cells of a column can be.
  struct Guess {
    bool int64 = true, uint64 = true, decimal = true, real = true;
    bool has_zeros = false, has_null = false;
    bool has_empty = false;  ///< in quotation marks: missing, unless it is a text
    std::uint64_t values = 0;

    /// A further integer from `begin` to `end` of the record changes nothing but the number of values.
    [[nodiscard]] bool is_plain(std::string_view record, std::size_t begin, std::size_t end) const {
      const bool has_zero = record[begin] == '0' && end - begin > 1;
      return int64 && (record[begin] != '-' || !uint64) && (!has_zero || has_zeros);
    }
    void look(std::string_view cell) {
      ++values;
      if (cell.size() > 1 && cell[0] == '0' && is_decimal(cell)) has_zeros = true;
      int64 = int64 && as_integer(cell);
      uint64 = uint64 && (int64 ? cell[0] != '-' : core::parse_u64(cell).has_value());
      decimal = decimal && (int64 || is_decimal(cell));
      real = real && (decimal || as_real(cell));
    }
    [[nodiscard]] Type type(bool keeps_zeros) const {
      if (values == 0) return has_null && !has_empty ? Type::float64 : Type::text;
      if (decimal && has_zeros && keeps_zeros) return Type::text;
      if (int64) return Type::int64;
      if (uint64) return Type::uint64;
      if (decimal) return Type::text;  // of more than 64 bits: as they are written
      return real ? Type::float64 : Type::text;
    }
  };

  /// What a file that grows holds at the moment must not decide about types: its first row does.
  bool next_looked(config::Line& line, const std::vector<std::string>& names, std::uint64_t rows) {
    if (!follows()) return next(line);
    const bool all_given = std::ranges::all_of(names, [this](const std::string& name) {
      return format_.types.contains(std::string(core::trimmed(name)));
    });
    return rows == 0 && !all_given && await(line);
  }
  [[nodiscard]] Schema look(const std::vector<std::string>& names) {
    std::vector<Guess> guesses(names.size());
    config::Line line;
    Cells cells;
    for (std::uint64_t rows = 0; !has_looked(rows) && next_looked(line, names, rows); ++rows) {
      if (is_plain_ && look_at_integers(line.text, guesses)) continue;
      cells.read(line.text, format_.delimiter);
      if (cells.size() != names.size() || cells.is_open()) continue;  // it will be an error of its item
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const Cell cell = cells[i];
        if (is_missing(cell, false)) {
          guesses[i].has_null = true;
        } else if (cell.text.empty()) {
          guesses[i].has_empty = true;
        } else {
          guesses[i].look(cell.is_quoted ? cell.text : core::trimmed(cell.text));
        }
      }
    }
    std::vector<stream::ColumnType> columns;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string name(core::trimmed(names[i]));
      const auto given = format_.types.find(name);
      const Type type = given == format_.types.end() ? guesses[i].type(format_.keeps_zeros) : given->second;
      if (follows() && given == format_.types.end() && guesses[i].values == 0)
        throw core::InputError(fmt::format(
            "the first row of '{0}' has no value in the column {1}: give its type, types=(`{1}`=int64)",
            this->name(), name));
      const bool may_lack = follows() || guesses[i].has_null || (guesses[i].has_empty && type != Type::text);
      columns.push_back({name, type, {}, may_lack && type != Type::float64});
    }
    for (const auto& [name, type] : format_.types) {
      if (std::ranges::find(columns, name, &stream::ColumnType::name) == columns.end())
        throw core::InputError(fmt::format("types: there is no column {}: the file has {}",
                                           core::quoted(name), fmt::join(names, ", ")));
    }
    return Schema(std::move(columns));
  }

  /// A cell that is empty, without quotation marks if it is of texts, or that `null` names.
  [[nodiscard]] bool is_missing(const Cell& cell, bool is_number) const {
    if (cell.is_quoted) return is_number && cell.text.empty();
    const std::string_view text = core::trimmed(cell.text);
    return text.empty() || (!format_.null.empty() && text == format_.null);
  }

  [[nodiscard]] Value typed(const stream::ColumnType& column, const Cell& cell) const {
    const bool is_number = column.type != Type::text;
    if (is_missing(cell, is_number)) {
      if (column.type == Type::float64 || column.nullable) return stream::Null{};
      throw core::InputError(
          fmt::format("column '{}': the cell is empty, but none was in the first {} MiB of the file",
                      column.name, kLooked >> 20));
    }
    if (column.type == Type::text) {
      require_text(fmt::format("column '{}'", column.name), cell.text);
      return std::string(format_.trims && !cell.is_quoted ? core::trimmed(cell.text) : cell.text);
    }
    const std::string_view text = core::trimmed(cell.text);
    const auto wrong = [&](const char* what) {
      return core::InputError(
          fmt::format("column '{0}': {1} is no {2}: csv(..., types=(`{0}`=text)) takes it as "
                      "text",
                      column.name, core::quoted(text, 30), what));
    };
    if (column.type == Type::int64) {
      if (const auto value = as_integer(text)) return *value;
      throw wrong("integer");
    }
    if (column.type == Type::uint64) {
      if (const auto value = core::parse_u64(text)) return *value;
      throw wrong("integer from 0 to 2^64 - 1");
    }
    if (const auto value = as_real(text)) return *value;
    throw wrong("number");
  }

  [[nodiscard]] std::vector<std::string> header(const config::Line& line) const {
    try {
      require_utf8(line.text, "");
      Cells cells;
      cells.read(line.text, format_.delimiter);
      if (cells.is_open()) throw core::InputError("a quotation mark is not closed");
      std::vector<std::string> names;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        names.push_back(format_.has_header ? std::string(cells[i].text) : fmt::format("c{}", i));
        require_text("the name of a column", names.back());
      }
      return names;
    } catch (const core::InputError& error) {
      fail(line, error.what());
    }
  }
  static void require_count(std::size_t cells, std::size_t names) {
    if (cells != names)
      throw core::InputError(
          fmt::format("{} under {}", core::counted(cells, "cell"), core::counted(names, "name")));
  }

  CsvFormat format_;
  bool is_plain_ = true;  ///< an integer is nothing else: no delimiter, and not missing
  mutable Cells cells_;   ///< of the line at hand
};

Type read_type(const stream::Arguments& a, const std::string& text) {
  for (const Type type : {Type::int64, Type::uint64, Type::float64, Type::text}) {
    if (text == type_name(type)) return type;
  }
  a.fail("types", fmt::format("{} is no type: int64, uint64, float64, text", core::quoted(text)));
}

bool read_choice(stream::Arguments& a, const char* name, const char* no, const char* yes) {
  const std::string word = a.word_or(name, no);
  if (word != no && word != yes) a.fail(name, fmt::format("expected {} or {}", no, yes));
  return word == yes;
}

CsvFormat read_format(stream::Arguments& a) {
  CsvFormat format;
  const std::string delimiter = a.word_or("delimiter", ",");
  format.delimiter = delimiter == "\\t" || delimiter == "tab" ? '\t' : delimiter.empty() ? '"' : delimiter[0];
  if ((delimiter.size() != 1 && format.delimiter != '\t') || format.delimiter == '"')
    a.fail("delimiter", "expected one character, or tab");
  format.comment = a.word_or("comment", "");
  format.has_header = !read_choice(a, "header", "first", "none");
  format.null = a.word_or("null", "");
  format.trims = read_choice(a, "blanks", "keep", "trim");
  format.keeps_zeros = read_choice(a, "zeros", "number", "text");
  for (const auto& [name, type] : a.record("types")) format.types[name] = read_type(a, type);
  return format;
}

stream::Pipeline::Make read_csv(stream::Arguments& a) {
  const std::string path = a.word("path");
  const CsvFormat format = read_format(a);
  return [path, format] { return std::make_unique<CsvSource>(path, format); };
}

stream::Pipeline::Make read_follow(stream::Arguments& a) {
  const std::string path = a.word("path");
  const double idle_s = a.has("idle") ? a.real("idle") : 60;
  if (idle_s > 1e9) a.fail("idle", "at most 1e9 seconds");
  const CsvFormat format = read_format(a);
  return [=]() -> std::unique_ptr<stream::Term> {
    if (!is_pipe(path) && is_compressed(path))
      throw core::InputError(
          fmt::format("'{}' is no file that grows: csv(\"path\") reads it to its end", path));
    const std::chrono::milliseconds idle(static_cast<std::int64_t>(1000 * idle_s));
    return std::make_unique<CsvSource>(path, format, idle);
  };
}

}  // namespace

void add_csv_source(stream::Library& library) {
  library.add_source(
      "csv",
      {{"path"},
       read_csv,
       "csv(\"path\", delimiter=\";\", comment=\"#\", header=first|none, null=\"NA\", blanks=keep|trim, "
       "zeros=number|text, types=(a=int64, b=text)): the first line names the columns"});
  library.add_source("follow",
                     {{"path"},
                      read_follow,
                      "follow(\"path\", idle=60, delimiter=..., types=..., as csv): rows of a file that "
                      "grows, until nothing was added for so many seconds"});
}

}  // namespace gforbit::job_stream
