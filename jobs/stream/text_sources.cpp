#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "gforbit/config/line_file.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "stream/file_sources.hpp"

namespace gforbit::job_stream {

namespace {

using stream::Schema;
using stream::Type;
using stream::Value;

constexpr std::size_t kLooked = 1000;  ///< rows from which types are known

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

/// Cells of a row of comma-separated values; "" inside quotes is a quotation mark.
std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const char c = row[i];
    if (quoted && c == '"' && i + 1 < row.size() && row[i + 1] == '"') {
      cells.back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  if (quoted) throw core::InputError("a quotation mark is not closed on its line");
  return cells;
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

/// A source of lines. What a line says, the derived class knows. An item is a line that is not blank; a
/// quotation mark ends on its line, so a file may be cut behind every one.
class LineSource : public stream::Source {
 public:
  explicit LineSource(const std::string& path) : file_(regular(path)), path_(path) {}

  [[nodiscard]] stream::Produced produce(std::size_t n, stream::Context& context) final {
    stream::Produced produced;
    stream::BatchBuilder builder(schema_);
    config::Line line;
    while (builder.size() < n && !context.stop().stop_requested()) {
      if (position_ == end_ || !next(line)) {
        produced.ended = true;
        break;
      }
      try {
        require_utf8(line.text, kOrSkip);
        builder.add(position_, values(line.text));
      } catch (const std::exception& error) {
        if (core::stops_run(error)) throw;
        context.fail(position_, fmt::format("{}:{}: {}", path_, line.number, error.what()));
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
  /// The next line that is not blank.
  bool next(config::Line& line) {
    while (file_.next(line)) {
      next_offset_ = file_.offset();
      next_number_ = line.number + 1;
      if (!core::trimmed(line.text).empty()) return true;
    }
    return false;
  }
  /// What was read is before the first item.
  void begin_here() { begin_ = {0, next_offset_, next_number_}; }
  /// Goes back to the first item.
  void rewind() { go_to(begin_); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[noreturn]] void fail(const config::Line& line, const std::string& message) const {
    throw core::InputError(fmt::format("{}:{}: {}", path_, line.number, message));
  }
  [[nodiscard]] virtual std::vector<Value> values(std::string_view line) const = 0;
  Schema schema_;

 private:
  /// The next line, and the item that it is if it is not blank.
  struct Place {
    std::uint64_t item = 0, offset = 0, number = 1;
  };
  struct Index {
    std::uint64_t n_items = 0;
    std::vector<Place> marks;  ///< of every kMarked-th item
  };
  static constexpr std::uint64_t kMarked = 4096;

  /// What has an end, and is the same whenever and by whomever it is read.
  static const std::string& regular(const std::string& path) {
    if (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path))
      throw core::InputError(fmt::format(
          "'{}' is no regular file: what is read by several threads and ranks must be one", path));
    return path;
  }
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
    file_.go_to({place.offset, place.number, {}});
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
    std::uint64_t lines = 0;
    config::LineFile file(path_);
    file.go_to({begin_.offset, begin_.number, {}});
    config::Line line;
    while (file.next(line)) {
      if (++lines % kLook == 0 && stop.stop_requested()) return false;
      if (core::trimmed(line.text).empty()) continue;
      if (index.n_items % kMarked == 0) index.marks.push_back({index.n_items, line.offset, line.number});
      ++index.n_items;
    }
    index_ = std::move(index);
    return true;
  }

  config::LineFile file_;
  std::string path_;
  Place begin_;  ///< of the first item
  std::uint64_t position_ = 0, end_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t next_offset_ = 0, next_number_ = 1;  ///< of the line that file_ gives next
  mutable std::optional<Index> index_;
};

/// Texts of result files have no zero bytes.
void require_text(const std::string& what, const std::string& text) {
  if (text.find('\0') != std::string::npos)
    throw core::InputError(fmt::format("{}: {} contains a zero byte", what, core::quoted(text, 30)));
}

Value typed(Type type, const std::string& column, const std::string& cell) {
  if (type == Type::int64) {
    if (const auto value = as_integer(cell)) return *value;
    throw core::InputError(fmt::format("column '{}': {} is no integer", column, core::quoted(cell, 30)));
  }
  if (type == Type::float64) {
    if (const auto value = as_real(cell)) return *value;
    throw core::InputError(fmt::format("column '{}': {} is no number", column, core::quoted(cell, 30)));
  }
  require_text(fmt::format("column '{}'", column), cell);
  return cell;
}

class CsvSource final : public LineSource {
 public:
  using LineSource::LineSource;
  [[nodiscard]] Schema prepare() override {
    config::Line line;
    if (!next(line)) throw core::InputError("the file is empty: its first line must name the columns");
    const auto names = header(line);
    begin_here();
    std::vector<bool> integer(names.size(), true), real(names.size(), true);
    std::size_t rows = 0;
    for (std::size_t looked = 0; looked < kLooked && next(line); ++looked) {
      const auto cells = cells_if_right(line.text, names.size());
      if (cells.empty()) continue;
      ++rows;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        integer[i] = integer[i] && as_integer(cells[i]);
        real[i] = real[i] && as_real(cells[i]);
      }
    }
    std::vector<stream::ColumnType> columns;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Type type = rows == 0    ? Type::text
                        : integer[i] ? Type::int64
                        : real[i]    ? Type::float64
                                     : Type::text;
      columns.push_back({std::string(core::trimmed(names[i])), type, {}});
    }
    rewind();
    schema_ = Schema(std::move(columns));
    return schema_;
  }

 protected:
  [[nodiscard]] std::vector<Value> values(std::string_view line) const override {
    const auto cells = cells_under(line, schema_.size());
    std::vector<Value> values;
    for (std::size_t i = 0; i < cells.size(); ++i)
      values.push_back(typed(schema_[i].type, schema_[i].name, cells[i]));
    return values;
  }

 private:
  [[nodiscard]] std::vector<std::string> header(const config::Line& line) const {
    try {
      require_utf8(line.text, "");
      auto names = cells_of(line.text);
      for (const std::string& name : names) require_text("the name of a column", name);
      return names;
    } catch (const core::InputError& error) {
      fail(line, error.what());
    }
  }
  static std::vector<std::string> cells_under(std::string_view line, std::size_t names) {
    auto cells = cells_of(line);
    if (cells.size() != names)
      throw core::InputError(
          fmt::format("{} under {}", core::counted(cells.size(), "cell"), core::counted(names, "name")));
    return cells;
  }
  /// None of a line that will be an error of its item.
  static std::vector<std::string> cells_if_right(std::string_view line, std::size_t names) {
    try {
      return cells_under(line, names);
    } catch (const core::InputError&) {
      return {};
    }
  }
};

class JsonSource final : public LineSource {
 public:
  using LineSource::LineSource;
  /// Columns and types are those of the first line that has any; an integer here and a real number there are
  /// real numbers. Lines that do not fit will be errors of their items.
  [[nodiscard]] Schema prepare() override {
    std::vector<stream::ColumnType> columns;
    std::string why;
    config::Line line;
    for (std::size_t looked = 0; looked < kLooked && next(line); ++looked) {
      try {
        require_utf8(line.text, kOrSkip);
        const auto found = columns_of(parse(line.text));
        if (columns.empty()) columns = found;
        widen(columns, found);
      } catch (const core::InputError& error) {
        if (why.empty()) why = fmt::format("{}:{}: {}", path(), line.number, error.what());
      }
    }
    if (columns.empty() && !why.empty()) throw core::InputError(why);
    rewind();
    schema_ = Schema(std::move(columns));
    return schema_;
  }

