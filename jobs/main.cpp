// The command line: finds the command, runs it, and is the one place where an error becomes a message and an
// exit status. Everything that the rooms must not know of each other is composed here.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <iostream>
#include <ostream>
#include <span>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cycles/executor.hpp"
#include "cycles/options.hpp"
#include "cycles/report.hpp"
#include "cycles/run.hpp"
#include "gforbit/comm/session.hpp"
#include "gforbit/config/command.hpp"
#include "gforbit/config/pages.hpp"
#include "gforbit/config/settings.hpp"
#include "gforbit/config/suggestion.hpp"
#include "gforbit/core/build_info.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/galois/version.hpp"
#include "gforbit/report/check.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/merge.hpp"
#include "gforbit/report/summary.hpp"
#include "gforbit/solvers/helper.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/version.hpp"
#include "gforbit/sys/launcher.hpp"
#include "launch/process.hpp"
#include "scoring/executor.hpp"
#include "scoring/options.hpp"
#include "scoring/report.hpp"
#include "scoring/run.hpp"
#include "stream/executor.hpp"
#include "stream/options.hpp"
#include "stream/report.hpp"
#include "stream/run.hpp"

namespace gforbit {
namespace {

using Arguments = std::span<const std::string>;
using core::ExitStatus;

// ---- standard output -------------------------------------------------------------------------------------

/// Whoever read our standard output has enough (`summary FILE | head`).
struct BrokenPipe {};

/// Standard output that tells a reader who left from a disk that is full. A stream over it must have badbit
/// among its exceptions(), so that what is thrown here reaches main.
class StandardOutput final : public std::streambuf {
 public:
  StandardOutput() { setp(block_.data(), block_.data() + block_.size()); }

