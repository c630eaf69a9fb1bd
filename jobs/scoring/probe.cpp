#include "scoring/probe.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "scoring/failures.hpp"
#include "scoring/messages.hpp"

namespace gforbit::job_scoring {

namespace {

constexpr std::size_t kShown = 20;

/// What is wrong with the outcome; empty where the reply can be used.
std::string fault(const Solver& solver, const solvers::Outcome& outcome) {
  if (outcome.ending != solvers::Ending::replied) return outcome.message;
  try {
    const bool once = solver.program.protocol == solvers::Protocol::once;
    return reply_from_text(outcome.reply, outcome.number, once).complaint();
  } catch (const core::InputError& error) {
    return bad_reply_text(error.what(), outcome.reply);
  }
}

using Lines = std::map<std::uint64_t, std::string>;  ///< in the order of the file

std::string first_of(const Lines& lines) {
  std::string text;
  std::size_t n = 0;
  for (const auto& [number, line] : lines) {
    if (n++ < kShown) text += "\n  " + line;
  }
  return n > kShown ? text + fmt::format("\n  ... and {} more", n - kShown) : text;
}

}  // namespace

void probe(const PlanInput& input, solvers::Helper& helper, std::ostream& out) {
  helper.set_slots(input.slots.at(0));
  std::map<std::uint64_t, const Solver*> asked;
  for (std::uint32_t row = 0; row < input.solvers.size(); ++row) {
    const Solver& solver = input.solvers[row];
    if (!is_program(solver) || input.n_tasks(row) == 0) continue;
    const std::uint64_t number = asked.size() + 1;
    const Requests requests(input.tasks.at(input.task_of(row, 0)), input.rules.hide_demo);
    helper.submit({number, helper.define(solver.program), requests.text(number, 0)});
    asked.emplace(number, &solver);
  }
  const std::size_t n_programs = asked.size();
  Lines missing, faulty;
  while (!asked.empty()) {
    const auto outcome = helper.next(std::chrono::milliseconds(100));
    if (!outcome) continue;
    const Solver& solver = *asked.extract(outcome->number).mapped();
    const std::string what = fault(solver, *outcome);
    if (what.empty()) continue;
    Lines& lines = outcome->ending == solvers::Ending::spawn_failed ? missing : faulty;
    lines.emplace(outcome->number,
                  fmt::format("{}: {}{}", core::quoted(solver.id), what, stderr_text(outcome->stderr_tail)));
  }
  const std::size_t n_usable = n_programs - missing.size() - faulty.size();
  out << fmt::format("probe: {} of {} gave a usable reply for a sample{}\n", n_usable,
                     core::counted(n_programs, "program"), first_of(faulty));
  if (!missing.empty())
    throw core::InputError(
        fmt::format("{} cannot be started:{}", core::counted(missing.size(), "program"), first_of(missing)));
  if (n_programs > 0 && n_usable == 0)
    throw core::InputError(fmt::format("no program gave a usable reply:{}", first_of(faulty)));
}

}  // namespace gforbit::job_scoring
