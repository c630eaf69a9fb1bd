/// The smallest plan over a queue, for tests of the queue with worker teams: each item is one unit, which
/// holds its number. The queue may be filled from other threads meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/sched/queue.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::testing_support {

class QueuePlan final : public sched::WorkPlan {
 public:
  /// @param queue  must outlive the plan
  /// @param taken  called for each item that is handed out
  explicit QueuePlan(
      sched::Queue& queue, std::function<void(std::uint64_t)> taken = [](std::uint64_t) {})
      : queue_(queue), taken_(std::move(taken)) {}

  /// Nothing will be submitted any more: the plan ends when the queue is empty. Any thread.
  void close() noexcept { closed_ = true; }

  std::optional<sched::Unit> next(int) override {
    const auto item = queue_.take();
    if (!item) return std::nullopt;
    taken_(item->id.value);
    return sched::Unit{item->id.value, core::ByteWriter().put(item->id.value).take(), item->limited};
  }
  void begun(const sched::Unit& unit) override { queue_.begin({unit.item}); }
  void completed(const sched::Unit& unit, std::span<const std::byte> result) override {
    queue_.finish({unit.item}, {sched::ItemState::completed, {result.begin(), result.end()}, {}});
  }
  void failed(const sched::Unit& unit, const std::string& message) override {
    queue_.finish({unit.item}, {sched::ItemState::failed, {}, message});
  }
  std::vector<std::uint64_t> take_cancelled() override {
    std::vector<std::uint64_t> items;
    for (const sched::ItemId id : queue_.take_interrupted()) items.push_back(id.value);
    return items;
  }
  void tick() override { queue_.expire(); }
  bool finished() const override { return closed_ && queue_.idle(); }

 private:
  sched::Queue& queue_;
  std::function<void(std::uint64_t)> taken_;
  std::atomic<bool> closed_{false};
};

}  // namespace gforbit::testing_support
