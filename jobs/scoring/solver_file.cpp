#include "scoring/solver_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "gforbit/config/suggestion.hpp"
#include "gforbit/config/value.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "scoring/grid_json.hpp"

namespace gforbit::job_scoring {

namespace {

using Json = nlohmann::json;

const std::vector<std::string> kKeys{"id",       "command", "python",  "builtin",     "compose", "enumerate",
                                     "protocol", "ready",   "timeout", "cpu_timeout", "memory",  "priority",
                                     "tasks",    "env",     "cwd",     "size"};

constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 53;

[[noreturn]] void fail(const std::string& key, std::string_view rule) {
  throw core::InputError(fmt::format("key '{}': {}", key, rule));
}

std::string text_of(const Json& json, const std::string& key) {
  if (!json.is_string()) fail(key, fmt::format("expected a text, found {}", shown(json)));
  return json.get<std::string>();
}

std::string read_id(const Json& entry) {
  if (!entry.contains("id")) throw core::InputError("key 'id' is missing");
  const std::string id = text_of(entry["id"], "id");
  const auto refused = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/'; };
  if (id.empty() || id.size() > 255 || std::ranges::any_of(id, refused))
    fail("id", "expected 1 to 255 bytes without '/' and control characters");
  return id;
}

std::uint32_t read_builtin(const Json& json, const std::string& key) {
  const std::string name = text_of(json, key);
  if (const auto found = scoring::find_builtin(name)) return *found;
  std::vector<std::string> names;
  for (const auto& builtin : scoring::builtins()) names.emplace_back(builtin.name);
  fail(key, fmt::format("unknown builtin {}{}; there are: {}", core::quoted(name),
                        config::suggestion(name, names), fmt::join(names, ", ")));
}

/// A number in the unit of the key, or a text such as "250ms" or "512M".
template <class Parse>
auto read_amount(const Json& json, const std::string& key, Parse parse) {
  if (!json.is_string() && !json.is_number())
    fail(key, fmt::format("expected a number or a text, found {}", shown(json)));
  try {
    return parse(json.is_string() ? json.get<std::string>() : json.dump());
  } catch (const config::ValueError& error) {
    fail(key, error.what());
  }
}

double read_seconds(const Json& json, const std::string& key) {
  return std::chrono::duration<double>(read_amount(json, key, config::parse_duration)).count();
}

void read_limits(const Json& entry, Solver& solver) {
  if (entry.contains("timeout")) solver.program.limits.wall_s = read_seconds(entry["timeout"], "timeout");
  if (entry.contains("cpu_timeout"))
    solver.program.limits.cpu_s = read_seconds(entry["cpu_timeout"], "cpu_timeout");
  if (entry.contains("memory"))
    solver.program.limits.memory = read_amount(entry["memory"], "memory", config::parse_size);
}

/// Environment and folder of a program.
void read_surroundings(const Json& entry, Solver& solver) {
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (entry.contains("env")) {
    if (!entry["env"].is_object()) fail("env", "expected an object: names of variables and their values");
    for (const auto& [name, value] : entry["env"].items()) {
      if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || !value.is_string() ||
          has_nul(value.get<std::string>()))
        fail("env", fmt::format("expected the name of a variable and its value, a text; found {} and {}",
                                core::quoted(name), shown(value)));
      solver.program.variables.push_back(name + '=' + value.get<std::string>());
    }
  }
  if (!entry.contains("cwd")) return;
  solver.program.folder = text_of(entry["cwd"], "cwd");
  if (has_nul(solver.program.folder) || !std::filesystem::is_directory(solver.program.folder))
    fail("cwd", fmt::format("there is no folder {}", core::quoted(solver.program.folder)));
}

void read_program(const Json& entry, Solver& solver) {
  const Json& command = entry["command"];
  if (!command.is_array() || command.empty())
    fail("command", "expected a list: the program and its arguments");
  for (const Json& argument : command) solver.program.command.push_back(text_of(argument, "command"));
  if (solver.program.command[0].empty()) fail("command", "the program has no name");
  for (const std::string& argument : solver.program.command) {
    if (argument.find('\0') != std::string::npos) fail("command", "an argument cannot contain a NUL byte");
  }
  if (!entry.contains("protocol")) fail("protocol", "missing: \"worker\" or \"once\"");
  const std::string protocol = text_of(entry["protocol"], "protocol");
  if (protocol != "worker" && protocol != "once")
    fail("protocol", fmt::format("expected \"worker\" or \"once\", found {}", core::quoted(protocol)));
  solver.program.protocol = protocol == "once" ? solvers::Protocol::once : solvers::Protocol::worker;
  if (entry.contains("ready")) {
    if (!entry["ready"].is_boolean() || protocol == "once")
      fail("ready", "expected true or false, of a solver with \"protocol\": \"worker\"");
    solver.program.ready = entry["ready"].get<bool>();
  }
  read_limits(entry, solver);
  read_surroundings(entry, solver);
}

/// Functions of a Python file; the module gforbit_solver speaks the protocol for them.
void read_python(const Json& entry, Solver& solver) {
  for (const std::string key : {"protocol", "ready"}) {
    if (entry.contains(key)) fail(key, "belongs to solvers with a 'command'");
  }
  const std::string functions = text_of(entry["python"], "python");
  const auto colon = functions.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == functions.size() ||
      functions.find('\0') != std::string::npos)
    fail("python",
         fmt::format("expected \"FILE.py:NAME\" or \"FILE.py:PREFIX*\", found {}", core::quoted(functions)));
  solver.program.command = {"python3", "-m", "gforbit_solver", functions};
  solver.program.protocol = solvers::Protocol::worker;
  solver.program.ready = true;
  read_limits(entry, solver);
  read_surroundings(entry, solver);
}

