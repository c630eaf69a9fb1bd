// Commands that read an orbit index: locate, distance, jump, orbit, verify.
#include "commands/tool.hpp"
#include "index/commands.hpp"

namespace gforbit::commands {
namespace {

using job_index::IndexOptions;

Tool index_tool(job_index::DescribeCommand command, void (*answer)(const IndexOptions&, std::ostream&)) {
  const auto describe = [command] {
    IndexOptions none;
    return command(none);
  };
  const auto run = [command, answer](Arguments arguments, std::ostream& out) {
    answer(job_index::parse_index_options(command, arguments), out);
    return ExitStatus::done;
  };
  const config::Command page = describe();
  return {page.name, page.summary, describe, run};
}

}  // namespace

std::vector<Tool> index_tools() {
  return {index_tool(job_index::locate_command, job_index::locate),
          index_tool(job_index::distance_command, job_index::distance),
          index_tool(job_index::jump_command, job_index::jump),
          index_tool(job_index::orbit_command, job_index::orbit),
          index_tool(job_index::verify_command, job_index::verify)};
}

}  // namespace gforbit::commands
