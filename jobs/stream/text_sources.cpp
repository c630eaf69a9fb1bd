#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "gforbit/config/line_file.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "stream/csv_cells.hpp"
#include "stream/file_sources.hpp"
#include "stream/source_file.hpp"

namespace gforbit::job_stream {

namespace {

using stream::Schema;
using stream::Type;
using stream::Value;

/// From so much of a file at most the types of its columns are known.
constexpr std::uint64_t kLooked = std::uint64_t{64} << 20;

std::optional<std::int64_t> as_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

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

/// Texts of result files are UTF-8. `or_else`: what may be done instead of converting.
void require_utf8(std::string_view line, std::string_view or_else) {
  const auto at = core::first_not_utf8(line);
  if (!at) return;
  throw core::InputError(fmt::format(
      "byte {} of the line, 0x{:02x}, is no UTF-8: convert the file (`iconv -f LATIN1 -t UTF-8`){}", *at + 1,
      static_cast<unsigned char>(line[*at]), or_else));
}
constexpr std::string_view kOrSkip = ", or leave such lines out by --on-error skip";

/// Files as they were when their columns were looked at: a graph is made for each stretch of a pipeline.
class SchemaCache {
 public:
  template <class Look>
  Schema of(const std::string& path, const std::string& format, Look look) {
    const std::string key = identity(path) + format;
    const std::lock_guard lock(mutex_);
    const auto known = schemas_.find(key);
    if (known != schemas_.end()) return known->second;
    return schemas_.emplace(key, look()).first->second;
  }
  static SchemaCache& instance() {
    static SchemaCache cache;
    return cache;
  }

 private:
  static std::string identity(const std::string& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    const auto time = std::filesystem::last_write_time(path, error);
    return fmt::format("{}|{}|{}|", std::filesystem::absolute(path).string(), size,
                       time.time_since_epoch().count());
  }
  std::mutex mutex_;
  std::map<std::string, Schema> schemas_;
};

/// Lines of a file that make a record: several where a quotation mark is open at the end of a line.
class Records {
 public:
  Records(const std::string& path, char delimiter) : file_(open_source(path)), delimiter_(delimiter) {}

  /// The next record that is not blank and no comment. `offset` and `number` are those of its first line.
  bool next(config::Line& record) {
    while (file_.next(record)) {
      ++read_;
      if (core::trimmed(record.text).empty()) continue;
      if (!comment_.empty() && record.text.starts_with(comment_)) continue;
      if (delimiter_ != '\0' && ends_open(record.text, delimiter_, false)) join(record);
      number_ = record.number + lines_;
      lines_ = 1;
      return true;
    }
    return false;
  }
  void go_to(std::uint64_t offset, std::uint64_t number) { file_.go_to({offset, number, {}}); }
  /// Of the line that follows the last record.
  [[nodiscard]] std::uint64_t offset() const noexcept { return file_.offset(); }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Lines read so far.
  [[nodiscard]] std::uint64_t read() const noexcept { return read_; }
  void skip_comments(std::string mark) { comment_ = std::move(mark); }

 private:
  /// Line ends inside quotation marks are those of the file.
  void join(config::Line& record) {
    joined_ = record.text;
    config::Line line = record;
    for (bool open = true; open && joined_.size() < config::kLongestLine;) {
      const bool has_return = file_.offset() - line.offset - line.text.size() == 2;
      if (!file_.next(line)) break;
      ++read_;
      ++lines_;
      joined_ += has_return ? "\r\n" : "\n";
      joined_ += line.text;
      open = ends_open(line.text, delimiter_, true);
    }
    record.text = joined_;
  }

  config::LineFile file_;
  char delimiter_;  ///< '\0': a record is a line
  std::string comment_, joined_;
  std::uint64_t lines_ = 1, number_ = 1, read_ = 0;
};

/// A source of lines. What a line says, the derived class knows. An item is a record that is not blank; a
/// file may be cut behind every one.
class LineSource : public stream::Source {
 public:
  /// @param delimiter  between cells; '\0': a record is a line
  LineSource(const std::string& path, char delimiter)
      : delimiter_(delimiter), file_(path, delimiter), path_(path), name_(source_name(path)) {}

