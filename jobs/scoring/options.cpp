#include "scoring/options.hpp"

#include <algorithm>
#include <string_view>

#include "gforbit/core/text.hpp"

namespace gforbit::job_scoring {

namespace {

constexpr std::string_view kName = "scoring";

std::vector<std::string> paths(std::string_view text) {
  std::vector<std::string> result;
  for (const std::string_view path : core::split(text, ',')) {
    if (core::trimmed(path).empty())
      throw config::ValueError("expected paths separated by commas, none of them empty");
    result.emplace_back(core::trimmed(path));
  }
  return result;
}

/// `--tasks A B C` says the same as `--tasks A,B,C`, and `--dry-run` the same as `--dry-run=true`.
std::vector<std::string> with_long_forms(std::span<const std::string> arguments) {
  std::vector<std::string> joined;
  bool in_tasks = false;
  for (const std::string& argument : arguments) {
    if (argument == "--dry-run") {
      in_tasks = false;
      joined.emplace_back("--dry-run=true");
      continue;
    }
    if (in_tasks && !argument.starts_with("--")) {
      if (argument.find(',') != std::string::npos && joined.back() != "--tasks")
        config::fail_usage(kName, "a path after '--tasks' holds a comma: separate all by commas, or none");
      if (joined.back() == "--tasks") {
        joined.push_back(argument);
      } else {
        joined.back() += ',' + argument;
      }
      continue;
    }
    in_tasks = argument == "--tasks";
    joined.push_back(argument);
  }
  return joined;
}

EarlyEnds early_ends(std::string_view text) {
  EarlyEnds ends;
  for (const std::string_view rule : core::split(text, ',')) {
    const std::string_view name = core::trimmed(rule);
    bool* const found = name == "failed-demo" ? &ends.failed_demo
                        : name == "timeout"   ? &ends.timeout
                        : name == "solved"    ? &ends.solved
                                              : nullptr;
    if (found == nullptr)
      throw config::ValueError(
          "expected failed-demo, timeout and solved, or some of them, separated by commas");
    *found = true;
  }
  return ends;
}

config::Section input_section(ScoringOptions& o) {
  using config::into;
  config::Section section{
      "Input",
      {
          {"tasks", "PATH[,PATH...]",
           "task files (JSON, as of the Abstraction and Reasoning Corpus) and folders of them; on the "
           "command line also separated by blanks",
           into(o.tasks, paths)},
          {"solvers", "FILE.json", "list of solvers: programs, builtins, compositions, enumerations",
           into(o.solvers, config::text())},
          {"solutions", "FILE.json",
           "outputs of the tests, by the id of the task; for a file *challenges*.json, the file "
           "*solutions*.json "
           "beside it needs no option",
           into(o.solutions, config::text())},
          {"id-from", "name|path",
           "what the id of a task is: the name of its file without its ending, or its path",
           into(o.id_from_path, config::one_of<bool>({{"name", false}, {"path", true}})), "", "name"},
          {"on-error", "fail|skip",
           "a file that is no task ends the run before it starts (fail), or is left out and named at the "
           "end (skip)",
           into(o.skip_errors, config::one_of<bool>({{"fail", false}, {"skip", true}})), "", "fail", true},
          {"reuse", "OLD.h5",
           "take the results of calls from the file of an earlier run where solver, task and limits are the "
           "same",
           into(o.reuse, config::text())},
          {"hide-demo", "", "a solver asked for the output of a demo sample does not see that demo",
           into(o.hide_demo, config::parse_switch), "false"},
      }};
  for (config::Option& option : section.options) option.run_control = option.name == "reuse";
  return section;
}

config::Section call_section(ScoringOptions& o) {
  using config::into;
  const auto count = [](std::uint64_t largest) {
    return [=](std::string_view text) {
      return static_cast<std::uint32_t>(config::parse_natural(text, 1, largest));
    };
  };
  config::Section section{
      "Calls of solver programs",
      {
          {"slots", "N", "calls at the same time on each rank; a call that waits uses no core",
           into(o.slots, count(10000)), "", "the threads of the rank"},
          {"cpu-timeout", "S", "CPU time of all processes of a call; 0 = none",
           into(o.cpu_timeout, config::parse_duration), "0"},
          {"solver-memory", "SIZE", "resident memory of all processes of a solver (512M, 2G)",
           into(o.solver_memory, config::parse_size), "", "80 % of what is available, shared by the ranks"},
          {"max-processes", "N", "processes of a solver at the same time; 0 = no limit",
           into(o.max_processes, config::natural()), "256"},
          {"startup-timeout", "S", "time until a worker must report that it is ready",
           into(o.startup_timeout, config::parse_duration), "10"},
          {"retry-starved", "", "repeat a call once that ran out of wall time with little CPU time",
           into(o.retry_starved, config::parse_switch), "false"},
          {"recycle", "N", "calls after which a worker process is replaced; 0 = never",
           into(o.recycle, config::natural()), "0"},
      }};
  for (config::Option& option : section.options)
    option.run_control = option.name == "slots" || option.name == "max-processes";
  return section;
}

config::Section score_section(ScoringOptions& o) {
  using config::into;
  const auto attempts = [](std::string_view text) {
    return static_cast<std::uint32_t>(config::parse_natural(text, 1, 100));
  };
  return {
      "Scores",
      {
          {"attempts", "K", "outputs of a candidate that count for a sample", into(o.attempts, attempts),
           "2"},
          {"end-early", "RULE[,RULE]",
           "do not make calls that cannot matter. failed-demo: tests of a task of which a program did not "
           "match all demos; timeout: a program on a task where a call of it timed out; solved: the "
           "solvers that follow on a task that one has solved",
           [&o](std::string_view text) { o.end_early = early_ends(text); }, "", "off"},
          {"submission", "FILE.json",
           "write two attempts for each test, attempt_1 and attempt_2, of the candidates that matched most "
           "demos of its task",
           into(o.submission, config::text())},
          {"store-outputs", "", "keep every output in results/outputs",
           into(o.store_outputs, config::parse_switch), "false"},
      }};
}

config::Section common_section(ScoringOptions& o) {
  config::Section section =
      config::common_section(o.common, "gforbit-scoring.h5", "their goal (a solver on a task: it is solved)");
  for (config::Option& option : section.options) {
    if (option.name == "timeout") {
      option.help = "wall time of a call of a solver program in seconds (or 2m, 250ms); 0 = none";
      option.fallback = "1";
    }
    if (option.name == "memory") option.help = "memory limit of rank 0, which holds all results";
    if (option.name == "part")
      option.help = "contiguous slice I of N of all candidates; gforbit merge joins the results";
    if (option.name == "dry-run") {
      option.value_name = "[=probe]";
      option.help += "; probe: start every solver program once, with one request";
      option.read = [&o](std::string_view text) {
        o.probe = text == "probe";
        o.common.dry_run = o.probe || config::parse_switch(text);
      };
    }
    if (option.name == "coalesce") {
      option.value_name = "off|equal";
      option.help =
          "equal: a solver is called once for samples that show it the same grids, whatever the names of "
          "tasks, samples and solvers";
    }
  }
  return section;
}

}  // namespace

config::Command scoring_command(ScoringOptions& options) {
  return {
      .name = std::string(kName),
      .summary = "score solver programs on tasks with demo and test samples",
      .details =
          "Calls every solver on every demo and test sample of every task, each call under hard limits, and "
          "scores the outputs. A solver that fails ends only its own call.",
      .sections = {input_section(options), call_section(options), score_section(options),
                   common_section(options)},
      .examples = {{"gforbit scoring --tasks arc/training --solvers builtins.json",
                    "gforbit summary gforbit-scoring.h5 shows the leaderboard"},
                   {"mpirun -n 4 gforbit scoring --tasks a.json b.json --solvers mine.json --slots 16",
                    "16 calls at a time on each of four ranks"}},
      .notes = config::exit_status_notes(),
      .reads_config = true,
  };
}

ScoringOptions parse_scoring_options(std::span<const std::string> arguments) {
  ScoringOptions options;
  options.settings = config::read_settings(scoring_command(options), with_long_forms(arguments));
  if (options.tasks.empty()) config::fail_usage(kName, "missing '--tasks': which task files or folders");
  if (options.solvers.empty())
    config::fail_usage(kName, "missing '--solvers': the file that lists the solvers");
  if (options.end_early.solved && options.common.part.count > 1)
    config::fail_usage(kName, "'--end-early solved' needs all solvers in one run: leave out '--part'");
  config::check_common_without_equivalence(kName, options.common, options.settings);
  return options;
}

}  // namespace gforbit::job_scoring
