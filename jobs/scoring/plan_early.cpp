// --end-early: calls that are left out. What is skipped depends on the results alone: the calls of an item go
// out in stages, and a rule looks only at whole stages; the solvers of a task take turns.

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "scoring/plan.hpp"

namespace gforbit::job_scoring {

/// Calls that have a demo sample; they are the first ones.
std::size_t ScoringPlan::n_demo_calls(std::uint32_t task) {
  return static_cast<std::size_t>(std::ranges::count_if(
      calls_on(task), [&](const CallSamples& samples) { return input_.tasks[task].is_demo(samples[0]); }));
}

/// The end of the stage that begins at a call.
std::size_t ScoringPlan::stage_end(std::uint32_t task, std::size_t from) {
  if (input_.early.timeout) return from + 1;
  const std::size_t demos = input_.early.failed_demo ? n_demo_calls(task) : 0;
  return from < demos ? demos : calls_on(task).size();
}

void ScoringPlan::note_demos(const CallIds& calls, const UnitResult& result) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> items;
  for (const CallId& call : calls) {
    const Item item = items_[call.item];
    items[{item.solver, item.task}] = call.item;
  }
  for (const CallRow& row : result.rows) {
    if (row.match != 1 || !input_.tasks[row.task].is_demo(row.sample)) continue;
    const std::uint64_t candidate =
        row.candidate > 0 ? candidate_number(row.solver, result.names.at(row.candidate - 1)) : 0;
    begun_item(items.at({row.solver, row.task})).demos[candidate].insert(row.sample);
  }
}

/// Whether the calls that the item has left need not be made. All of its stages so far have ended.
bool ScoringPlan::ends_early(std::uint64_t number, const Begun& begun) {
  if (input_.early.timeout && begun.timed_out) return true;
  const std::uint32_t task = items_[number].task;
  const std::size_t demos = input_.tasks[task].demos.size();
  if (!input_.early.failed_demo || demos == 0 || begun.handed < n_demo_calls(task)) return false;
  return std::ranges::none_of(begun.demos,
                              [&](const auto& matched) { return matched.second.size() == demos; });
}

/// After calls have ended: stages and turns that follow.
void ScoringPlan::go_on() {
  if (!working_ || going_on_) return;
  going_on_ = true;
  while (!halt_ && (!to_stage_.empty() || !to_turn_.empty())) {
    if (!to_stage_.empty()) {
      next_stage(to_stage_.extract(to_stage_.begin()).value());
    } else {
      next_turn(to_turn_.extract(to_turn_.begin()).value());
    }
  }
  going_on_ = false;
}

void ScoringPlan::next_stage(std::uint64_t item) {
  for (auto found = begun_.find(item); found != begun_.end();) {
    Begun& begun = found->second;
    const auto end = begun.ended.begin() + static_cast<std::ptrdiff_t>(begun.handed);
    if (begun.handed == begun.ended.size() || std::find(begun.ended.begin(), end, false) != end) return;
    if (begun.handed > 0 && ends_early(item, begun)) return end_uncalled(item, CallStatus::skipped);
    const std::size_t next = stage_end(items_[item].task, begun.handed);
    for (; begun.handed < next; ++begun.handed) {
      const auto call = static_cast<std::uint32_t>(begun.handed);
      if (!begun.ended[call]) returned_.push_back({item, call});
    }
  }
}

void ScoringPlan::next_turn(std::uint32_t task) {
  for (Numbers items = turns_->current(task); !items.empty(); items = turns_->current(task)) {
    if (!std::ranges::all_of(items, [&](std::uint64_t number) { return done_[number]; })) return;
    if (solved_tasks_.contains(items_.equal_tasks(task).front())) {
      for (const std::uint64_t number : turns_->rest(task)) {
        if (done_[number]) continue;
        queue_.take({number});
        end_uncalled(number, CallStatus::skipped);
      }
      return;
    }
    std::ranges::copy(turns_->next(task), std::back_inserter(admitted_));
  }
}

}  // namespace gforbit::job_scoring