  [[nodiscard]] stream::Produced produce(std::size_t n, stream::Context& context) final {
    stream::Produced produced;
    stream::BatchBuilder builder(schema_);
    std::vector<Value> row(schema_.size());
    config::Line line;
    while (builder.size() < n && !context.stop().stop_requested()) {
      if (position_ == end_ || !next(line)) {
        produced.ended = true;
        break;
      }
      try {
        require_utf8(line.text, kOrSkip);
        read_values(line.text, row);
        builder.add(position_, std::span<Value>(row));
      } catch (const std::exception& error) {
        if (core::stops_run(error)) throw;
        context.fail_record(position_, fmt::format("{}:{}: {}", name_, line.number, error.what()),
                            core::first_not_utf8(line.text) ? std::string() : std::string(line.text));
      }
      ++position_;
    }
    produced.batch = builder.take();
    return produced;
  }
  [[nodiscard]] bool look_through(const core::StopSignal& stop) const final {
    return index_ || make_index(stop);
  }
  [[nodiscard]] std::uint64_t position() const noexcept final { return position_; }
  [[nodiscard]] std::optional<std::uint64_t> length() const final { return index().n_items; }
  [[nodiscard]] bool can_cut() const final { return true; }
  [[nodiscard]] std::string file() const final { return path_; }
  /// A line may be wrong.
  [[nodiscard]] bool keeps_count() const final { return false; }

  [[nodiscard]] core::Bytes place_of(std::uint64_t begin) const final {
    const auto& marks = index().marks;
    core::ByteWriter out;
    put(out, marks.empty() ? Place{} : marks[std::min<std::uint64_t>(begin / kMarked, marks.size() - 1)]);
    return out.take();
  }
  void cut(std::uint64_t begin, std::uint64_t end, const core::Bytes& place) final {
    core::ByteReader in(place);
    go_to(get(in));
    config::Line line;
    while (position_ < begin && next(line)) ++position_;
    end_ = end;
  }
  void save(core::ByteWriter& out) const final { put(out, {position_, next_offset_, next_number_}); }
  void load(core::ByteReader& in) final { go_to(get(in)); }

 protected:
  /// The next record.
  bool next(config::Line& line) {
    if (!file_.next(line)) return false;
    next_offset_ = file_.offset();
    next_number_ = file_.number();
    return true;
  }
  /// What was read is before the first item.
  void begin_here() { begin_ = {0, next_offset_, next_number_}; }
  /// Goes back to the first item.
  void rewind() { go_to(begin_); }
  void skip_comments(const std::string& mark) {
    comment_ = mark;
    file_.skip_comments(mark);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// For messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[noreturn]] void fail(const config::Line& line, const std::string& message) const {
    throw core::InputError(fmt::format("{}:{}: {}", name_, line.number, message));
  }
  /// Whether the types are known: enough of the file was read.
  [[nodiscard]] bool has_looked(std::uint64_t rows) const noexcept {
    constexpr std::uint64_t kLeastRows = 1000;
    return rows >= kLeastRows && next_offset_ - begin_.offset >= kLooked;
  }
  /// Sets all of `row`.
  virtual void read_values(std::string_view line, std::vector<Value>& row) const = 0;
  Schema schema_;

 private:
  /// The next record, and the item that it is.
  struct Place {
    std::uint64_t item = 0, offset = 0, number = 1;
  };
  struct Index {
    std::uint64_t n_items = 0;
    std::vector<Place> marks;  ///< of every kMarked-th item
  };
  static constexpr std::uint64_t kMarked = 4096;

  static void put(core::ByteWriter& out, const Place& place) {
    out.put(place.item).put(place.offset).put(place.number);
  }
  static Place get(core::ByteReader& in) {
    Place place;
    place.item = in.get<std::uint64_t>();
    place.offset = in.get<std::uint64_t>();
    place.number = in.get<std::uint64_t>();
    return place;
  }
  void go_to(const Place& place) {
    position_ = place.item;
    next_offset_ = place.offset;
    next_number_ = place.number;
    file_.go_to(place.offset, place.number);
  }
  /// Reads the file once, when it is first needed.
  const Index& index() const {
    if (!index_) static_cast<void>(make_index({}));
    return *index_;
  }
  /// False: stopped.
  bool make_index(const core::StopSignal& stop) const {
    constexpr std::uint64_t kLook = 1 << 14;  // lines: some milliseconds
    Index index;
    Records file(path_, delimiter_);
    file.skip_comments(comment_);
    file.go_to(begin_.offset, begin_.number);
    config::Line line;
    for (std::uint64_t looks = 0; file.next(line);) {
      if (file.read() / kLook > looks) {
        looks = file.read() / kLook;
        if (stop.stop_requested()) return false;
      }
      if (index.n_items % kMarked == 0) index.marks.push_back({index.n_items, line.offset, line.number});
      ++index.n_items;
    }
    index_ = std::move(index);
    return true;
  }

