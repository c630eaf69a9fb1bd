#include "stream/options.hpp"

#include <fmt/format.h>

#include <string_view>

#include "stream/file_sources.hpp"

namespace gforbit::job_stream {

namespace {

constexpr std::string_view kName = "stream";

config::Section pipeline_section(StreamOptions& o) {
  using config::into;
  using stream::OnError;
  const auto on_error = config::one_of<OnError>(
      {{"fail", OnError::fail}, {"skip", OnError::skip}, {"dead-letter", OnError::dead_letter}});
  const auto items = config::word_or<std::uint64_t>("auto", 0, config::natural(1, std::uint64_t{1} << 30));
  return {
      "Pipelines (exactly one of --pipeline, --pipelines)",
      {
          {"pipeline", "TEXT", "one pipeline, such as 'range(10) * map(y = value^2) * table(squares)'",
           into(o.pipeline, config::text()), "", "", false, true},
          {"pipelines", "FILE.jsonl",
           "one JSON object a line with the key pipeline, and optionally id, priority (critical, high, "
           "normal, low, idle), timeout; - is standard input",
           into(o.pipelines, config::text()), "", "", true},
          {"batch-items", "N|auto",
           "items that a term processes at a time; auto: chosen by the time they take",
           into(o.batch_items, items), "auto", "", true},
          {"edge-capacity", "N",
           "items that may wait between two terms (for bits of GF(2): words of 64), and at most 8 MiB",
           into(o.edge_capacity, config::natural(1, std::uint64_t{1} << 24)), "65536", "", true},
          {"on-error", "fail|skip|dead-letter",
           "an item that cannot be processed ends its pipeline (fail), is left out and counted (skip), or "
           "is also kept in results/dead_letters (dead-letter)",
           into(o.on_error, on_error), "fail"},
      }};
}

config::Section common_section(StreamOptions& o) {
  config::Section section =
      config::common_section(o.common, "gforbit-stream.h5", "their goal (a pipeline: it is completed)");
  for (config::Option& option : section.options) {
    if (option.name == "timeout") option.help = "limit for each pipeline in seconds (or 2m, 250ms); 0 = none";
    if (option.name == "memory") {
      option.help =
          "memory limit of a pipeline on a rank (600M, 1.5G, 2GiB): items that wait between its terms take a "
          "quarter at most; a pipeline that needs more fails";
      option.fallback_note = "8 MiB between two terms, up to 1 GiB where less would block the pipeline";
    }
    if (option.name == "coalesce") {
      option.value_name = "off|equal";
      option.help =
          "equal: pipelines of equal text and timeout run once, and each has the rows in its tables";
    }
  }
  return section;
}

std::string notes() {
  std::string text = "Sources:\n";
  const stream::Library library = full_library();
  for (const auto& [name, entry] : library.sources()) text += fmt::format("  {}\n", entry.usage);
  text += "Terms and sinks:\n";
  for (const auto& [name, entry] : library.terms()) text += fmt::format("  {}\n", entry.usage);
  text +=
      "Expressions, their operators and functions: gforbit stream --help-expressions\n\n"
      "Terms without a state (map, filter, statistics, ...) also take parallel=N, the largest number of "
      "threads.\n\n"
      "a * b: the output of a is the input of b. a | b: both get the same items; their outputs are merged "
      "by\n"
      "source index unless a join follows: (a | b) * zip. An item made of several has the index of the last "
      "one.\n\n";
  return text + config::exit_status_notes();
}

}  // namespace

config::Command stream_command(StreamOptions& options) {
  return {
      .name = std::string(kName),
      .summary = "run stream pipelines",
      .details =
          "Runs pipelines: sources, terms and sinks composed in sequence (*) and in parallel (|), on the "
          "threads of all ranks. Long output sequences of registers and their statistics, or any table of "
          "records.",
      .sections = {pipeline_section(options), common_section(options)},
      .examples = {{"gforbit stream --pipeline 'register(field=2, coefficients=1:0:0:1, length=1e6) * "
                    "window(65536) * (frequency | runs) * table(stats)'",
                    "gforbit export gforbit-stream.h5 --table results/stats shows the rows"},
                   {"mpirun -n 4 gforbit stream --pipelines many.jsonl --timeout 60",
                    "a batch on four ranks, at most a minute each"}},
      .notes = notes(),
      .reads_config = true,
  };
}

StreamOptions parse_stream_options(std::span<const std::string> arguments) {
  StreamOptions options;
  options.settings = config::read_settings(stream_command(options), arguments);
  const auto& s = options.settings;
  if (options.pipeline.has_value() == options.pipelines.has_value())
    config::fail_usage(
        kName, options.pipeline
                   ? fmt::format("{} and {} exclude each other", s.origin("pipeline"), s.origin("pipelines"))
                   : std::string("missing '--pipeline' or '--pipelines': what to run"));
  config::check_common_without_equivalence(kName, options.common, s);
  return options;
}

}  // namespace gforbit::job_stream
