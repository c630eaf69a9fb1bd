#include "stream/python_term.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "stream/python_processes.hpp"

namespace gforbit::job_stream {

namespace {

using Json = nlohmann::json;
using stream::Batch;
using stream::Column;
using stream::Elements;
using stream::Schema;
using stream::Slice;
using stream::Type;

/// Imports of large libraries from a shared file system take minutes.
constexpr double kStartup_s = 600;

/// What stands in the pipeline.
struct Settings {
  std::string file, name;
  std::vector<std::pair<std::string, Type>> columns;  ///< that it makes
  std::string arguments;                              ///< of the function, as JSON
  double timeout_s = 0;                               ///< 0: none
};

// ---- what is asked ----------------------------------------------------------------------------------------

using Text = std::back_insert_iterator<std::string>;

void append_real(std::string& text, double value) {
  if (std::isnan(value)) {
    text += "NaN";
  } else if (std::isinf(value)) {
    text += value > 0 ? "Infinity" : "-Infinity";
  } else {
    const std::size_t begin = text.size();
    fmt::format_to(Text(text), "{}", value);
    if (text.find_first_of(".e", begin) == std::string::npos) text += ".0";  // a real number looks like one
  }
}

void append_text(std::string& text, const std::string& value) {
  text += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_elements(std::string& text, const Elements& vector) {
  text += '[';
  for (std::size_t i = 0; i < vector.size(); ++i)
    fmt::format_to(Text(text), "{}{}", i > 0 ? "," : "", vector[i]);
  text += ']';
}

/// The values of rows as Python reads them; its JSON has NaN and infinities.
void append_column(std::string& text, const Column& column, std::size_t begin, std::size_t end) {
  std::visit(
      [&]<class C>(const C& values) {
        for (std::size_t row = begin; row < end; ++row) {
          if (row > begin) text += ',';
          if (column.is_null(row)) {
            text += "null";
          } else if constexpr (std::is_same_v<C, Slice<std::string>>) {
            append_text(text, values[row]);
          } else if constexpr (std::is_same_v<C, Slice<Elements>>) {
            append_elements(text, values[row]);
          } else if constexpr (std::is_same_v<C, Slice<double>>) {
            append_real(text, values[row]);
          } else {
            fmt::format_to(Text(text), "{}", values[row]);
          }
        }
      },
      static_cast<const stream::AnyColumn&>(column));
}

std::string request_text(std::uint64_t id, const Schema& schema, const Batch& in, std::size_t begin,
                         std::size_t end) {
  std::string text = fmt::format(R"({{"id":{},"columns":{{)", id);
  for (std::size_t c = 0; c < schema.size(); ++c) {
    if (c > 0) text += ',';
    append_text(text, schema[c].name);
    text += ":[";
    append_column(text, in.columns[c], begin, end);
    text += ']';
  }
  return text + "}}";
}

// ---- what comes back --------------------------------------------------------------------------------------

/// Nothing can be done.
[[noreturn]] void fail(const std::string& message) {
  throw core::InputError("term 'python': " + message);
}
[[noreturn]] void fail_reply() {
  fail("the Python process wrote something to standard output that is no reply");
}

/// A column of what was made.
class Made {
 public:
  explicit Made(Type type) : type_(type) {}
  void add(const Json& value) {
    const bool is_null = value.is_null();
    if (is_null) nulls_.resize(std::max(nulls_.size(), size_), 0);
    if (is_null || !nulls_.empty()) nulls_.push_back(is_null ? 1 : 0);
    ++size_;
    switch (type_) {
      case Type::int64:
        return integers_.push_back(is_null ? 0 : value.get<std::int64_t>());
      case Type::uint64:
        return naturals_.push_back(is_null ? 0 : value.get<std::uint64_t>());
      case Type::text:
        texts_.push_back(is_null ? "" : value.get<std::string>());
        if (texts_.back().find('\0') != std::string::npos) fail_reply();
        return;
      default:
        return reals_.push_back(real_of(value));
    }
  }
  [[nodiscard]] Column take() {
    Column column = values();
    if (!nulls_.empty() && type_ != Type::float64) column.nulls = stream::make_slice(std::move(nulls_));
    return column;
  }

 private:
  static double real_of(const Json& value) {
    if (value.is_null()) return std::nan("");
    if (value.is_string()) return value == "Infinity" ? INFINITY : -INFINITY;
    return value.get<double>();
  }
  Column values() {
    switch (type_) {
      case Type::int64:
        return stream::make_slice(std::move(integers_));
      case Type::uint64:
        return stream::make_slice(std::move(naturals_));
      case Type::text:
        return stream::make_slice(std::move(texts_));
      default:
        return stream::make_slice(std::move(reals_));
    }
  }

  Type type_;
  std::size_t size_ = 0;
  std::vector<std::int64_t> integers_;
  std::vector<std::uint64_t> naturals_;
  std::vector<double> reals_;
  std::vector<std::string> texts_;
  std::vector<std::uint8_t> nulls_;  ///< none before the first
};

/// What comes out of a batch: which of its rows each item is of, and the columns that are new.
struct Results {
  explicit Results(const Settings& settings) {
    for (const auto& [name, type] : settings.columns) made.emplace_back(type);
  }
  std::vector<std::uint32_t> rows;
  std::vector<Made> made;
  std::vector<std::pair<std::uint32_t, std::string>> errors;

  void add(const std::string& text, std::size_t begin, std::size_t end) {
    const Json reply = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!reply.is_object()) fail_reply();
    if (reply.contains("fault")) fail("cannot begin: " + reply["fault"].get<std::string>());
    for (const Json& row : reply.at("rows")) {
      const std::size_t at = begin + row.get<std::size_t>();
      if (at >= end || (!rows.empty() && at < rows.back())) fail_reply();
      rows.push_back(static_cast<std::uint32_t>(at));
    }
    for (std::size_t c = 0; c < made.size(); ++c) {
      for (const Json& value : reply.at("columns").at(c)) made[c].add(value);
    }
    for (const Json& error : reply.at("errors"))
      errors.emplace_back(static_cast<std::uint32_t>(begin) + error.at(0).get<std::uint32_t>(),
                          error.at(1).get<std::string>());
  }
};

// ---- the term ---------------------------------------------------------------------------------------------

class PythonTerm final : public stream::FlatMap {
 public:
  explicit PythonTerm(Settings settings) : settings_(std::move(settings)) {
    Json columns = Json::array();
    for (const auto& [name, type] : settings_.columns) columns.push_back({name, stream::type_name(type)});
    const Json all{{"columns", columns}, {"arguments", Json::parse(settings_.arguments)}};
    program_.command = {"python3", "-m", "gforbit_stream", function(), all.dump()};
    program_.ready = true;
    program_.is_eager = true;
    program_.limits.wall_s = settings_.timeout_s;
    program_.limits.startup_s = kStartup_s;
  }

