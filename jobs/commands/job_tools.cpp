// Commands that run on all ranks: cycles, scoring, stream.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "commands/tool.hpp"
#include "cycles/executor.hpp"
#include "cycles/options.hpp"
#include "cycles/run.hpp"
#include "gforbit/solvers/helper.hpp"
#include "launch/process.hpp"
#include "scoring/executor.hpp"
#include "scoring/options.hpp"
#include "scoring/run.hpp"
#include "stream/executor.hpp"
#include "stream/options.hpp"
#include "stream/run.hpp"

namespace gforbit::commands {
namespace {

/// A job on all ranks: `lead` on rank 0, an executor everywhere.
template <class Executor, class Lead, class... Given>
ExitStatus run_job(const std::string& command, std::ostream& out, Lead lead, Given&... given) {
  const auto lead_and_flush = [&](const launch::World& world) {
    return with_usage_hint(command, [&] {
      const ExitStatus status = lead(world);
      out.flush();
      return status;
    });
  };
  const auto make_executor = [&](const std::string&) { return std::make_unique<Executor>(given...); };
  return launch::run_process(lead_and_flush, make_executor, explain_error, std::cerr);
}

/// What pages need to know of a command's options.
template <class Options>
config::Command description(config::Command (*command)(Options&)) {
  Options none;
  return command(none);
}

/// @param world  must outlive it
launch::RunContext context_of(const launch::World& world, Arguments arguments, std::ostream& out) {
  return {.world = world,
          .argv = {arguments.begin(), arguments.end()},
          .results = out,
          .messages = std::cerr,
          .messages_on_terminal = isatty(STDERR_FILENO) != 0};
}

ExitStatus run_cycles(Arguments arguments, std::ostream& out) {
  return run_job<job_cycles::CyclesExecutor>("cycles", out, [&](const launch::World& world) {
    return job_cycles::run_cycles(job_cycles::parse_cycles_options(arguments),
                                  context_of(world, arguments, out));
  });
}

ExitStatus run_scoring(Arguments arguments, std::ostream& out) {
  // On every rank, and before the ranks meet: afterwards there are threads and MPI, and a process that has
  // either must not fork.
  solvers::Helper helper = solvers::Helper::start();
  const auto lead = [&](const launch::World& world) {
    return job_scoring::run_scoring(job_scoring::parse_scoring_options(arguments), helper,
                                    context_of(world, arguments, out));
  };
  return run_job<job_scoring::ScoringExecutor>("scoring", out, lead, helper);
}

ExitStatus run_stream(Arguments arguments, std::ostream& out) {
  return run_job<job_stream::StreamExecutor>("stream", out, [&](const launch::World& world) {
    return job_stream::run_stream(job_stream::parse_stream_options(arguments),
                                  context_of(world, arguments, out));
  });
}

}  // namespace

std::vector<Tool> job_tools() {
  return {{"cycles", "map the cycle structure of one register or of a batch",
           [] { return description(job_cycles::cycles_command); }, run_cycles, true},
          {"scoring", "score solver programs on tasks with demo and test samples",
           [] { return description(job_scoring::scoring_command); }, run_scoring, true},
          {"stream", "run stream pipelines", [] { return description(job_stream::stream_command); },
           run_stream, true}};
}

}  // namespace gforbit::commands
