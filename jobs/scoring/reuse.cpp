#include "scoring/reuse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/store/result_reader.hpp"
#include "scoring/report.hpp"
#include "scoring/tables.hpp"

namespace gforbit::job_scoring {

namespace {

constexpr auto kPlace = [](const auto& row) { return std::tuple(row.solver, row.task, row.sample); };
constexpr auto kOutputPlace = [](const auto& row) {
  return std::tuple(row.candidate, row.task, row.sample, row.attempt);
};

// ---- the file of the earlier run --------------------------------------------------------------------------

/// Reads what calls need of a file; every number of a row is checked to be one of a row that is there.
class EarlierFile {
 public:
  explicit EarlierFile(const std::filesystem::path& path) : reader_(path) {
    if (reader_.text_attribute("/", "job") != "scoring") fail("is no result of gforbit scoring");
    if (!reader_.has_table(kRuntimeTasks) || !reader_.has_table(kRuntimeSolvers) ||
        !reader_.has_table(kRuntimeDiffers))
      fail(
          "was written by a version of gforbit that keeps no digests of solvers: run it again without "
          "--reuse");
    if (reader_.text_attribute("/", "results_sha256") != reader_.digest())
      fail("was changed after it was written: 'gforbit check' reports what is wrong with it");
    for (const auto& spec :
         {tasks_table(), solvers_table(), candidates_table(), calls_table(reader_), runtime_calls_table(),
          runtime_tasks_table(), runtime_solvers_table(reader_), runtime_differs_table()})
      report::require_table(reader_, spec);
  }

  EarlierRun read() {
    read_tasks();
    read_solvers();
    read_candidates();
    read_rows();
    read_facts();
    read_differs();
    read_outputs();
    return std::move(run_);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw core::InputError(fmt::format("--reuse: {} {}", core::quoted(reader_.path().string()), what));
  }
  /// A row of a table with `n` rows.
  [[nodiscard]] std::uint32_t row_of(std::uint64_t row, std::uint64_t n) const {
    if (row >= n || row > std::numeric_limits<std::uint32_t>::max()) fail("names rows that are not there");
    return static_cast<std::uint32_t>(row);
  }
  /// Sample of a task, demos first.
  [[nodiscard]] std::uint32_t sample_of(std::uint64_t task, std::int8_t kind, std::int32_t index) const {
    const std::uint64_t first = kind == 0 ? 0 : n_demo_[task], n = kind == 0 ? n_demo_[task] : n_test_[task];
    if (index < 0) fail("names samples that are not there");
    return static_cast<std::uint32_t>(first) + row_of(static_cast<std::uint64_t>(index), n);
  }
  /// Calls `take(block, row, task, sample)` for each row of a table with these columns.
  template <class Take>
  void for_each_sample(const char* table, Take take) const {
    report::for_each_block(reader_, table, [&](const store::Table& block, std::uint64_t) {
      const auto& tasks = block.column<std::uint64_t>("task");
      const auto& kinds = block.column<std::int8_t>("sample_kind");
      const auto& samples = block.column<std::int32_t>("sample");
      for (std::size_t row = 0; row < tasks.size(); ++row) {
        const std::uint32_t task = row_of(tasks[row], run_.task_ids.size());
        take(block, row, task, sample_of(task, kinds[row], samples[row]));
      }
    });
  }

  void read_tasks() {
    const store::Table tasks = reader_.read(kTasks);
    run_.task_ids = tasks.column<std::string>("id");
    n_demo_ = tasks.column<std::uint64_t>("n_demo");
    n_test_ = tasks.column<std::uint64_t>("n_test");
    run_.task_digests = reader_.read(kRuntimeTasks).column<std::string>("digest");
    if (run_.task_digests.size() != run_.task_ids.size()) fail("has not a digest for each task");
  }

