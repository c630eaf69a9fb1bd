#include "stream/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "gforbit/config/line_file.hpp"
#include "gforbit/config/suggestion.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/store/output_place.hpp"
#include "gforbit/stream/library.hpp"
#include "gforbit/stream/syntax.hpp"
#include "stream/file_sources.hpp"
#include "stream/python_term.hpp"
#include "stream/source_file.hpp"

namespace gforbit::job_stream {

namespace {

using Json = nlohmann::json;

[[noreturn]] void fail_key(const std::string& key, const std::string& rule) {
  throw core::InputError(fmt::format("key '{}': {}", key, rule));
}

sched::Priority priority_of(const Json& value) {
  for (const sched::Priority priority : sched::kPriorities) {
    if (value.is_string() && value == sched::priority_name(priority)) return priority;
  }
  fail_key("priority", "expected one of \"critical\", \"high\", \"normal\", \"low\", \"idle\"");
}

std::chrono::milliseconds timeout_of(const Json& value) {
  constexpr double kLongest = 3153600000;  // seconds: 36500 days, as for --timeout
  const double seconds = value.is_number() ? value.get<double>() : -1;
  if (!(seconds >= 0 && seconds <= kLongest)) fail_key("timeout", "expected a number of seconds, 0 for none");
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(1000 * seconds)));
}

PipelineLine read_line(std::string_view text, const StreamOptions& options, std::uint64_t number) {
  static const std::vector<std::string> kKeys{"id", "pipeline", "priority", "timeout"};
  std::set<std::string> seen;
  const auto once = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1 && !seen.insert(parsed.get<std::string>()).second)
      fail_key(parsed.get<std::string>(), "appears twice");
    return true;
  };
  const Json object = Json::parse(text, once, false);
  if (!object.is_object()) throw core::InputError("expected one JSON object a line");
  PipelineLine line{std::to_string(number), {}, sched::Priority::normal, options.common.timeout};
  for (const auto& [key, value] : object.items()) {
    if (key == "pipeline") {
      if (!value.is_string()) fail_key(key, "expected a text");
      line.text = value.get<std::string>();
    } else if (key == "id") {
      if (value.is_number_integer()) {
        line.id = value.dump();
      } else if (value.is_string() && !value.get<std::string>().empty() &&
                 value.get<std::string>().size() <= 255) {
        line.id = value.get<std::string>();
      } else {
        fail_key(key, "expected a text of 1 to 255 bytes or an integer");
      }
    } else if (key == "priority") {
      line.priority = priority_of(value);
    } else if (key == "timeout") {
      line.timeout = timeout_of(value);
    } else {
      throw core::InputError(
          fmt::format("unknown key {}{}", core::quoted(key), config::suggestion(key, kKeys)));
    }
  }
  if (line.text.empty()) fail_key("pipeline", "is missing");
  if (line.text.find('\0') != std::string::npos) fail_key("pipeline", "contains a zero byte");
  return line;
}

