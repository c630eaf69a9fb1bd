#include "gforbit/sched/queue_plan.hpp"

#include <exception>

namespace gforbit::sched {

std::optional<Unit> QueuePlan::next(int) {
  while (const auto taken = queue_.take()) {
    try {
      return Unit{taken->id.value, make_unit_(taken->id), taken->limited};
    } catch (const std::exception& error) {
      queue_.finish(taken->id, {ItemState::failed, {}, error.what()});
    }
  }
  return std::nullopt;
}

void QueuePlan::begun(const Unit& unit) {
  queue_.begin({unit.item});
}

void QueuePlan::completed(const Unit& unit, std::span<const std::byte> result) {
  queue_.finish({unit.item}, {ItemState::completed, {result.begin(), result.end()}, {}});
}

void QueuePlan::failed(const Unit& unit, const std::string& message) {
  queue_.finish({unit.item}, {ItemState::failed, {}, message});
}

std::vector<std::uint64_t> QueuePlan::take_cancelled() {
  std::vector<std::uint64_t> items;
  for (const ItemId id : queue_.take_interrupted()) items.push_back(id.value);
  return items;
}

void QueuePlan::tick() {
  queue_.expire();
}

bool QueuePlan::finished() const {
  return closed_.load(std::memory_order_acquire) && queue_.idle();
}

}  // namespace gforbit::sched