void read_kind(const Json& entry, Solver& solver) {
  static const std::vector<std::string> kKinds{"command", "python", "builtin", "compose", "enumerate"};
  std::vector<std::string> given;
  std::ranges::copy_if(kKinds, std::back_inserter(given),
                       [&](const auto& key) { return entry.contains(key); });
  if (given.size() != 1)
    throw core::InputError("give exactly one of 'command', 'python', 'builtin', 'compose' and 'enumerate'");
  if (given[0] == "command") {
    solver.kind = SolverKind::program;
    return read_program(entry, solver);
  }
  if (given[0] == "python") {
    solver.kind = SolverKind::program;
    return read_python(entry, solver);
  }
  for (const std::string key : {"protocol", "ready", "timeout", "cpu_timeout", "memory", "env", "cwd"}) {
    if (entry.contains(key))
      fail(key, "belongs to programs; builtins run in gforbit itself, each step bounded by its grid");
  }
  if (given[0] == "builtin") {
    solver.kind = SolverKind::builtin;
    solver.composition = {read_builtin(entry["builtin"], "builtin")};
  } else if (given[0] == "compose") {
    solver.kind = SolverKind::compose;
    if (!entry["compose"].is_array() || entry["compose"].empty())
      fail("compose", "expected a list of builtins, first one first");
    for (const Json& name : entry["compose"]) solver.composition.push_back(read_builtin(name, "compose"));
  } else {
    solver.kind = SolverKind::enumerate;
    const Json& depth = entry["enumerate"];
    if (!depth.is_number_unsigned() || depth < 1 || depth > scoring::kDeepest)
      fail("enumerate", fmt::format("expected the largest number of builtins in a composition, 1 to {}",
                                    scoring::kDeepest));
    solver.depth = depth.get<int>();
  }
}

std::vector<std::string> read_patterns(const Json& json) {
  std::vector<std::string> patterns;
  if (json.is_string()) {
    patterns.push_back(text_of(json, "tasks"));
  } else if (json.is_array()) {
    for (const Json& pattern : json) patterns.push_back(text_of(pattern, "tasks"));
  }
  const auto refused = [](const std::string& p) { return p.empty() || p.find('\0') != std::string::npos; };
  if (patterns.empty() || std::ranges::any_of(patterns, refused))
    fail("tasks", "expected the id of a task, or a list of ids; * and ? stand for any text and character");
  return patterns;
}

Solver read_solver(const Json& entry, const ProgramDefaults& defaults) {
  if (!entry.is_object()) throw core::InputError("expected an object");
  for (const auto& [key, value] : entry.items()) {
    if (std::ranges::find(kKeys, key) == kKeys.end())
      throw core::InputError(
          fmt::format("unknown key {}{}", core::quoted(key), config::suggestion(key, kKeys)));
  }
  Solver solver;
  solver.id = read_id(entry);
  solver.program.limits = defaults.limits;
  solver.program.recycle = defaults.recycle;
  read_kind(entry, solver);
  if (entry.contains("tasks")) solver.tasks = read_patterns(entry["tasks"]);
  if (entry.contains("size")) {
    const Json& size = entry["size"];
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > kLargestSize)
      fail("size", fmt::format("expected an integer from 0 to 2^53, found {}", shown(size)));
    solver.size = size.get<std::int64_t>();
  }
  if (entry.contains("priority")) {
    const std::string given = text_of(entry["priority"], "priority");
    const auto found = std::ranges::find(sched::kPriorities, given, sched::priority_name);
    if (found == sched::kPriorities.end())
      fail("priority",
           fmt::format("expected critical, high, normal, low or idle, found {}", core::quoted(given)));
    solver.priority = *found;
  }
  return solver;
}

}  // namespace

std::uint64_t Solver::n_compositions() const {
  return kind == SolverKind::enumerate ? scoring::composition_count(depth) : 1;
}

scoring::Composition Solver::composition_number(std::uint64_t i) const {
  return kind == SolverKind::enumerate ? scoring::composition_at(i) : composition;
}

std::vector<Solver> solvers_from_text(const std::string& text, const ProgramDefaults& defaults) {
  std::set<std::string> keys;
  const auto once = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start && depth == 1) keys.clear();
    if (event == Json::parse_event_t::key && depth == 2 && !keys.insert(parsed.get<std::string>()).second)
      fail(parsed.get<std::string>(), "appears twice in a solver");
    return true;
  };
  const Json json = parse_json(text, once);
  if (!json.is_array() || json.empty()) throw core::InputError("expected a list of solvers, at least one");
  std::vector<Solver> solvers;
  std::set<std::string> ids;
  for (const Json& entry : json) {
    const std::string name = entry.is_object() && entry.contains("id") && entry["id"].is_string()
                                 ? " (" + core::quoted(entry["id"].get<std::string>()) + ")"
                                 : "";
    try {
      solvers.push_back(read_solver(entry, defaults));
      if (!ids.insert(solvers.back().id).second) fail("id", "an earlier solver has it already");
    } catch (const core::InputError& error) {
      throw core::InputError(fmt::format("solver {}{}: {}", ids.size() + 1, name, error.what()));
    }
  }
  return solvers;
}

}  // namespace gforbit::job_scoring