/// What several sinks must agree on.
class SinkRules {
 public:
  /// @param output  the result file
  explicit SinkRules(const std::string& output) : output_(place_of(output)) {
    for (const std::string_view ending : store::kEndingsBeside)
      beside_output_.insert(output_.string() + std::string(ending));
  }
  /// Pipelines are checked in input order.
  void check(const stream::Graph& graph, const std::string& id) {
    for (const stream::Graph::Node& node : graph.nodes()) {
      if (const std::string file = python_file(*node.term); !file.empty()) {
        inputs_.add(file);
        sources_.insert(file);
      }
      if (node.kind != stream::Graph::Kind::source) continue;
      const auto& source = static_cast<const stream::Source&>(*node.term);
      const std::string file = source.file();
      if (file.empty()) continue;
      if (!is_pipe(file)) {
        inputs_.add(file);
      } else if (!pipes_.insert(source_name(file)).second) {
        throw core::InputError(fmt::format(
            "{} is read by two sources: save it to a file first (`cat > in.csv`)", source_name(file)));
      }
      if (!source.follows()) sources_.insert(file);  // of others the contents stay
    }
    std::set<std::string> own;
    for (std::size_t i = 0; i < graph.sinks().size(); ++i) {
      const stream::Sink& sink = graph.sink(i);
      if (sink.kind() == stream::SinkKind::table) {
        if (!own.insert(sink.target()).second)
          throw core::InputError(fmt::format(
              "table({0}) appears twice: one order of its rows needs one sink, (a | b) * table({0})",
              sink.target()));
        check_table(sink.target(), graph.sink_schema(i), id);
      }
      if (stream::is_file(sink.kind())) check_file(sink.target(), graph.sink_schema(i), id);
    }
    ++row_;
  }
  /// @throws core::UsageError  a file is there that the pipelines [begin, end) would replace
  void refuse_existing(std::uint64_t begin, std::uint64_t end) const {
    for (const auto& [path, writer] : files_) {
      if (writer.row >= begin && writer.row < end && !writer.direct && std::filesystem::exists(path))
        throw core::UsageError(fmt::format("'{}' exists; --force replaces it", writer.path));
    }
  }
  /// @param files  what the run reads besides the sources of its pipelines
  /// @return all that it reads
  /// @throws core::UsageError  a sink would write over it
  [[nodiscard]] store::InputFiles refuse_inputs(std::initializer_list<std::string> files) {
    for (const std::string& file : files) inputs_.add(file);
    for (const auto& [path, writer] : files_) {
      if (!writer.direct) inputs_.refuse_text(writer.path);
    }
    return std::move(inputs_);
  }
  [[nodiscard]] std::set<std::string> take_sources() { return std::move(sources_); }
  [[nodiscard]] std::map<std::string, stream::Schema> take_tables() { return std::move(tables_); }

 private:
  void check_table(const std::string& name, const stream::Schema& schema, const std::string& id) {
    for (const stream::ColumnType& column : schema.columns()) {
      for (const char* const taken : {"pipeline", "index", "row"}) {
        if (column.name != taken) continue;
        throw core::InputError(
            fmt::format("table({0}): the name '{1}' has a meaning in every table: rename(my_{1}={1}) gives "
                        "the column another one",
                        name, taken));
      }
      if (column.name.empty() || column.name.find('/') != std::string::npos || column.name == ".")
        throw core::InputError(
            fmt::format("table({}): {} is no name for a column of a table", name, core::quoted(column.name)));
    }
    const auto [at, is_new] = tables_.try_emplace(name, schema);
    if (is_new) {
      first_[name] = id;
    } else if (!same_columns(at->second, schema)) {
      throw core::InputError(fmt::format("table({}): has ({}) here, but ({}) in pipeline '{}'", name,
                                         schema.text(), at->second.text(), first_[name]));
    }
  }
  void check_file(const std::string& path, const stream::Schema& schema, const std::string& id) {
    const auto file = place_of(path);
    if (file == output_)
      throw core::InputError(
          fmt::format("'{}' is the output of this run: choose another name for one of them", path));
    if (beside_output_.contains(file))
      throw core::InputError(fmt::format(
          "'{}' lies beside the output while this run works: choose another name for one of them", path));
    if (path == "-")
      throw core::InputError(
          "'-' is no name of a file: write \"/dev/stdout\" for standard output, or \"./-\" for a file of "
          "this name");
    if (is_compressed(path))
      throw core::InputError(fmt::format(
          "'{}': files are written without compression: write to a FIFO that gzip or zstd reads, or "
          "name it without this ending and compress it afterwards",
          path));
    const bool direct = store::TextOutput::is_direct(path);
    if (const auto [at, is_new] = files_.try_emplace(file, Writer{id, path, row_, direct}); !is_new)
      throw core::InputError(
          at->second.row == row_
              ? fmt::format("'{}' is written by another sink of this pipeline: choose another name", path)
              : fmt::format("'{}' is written by pipeline '{}' already", path, at->second.id));
    if (schema.size() == 0) throw core::InputError(fmt::format("'{}' would have no columns", path));
  }
  static std::filesystem::path place_of(const std::string& path) {
    const std::filesystem::path file = std::filesystem::absolute(store::resolved_output(path));
    return std::filesystem::weakly_canonical(file.parent_path()) / file.filename();
  }
  static bool same_columns(const stream::Schema& a, const stream::Schema& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i].name != b[i].name || a[i].type != b[i].type) return false;
    }
    return true;
  }

  std::map<std::string, stream::Schema> tables_;
  std::map<std::string, std::string> first_;  ///< pipeline of a table
  struct Writer {
    std::string id, path;
    std::uint64_t row;
    bool direct;  ///< a FIFO or a device, which is not replaced
  };
  std::map<std::filesystem::path, Writer> files_;  ///< whatever they are called
  std::filesystem::path output_;
  std::set<std::filesystem::path> beside_output_;
  store::InputFiles inputs_;
  std::set<std::string> sources_, pipes_;
  std::uint64_t row_ = 0;
};