 protected:
  [[nodiscard]] std::vector<Value> values(std::string_view line) const override {
    const Json object = parse(line);
    if (object.size() != schema_.size())
      throw core::InputError(
          fmt::format("{} instead of {}", core::counted(object.size(), "key"), schema_.size()));
    std::vector<Value> values;
    for (const auto& column : schema_.columns()) {
      const auto found = object.find(column.name);
      if (found == object.end()) throw core::InputError(fmt::format("key '{}' is missing", column.name));
      const bool fits = column.type == Type::text    ? found->is_string()
                        : column.type == Type::int64 ? is_int64(*found)
                                                     : found->is_number();
      if (!fits)
        throw core::InputError(fmt::format("key '{}' is no {}", column.name, type_name(column.type)));
      if (column.type == Type::text) {
        values.emplace_back(found->get<std::string>());
        require_text(fmt::format("key '{}'", column.name), std::get<std::string>(values.back()));
      }
      if (column.type == Type::int64) values.emplace_back(found->get<std::int64_t>());
      if (column.type == Type::float64) values.emplace_back(found->get<double>());
    }
    return values;
  }

 private:
  using Json = nlohmann::ordered_json;
  static std::vector<stream::ColumnType> columns_of(const Json& object) {
    std::vector<stream::ColumnType> columns;
    for (const auto& [key, value] : object.items()) {
      if (!value.is_number() && !value.is_string())
        throw core::InputError(fmt::format("key '{}': expected a number or a text", key));
      require_text("a key", key);
      columns.push_back({key,
                         is_int64(value)     ? Type::int64
                         : value.is_number() ? Type::float64
                                             : Type::text,
                         {}});
    }
    return columns;
  }
  static void widen(std::vector<stream::ColumnType>& columns, const std::vector<stream::ColumnType>& found) {
    for (const stream::ColumnType& other : found) {
      const auto column = std::ranges::find(columns, other.name, &stream::ColumnType::name);
      if (column != columns.end() && column->type == Type::int64 && other.type == Type::float64)
        column->type = Type::float64;
    }
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

template <class T>
stream::Library::Entry file_source(const std::string& usage) {
  return {{"path"},
          [](stream::Arguments& a) -> stream::Pipeline::Make {
            const std::string path = a.word("path");
            return [path] { return std::make_unique<T>(path); };
          },
          usage};
}

}  // namespace

void add_text_sources(stream::Library& library) {
  library.add_source("csv", file_source<CsvSource>("csv(\"path\"): the first line names the columns"));
  library.add_source("jsonl",
                     file_source<JsonSource>("jsonl(\"path\"): a JSON object of numbers and texts a line"));
}

stream::Library full_library() {
  stream::Library library = stream::builtin_library();
  add_text_sources(library);
  add_table_source(library);
  return library;
}

}  // namespace gforbit::job_stream
