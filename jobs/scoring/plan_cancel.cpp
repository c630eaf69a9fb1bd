// What a person cancels: a solver, a task, or a solver on a task.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "gforbit/core/text.hpp"
#include "scoring/plan.hpp"

namespace gforbit::job_scoring {

namespace {

/// Solvers on tasks.
struct Named {
  std::vector<std::uint32_t> solvers, tasks;
  std::string text;
};

template <class Rows>
std::optional<std::uint32_t> find_id(const Rows& rows, std::string_view id) {
  const auto found = std::ranges::find(rows, id, [](const auto& row) -> std::string_view { return row.id; });
  if (found == rows.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - rows.begin());
}

std::vector<std::uint32_t> all_of(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), std::uint32_t{0});
  return rows;
}

/// "SOLVER", "TASK", "SOLVER/TASK"; "*" is every one. No solver has a slash in its id, tasks may.
std::vector<Named> readings_of(const PlanInput& input, std::string_view id) {
  std::vector<Named> readings;
  if (const auto solver = find_id(input.solvers, id))
    readings.push_back({{*solver}, all_of(input.tasks.size()), "solver " + core::quoted(id)});
  if (const auto task = find_id(input.tasks, id))
    readings.push_back({all_of(input.solvers.size()), {*task}, "task " + core::quoted(id)});
  const auto slash = id.find('/');
  if (slash == std::string_view::npos) return readings;
  const std::string_view first = id.substr(0, slash), second = id.substr(slash + 1);
  const auto solver = find_id(input.solvers, first), task = find_id(input.tasks, second);
  Named named;
  if (solver) named.solvers = {*solver};
  if (first == "*") named.solvers = all_of(input.solvers.size());
  if (task) named.tasks = {*task};
  if (second == "*") named.tasks = all_of(input.tasks.size());
  if (named.solvers.empty() || named.tasks.empty()) return readings;
  named.text = fmt::format("solver {} on task {}", core::quoted(first), core::quoted(second));
  if (first == "*") named.text = "task " + core::quoted(second);
  if (second == "*") named.text = "solver " + core::quoted(first);
  readings.push_back(std::move(named));
  return readings;
}

}  // namespace

skeleton::Cancellation ScoringPlan::cancel(const std::string& id) {
  const std::vector<Named> readings = readings_of(input_, id);
  if (readings.empty()) return skeleton::no_such_item(id, "solver or task");
  if (readings.size() > 1)
    return {false, fmt::format("{} is {} and {}: write SOLVER/*, */TASK or SOLVER/TASK", core::quoted(id),
                               readings[0].text, readings[1].text)};
  const Named& named = readings[0];
  std::set<std::uint64_t> open;
  std::uint64_t all = 0, left = 0;  // items that the id names
  for (const std::uint32_t solver : named.solvers) {
    for (const std::uint32_t task : named.tasks) {
      if (!input_.asks(solver, task)) continue;
      for (const std::uint64_t number : items_.numbers(items_.first_solver(solver), task)) {
        ++all;
        if (done_[number]) continue;
        ++left;
        open.insert(number);
      }
    }
  }
  if (all == 0) return {false, named.text + " is no work of this run"};
  if (left == 0) return {false, named.text + " has ended before"};
  std::uint64_t ending = 0;
  for (const std::uint64_t number : open) {
    const Item item = items_[number];
    for (const std::uint32_t solver : items_.equal_solvers(item.solver))
      ending += items_.n_equal_tasks(solver, item.task);
  }
  cancel_items(open);
  skeleton::Cancellation said = skeleton::cancelled_item(named.text, ending - left);
  said.text += fmt::format(" ({} of {})", left, core::counted(all, "item"));
  return said;
}

/// The work on these items ends, and that of units that have some of it; what else these had is done again.
void ScoringPlan::cancel_items(const std::set<std::uint64_t>& items) {
  for (const auto& [unit, handed] : out_) {
    const auto is_cancelled = [&](std::uint64_t item) { return items.contains(item); };
    const auto is_wanted_no_more = [&](const CallId& call) {
      return is_cancelled(call.item) && !has_ended(call);
    };
    if (handed.calls.empty() ? std::ranges::any_of(handed.items, is_cancelled)
                             : std::ranges::any_of(handed.calls, is_wanted_no_more))
      cancelled_.push_back(unit);
  }
  if (held_ && items.contains(*held_)) held_.reset();
  std::erase_if(returned_, [&](const CallId& call) { return items.contains(call.item); });
  for (const std::uint64_t number : items) {
    queue_.cancel({number}, skeleton::kCancelledByPerson);
    end_uncalled(number, CallStatus::cancelled, Kept::yes);
  }
}

/// Of items that a person cancelled while these calls were made.
void ScoringPlan::drop_ended(CallIds& calls, UnitResult& result) const {
  std::set<std::pair<std::uint32_t, std::uint32_t>> gone;
  std::erase_if(calls, [&](const CallId& call) {
    if (!has_ended(call)) return false;
    const Item item = items_[call.item];
    gone.emplace(item.solver, item.task);
    return true;
  });
  if (gone.empty()) return;
  const auto is_gone = [&](const auto& row) { return gone.contains({row.solver, row.task}); };
  std::erase_if(result.rows, is_gone);
  std::erase_if(result.facts, is_gone);
  std::erase_if(result.outputs, is_gone);
  std::erase_if(result.differs, is_gone);
}

}  // namespace gforbit::job_scoring
