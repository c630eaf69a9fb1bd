#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "stream/file_sources.hpp"
#include "stream/line_source.hpp"

namespace gforbit::job_stream {

namespace {

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

stream::Pipeline::Make read_jsonl(stream::Arguments& a) {
  const std::string path = a.word("path");
  return [path] { return std::make_unique<JsonSource>(path); };
}

}  // namespace

void add_jsonl_source(stream::Library& library) {
  library.add_source("jsonl", {{"path"}, read_jsonl, "jsonl(\"path\"): a JSON object a line"});
}

}  // namespace gforbit::job_stream
