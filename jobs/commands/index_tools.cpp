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

/// One that takes a linear register in place of the file.
Tool index_or_register_tool(job_index::DescribeCommand command,
                            void (*answer)(const IndexOptions&, std::ostream&),
                            void (*by_algebra)(Arguments, std::ostream&)) {
  Tool tool = index_tool(command, answer);
  tool.describe = [command] {
    IndexOptions none;
    config::Command page = command(none);
    page.sections.push_back(job_index::register_page_section(page));
    return page;
  };
  tool.run = [from_file = tool.run, by_algebra](Arguments arguments, std::ostream& out) {
    if (!job_index::names_register(arguments)) return from_file(arguments, out);
    by_algebra(arguments, out);
    return ExitStatus::done;
  };
  return tool;
}

}  // namespace

std::vector<Tool> index_tools() {
  using namespace job_index;
  return {index_or_register_tool(locate_command, locate, locate_by_algebra),
          index_or_register_tool(distance_command, distance, distance_by_algebra),
          index_or_register_tool(jump_command, jump, jump_by_algebra), index_tool(orbit_command, orbit),
          index_tool(verify_command, verify)};
}

}  // namespace gforbit::commands