  [[nodiscard]] const std::string& file() const noexcept { return settings_.file; }

  /// The Python file is looked at where it is to run.
  [[nodiscard]] Schema prepare(const Schema& in) override {
    if (const auto processes = PythonProcesses::of_rank()) {
      if (!std::filesystem::is_regular_file(settings_.file))
        throw core::InputError(fmt::format("there is no file '{}'", settings_.file));
      processes->require(function());
    }
    in_ = in;
    std::vector<stream::ColumnType> columns = in.columns();
    for (const auto& [name, type] : settings_.columns) {
      const stream::ColumnType column{name, type, {}, type != Type::float64};
      const auto found = std::ranges::find(columns, name, &stream::ColumnType::name);
      places_.push_back(static_cast<std::size_t>(found - columns.begin()));
      if (found == columns.end()) {
        columns.push_back(column);
      } else {
        *found = column;
      }
    }
    width_ = columns.size();
    return Schema(std::move(columns));
  }

  [[nodiscard]] bool takes_large_batches() const override { return true; }

  [[nodiscard]] Batch apply(const Batch& in, stream::Context& context) const override {
    Results results(settings_);
    try {
      ask(in, 0, in.size, context, results);
    } catch (const Json::exception&) {
      fail_reply();
    }
    for (const auto& [row, message] : results.errors) context.fail_row(in, row, message);
    Batch out = in.gather(results.rows);
    out.columns.resize(width_);
    for (std::size_t c = 0; c < places_.size(); ++c) out.columns[places_[c]] = results.made[c].take();
    return out;
  }

 private:
  [[nodiscard]] std::string function() const { return settings_.file + ':' + settings_.name; }

  [[nodiscard]] solvers::Outcome call(const Batch& in, std::size_t begin, std::size_t end,
                                      const stream::Context& context) const {
    const auto processes = PythonProcesses::of_rank();
    if (!processes) throw core::InternalError("a term in Python has no helper process");
    return processes->call(
        program_, [&](std::uint64_t id) { return request_text(id, in_, in, begin, end); }, context.stop());
  }

