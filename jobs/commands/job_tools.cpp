// Commands that run a job on all ranks.
#include <unistd.h>

#include <iostream>

#include "commands/tool.hpp"
#include "launch/process.hpp"
#include "skeleton/lead.hpp"

namespace gforbit::commands {

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

}  // namespace gforbit::commands