 protected:
  int_type overflow(int_type c) override {
    write_block();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override {
    write_block();
    return 0;
  }

 private:
  void write_block() {
    std::string_view rest(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    setp(block_.data(), block_.data() + block_.size());  // before anything is thrown: never written twice
    while (!rest.empty()) {
      const auto put = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0 && errno == EPIPE) throw BrokenPipe{};
      if (put < 0)
        throw core::OutputError(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  std::array<char, std::size_t{1} << 16> block_{};
};

// ---- errors ----------------------------------------------------------------------------------------------

/// Called while an exception is being handled: the message on stderr and the exit status.
ExitStatus explain_error() {
  try {
    throw;
  } catch (const BrokenPipe&) {
    return ExitStatus::done;
  } catch (const core::Error& error) {
    std::cerr << fmt::format("gforbit: {}\n", error.what()) << std::flush;
    return error.status();
  } catch (const std::bad_alloc&) {
    std::cerr << "gforbit: out of memory\n" << std::flush;
  } catch (const std::exception& error) {
    std::cerr << fmt::format("gforbit: internal error: {}\n", error.what()) << std::flush;
  }
  return ExitStatus::internal;
}

/// Runs a part of a command. A room below the options knows no command; every usage error ends with the hint
/// all the same.
template <class Part>
ExitStatus with_usage_hint(const std::string& command, Part part) {
  try {
    return part();
  } catch (const core::UsageError& error) {
    if (std::string_view(error.what()).ends_with("--help'.")) throw;
    config::fail_usage(command, error.what());
  }
}

// ---- commands --------------------------------------------------------------------------------------------

/// A command as main sees it. What `describe` returns is for pages alone: its readers are bound to values
/// that live no longer.
struct Tool {
  std::string name;
  std::string summary;
  std::function<config::Command()> describe;
  std::function<ExitStatus(Arguments, std::ostream&)> run;
};

/// A command whose options fill a `Values` that `describe` binds them to.
template <class Values>
Tool make_tool(config::Command (*describe)(Values&), ExitStatus (*run)(const Values&, std::ostream&)) {
  Values unread;
  const config::Command command = describe(unread);
  return {command.name, command.summary,
          [describe] {
            Values none;
            return describe(none);
          },
          [describe, run](Arguments arguments, std::ostream& out) {
            Values values;
            static_cast<void>(config::read_settings(describe(values), arguments));
            return run(values, out);
          }};
}

const std::vector<report::JobReport>& reports() {
  static const std::vector<report::JobReport> kReports{
      job_cycles::cycles_report(), job_scoring::scoring_report(), job_stream::stream_report()};
  return kReports;
}

config::Positional file_argument(std::string& file) {
  return {"FILE.h5", "a result file", config::into(file, config::text())};
}

struct SummaryValues {
  std::string file;
  report::SummaryFormat format{};
  bool digest{};
};

config::Command describe_summary(SummaryValues& v) {
  using report::SummaryFormat;
  const auto format = config::one_of<SummaryFormat>({{"text", SummaryFormat::text},
                                                     {"json", SummaryFormat::json},
                                                     {"csv", SummaryFormat::csv},
                                                     {"latex", SummaryFormat::latex}});
  return {
      .name = "summary",
      .summary = "what a result file says, for people and scripts",
      .details = "Writes what a result file says to standard output.",
      .positionals = {file_argument(v.file)},
      .sections = {{"Options",
                    {{"format", "text|json|csv|latex", "form of the summary", config::into(v.format, format),
                      "text"},
                     {"digest", "", "only the digest of /results, computed anew",
                      config::into(v.digest, config::parse_switch), "false"}}}},
      .examples = {{"gforbit summary gforbit-cycles.h5", "a few lines for each register"},
                   {"gforbit summary --format json a.h5 | python3 -m json.tool", "everything, for a script"},
                   {"gforbit summary --digest a.h5", "equal for equal results, however they were computed"}}};
}

ExitStatus run_summary(const SummaryValues& v, std::ostream& out) {
  const store::ResultReader reader(v.file);
  if (v.digest) {
    report::write_digest(reader, out);
  } else {
    report::summarise(reader, v.format, reports(), out);
  }
  return ExitStatus::done;
}

struct CheckValues {
  std::string file;
};

config::Command describe_check(CheckValues& v) {
  return {
      .name = "check",
      .summary = "validates schema and mathematics of a result file",
      .details =
          "Validates schema and mathematics of a result file and says what it found. Exit status 0: valid "
          "(\"incomplete\" is said where the run was not at its end), 3: not valid.",
      .positionals = {file_argument(v.file)},
      .examples = {{"gforbit check gforbit-cycles.h5", "one line for each finding, the verdict last"}}};
}

ExitStatus run_check(const CheckValues& v, std::ostream& out) {
  return report::check(v.file, reports(), out);
}

struct ExportValues {
  std::string file;
  std::string table;
  report::ExportFormat format{};
};

config::Command describe_export(ExportValues& v) {
  using report::ExportFormat;
  const auto format =
      config::one_of<ExportFormat>({{"csv", ExportFormat::csv}, {"jsonl", ExportFormat::jsonl}});
  return {
      .name = "export",
      .summary = "streams one table of a result file",
      .details = "Writes one table of a result file to standard output, row by row.",
      .positionals = {file_argument(v.file)},
      .sections = {{"Options",
                    {{"table", "T",
                      "the table, such as results/registers, results/period_distribution, results/cycles",
                      config::into(v.table, config::text())},
                     {"format", "csv|jsonl", "form of the rows", config::into(v.format, format), "csv"}}}},
      .examples = {
          {"gforbit export a.h5 --table results/cycles --format csv > cycles.csv", "all cycles"},
          {"gforbit export a.h5 --table results/registers --format jsonl | head -n 1", "the first row"}}};
}

ExitStatus run_export(const ExportValues& v, std::ostream& out) {
  if (v.table.empty()) config::fail_usage("export", "missing '--table': which table, such as results/cycles");
  report::export_table(store::ResultReader(v.file), v.table, v.format, out);
  return ExitStatus::done;
}

struct MergeValues {
  std::vector<std::string> parts;
  std::string output;
  bool force{};
};

config::Command describe_merge(MergeValues& v) {
  return {
      .name = "merge",
      .summary = "joins the parts of a batch",
      .details =
          "Joins the results of all parts of a batch (--part I/N) to what one run of the batch would have "
          "written, digest included. Refuses parts that are missing, given twice, incomplete or of another "
          "problem.",
      .positionals = {{"PART.h5...", "the result files of all parts, in any order",
                       [&v](std::string_view text) { v.parts.emplace_back(text); }, true}},
      .sections = {{"Options",
                    {{"output", "ALL.h5", "result file", config::into(v.output, config::text())},
                     {"force", "", "replace an existing result file",
                      config::into(v.force, config::parse_switch), "false"}}}},
      .examples = {{"gforbit merge part-*.h5 --output all.h5", "what a job array has computed"}}};
}

ExitStatus run_merge(const MergeValues& v, std::ostream& out) {
  if (v.output.empty()) config::fail_usage("merge", "missing '--output': where to write the joined results");
  const std::string digest = report::merge_parts(v.parts, v.output, v.force, reports());
  out << fmt::format("{}: {} parts joined, results_sha256 {}\n", v.output, v.parts.size(), digest);
  return ExitStatus::done;
}

ExitStatus lead_cycles(Arguments arguments, const launch::World& world, std::ostream& out) {
  const auto options = job_cycles::parse_cycles_options(arguments);
  const ExitStatus status =
      job_cycles::run_cycles(options, {.ranks = world.ranks,
                                       .launcher = world.launcher,
                                       .mpi = world.mpi,
                                       .signals = world.signals,
                                       .job_end = world.job_end,
                                       .argv = {arguments.begin(), arguments.end()},
                                       .results = out,
                                       .messages = std::cerr,
                                       .messages_on_terminal = isatty(STDERR_FILENO) != 0});
  out.flush();
  return status;
}

Tool cycles_tool() {
  return {.name = "cycles",
          .summary = "map the cycle structure of one register or of a batch",
          .describe =
              [] {
                job_cycles::CyclesOptions none;
                return job_cycles::cycles_command(none);
              },
          .run =
              [](Arguments arguments, std::ostream& out) {
                const auto lead = [&](const launch::World& world) {
                  return with_usage_hint("cycles", [&] { return lead_cycles(arguments, world, out); });
                };
                const auto make_executor = [](const std::string&) {
                  return std::make_unique<job_cycles::CyclesExecutor>();
                };
                return launch::run_process(lead, make_executor, explain_error, std::cerr);
              }};
}

ExitStatus lead_scoring(Arguments arguments, const launch::World& world, solvers::Helper& helper,
                        std::ostream& out) {
  const auto options = job_scoring::parse_scoring_options(arguments);
  const ExitStatus status =
      job_scoring::run_scoring(options, {.world = world,
                                         .helper = helper,
                                         .argv = {arguments.begin(), arguments.end()},
                                         .results = out,
                                         .messages = std::cerr,
                                         .messages_on_terminal = isatty(STDERR_FILENO) != 0});
  out.flush();
  return status;
}

Tool scoring_tool() {
  return {.name = "scoring",
          .summary = "score solver programs on tasks with demo and test samples",
          .describe =
              [] {
                job_scoring::ScoringOptions none;
                return job_scoring::scoring_command(none);
              },
          .run =
              [](Arguments arguments, std::ostream& out) {
                // On every rank, and before run_process(): afterwards there are threads and MPI, and a
                // process that has either must not fork.
                solvers::Helper helper = solvers::Helper::start();
                const auto lead = [&](const launch::World& world) {
                  return with_usage_hint("scoring",
                                         [&] { return lead_scoring(arguments, world, helper, out); });
                };
                const auto make_executor = [&](const std::string&) {
                  return std::make_unique<job_scoring::ScoringExecutor>(helper);
                };
                return launch::run_process(lead, make_executor, explain_error, std::cerr);
              }};
}

ExitStatus lead_stream(Arguments arguments, const launch::World& world, std::ostream& out) {
  const auto options = job_stream::parse_stream_options(arguments);
  const ExitStatus status =
      job_stream::run_stream(options, {.world = world,
                                       .argv = {arguments.begin(), arguments.end()},
                                       .results = out,
                                       .messages = std::cerr,
                                       .messages_on_terminal = isatty(STDERR_FILENO) != 0});
  out.flush();
  return status;
}

Tool stream_tool() {
  return {.name = "stream",
          .summary = "run stream pipelines",
          .describe =
              [] {
                job_stream::StreamOptions none;
                return job_stream::stream_command(none);
              },
          .run =
              [](Arguments arguments, std::ostream& out) {
                const auto lead = [&](const launch::World& world) {
                  return with_usage_hint("stream", [&] { return lead_stream(arguments, world, out); });
                };
                const auto make_executor = [](const std::string&) {
                  return std::make_unique<job_stream::StreamExecutor>();
                };
                return launch::run_process(lead, make_executor, explain_error, std::cerr);
              }};
}

// ---- the program -----------------------------------------------------------------------------------------

std::vector<Tool> tools() {
  return {cycles_tool(),
          scoring_tool(),
          stream_tool(),
          make_tool(describe_summary, run_summary),
          make_tool(describe_check, run_check),
          make_tool(describe_merge, run_merge),
          make_tool(describe_export, run_export)};
}

std::string version_text() {
  const auto info = core::build_info();
  return fmt::format("gforbit {}\nrevision {}\ncompiler {} ({})\nMPI {}\nHDF5 {}\nFLINT {}\n", info.version,
                     info.revision, info.compiler, info.build_type, comm::library_version(),
                     store::library_version(), galois::library_version());
}

std::string program_help(const std::vector<Tool>& all) {
  std::string page =
      "Usage: gforbit <command> [arguments]\n\nMaps the cycle structure of feedback shift registers over "
      "GF(q).\n\nCommands:\n";
  for (const auto& tool : all) page += config::help_row(tool.name, tool.summary);
  page += "\nGeneral:\n";
  page += config::help_row("<command> --help", "what a command does, its options, examples");
  page += config::help_row("--version", "version, commit, compiler and libraries");
  page += config::help_row("--man", "the manual page: gforbit --man | man -l -");
  page += config::help_row("--completion bash", "completion for bash: source <(gforbit --completion bash)");
  page += config::help_row("--help", "this text");
  page +=
      "\nExamples:\n"
      "  gforbit cycles --field 2 --degree 22 --feedback 'x0 + x5 + x3*x9' --output a.h5\n"
      "      maps a register\n"
      "  gforbit summary a.h5\n"
      "      says what was found\n"
      "  mpirun -n 4 gforbit cycles --batch many.jsonl --output b.h5\n"
      "      the registers of a batch on four ranks\n"
      "  gforbit export a.h5 --table results/cycles --format csv\n"
      "      one table for other programs\n";
  return page;
}

std::vector<config::Command> descriptions(const std::vector<Tool>& all) {
  std::vector<config::Command> commands;
  for (const Tool& tool : all) commands.push_back(tool.describe());
  return commands;
}

/// --help anywhere before `--` wins over whatever else is wrong.
bool asks_for_help(Arguments arguments) {
  const auto end = std::ranges::find(arguments, "--");
  return std::any_of(arguments.begin(), end, [](const auto& a) { return a == "--help" || a == "-h"; });
}

[[noreturn]] void fail_unknown(const std::string& name, const std::vector<Tool>& all) {
  std::vector<std::string> names{"--help", "--version", "--man", "--completion"};
  for (const auto& tool : all) names.push_back(tool.name);
  throw core::UsageError(fmt::format("unknown {} {}{}\nTry 'gforbit --help'.",
                                     name.starts_with('-') ? "option" : "command", core::quoted(name),
                                     config::suggestion(name, names)));
}

ExitStatus run_tool(const Tool& tool, Arguments arguments, std::ostream& out) {
  if (asks_for_help(arguments)) {
    out << config::help_text(tool.describe());
    return ExitStatus::done;
  }
  return with_usage_hint(tool.name, [&] { return tool.run(arguments, out); });
}

ExitStatus run(Arguments arguments, std::ostream& out) {
  const auto all = tools();
  if (arguments.empty()) throw core::UsageError("which command?\nTry 'gforbit --help'.");
  const std::string& name = arguments[0];
  const auto tool = std::ranges::find(all, name, &Tool::name);
  ExitStatus status = ExitStatus::done;
  if (tool != all.end()) {
    status = run_tool(*tool, arguments.subspan(1), out);
  } else if (name == "--version") {
    out << version_text();
  } else if (name == "--help" || name == "-h") {
    out << program_help(all);
  } else if (name == "--man") {
    out << config::manual_page(descriptions(all),
                               "cycle structure of feedback shift registers over finite fields",
                               core::build_info().version);
  } else if (name == "--completion") {
    if (arguments.size() != 2 || arguments[1] != "bash")
      throw core::UsageError("'--completion' is for one shell: bash\nTry 'gforbit --help'.");
    out << config::completion_script(descriptions(all), "--help --version --man --completion");
  } else {
    fail_unknown(name, all);
  }
  if (out.good()) out.flush();  // an error was explained where it happened
  return status;
}

}  // namespace
}  // namespace gforbit

int main(int argc, char** argv) {
  using gforbit::core::ExitStatus;
  // A reader that leaves must not kill a run that has results to save; writing to it fails instead.
  std::signal(SIGPIPE, SIG_IGN);
  // Large tables go back to the system when they are freed; left alone, glibc keeps ever larger ones for
  // itself.
  // What is smaller stays at hand: giving pages back and asking for them again costs more than working on them.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  gforbit::StandardOutput buffer;
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);
  ExitStatus status = ExitStatus::done;
  try {
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    status = gforbit::run(arguments, out);
  } catch (...) {
    status = gforbit::explain_error();
  }
  return static_cast<int>(status);
}
