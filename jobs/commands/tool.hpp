/// What the command line offers: each command describes its options and runs.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/config/command.hpp"
#include "gforbit/config/settings.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/report/job_report.hpp"

namespace gforbit::commands {

using Arguments = std::span<const std::string>;
using core::ExitStatus;

/// A command as run_program() sees it. What `describe` returns is for pages alone: its readers are bound to
/// values that live no longer.
struct Tool {
  std::string name;
  std::string summary;
  std::function<config::Command()> describe;
  std::function<ExitStatus(Arguments, std::ostream&)> run;
  bool is_job = false;  ///< continues when the reader of standard output has closed it
  std::map<std::string, std::function<std::string()>>
      pages{};  ///< options that print a text and do nothing else
};

using Reports = std::vector<report::JobReport>;

/// summary, check, merge and export: they read result files of these jobs.
[[nodiscard]] std::vector<Tool> report_tools(const Reports& reports);

/// cancel: it talks to a run that works.
[[nodiscard]] std::vector<Tool> run_tools();

/// describe, convert and synthesize: they answer at once.
[[nodiscard]] std::vector<Tool> register_tools();

/// locate, distance, jump, orbit and verify: they read an orbit index.
[[nodiscard]] std::vector<Tool> index_tools();

/// Called while an exception is being handled: the message on stderr and the exit status.
[[nodiscard]] ExitStatus explain_error();

/// Runs a part of a command. Modules below the options do not know the command; this adds the
/// usage hint to their errors.
template <class Part>
ExitStatus with_usage_hint(const std::string& command, Part part) {
  try {
    return part();
  } catch (const core::UsageError& error) {
    if (std::string_view(error.what()).ends_with("--help'.")) throw;
    config::fail_usage(command, error.what());
  }
}

}  // namespace gforbit::commands
