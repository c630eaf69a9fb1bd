#include "scoring/items.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_scoring {

namespace {

/// Compositions in an item: milliseconds of one core, and few numbers for an enumeration of millions.
constexpr std::uint64_t kCompositions = 1024;

std::uint64_t n_chunks(const CandidateRange& range) {
  return (range.size() + kCompositions - 1) / kCompositions;
}

/// For each key the first equal one.
std::vector<std::uint32_t> first_equal(const std::vector<std::string>& keys) {
  std::map<std::string, std::uint32_t> firsts;
  std::vector<std::uint32_t> first;
  for (const std::string& key : keys)
    first.push_back(firsts.try_emplace(key, static_cast<std::uint32_t>(first.size())).first->second);
  return first;
}

std::vector<std::uint32_t> each_its_own(std::size_t n) {
  std::vector<std::uint32_t> first(n);
  std::iota(first.begin(), first.end(), std::uint32_t{0});
  return first;
}

std::string text_of(const core::Bytes& bytes) {
  std::string text(bytes.size(), '\0');
  std::memcpy(text.data(), bytes.data(), bytes.size());
  return text;
}

std::string key_of(Solver solver, const CandidateRange& range, std::span<const std::uint32_t> chosen) {
  solver.id.clear();
  solver.priority = sched::Priority::normal;
  if (solver.kind == SolverKind::builtin) solver.kind = SolverKind::compose;  // a composition of one
  core::ByteWriter out;
  core::Field<Solver>::write(out, solver);
  out.put(range.begin).put(range.end).put(!solver.tasks.empty());
  for (const std::uint32_t task : chosen) out.put(task);
  return text_of(out.take());
}

std::string key_of(const scoring::Task& task) {
  core::ByteWriter out;
  write_samples(out, task);
  return text_of(out.take());
}

std::vector<std::vector<std::uint32_t>> groups(const std::vector<std::uint32_t>& first) {
  std::vector<std::vector<std::uint32_t>> equal(first.size());
  for (std::uint32_t i = 0; i < first.size(); ++i) equal[first[i]].push_back(i);
  return equal;
}

}  // namespace

void PlanInput::identify() {
  solver_identities = identities_of(solvers, rules);
  task_identities.clear();
  for (const scoring::Task& task : tasks) task_identities.push_back(identity_of(task));
}

void PlanInput::keep_part(config::Part part) {
  std::uint64_t all = 0;
  for (const Solver& solver : solvers) all += solver.n_compositions();
  if (part.count > all) {
    throw core::UsageError(
        fmt::format("'--part {}/{}': the solvers have {} only; ask for at most as many parts", part.index,
                    part.count, core::counted(all, "candidate")));
  }
  const auto cut = [&](std::uint64_t i) { return all / part.count * i + all % part.count * i / part.count; };
  const std::uint64_t begin = first_candidate = cut(part.index - 1), end = end_candidate = cut(part.index);
  std::uint64_t before = 0;
  candidates.clear();
  for (const Solver& solver : solvers) {
    const std::uint64_t n = solver.n_compositions();
    const auto clamped = [&](std::uint64_t at) { return std::clamp(at, before, before + n) - before; };
    candidates.push_back({clamped(begin), clamped(end)});
    before += n;
  }
}

void PlanInput::choose_tasks() {
  chosen.assign(solvers.size(), {});
  unmatched.clear();
  bool any = false;
  for (std::uint32_t solver = 0; solver < solvers.size(); ++solver) {
    if (!has_choice(solver)) {
      any = true;
      continue;
    }
    std::set<std::uint32_t> rows;
    for (const std::string& pattern : solvers[solver].tasks) {
      bool matched = false;
      for (std::uint32_t task = 0; task < tasks.size(); ++task) {
        if (fnmatch(pattern.c_str(), tasks[task].id.c_str(), 0) != 0) continue;
        matched = true;
        rows.insert(task);
      }
      if (!matched) unmatched.push_back({solver, pattern});
    }
    chosen[solver].assign(rows.begin(), rows.end());
    any = any || !chosen[solver].empty();
  }
  if (!any)
    throw core::InputError(
        fmt::format("no solver has a task: of the {}, none has an id that the key 'tasks' of a solver names",
                    core::counted(tasks.size(), "task")));
}

bool PlanInput::any_choice() const {
  return std::ranges::any_of(solvers, [](const Solver& solver) { return !solver.tasks.empty(); });
}

bool PlanInput::asks(std::uint32_t solver, std::uint32_t task) const {
  return !has_choice(solver) || std::ranges::binary_search(chosen[solver], task);
}