  char delimiter_;
  Records file_;
  std::string path_, name_, comment_;
  Place begin_;  ///< of the first item
  std::uint64_t position_ = 0, end_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t next_offset_ = 0, next_number_ = 1;  ///< of the line that file_ gives next
  mutable std::optional<Index> index_;
};

/// Texts of result files have no zero bytes.
void require_text(const std::string& what, std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    throw core::InputError(fmt::format("{}: {} contains a zero byte", what, core::quoted(text, 30)));
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
  CsvSource(const std::string& path, CsvFormat format)
      : LineSource(path, format.delimiter), format_(std::move(format)) {
    skip_comments(format_.comment);
  }
  [[nodiscard]] Schema prepare() override {
    config::Line line;
    if (!next(line))
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
  void read_values(std::string_view line, std::vector<Value>& row) const override {
    const Cells cells(line, format_.delimiter);
    if (cells.is_open()) throw core::InputError("a quotation mark is not closed");
    require_count(cells.size(), schema_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) row[i] = typed(schema_[i], cells[i]);
  }

 private:
  /// What the cells of a column can be.
  struct Guess {
    bool int64 = true, uint64 = true, decimal = true, real = true;
    bool has_zeros = false, has_null = false;
    bool has_empty = false;  ///< in quotation marks: missing, unless it is a text
    std::uint64_t values = 0;

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

  [[nodiscard]] Schema look(const std::vector<std::string>& names) {
    std::vector<Guess> guesses(names.size());
    config::Line line;
    for (std::uint64_t rows = 0; !has_looked(rows) && next(line); ++rows) {
      const Cells cells(line.text, format_.delimiter);
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
      const bool may_lack = guesses[i].has_null || (guesses[i].has_empty && type != Type::text);
      columns.push_back({name, type, {}, may_lack && type != Type::float64});
    }
    for (const auto& [name, type] : format_.types) {
      if (std::ranges::find(columns, name, &stream::ColumnType::name) == columns.end())
        throw core::InputError(fmt::format("types: there is no column {}", core::quoted(name)));
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
      const Cells cells(line.text, format_.delimiter);
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
};

class JsonSource final : public LineSource {
 public:
  explicit JsonSource(const std::string& path) : LineSource(path, '\0') {}
  /// Columns are the keys of all lines, in the order in which they come. An integer here and a real number
  /// there are real numbers; a key that is not there or null is missing. Lines that do not fit will be errors
  /// of their items.
  [[nodiscard]] Schema prepare() override {
    schema_ = SchemaCache::instance().of(path(), "jsonl", [&] { return look(); });
    rewind();
    return schema_;
  }

 protected:
  void read_values(std::string_view line, std::vector<Value>& row) const override {
    const Json object = parse(line);
    std::size_t found = 0;
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      const auto value = object.find(schema_[i].name);
      found += value != object.end() ? 1 : 0;
      row[i] = value == object.end() ? missing(schema_[i], "is missing") : typed(schema_[i], *value);
    }
    if (found == object.size()) return;
    for (const auto& [key, value] : object.items()) {
      if (!schema_.find(key))
        throw core::InputError(
            fmt::format("key {} was not in the first {} MiB of the file", core::quoted(key), kLooked >> 20));
    }
  }

 private:
  using Json = nlohmann::ordered_json;

  /// What the values of a key are so far.
  struct Guess {
    std::string name;
    std::optional<Type> type{};
    bool has_special = false;  ///< "Infinity"
    std::uint64_t lines = 0;   ///< that have it
    bool has_null = false;
  };

  [[nodiscard]] Schema look() {
    std::vector<Guess> guesses;
    std::map<std::string, std::size_t> places;
    std::string why;
    std::uint64_t rows = 0, right = 0;
    config::Line line;
    for (; !has_looked(rows) && next(line); ++rows) {
      try {
        require_utf8(line.text, kOrSkip);
        const Json object = parse(line.text);
        for (const auto& [key, value] : object.items()) require_value(key, value);
        for (const auto& [key, value] : object.items()) {
          const auto [place, is_new] = places.try_emplace(key, guesses.size());
          if (is_new) guesses.push_back({key});
          look_at(value, guesses[place->second]);
        }
        ++right;
      } catch (const core::InputError& error) {
        if (why.empty()) why = fmt::format("{}:{}: {}", name(), line.number, error.what());
      }
    }
    if (guesses.empty() && !why.empty()) throw core::InputError(why);
    std::vector<stream::ColumnType> columns;
    for (const Guess& guess : guesses) {
      const Type type = guess.type.value_or(Type::float64);
      const bool real = guess.has_special && type != Type::text;
      columns.push_back({guess.name, real ? Type::float64 : type, {}, false});
      columns.back().nullable =
          (guess.has_null || guess.lines < right) && columns.back().type != Type::float64;
    }
    return Schema(std::move(columns));
  }

  static void require_value(const std::string& key, const Json& value) {
    if (!value.is_number() && !value.is_string() && !value.is_boolean() && !value.is_null())
      throw core::InputError(fmt::format("key '{}': expected a number, a text, true, false or null", key));
    require_text("a key", key);
  }

  static void look_at(const Json& value, Guess& guess) {
    ++guess.lines;
    if (value.is_null()) {
      guess.has_null = true;
    } else if (special(value)) {
      guess.has_special = true;
      if (!guess.type) return;
    } else {
      const Type type = value.is_string()                       ? Type::text
                        : value.is_boolean() || is_int64(value) ? Type::int64
                        : value.is_number_unsigned()            ? Type::uint64
                                                                : Type::float64;
      if (!guess.type) {
        guess.type = type;
      } else if (*guess.type != type && *guess.type != Type::text && type != Type::text) {
        const bool reals = *guess.type == Type::float64 || type == Type::float64;
        guess.type = reals ? Type::float64 : Type::uint64;
      }
    }
  }

  static Value missing(const stream::ColumnType& column, const char* what) {
    if (column.type == Type::float64 || column.nullable) return stream::Null{};
    throw core::InputError(fmt::format("key '{}' {}, but was not in the first {} MiB of the file",
                                       column.name, what, kLooked >> 20));
  }

  static Value typed(const stream::ColumnType& column, const Json& value) {
    if (value.is_null()) return missing(column, "is null");
    if (column.type == Type::text && value.is_string()) {
      auto text = value.get<std::string>();
      require_text(fmt::format("key '{}'", column.name), text);
      return text;
    }
    if (column.type == Type::int64 && value.is_boolean()) return std::int64_t{value.get<bool>()};
    if (column.type == Type::int64 && is_int64(value)) return value.get<std::int64_t>();
    if (column.type == Type::uint64 && value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (column.type == Type::float64 && value.is_number()) return value.get<double>();
    if (column.type == Type::float64) {
      if (const auto number = special(value)) return *number;
    }
    throw core::InputError(fmt::format("key '{}' is no {}", column.name, type_name(column.type)));
  }

  /// Numbers that JSON has no literals for, as gforbit writes them.
  static std::optional<double> special(const Json& value) {
    if (!value.is_string()) return std::nullopt;
    const auto& text = value.get_ref<const std::string&>();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    return std::nullopt;
  }
  static bool is_int64(const Json& value) {
    constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return value.is_number_integer() &&
           (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kLargest);
  }
  static Json parse(std::string_view line) {
    Json object = Json::parse(line, nullptr, false);
    if (!object.is_object()) throw core::InputError("expected one JSON object a line");
    return object;
  }
};

// ---- arguments --------------------------------------------------------------------------------------------

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

stream::Pipeline::Make read_csv(stream::Arguments& a) {
  const std::string path = a.word("path");
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
  return [path, format] { return std::make_unique<CsvSource>(path, format); };
}

stream::Pipeline::Make read_jsonl(stream::Arguments& a) {
  const std::string path = a.word("path");
  return [path] { return std::make_unique<JsonSource>(path); };
}

}  // namespace

void add_text_sources(stream::Library& library) {
  library.add_source(
      "csv",
      {{"path"},
       read_csv,
       "csv(\"path\", delimiter=\";\", comment=\"#\", header=first|none, null=\"NA\", blanks=keep|trim, "
       "zeros=number|text, types=(a=int64, b=text)): the first line names the columns"});
  library.add_source("jsonl", {{"path"}, read_jsonl, "jsonl(\"path\"): a JSON object a line"});
}

stream::Library full_library() {
  stream::Library library = stream::builtin_library();
  add_text_sources(library);
  add_bits_source(library);
  add_table_source(library);
  return library;
}

}  // namespace gforbit::job_stream
