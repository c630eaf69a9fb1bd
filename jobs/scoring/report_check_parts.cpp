#include "scoring/report_check_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gforbit/core/text.hpp"
#include "gforbit/report/layout.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/scoring/builtins.hpp"
#include "launch/run_record.hpp"
#include "scoring/report.hpp"
#include "scoring/solver_file.hpp"
#include "scoring/tables.hpp"
#include "scoring/units.hpp"
#include "skeleton/report.hpp"

namespace gforbit::job_scoring {

namespace {

using report::Findings;

void check_unique(const char* table, const std::vector<std::string>& ids, Findings& findings) {
  std::set<std::string_view> seen;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    if (ids[row].empty()) findings.violation(fmt::format("{}, row {}: it has no id", table, row));
    if (!seen.insert(ids[row]).second)
      findings.violation(
          fmt::format("{}, row {}: id {} is that of an earlier row", table, row, core::quoted(ids[row])));
  }
}

/// Builtins of a definition; nullopt where one of its names is unknown.
std::optional<std::size_t> builtins_of(const std::string& definition) {
  std::size_t n = 0;
  for (const std::string_view name : core::split(definition, '+')) {
    if (!scoring::find_builtin(name)) return std::nullopt;
    ++n;
  }
  return n;
}

/// The depth of `depth N`; nullopt for any other text.
std::optional<int> depth_of(const std::string& definition) {
  for (int depth = 1; depth <= scoring::kDeepest; ++depth) {
    if (definition == fmt::format("depth {}", depth)) return depth;
  }
  return std::nullopt;
}

void check_definitions(const store::Table& solvers, Findings& findings) {
  const auto& kinds = solvers.column<std::int8_t>("kind");
  const auto& definitions = solvers.column<std::string>("definition");
  for (std::size_t row = 0; row < kinds.size(); ++row) {
    const auto kind = static_cast<SolverKind>(kinds[row]);
    const auto n = builtins_of(definitions[row]);
    const bool fits = kind == SolverKind::program     ? !definitions[row].empty()
                      : kind == SolverKind::builtin   ? n == 1U
                      : kind == SolverKind::enumerate ? depth_of(definitions[row]).has_value()
                                                      : n.has_value();
    if (!fits)
      findings.violation(fmt::format("{}, row {}: the definition {} does not fit its kind", kSolvers, row,
                                     core::quoted(definitions[row])));
  }
}

/// The candidates of one solver after the other.
class CandidateNames {
 public:
  CandidateNames(const store::ResultReader& reader, const store::Table& solvers, bool whole,
                 Findings& findings)
      : ids_(solvers.column<std::string>("id")),
        kinds_(solvers.column<std::int8_t>("kind")),
        definitions_(solvers.column<std::string>("definition")),
        whole_(whole),
        count_(ids_.size(), 0),
        first_(ids_.size(), 0),
        findings_(findings) {
    if (!reader.has_table(launch::kRuntimePart)) return;
    report::require_table(reader, runtime_part_table());
    const auto firsts = reader.read(launch::kRuntimePart).column<std::uint64_t>("first_candidate");
    if (firsts.size() == first_.size()) first_ = firsts;
  }

  void check(const store::Table& candidates) {
    const auto& solver = candidates.column<std::uint64_t>("solver");
    const auto& id = candidates.column<std::string>("id");
    std::string last;
    for (std::size_t row = 0; row < id.size(); ++row) {
      const auto wrong = [&](const char* what) {
        findings_.violation(fmt::format("{}, row {}: {}", kCandidates, row, what));
      };
      if (solver[row] >= ids_.size()) {
        wrong("there is no such solver");
        continue;
      }
      if (row > 0 && solver[row] < solver[row - 1]) wrong("rows are not sorted by solver");
      if (row > 0 && solver[row] == solver[row - 1] && !is_enumeration(solver[row]) && id[row] <= last)
        wrong("the candidates of its solver are not sorted by id");
      if (!is_name(solver[row], count_[solver[row]]++, id[row])) wrong("the id is none of its solver's");
      last = id[row];
    }
    for (std::size_t s = 0; whole_ && s < ids_.size(); ++s) check_count(s);
  }

 private:
  [[nodiscard]] SolverKind kind(std::uint64_t solver) const {
    return static_cast<SolverKind>(kinds_[static_cast<std::size_t>(solver)]);
  }
  [[nodiscard]] bool is_enumeration(std::uint64_t solver) const {
    return kind(solver) == SolverKind::enumerate;
  }