std::uint64_t PlanInput::n_samples(std::uint32_t solver) const {
  if (!has_choice(solver)) return n_samples();
  std::uint64_t n = 0;
  for (const std::uint32_t task : chosen[solver]) n += tasks[task].n_samples();
  return n;
}

std::uint64_t PlanInput::n_samples() const {
  return std::accumulate(tasks.begin(), tasks.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const scoring::Task& task) { return sum + task.n_samples(); });
}

std::uint64_t PlanInput::n_calls() const {
  const std::uint64_t all = n_samples();
  std::uint64_t n = 0;
  for (std::uint32_t i = 0; i < candidates.size(); ++i)
    n += candidates[i].size() * (has_choice(i) ? n_samples(i) : all);
  return n;
}

Items::Items(const PlanInput& input) : input_(input) {
  std::vector<std::string> solvers, tasks;
  begin_.push_back(0);
  for (std::uint32_t i = 0; i < input.solvers.size(); ++i) {
    begin_.push_back(begin_.back() + n_chunks(input.candidates[i]) * input.n_tasks(i));
    const bool choice = input.has_choice(i);
    solvers.push_back(key_of(input.solvers[i], input.candidates[i],
                             choice ? input.chosen[i] : std::span<const std::uint32_t>()));
  }
  for (const scoring::Task& task : input.tasks) tasks.push_back(key_of(task));
  first_solver_ = input.rules.coalesce ? first_equal(solvers) : each_its_own(solvers.size());
  first_task_ = input.rules.coalesce ? first_equal(tasks) : each_its_own(tasks.size());
  equal_solvers_ = groups(first_solver_);
  equal_tasks_ = groups(first_task_);
  for (const auto& equal : equal_solvers_) {
    auto most_urgent = sched::Priority::idle;
    for (const std::uint32_t solver : equal)
      most_urgent = std::min(most_urgent, input.solvers[solver].priority);
    priority_.push_back(most_urgent);
  }
}

std::uint32_t Items::solver_of(std::uint64_t number) const {
  return static_cast<std::uint32_t>(std::ranges::upper_bound(begin_, number) - begin_.begin() - 1);
}

Item Items::operator[](std::uint64_t number) const {
  Item item;
  item.solver = solver_of(number);
  const CandidateRange& range = input_.candidates[item.solver];
  const std::uint64_t chunks = n_chunks(range), in_solver = number - begin_[item.solver];
  item.task = input_.task_of(item.solver, in_solver / chunks);
  item.candidates.begin = range.begin + in_solver % chunks * kCompositions;
  item.candidates.end = std::min(range.end, item.candidates.begin + kCompositions);
  return item;
}

std::uint64_t Items::n_calls(const Item& item) const {
  return item.candidates.size() * input_.tasks[item.task].n_samples();
}

bool Items::is_first(std::uint64_t number) const {
  const std::uint32_t solver = solver_of(number);
  const std::uint64_t chunks = n_chunks(input_.candidates[solver]);
  if (first_solver_[solver] != solver) return false;
  const std::uint32_t task = input_.task_of(solver, (number - begin_[solver]) / chunks);
  if (first_task_[task] == task) return true;
  const auto asks = [&](std::uint32_t other) { return input_.asks(solver, other); };
  return *std::ranges::find_if(equal_tasks(task), asks) == task;
}

std::vector<std::uint64_t> Items::numbers(std::uint32_t solver, std::uint32_t task) const {
  const auto& equal = equal_tasks(task);
  const auto asks = [&](std::uint32_t other) { return input_.asks(solver, other); };
  const auto asked = std::ranges::find_if(equal, asks);
  if (asked == equal.end()) return {};
  std::uint64_t place = *asked;
  if (input_.has_choice(solver)) {
    const auto& chosen = input_.chosen[solver];
    place = static_cast<std::uint64_t>(std::ranges::lower_bound(chosen, *asked) - chosen.begin());
  }
  std::vector<std::uint64_t> numbers(n_chunks(input_.candidates[solver]));
  std::iota(numbers.begin(), numbers.end(), begin_[solver] + place * numbers.size());
  return numbers;
}

std::uint64_t Items::n_equal_tasks(std::uint32_t solver, std::uint32_t task) const {
  const auto& equal = equal_tasks(task);
  if (!input_.has_choice(solver)) return equal.size();
  const auto asks = [&](std::uint32_t other) { return input_.asks(solver, other); };
  return static_cast<std::uint64_t>(std::ranges::count_if(equal, asks));
}

sched::Priority Items::priority(std::uint64_t number) const {
  return priority_[solver_of(number)];
}

}  // namespace gforbit::job_scoring
