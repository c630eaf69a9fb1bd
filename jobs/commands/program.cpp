// The command line: finds the command and runs it; general options and pages.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "commands/program.hpp"
#include "commands/standard_output.hpp"
#include "commands/tool.hpp"
#include "gforbit/comm/session.hpp"
#include "gforbit/config/pages.hpp"
#include "gforbit/config/suggestion.hpp"
#include "gforbit/core/build_info.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/galois/version.hpp"
#include "gforbit/store/version.hpp"
#include "gforbit/sys/limits.hpp"
#include "launch/process.hpp"
#include "skeleton/lead.hpp"

namespace gforbit::commands {
namespace {

/// Runs on all ranks.
Tool job_tool(const skeleton::JobType& type) {
  const auto run = [type](Arguments arguments, std::ostream& out) {
    const skeleton::JobProcess process = type.start();
    const auto lead = [&](const launch::World& world) {
      return with_usage_hint(type.name, [&] {
        const ExitStatus status = skeleton::lead(type, process,
                                                 {.world = world,
                                                  .argv = {arguments.begin(), arguments.end()},
                                                  .results = out,
                                                  .messages = std::cerr,
                                                  .messages_on_terminal = isatty(STDERR_FILENO) != 0});
        out.flush();
        return status;
      });
    };
    return launch::run_process(
        lead, [&](const std::string&) { return process.make_executor(); }, explain_error, std::cerr);
  };
  return {type.name, type.describe().summary, type.describe, run, true, type.pages};
}

std::vector<Tool> tools(const std::vector<skeleton::JobType>& jobs) {
  std::vector<Tool> all;
  Reports reports;
  for (const skeleton::JobType& job : jobs) {
    all.push_back(job_tool(job));
    reports.push_back(job.report);
  }
  for (Tool& tool : run_tools()) all.push_back(std::move(tool));
  for (Tool& tool : register_tools()) all.push_back(std::move(tool));
  for (Tool& tool : index_tools()) all.push_back(std::move(tool));
  for (Tool& tool : report_tools(reports)) all.push_back(std::move(tool));
  return all;
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
  for (const auto& [option, text] : tool.pages) {
    if (std::ranges::find(arguments, option) == arguments.end()) continue;
    out << text();
    return ExitStatus::done;
  }
  return with_usage_hint(tool.name, [&] { return tool.run(arguments, out); });
}

ExitStatus run(const std::vector<Tool>& all, Arguments arguments, StandardOutput& buffer, std::ostream& out) {
  if (arguments.empty()) throw core::UsageError("which command?\nTry 'gforbit --help'.");
  const std::string& name = arguments[0];
  const auto tool = std::ranges::find(all, name, &Tool::name);
  ExitStatus status = ExitStatus::done;
  if (tool != all.end()) {
    if (tool->is_job) buffer.outlive_reader();
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

int run_program(int argc, char** argv, const std::vector<skeleton::JobType>& jobs) {
  // A reader that leaves must not kill a run that has results to save; writing to it fails instead.
  std::signal(SIGPIPE, SIG_IGN);
  // Nor may a limit of file sizes (ulimit -f): the write fails, and its message says so.
  std::signal(SIGXFSZ, SIG_IGN);
  // Large tables go back to the system when they are freed; left alone, glibc keeps ever larger ones for
  // itself. What is smaller stays at hand: giving pages back and asking for them again costs more than
  // working on them.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  sys::limit_arenas(sys::process_limits());
  StandardOutput buffer;
  std::ostream out(&buffer);
  out.exceptions(std::ios::badbit);
  ExitStatus status = ExitStatus::done;
  try {
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    status = run(tools(jobs), arguments, buffer, out);
  } catch (...) {
    status = explain_error();
  }
  return static_cast<int>(status);
}

}  // namespace gforbit::commands
