// Commands that read an orbit index: locate, distance, jump, orbit, verify.
#include "commands/tool.hpp"
#include "index/commands.hpp"
#include "index/linear.hpp"

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

/// jump takes a linear register in place of the file.
Tool jump_tool() {
  Tool tool = index_tool(job_index::jump_command, job_index::jump);
  tool.describe = [] {
    IndexOptions none;
    config::Command page = job_index::jump_command(none);
    page.sections.push_back(job_index::register_page_section());
    return page;
  };
  tool.run = [from_file = tool.run](Arguments arguments, std::ostream& out) {
    if (!job_index::names_register(arguments)) return from_file(arguments, out);
    job_index::jump_by_algebra(arguments, out);
    return ExitStatus::done;
  };
  return tool;
}

}  // namespace

std::vector<Tool> index_tools() {
  return {index_tool(job_index::locate_command, job_index::locate),
          index_tool(job_index::distance_command, job_index::distance), jump_tool(),
          index_tool(job_index::orbit_command, job_index::orbit),
          index_tool(job_index::verify_command, job_index::verify)};
}

}  // namespace gforbit::commands