  [[nodiscard]] bool is_name(std::uint64_t solver, std::uint64_t number, const std::string& id) const {
    const std::string& own = ids_[static_cast<std::size_t>(solver)];
    const auto depth = depth_of(definitions_[static_cast<std::size_t>(solver)]);
    if (is_enumeration(solver)) {
      const std::uint64_t at = first_[static_cast<std::size_t>(solver)] + number;
      return depth && at < scoring::composition_count(*depth) &&
             id == own + '/' + scoring::composition_text(scoring::composition_at(at));
    }
    return id == own || (kind(solver) == SolverKind::program && id.starts_with(own + '/'));
  }

  /// Of a file that has all candidates.
  void check_count(std::size_t solver) {
    const auto depth = depth_of(definitions_[solver]);
    const std::uint64_t n = count_[solver];
    const bool fits = is_enumeration(solver)                ? depth && n == scoring::composition_count(*depth)
                      : kind(solver) == SolverKind::program ? n > 0
                                                            : n == 1;
    if (!fits)
      findings_.violation(
          fmt::format("{}: solver {} has {} candidates", kCandidates, core::quoted(ids_[solver]), n));
  }

  const std::vector<std::string>& ids_;
  const std::vector<std::int8_t>& kinds_;
  const std::vector<std::string>& definitions_;
  bool whole_;
  std::vector<std::uint64_t> count_, first_;
  Findings& findings_;
};

/// Candidate, task, list, sample, attempt: what calls and outputs are sorted by.
using CallKey = std::tuple<std::uint64_t, std::uint64_t, std::int8_t, std::int32_t, std::int32_t>;

CallKey key_of(const store::Table& block, std::size_t row) {
  return {block.column<std::uint64_t>("candidate")[row], block.column<std::uint64_t>("task")[row],
          block.column<std::int8_t>("sample_kind")[row], block.column<std::int32_t>("sample")[row],
          block.column<std::int32_t>("attempt")[row]};
}

/// Cells of a grid, a JSON list of equally long lists of integers; nullopt for anything else.
std::optional<std::uint64_t> cells_of(const std::string& text) {
  const auto grid = nlohmann::json::parse(text, nullptr, false);
  if (!grid.is_array()) return std::nullopt;
  std::uint64_t cells = 0;
  for (const auto& line : grid) {
    const bool fits = line.is_array() && line.size() == grid.front().size() &&
                      std::ranges::all_of(line, [](const auto& cell) { return cell.is_number_integer(); });
    if (!fits) return std::nullopt;
    cells += line.size();
  }
  return cells;
}

struct ScoredOutput {
  CallKey key;
  CallStatus status{};
  std::int8_t shape_ok = -1;
  std::uint64_t cells = 0;
};

std::vector<ScoredOutput> scored_outputs(const store::ResultReader& reader) {
  std::vector<ScoredOutput> outputs;
  report::for_each_block(reader, kCalls, [&](const store::Table& block, std::uint64_t) {
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      const auto status = static_cast<CallStatus>(block.column<std::int8_t>("status")[row]);
      if (!has_output(status)) continue;
      outputs.push_back({key_of(block, row), status, block.column<std::int8_t>("shape_ok")[row],
                         block.column<std::uint64_t>("cells_total")[row]});
    }
  });
  return outputs;
}

/// 5 where calls were ended by a limit or a crash, or a solver had nothing but bad outputs. Earlier programs
/// ended the latter with 0.
void check_exit_status(const store::ResultReader& reader, Findings& findings) {
  if (reader.integer_attribute("/", "complete") != 1) return;
  bool broken = false, only_bad = false;
  for (const SolverEnds& ends : solver_ends(reader)) {
    broken |= ends.counts.sum(is_broken) > 0;
    only_bad |= ends.only_bad();
  }
  const auto code = [](core::ExitStatus status) { return static_cast<std::int64_t>(status); };
  const std::int64_t expected =
      code(broken || only_bad ? core::ExitStatus::unfinished : core::ExitStatus::done);
  const auto stored = reader.integer_attribute("/", "exit_status").value_or(-1);
  if (stored == expected || (!broken && stored == code(core::ExitStatus::done))) return;
  findings.violation(
      fmt::format("root attribute 'exit_status' is {}, but the calls make it {}", stored, expected));
}