  /// Where a process dies or hangs in a batch, its halves are tried: the item at fault is found, and which
  /// one it is does not depend on how items came in batches.
  void ask(const Batch& in, std::size_t begin, std::size_t end, stream::Context& context,
           Results& results) const {
    const solvers::Outcome outcome = call(in, begin, end, context);
    if (outcome.ending == solvers::Ending::replied) return results.add(outcome.reply, begin, end);
    if (outcome.ending == solvers::Ending::cancelled) return;
    const std::string fault =
        fmt::format("the Python process failed: {}{}", outcome.message, said_on_stderr(outcome.stderr_tail));
    if (outcome.ending == solvers::Ending::spawn_failed) fail(fault);
    const solvers::Outcome probe = call(in, begin, begin, context);
    if (probe.ending == solvers::Ending::cancelled) return;
    if (probe.ending != solvers::Ending::replied)
      fail("the Python process failed before it had an item: " + probe.message +
           said_on_stderr(probe.stderr_tail));
    if (end - begin == 1) {
      results.errors.emplace_back(static_cast<std::uint32_t>(begin), fault);
      return;
    }
    const std::size_t middle = begin + (end - begin) / 2;
    ask(in, begin, middle, context, results);
    if (!context.stop().stop_requested()) ask(in, middle, end, context, results);
  }

  Settings settings_;
  solvers::Program program_;
  Schema in_;
  std::vector<std::size_t> places_;
  std::size_t width_ = 0;
};

// ---- arguments --------------------------------------------------------------------------------------------

Type read_type(const stream::Arguments& a, const std::string& text) {
  for (const Type type : {Type::int64, Type::uint64, Type::float64, Type::text}) {
    if (text == type_name(type)) return type;
  }
  a.fail("columns", fmt::format("{} is no type: int64, uint64, float64, text", core::quoted(text)));
}

Json constant(const stream::Arguments& a, const stream::Expression& e) {
  using Kind = stream::Expression::Kind;
  switch (e.kind) {
    case Kind::integer:
      if (e.is_too_large) break;
      return e.natural;
    case Kind::real:
      return e.real;
    case Kind::text:
    case Kind::name:
      return e.word;
    case Kind::unary: {
      const Json value = e.word == "-" ? constant(a, e.operands[0]) : Json();
      if (value.is_number_float()) return -value.get<double>();
      if (value.is_number_unsigned() && value <= std::uint64_t{1} << 62) return -value.get<std::int64_t>();
      break;
    }
    default:
      break;
  }
  a.fail("arguments", "expected numbers and texts: arguments=(k=3, scale=0.5, name=\"a\")");
}

std::string read_arguments(stream::Arguments& a) {
  Json all = Json::object();
  if (const stream::Expression* const given = a.find("arguments")) {
    if (given->kind != stream::Expression::Kind::record) a.fail("arguments", "expected arguments=(k=3, ...)");
    for (std::size_t i = 0; i < given->operands.size(); ++i)
      all[given->names[i]] = constant(a, given->operands[i]);
  }
  return all.dump();
}

stream::Pipeline::Make read_python(stream::Arguments& a) {
  Settings settings;
  const std::string function = a.word("function");
  const std::size_t colon = function.rfind(':');
  if (colon == std::string::npos || colon + 1 == function.size() ||
      function.find('\0') != std::string::npos ||
      !std::string_view(function).substr(0, colon).ends_with(".py"))
    a.fail("function", "expected \"FILE.py:NAME\", the name of a function or a class");
  settings.file = function.substr(0, colon);
  settings.name = function.substr(colon + 1);
  for (const auto& [name, type] : a.record("columns"))
    settings.columns.emplace_back(name, read_type(a, type));
  settings.arguments = read_arguments(a);
  settings.timeout_s = a.has("timeout") ? a.real("timeout") : 0;
  if (settings.timeout_s > 1e9) a.fail("timeout", "at most 1e9 seconds");
  return [settings] { return std::make_unique<PythonTerm>(settings); };
}

}  // namespace

void add_python_term(stream::Library& library) {
  library.add_term("python",
                   {{"function"},
                    read_python,
                    "python(\"FILE.py:NAME\", columns=(y=float64, ...), arguments=(k=3, ...), timeout=0): "
                    "a function, or an object of a class, makes none, one or many items of each"});
}

std::string python_file(const stream::Term& term) {
  const auto* const python = dynamic_cast<const PythonTerm*>(&term);
  return python == nullptr ? std::string() : python->file();
}

}  // namespace gforbit::job_stream
