/// A plan for jobs whose items travel whole: each item of a queue is one unit for one rank.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/sched/queue.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::sched {

/// Hands out the items of a queue in its order and ends them with what comes back. Time limits count from the
/// first slice of an item on its rank. The queue may be filled from other threads while the plan is at work.
class QueuePlan final : public WorkPlan {
 public:
  /// Makes the body of an item's unit. What it throws is the failure of the item.
  using MakeUnit = std::function<core::Bytes(ItemId)>;

  /// @param queue  must outlive the plan
  QueuePlan(Queue& queue, MakeUnit make_unit) : queue_(queue), make_unit_(std::move(make_unit)) {}

  /// Nothing will be submitted any more: the plan ends when the queue is empty. Any thread.
  void close() noexcept { closed_.store(true, std::memory_order_release); }

  [[nodiscard]] std::optional<Unit> next(int rank) override;
  void begun(const Unit& unit) override;
  void completed(const Unit& unit, std::span<const std::byte> result) override;
  void failed(const Unit& unit, const std::string& message) override;
  [[nodiscard]] std::vector<std::uint64_t> take_cancelled() override;
  void tick() override;
  [[nodiscard]] bool finished() const override;

 private:
  Queue& queue_;
  MakeUnit make_unit_;
  std::atomic<bool> closed_{false};
};

}  // namespace gforbit::sched