/// Calls of programs exist, come once each, and are not more than the candidates say. Calls that share the
/// work of others, or whose program could not be started, have no row.
void check_calls(const store::ResultReader& reader, const store::Table& tasks, const store::Table& candidates,
                 Findings& findings) {
  report::require_table(reader, runtime_calls_table());
  const store::Table solvers = reader.read(kSolvers);
  const auto& kinds = solvers.column<std::int8_t>("kind");
  std::vector<std::uint64_t> counted(kinds.size(), 0);
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::int8_t, std::int32_t>;
  std::optional<Key> last;
  report::for_each_block(reader, kRuntimeCalls, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      const auto wrong = [&](const char* what) {
        findings.violation(fmt::format("{}, row {}: {}", kRuntimeCalls, first + row, what));
      };
      const Key key{block.column<std::uint64_t>("solver")[row], block.column<std::uint64_t>("task")[row],
                    block.column<std::int8_t>("sample_kind")[row], block.column<std::int32_t>("sample")[row]};
      const auto& [solver, task, kind, sample] = key;
      if (solver >= kinds.size() || task >= tasks.n_rows()) {
        wrong("its solver or task does not exist");
        continue;
      }
      if (static_cast<SolverKind>(kinds[solver]) != SolverKind::program) wrong("its solver is no program");
      const auto n = tasks.column<std::uint64_t>(kind == 0 ? "n_demo" : "n_test")[task];
      if (sample < 0 || static_cast<std::uint64_t>(sample) >= n) wrong("the task has no such sample");
      if (block.column<std::int32_t>("retries")[row] < 0) wrong("retries is negative");
      if (last && key == *last) wrong("the call stands there twice");
      last = key;
      ++counted[solver];
    }
  });
  const auto& solver_of = candidates.column<std::uint64_t>("solver");
  for (std::size_t row = 0; row < solver_of.size(); ++row) {
    const auto solver = solver_of[row];
    if (solver >= kinds.size() || static_cast<SolverKind>(kinds[solver]) != SolverKind::program) continue;
    if (counted[solver] > candidates.column<std::uint64_t>("n_calls")[row])
      findings.violation(fmt::format("{}, row {}: n_calls is {}, but {} has {}", kCandidates, row,
                                     candidates.column<std::uint64_t>("n_calls")[row], kRuntimeCalls,
                                     counted[solver]));
  }
}

void check_part(const store::ResultReader& reader, Findings& findings) {
  if (!reader.has_table(launch::kRuntimePart)) return;
  skeleton::check_part(reader, "the candidates", std::nullopt, findings);
  if (reader.n_rows(launch::kRuntimePart) != reader.n_rows(kSolvers))
    findings.violation(fmt::format("{} has not a row for each solver", launch::kRuntimePart));
}

}  // namespace

void check_names(const store::ResultReader& reader, const store::Table& tasks, const store::Table& candidates,
                 Findings& findings) {
  const store::Table solvers = reader.read(kSolvers);
  check_unique(kTasks, tasks.column<std::string>("id"), findings);
  check_unique(kSolvers, solvers.column<std::string>("id"), findings);
  check_definitions(solvers, findings);
  const bool whole =
      reader.integer_attribute("/", "complete") == 1 && !reader.has_table(launch::kRuntimePart);
  CandidateNames(reader, solvers, whole, findings).check(candidates);
}

void check_outputs(const store::ResultReader& reader, Findings& findings) {
  if (!reader.has_table(kOutputs)) return;
  report::require_table(reader, outputs_table());
  const std::vector<ScoredOutput> calls = scored_outputs(reader);
  if (calls.size() != reader.n_rows(kOutputs)) {
    return findings.violation(fmt::format("{} has {} rows, but {} calls have an output", kOutputs,
                                          reader.n_rows(kOutputs), calls.size()));
  }
  std::map<std::tuple<std::uint64_t, std::int8_t, std::int32_t>, std::string> right;  // by sample
  report::for_each_block(reader, kOutputs, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      const auto wrong = [&](const char* what) {
        findings.violation(fmt::format("{}, row {}: {}", kOutputs, first + row, what));
      };
      const ScoredOutput& call = calls[static_cast<std::size_t>(first) + row];
      if (call.key != key_of(block, row)) {
        wrong("it belongs to no call, or rows are not sorted as the calls");
        continue;
      }
      const std::string& grid = block.column<std::string>("output")[row];
      const auto cells = cells_of(grid);
      if (!cells) {
        wrong("the output is no grid");
        continue;
      }
      if (call.shape_ok == 1 && *cells != call.cells)
        wrong("the output has another number of cells than the call says");
      const auto& [candidate, task, kind, sample, attempt] = call.key;
      const auto [expected, is_new] =
          right.try_emplace({task, kind, sample}, call.status == CallStatus::matched ? grid : "");
      if (is_new || call.status == CallStatus::produced) continue;
      if (expected->second.empty()) {
        if (call.status == CallStatus::matched) expected->second = grid;
      } else if ((grid == expected->second) != (call.status == CallStatus::matched)) {
        wrong("its status does not fit that of another output of the sample");
      }
    }
  });
}

void check_runtime(const store::ResultReader& reader, const store::Table& tasks,
                   const store::Table& candidates, Findings& findings) {
  check_exit_status(reader, findings);
  if (reader.has_table(kRuntimeCalls)) check_calls(reader, tasks, candidates, findings);
  check_reuse(reader, tasks, candidates, findings);
  check_part(reader, findings);
}

}  // namespace gforbit::job_scoring
