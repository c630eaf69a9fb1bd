#include "scoring/python_check.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "scoring/failures.hpp"

namespace gforbit::job_scoring {

namespace {

using Json = nlohmann::json;

bool is_python(const Solver& solver) {
  const auto& command = solver.program.command;
  return is_program(solver) && command.size() == 4 && command[1] == "-m" && command[2] == "gforbit_solver";
}

/// Solvers that one process can look at.
using Group = std::vector<std::size_t>;

std::vector<Group> groups_of(const std::vector<Solver>& solvers) {
  std::map<std::tuple<std::string, std::string, std::vector<std::string>>, Group> groups;
  for (std::size_t i = 0; i < solvers.size(); ++i) {
    const solvers::Program& program = solvers[i].program;
    if (is_python(solvers[i])) groups[{program.command[0], program.folder, program.variables}].push_back(i);
  }
  std::vector<Group> all;
  for (auto& [key, group] : groups) all.push_back(std::move(group));
  return all;
}

solvers::Call check_call(const std::vector<Solver>& solvers, const Group& group, std::uint64_t number,
                         double limit_s, solvers::Helper& helper) {
  solvers::Program program = solvers[group.front()].program;
  program.command.back() = "--check";
  program.protocol = solvers::Protocol::once;
  program.ready = false;
  program.limits = {};
  program.limits.wall_s = limit_s;
  Json names = Json::array();
  for (const std::size_t i : group) names.push_back(core::as_utf8(solvers[i].program.command.back()));
  return {number, helper.define(program), names.dump()};
}

[[noreturn]] void fail(const std::vector<Solver>& solvers, std::size_t i, const std::string& what) {
  throw core::InputError(
      fmt::format("solver {} ({}): key 'python': {}", i + 1, core::quoted(solvers[i].id), what));
}

/// @throws core::InputError  something is wrong with the first solver of the group, or one that the reply
/// names
void judge(const std::vector<Solver>& solvers, const Group& group, const solvers::Outcome& outcome) {
  if (outcome.stderr_tail.find("No module named gforbit_solver") != std::string::npos)
    fail(solvers, group.front(),
         fmt::format("{} does not find the module gforbit_solver: install it with pip, or add its folder to "
                     "PYTHONPATH",
                     solvers[group.front()].program.command[0]));
  if (outcome.ending == solvers::Ending::spawn_failed || outcome.ending == solvers::Ending::exited)
    fail(solvers, group.front(), outcome.message + stderr_text(outcome.stderr_tail));
  if (outcome.ending != solvers::Ending::replied) return;
  const Json faults = Json::parse(outcome.reply, nullptr, /*allow_exceptions=*/false);
  if (!faults.is_array() || faults.size() != group.size()) return;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (faults[i].is_string()) fail(solvers, group[i], faults[i].get<std::string>());
  }
}

}  // namespace

void check_python(const std::vector<Solver>& solvers, double limit_s, solvers::Helper& helper) {
  const std::vector<Group> groups = groups_of(solvers);
  std::map<std::uint64_t, solvers::Outcome> outcomes;
  for (std::size_t i = 0; i < groups.size(); ++i)
    helper.submit(check_call(solvers, groups[i], i + 1, limit_s, helper));
  while (outcomes.size() < groups.size()) {
    if (auto outcome = helper.next(std::chrono::milliseconds(100)))
      outcomes.insert_or_assign(outcome->number, std::move(*outcome));
  }
  for (const auto& [number, outcome] : outcomes) judge(solvers, groups.at(number - 1), outcome);
}

}  // namespace gforbit::job_scoring