/// Whether a term is given standard input, which holds the pipelines.
bool names_standard_input(const stream::Syntax& syntax) {
  const auto is_input = [](const stream::Argument& argument) {
    return argument.value.kind == stream::Expression::Kind::text &&
           source_name(argument.value.word) == source_name("-");
  };
  return std::ranges::any_of(syntax.arguments, is_input) ||
         std::ranges::any_of(syntax.parts, names_standard_input);
}

void read_file(const StreamOptions& options, SinkRules& rules, StreamInput& input) {
  config::LineFile file(*options.pipelines);
  config::Line line;
  std::set<std::string> ids;
  while (file.next(line)) {
    if (core::trimmed(line.text).empty()) continue;
    try {
      PipelineLine read = read_line(line.text, options, line.number);
      if (!ids.insert(read.id).second)
        fail_key("id", fmt::format("'{}' is taken by an earlier line", read.id));
      if (options.pipelines == "-" && names_standard_input(stream::parse_pipeline(read.text)))
        throw core::InputError("standard input holds the pipelines, so none of them can read it");
      rules.check(make_graph(read.text), read.id);
      input.lines.push_back(std::move(read));
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("{}:{}: {}", file.name(), line.number, error.what()));
    }
  }
  if (input.lines.empty()) throw core::InputError(fmt::format("{}: there is no pipeline in it", file.name()));
  input.digest = file.digest();
}

std::vector<std::uint32_t> first_equals(const std::vector<PipelineLine>& lines) {
  std::vector<std::string> keys;
  for (const PipelineLine& line : lines)
    keys.push_back(fmt::format("{} {}", line.timeout.count(), line.text));
  return skeleton::first_equal(keys);
}

/// Lines of other parts were checked all the same, and their tables are there, without rows. The first parts
/// have one line more where they are not equally long.
void keep_part(config::Part part, bool coalesce, StreamInput& input) {
  const std::uint64_t n = input.lines.size();
  skeleton::require_parts(part, n, "pipeline");
  const auto first = [&](std::uint64_t index) {
    return index * (n / part.count) + std::min(index, n % part.count);
  };
  const skeleton::PartRows rows{first(part.index - 1), first(part.index)};
  input.rows = {coalesce ? first_equals(input.lines) : std::vector<std::uint32_t>(), rows};
  input.lines.erase(input.lines.begin() + static_cast<std::ptrdiff_t>(rows.end), input.lines.end());
  input.lines.erase(input.lines.begin(), input.lines.begin() + static_cast<std::ptrdiff_t>(rows.first));
}

}  // namespace

stream::Graph make_graph(const std::string& text) {
  static const stream::Library kLibrary = full_library();
  return stream::Graph(stream::parse(text, kLibrary));
}

StreamInput read_input(const StreamOptions& options) {
  StreamInput input;
  SinkRules rules(options.common.output);
  if (options.pipelines) {
    read_file(options, rules, input);
  } else {
    if (const auto at = core::first_not_utf8(*options.pipeline))
      throw core::UsageError(
          fmt::format("{}: byte {} is no UTF-8", options.settings.origin("pipeline"), *at + 1));
    try {
      rules.check(make_graph(*options.pipeline), "1");
    } catch (const stream::SourceError& error) {
      throw core::InputError(fmt::format("{}: {}", options.settings.origin("pipeline"), error.what()));
    } catch (const core::InputError& error) {
      throw core::UsageError(fmt::format("{}: {}", options.settings.origin("pipeline"), error.what()));
    }
    input.lines.push_back({"1", *options.pipeline, sched::Priority::normal, options.common.timeout});
  }
  input.tables = rules.take_tables();
  input.sources = rules.take_sources();
  input.files = rules.refuse_inputs({options.settings.config_file(), options.pipelines.value_or("")});
  keep_part(options.common.part, options.common.coalesce != config::Coalesce::off, input);
  if (!options.common.force && !options.common.resume)
    rules.refuse_existing(input.rows.part().first, input.rows.part().end);
  return input;
}

}  // namespace gforbit::job_stream