  void read_solvers() {
    const store::Table solvers = reader_.read(kSolvers), identities = reader_.read(kRuntimeSolvers);
    solver_ids_ = solvers.column<std::string>("id");
    if (identities.n_rows() != solver_ids_.size()) fail("has not a digest for each solver");
    for (std::size_t row = 0; row < solver_ids_.size(); ++row) {
      solvers::Limits limits;
      limits.wall_s = identities.column<double>("timeout_s")[row];
      limits.cpu_s = identities.column<double>("cpu_timeout_s")[row];
      limits.memory = identities.column<std::uint64_t>("memory")[row];
      limits.processes = identities.column<std::uint64_t>("processes")[row];
      run_.solvers.push_back({.digest = identities.column<std::string>("digest")[row], .limits = limits});
    }
  }

  void read_candidates() {
    report::for_each_block(reader_, kCandidates, [&](const store::Table& block, std::uint64_t) {
      const auto& ids = block.column<std::string>("id");
      const auto& solvers = block.column<std::uint64_t>("solver");
      for (std::size_t row = 0; row < ids.size(); ++row) {
        const std::string& solver = solver_ids_[row_of(solvers[row], solver_ids_.size())];
        if (!ids[row].starts_with(solver)) fail("has a candidate that is not named after its solver");
        run_.names.push_back(ids[row] == solver ? "" : ids[row].substr(solver.size() + 1));
      }
    });
  }

  void read_rows() {
    for_each_sample(
        kCalls, [&](const store::Table& block, std::size_t row, std::uint32_t task, std::uint32_t sample) {
          CallRow call;
          call.solver = row_of(block.column<std::uint64_t>("solver")[row], run_.solvers.size());
          if (run_.solvers[call.solver].digest.empty()) return;  // no program
          const std::int8_t status = block.column<std::int8_t>("status")[row];
          if (status < 0 || static_cast<std::size_t>(status) >= kStatusNames.size())
            fail("has an unknown status");
          call.task = task;
          call.sample = sample;
          call.candidate = row_of(block.column<std::uint64_t>("candidate")[row], run_.names.size());
          call.attempt = static_cast<std::uint8_t>(
              std::clamp(block.column<std::int32_t>("attempt")[row], std::int32_t{0}, std::int32_t{255}));
          call.status = static_cast<CallStatus>(status);
          call.match = block.column<std::int8_t>("match")[row];
          call.shape_ok = block.column<std::int8_t>("shape_ok")[row];
          call.cells_equal = static_cast<std::uint32_t>(block.column<std::uint64_t>("cells_equal")[row]);
          call.cells_total = static_cast<std::uint32_t>(block.column<std::uint64_t>("cells_total")[row]);
          run_.rows.push_back(call);
        });
    std::ranges::stable_sort(run_.rows, {}, kPlace);
  }

  void read_facts() {
    for_each_sample(kRuntimeCalls, [&](const store::Table& block, std::size_t row, std::uint32_t task,
                                       std::uint32_t sample) {
      CallFacts facts;
      facts.solver = row_of(block.column<std::uint64_t>("solver")[row], run_.solvers.size());
      facts.task = task;
      facts.sample = sample;
      facts.wall_s = block.column<double>("wall_s")[row];
      facts.cpu_s = block.column<double>("cpu_s")[row];
      facts.peak_memory = block.column<std::uint64_t>("peak_memory")[row];
      facts.retries = static_cast<std::uint32_t>(std::max(block.column<std::int32_t>("retries")[row], 0));
      facts.code = block.column<std::int32_t>("code")[row];
      facts.message = block.column<std::string>("message")[row];
      facts.stderr_tail = block.column<std::string>("stderr_tail")[row];
      run_.facts.push_back(std::move(facts));
    });
    std::ranges::stable_sort(run_.facts, {}, kPlace);
  }

  void read_differs() {
    for_each_sample(kRuntimeDiffers, [&](const store::Table& block, std::size_t row, std::uint32_t task,
                                         std::uint32_t sample) {
      const std::int32_t iz = block.column<std::int32_t>("iz")[row];
      if (iz < 0 || iz >= kDifferCodes) fail("has an unknown count of differs");
      run_.differs[{block.column<std::uint64_t>("candidate")[row], task, sample}] =
          static_cast<std::uint8_t>(iz);
    });
  }

