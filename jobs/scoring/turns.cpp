#include "scoring/turns.hpp"

#include <algorithm>
#include <utility>

namespace gforbit::job_scoring {

Turns::Turns(const PlanInput& input, const Items& items)
    : input_(input), items_(items), turn_(input.tasks.size(), 0), kept_(input.tasks.size()) {
  for (std::uint32_t solver = 0; solver < input.solvers.size(); ++solver) {
    if (!items.equal_solvers(solver).empty()) order_.push_back(solver);
  }
  std::ranges::stable_sort(order_, {}, [&](std::uint32_t solver) { return items.priority_of(solver); });
  for (std::uint32_t task = 0; task < input.tasks.size(); ++task) {
    if (items.equal_tasks(task).front() == task) skip_those_without_items(task);
  }
}

void Turns::skip_those_without_items(std::uint32_t group) {
  while (turn_[group] < order_.size() && items_.numbers(order_[turn_[group]], group).empty()) ++turn_[group];
}

bool Turns::admit(std::uint64_t number) {
  const Item item = items_[number];
  const std::uint32_t group = items_.equal_tasks(item.task).front();
  if (turn_[group] < order_.size() && order_[turn_[group]] == item.solver) return true;
  kept_[group].push_back(number);
  return false;
}

std::vector<std::uint64_t> Turns::current(std::uint32_t task) const {
  const std::uint32_t turn = turn_[items_.equal_tasks(task).front()];
  if (turn >= order_.size()) return {};
  return items_.numbers(order_[turn], task);
}

std::vector<std::uint64_t> Turns::next(std::uint32_t task) {
  const std::uint32_t group = items_.equal_tasks(task).front();
  ++turn_[group];
  skip_those_without_items(group);
  if (turn_[group] >= order_.size()) return {};
  std::vector<std::uint64_t> admitted;
  std::erase_if(kept_[group], [&](std::uint64_t number) {
    const bool its_turn = items_[number].solver == order_[turn_[group]];
    if (its_turn) admitted.push_back(number);
    return its_turn;
  });
  return admitted;
}

std::vector<std::uint64_t> Turns::rest(std::uint32_t task) {
  const std::uint32_t group = items_.equal_tasks(task).front();
  std::vector<std::uint64_t> rest;
  while (++turn_[group] < order_.size()) {
    const auto numbers = items_.numbers(order_[turn_[group]], group);
    rest.insert(rest.end(), numbers.begin(), numbers.end());
  }
  kept_[group].clear();
  return rest;
}

}  // namespace gforbit::job_scoring
