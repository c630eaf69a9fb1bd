/// The queue of work items on rank 0, the same for every job type: order, states, cancellation, coalescing,
/// time limits, statistics. Items are numbers here; the job knows their contents.
///
///     queued --take--> running --finish--> completed | failed
///        |                |--------------> timed_out          expire(), or finish() by the job
///        `----------------`--------------> cancelled          cancel(), cancel_all()
///
/// Each transition is one step under the lock, so an item ends exactly once and its waiters wake exactly
/// then. The queue forgets an item that has ended; its tickets keep the outcome.
///
/// Order: strict between classes, first come first served within one. Priority aging raises waiting normal
/// and low items by one class per interval, never to critical; idle items run when nothing else waits.
///
/// A batch of any length is submitted by its size and a function that returns the class of an item: it takes
/// no memory until its items are taken.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gforbit/core/bytes.hpp"
#include "gforbit/sched/priority.hpp"
#include "gforbit/sched/statistics.hpp"

namespace gforbit::sched {

/// Numbers of a queue's items in the order of submission, never used again.
struct ItemId {
  std::uint64_t value{};
  auto operator<=>(const ItemId&) const = default;
};

enum class ItemState : std::uint8_t { queued, running, completed, failed, timed_out, cancelled };

[[nodiscard]] constexpr bool has_ended(ItemState state) noexcept {
  return state > ItemState::running;
}

/// How an item ended.
struct ItemEnd {
  ItemState state{};    ///< one that has_ended()
  core::Bytes result;   ///< of completed items
  std::string message;  ///< of the others: why
};

struct ItemRequest {
  Priority priority = Priority::normal;
  std::chrono::nanoseconds limit{0};  ///< for the work itself, not for waiting; 0 = none
  /// Requests with equal keys and limits share one item while it has not ended. Empty: never shared.
  std::string key{};
};

struct TakenItem {
  ItemId id;
  bool limited = false;  ///< the request named a limit: begin() must be called
};

class Queue {
  struct Item;
  struct Shared;

 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  /// The class of item `index` of a batch; nullopt: it shares the work of another one of the batch.
  using ClassOf = std::function<std::optional<Priority>(std::uint64_t index)>;

  /// One submission's hold on its item. Copies are the same submission. Thread-safe as the queue is, and may
  /// outlive it.
  class Ticket {
   public:
    [[nodiscard]] ItemId id() const noexcept;
    [[nodiscard]] ItemState state() const;
    /// How the item ended; nullopt while it has not.
    [[nodiscard]] std::optional<ItemEnd> end() const;
    /// Waits for the end, at most `limit` of real time. True if the item has ended.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds limit) const;
    /// Withdraws this submission; the item is cancelled when no submission is left.
    /// @return true for the first call if the item had not ended
    bool cancel();

   private:
    friend class Queue;
    struct Submission;
    explicit Ticket(std::shared_ptr<Submission> submission) : submission_(std::move(submission)) {}
    std::shared_ptr<Submission> submission_;
  };

  /// @param clock           must not go backwards
  /// @param aging_interval  after which waiting items rise by a class
  explicit Queue(Clock clock, std::chrono::nanoseconds aging_interval = std::chrono::minutes(1));
  /// Cancels everything, so that no thread waits forever.
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // ---- submitting: any thread ----

  /// Finds the item of an equal request or makes one, in one step. A more urgent request raises a waiting
  /// item to its own class.
  [[nodiscard]] Ticket submit(const ItemRequest& request);
  /// A batch of `size` items, numbered from the id that is returned on. `class_of` is called under the lock,
  /// for each index a few times; it must be quick and always answer the same.
  /// @note  memory O(1), time O(size)
  ItemId submit_batch(std::uint64_t size, ClassOf class_of);

  // ---- working: any thread; items of a job's plan by the coordinator's ----

  /// The most urgent item, now running; nullopt if nothing waits. Its time limit does not count yet.
  [[nodiscard]] std::optional<TakenItem> take();
  /// Takes this item out of order, because an earlier run began it. False if it does not wait.
  bool take(ItemId id);
  /// The work on a running item begins: until here it counted as waiting. Its time limit counts from now.
  void begin(ItemId id);
  /// Ends a running item. False if it had ended before; then the outcome is not counted.
  bool finish(ItemId id, ItemEnd end);
  /// Ends a waiting or running item for all its submissions. True for the first caller.
  bool cancel(ItemId id, const std::string& why = "cancelled");
  void cancel_all(const std::string& why = "cancelled");
  /// Ends running items that exceed their time limit as timed_out.
  void expire();
  /// Items that ran and ended by cancel(), cancel_all() or expire() since the last call: their work is to be
  /// stopped.
  [[nodiscard]] std::vector<ItemId> take_interrupted();

  /// No item waits or runs.
  [[nodiscard]] bool idle() const;
  /// @throws core::InternalError  the counts do not balance: an error of the queue itself
  [[nodiscard]] QueueStatistics statistics() const;

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace gforbit::sched