  void read_outputs() {
    run_.has_outputs = reader_.has_table(kOutputs);
    if (!run_.has_outputs) return;
    report::require_table(reader_, outputs_table());
    for_each_sample(
        kOutputs, [&](const store::Table& block, std::size_t row, std::uint32_t task, std::uint32_t sample) {
          OutputRow output;
          output.task = task;
          output.sample = sample;
          output.candidate = block.column<std::uint64_t>("candidate")[row];
          output.attempt = static_cast<std::uint8_t>(
              std::clamp(block.column<std::int32_t>("attempt")[row], std::int32_t{0}, std::int32_t{255}));
          output.grid = block.column<std::string>("output")[row];
          run_.outputs.push_back(std::move(output));
        });
    std::ranges::sort(run_.outputs, {}, kOutputPlace);
  }

  store::ResultReader reader_;
  EarlierRun run_;
  std::vector<std::uint64_t> n_demo_, n_test_;  ///< by task
  std::vector<std::string> solver_ids_;
};

// ---- limits -----------------------------------------------------------------------------------------------

bool is_limit(CallStatus status) {
  return is_timeout(status) || status == CallStatus::out_of_memory;
}

template <class Amount>
bool no_tighter(Amount then, Amount now) {
  return now == Amount{} || (then != Amount{} && now >= then);
}

bool same(const solvers::Limits& a, const solvers::Limits& b) {
  return a.wall_s == b.wall_s && a.cpu_s == b.cpu_s && a.memory == b.memory && a.processes == b.processes;
}

bool no_tighter(const solvers::Limits& then, const solvers::Limits& now) {
  return no_tighter(then.wall_s, now.wall_s) && no_tighter(then.cpu_s, now.cpu_s) &&
         no_tighter(then.memory, now.memory) && no_tighter(then.processes, now.processes);
}

/// A solver that is told the id of the task makes use of it.
bool uses_names(const Solver& solver) {
  return std::ranges::any_of(solver.program.command, [](const std::string& word) {
    return word.find("{task}") != std::string::npos;
  });
}

}  // namespace

EarlierRun read_earlier_run(const std::filesystem::path& path) {
  return EarlierFile(path).read();
}

Reuse::Reuse(EarlierRun earlier, const PlanInput& input) : earlier_(std::move(earlier)), input_(input) {
  const bool keeps = input.rules.store_outputs || input.rules.store_tests;
  if (keeps && !earlier_.has_outputs)
    throw core::InputError(
        "--reuse: the earlier run kept no outputs, which --store-outputs and --submission need: leave out "
        "one of "
        "them, or run without --reuse");
  std::map<std::string, Rows> solvers, tasks;
  for (std::uint32_t row = 0; row < earlier_.solvers.size(); ++row)
    solvers[earlier_.solvers[row].digest].push_back(row);
  for (std::uint32_t row = 0; row < earlier_.task_digests.size(); ++row)
    tasks[earlier_.task_digests[row]].push_back(row);
  solvers.erase("");
  const auto found = [](const std::map<std::string, Rows>& rows, const std::string& digest) {
    const auto at = rows.find(digest);
    return at == rows.end() ? Rows{} : at->second;
  };
  for (const SolverIdentity& solver : input.solver_identities) {
    old_solvers_.push_back(found(solvers, solver.digest));
    n_solvers_ += old_solvers_.back().empty() ? 0 : 1;
  }
  for (std::size_t task = 0; task < input.tasks.size(); ++task) {
    Rows& rows = old_tasks_.emplace_back(found(tasks, input.task_identities[task]));
    n_tasks_ += rows.empty() ? 0 : 1;
    std::ranges::stable_sort(
        rows, {}, [&](std::uint32_t row) { return earlier_.task_ids[row] != input.tasks[task].id; });
  }
}

std::optional<UnitResult> Reuse::find(std::uint32_t solver, std::uint32_t task,
                                      const CallSamples& samples) const {
  const bool names_count = !input_.rules.coalesce || uses_names(input_.solvers[solver]);
  for (const std::uint32_t old_task : old_tasks_[task]) {
    if (names_count && earlier_.task_ids[old_task] != input_.tasks[task].id) continue;
    for (const std::uint32_t old_solver : old_solvers_[solver]) {
      if (auto result = find_as(solver, task, old_solver, old_task, samples)) return result;
    }
  }
  return std::nullopt;
}

std::optional<UnitResult> Reuse::find_as(std::uint32_t solver, std::uint32_t task, std::uint32_t old_solver,
                                         std::uint32_t old_task, const CallSamples& samples) const {
  const auto facts =
      std::ranges::equal_range(earlier_.facts, std::tuple(old_solver, old_task, samples[0]), {}, kPlace);
  if (facts.size() != 1) return std::nullopt;
  UnitResult result;
  result.calls = samples.size();
  CallFacts& now = result.facts.emplace_back(facts.front());
  now.solver = solver;
  now.task = task;
  std::map<std::uint64_t, std::uint64_t> numbers;  // of candidates in `result`
  const auto number_of = [&](std::uint64_t old) {
    const std::string& name = earlier_.names[old];
    if (name.empty()) return std::uint64_t{0};
    const auto [at, is_new] = numbers.try_emplace(old, result.names.size() + 1);
    if (is_new) result.names.push_back(name);
    return at->second;
  };
  for (const std::uint32_t sample : samples) {
    const auto rows =
        std::ranges::equal_range(earlier_.rows, std::tuple(old_solver, old_task, sample), {}, kPlace);
    const auto all_count =
        std::ranges::all_of(rows, [&](const CallRow& row) { return counts(now, row, solver); });
    if (rows.empty() || !all_count) return std::nullopt;
    for (const CallRow& old : rows) {
      CallRow row = old;
      row.solver = solver;
      row.task = task;
      row.candidate = number_of(old.candidate);
      if (!add_row(row, old, result)) return std::nullopt;
    }
  }
  return result;
}

/// Whether the row of an earlier call would be the same now.
bool Reuse::counts(const CallFacts& facts, const CallRow& row, std::uint32_t solver) const {
  const CallStatus status = row.status;
  if (status == CallStatus::cancelled || status == CallStatus::skipped || status == CallStatus::spawn_failed)
    return false;
  const solvers::Limits &then = earlier_.solvers[row.solver].limits,
                        &now = input_.solver_identities[solver].limits;
  if (!is_limit(status)) return no_tighter(then, now);
  if (status == CallStatus::out_of_memory && now.memory == 0)
    return false;  // another machine has another limit
  const bool retried = input_.rules.retry_starved && facts.retries == 0;
  return same(then, now) && !(status == CallStatus::timed_out_wall && retried);
}

/// @return false: something that belongs to the row is missing
bool Reuse::add_row(const CallRow& row, const CallRow& old, UnitResult& result) const {
  result.rows.push_back(row);
  if (is_first_scored(row)) {
    const auto found = earlier_.differs.find({old.candidate, old.task, old.sample});
    if (found == earlier_.differs.end()) return false;
    result.differs.push_back({row.solver, row.task, row.candidate, differ_counts(found->second)});
  }
  const bool is_demo = input_.tasks[row.task].is_demo(row.sample);
  if (!has_output(row.status) || !(input_.rules.store_outputs || (input_.rules.store_tests && !is_demo)))
    return true;
  const auto outputs = std::ranges::equal_range(
      earlier_.outputs, std::tuple(old.candidate, old.task, old.sample, old.attempt), {}, kOutputPlace);
  if (outputs.empty()) return false;
  result.outputs.push_back(
      {row.solver, row.task, row.candidate, row.sample, row.attempt, outputs.front().grid});
  return true;
}

}  // namespace gforbit::job_scoring
