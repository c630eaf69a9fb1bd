#include "gforbit/sched/queue.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::sched {

namespace {

using Time = std::chrono::steady_clock::time_point;
using Lock = std::unique_lock<std::mutex>;
using Key = std::pair<std::string, std::chrono::nanoseconds>;

}  // namespace

/// Guarded by the queue's mutex.
struct Queue::Item {
  ItemId id;
  Priority priority{};  ///< as submitted, or that of a more urgent equal request
  Time submitted;
  Time begun{};
  std::chrono::nanoseconds limit{0};
  std::string key{};
  std::uint32_t wanted = 1;  ///< submissions that did not leave
  ItemEnd end{ItemState::queued, {}, {}};

  [[nodiscard]] Time deadline() const { return begun + limit; }
};

/// What queue and tickets share. The functions expect the lock to be held.
struct Queue::Shared {
  /// Items that exist only as numbers until they are taken.
  struct Batch {
    std::uint64_t first = 0, size = 0;
    Time submitted;
    ClassOf class_of;
    std::array<std::uint64_t, 5> next{};     ///< by class: nothing of it waits below this index
    std::array<std::uint64_t, 5> waiting{};  ///< by class
    std::set<std::uint64_t> gone{};          ///< indices of those that left before it was their turn

    /// The first waiting index of a class that has one.
    std::uint64_t head(Priority priority) {
      std::uint64_t& index = next[index_of(priority)];
      while (class_of(index) != priority || gone.erase(index) > 0) ++index;
      return index;
    }
    /// Takes out an index that waits, wherever it stands. @return its class, nullopt: it does not wait
    std::optional<Priority> remove(std::uint64_t index) {
      const auto priority = class_of(index);
      // What has been taken lies below the cursor of its class.
      if (!priority || index < next[index_of(*priority)] || !gone.insert(index).second) return std::nullopt;
      if (--waiting[index_of(*priority)] > 0) head(*priority);
      return priority;
    }
    [[nodiscard]] bool empty() const {
      return std::all_of(waiting.begin(), waiting.end(), [](std::uint64_t n) { return n == 0; });
    }
  };

  /// The first of a class: an item, or an index of a batch.
  struct Head {
    std::uint64_t id = std::numeric_limits<std::uint64_t>::max();
    Time submitted{};
    Batch* batch = nullptr;
    [[nodiscard]] bool exists() const { return id != std::numeric_limits<std::uint64_t>::max(); }
  };

  std::mutex mutex;
  std::condition_variable ended;
  Clock clock;
  std::chrono::nanoseconds aging{};
  Time made;
  std::uint64_t next_id = 0;
  std::array<std::map<std::uint64_t, std::shared_ptr<Item>>, 5> waiting;  ///< by class, then id
  std::vector<Batch> batches;                                             ///< that something waits in
  std::unordered_map<std::uint64_t, std::shared_ptr<Item>> running;
  std::map<Key, std::shared_ptr<Item>> by_key;  ///< those that have not ended
  std::set<std::pair<Time, std::uint64_t>> deadlines;
  std::vector<ItemId> interrupted;
  QueueStatistics counts;  ///< without what the containers above tell

  [[nodiscard]] std::uint64_t pending() const {
    std::uint64_t n = 0;
    for (const auto& items : waiting) n += items.size();
    for (const Batch& batch : batches) {
      for (const std::uint64_t in_class : batch.waiting) n += in_class;
    }
    return n;
  }

  [[nodiscard]] Head head_of(Priority priority) {
    Head head;
    if (const auto& items = waiting[index_of(priority)]; !items.empty())
      head = {items.begin()->first, items.begin()->second->submitted, nullptr};
    for (Batch& batch : batches) {
      // Batches are in order of submission, and so are their numbers.
      if (batch.waiting[index_of(priority)] == 0) continue;
      const std::uint64_t id = batch.first + batch.head(priority);
      if (id < head.id) head = {id, batch.submitted, &batch};
      break;
    }
    return head;
  }

  /// The class that an item counts as after it has waited since `submitted`.
  [[nodiscard]] Priority aged(Priority priority, Time submitted, Time now) const {
    if (priority != Priority::normal && priority != Priority::low) return priority;
    const auto risen = std::min<std::int64_t>((now - submitted) / aging, 2);
    return std::max(Priority::high, static_cast<Priority>(static_cast<std::int64_t>(priority) - risen));
  }

  /// Takes a head out of the queue.
  std::shared_ptr<Item> remove(const Head& head, Priority priority) {
    if (head.batch == nullptr) {
      auto node = waiting[index_of(priority)].extract(head.id);
      return std::move(node.mapped());
    }
    Batch& batch = *head.batch;
    auto item = std::make_shared<Item>(Item{{head.id}, priority, batch.submitted});
    ++batch.next[index_of(priority)];
    --batch.waiting[index_of(priority)];
    if (batch.empty()) batches.erase(batches.begin() + (head.batch - batches.data()));
    return item;
  }

  /// Takes out an item that waits, wherever it stands; null if it does not wait.
  std::shared_ptr<Item> remove(std::uint64_t id) {
    for (auto& items : waiting) {
      if (auto node = items.extract(id)) return std::move(node.mapped());
    }
    for (auto batch = batches.begin(); batch != batches.end(); ++batch) {
      if (id < batch->first || id - batch->first >= batch->size) continue;
      const auto priority = batch->remove(id - batch->first);
      if (!priority) return nullptr;
      auto item = std::make_shared<Item>(Item{{id}, *priority, batch->submitted});
      if (batch->empty()) batches.erase(batch);
      return item;
    }
    return nullptr;
  }

  /// An item that has been taken out of the queue runs from now on.
  void start(std::shared_ptr<Item> item, Time now) {
    item->end.state = ItemState::running;
    item->begun = now;
    const std::uint64_t id = item->id.value;
    running.emplace(id, std::move(item));
    counts.largest_running = std::max<std::uint64_t>(counts.largest_running, running.size());
  }

  void drop_deadline(const Item& item) {
    if (item.limit.count() > 0) deadlines.erase({item.deadline(), item.id.value});
  }

  void count_end(ItemState state) {
    switch (state) {
      case ItemState::completed:
        ++counts.completed;
        break;
      case ItemState::failed:
        ++counts.failed;
        break;
      case ItemState::timed_out:
        ++counts.timed_out;
        break;
      default:
        assert(state == ItemState::cancelled);
        ++counts.cancelled;
    }
  }

  /// The one way in which an item ends; it has been taken out of `waiting` or `running` already.
  void close(Item& item, ItemEnd end) {
    assert(!has_ended(item.end.state) && has_ended(end.state));
    if (item.end.state == ItemState::running) {
      const std::size_t at = index_of(item.priority);
      counts.waits[at].add(item.begun - item.submitted);
      counts.runs[at].add(clock() - item.begun);
      drop_deadline(item);
    }
    if (!item.key.empty()) by_key.erase({item.key, item.limit});
    count_end(end.state);
    item.end = std::move(end);
    ended.notify_all();
  }

  /// A running item that is ended from outside.
  void interrupt(std::uint64_t id, ItemEnd end) {
    auto node = running.extract(id);
    close(*node.mapped(), std::move(end));
    interrupted.push_back({id});
  }

  bool cancel(std::uint64_t id, const std::string& why) {
    if (running.contains(id)) {
      interrupt(id, {ItemState::cancelled, {}, why});
      return true;
    }
    const auto item = remove(id);
    if (item) close(*item, {ItemState::cancelled, {}, why});
    return item != nullptr;
  }

  void cancel_all(const std::string& why) {
    for (auto& items : waiting) {
      for (auto& [id, item] : std::exchange(items, {})) close(*item, {ItemState::cancelled, {}, why});
    }
    counts.cancelled += pending();  // of batches
    batches.clear();
    while (!running.empty()) interrupt(running.begin()->first, {ItemState::cancelled, {}, why});
  }
};

struct Queue::Ticket::Submission {
  std::shared_ptr<Shared> queue;
  std::shared_ptr<Item> item;
  bool left = false;  ///< guarded by the queue's mutex
};

// ---- tickets ----------------------------------------------------------------------------------------------

ItemId Queue::Ticket::id() const noexcept {
  return submission_->item->id;
}

ItemState Queue::Ticket::state() const {
  const Lock lock(submission_->queue->mutex);
  return submission_->item->end.state;
}

std::optional<ItemEnd> Queue::Ticket::end() const {
  const Lock lock(submission_->queue->mutex);
  const ItemEnd& end = submission_->item->end;
  return has_ended(end.state) ? std::optional(end) : std::nullopt;
}

bool Queue::Ticket::wait_for(std::chrono::nanoseconds limit) const {
  Lock lock(submission_->queue->mutex);
  return submission_->queue->ended.wait_for(lock, limit,
                                            [this] { return has_ended(submission_->item->end.state); });
}

bool Queue::Ticket::cancel() {
  const Lock lock(submission_->queue->mutex);
  Item& item = *submission_->item;
  if (has_ended(item.end.state) || std::exchange(submission_->left, true)) return false;
  if (--item.wanted == 0) submission_->queue->cancel(item.id.value, "cancelled");
  return true;
}

// ---- the queue --------------------------------------------------------------------------------------------

Queue::Queue(Clock clock, std::chrono::nanoseconds aging_interval) : shared_(std::make_shared<Shared>()) {
  assert(aging_interval.count() > 0);
  shared_->clock = std::move(clock);
  shared_->aging = aging_interval;
  shared_->made = shared_->clock();
}

Queue::~Queue() {
  const Lock lock(shared_->mutex);
  shared_->cancel_all("the queue has ended");
}

Queue::Ticket Queue::submit(const ItemRequest& request) {
  Shared& q = *shared_;
  const Lock lock(q.mutex);
  ++q.counts.submitted;
  const Key key{request.key, request.limit};
  if (!request.key.empty()) {
    if (const auto found = q.by_key.find(key); found != q.by_key.end()) {
      Item& item = *found->second;
      ++q.counts.coalesced;
      ++item.wanted;
      if (item.end.state == ItemState::queued && request.priority < item.priority) {
        auto node = q.waiting[index_of(item.priority)].extract(item.id.value);
        item.priority = request.priority;
        q.waiting[index_of(item.priority)].insert(std::move(node));
      }
      return Ticket(std::make_shared<Ticket::Submission>(Ticket::Submission{shared_, found->second}));
    }
  }
  auto item = std::make_shared<Item>(
      Item{{q.next_id++}, request.priority, q.clock(), {}, request.limit, request.key});
  if (!request.key.empty()) q.by_key.emplace(key, item);
  q.waiting[index_of(request.priority)].emplace(item->id.value, item);
  q.counts.largest_pending = std::max(q.counts.largest_pending, q.pending());
  return Ticket(std::make_shared<Ticket::Submission>(Ticket::Submission{shared_, std::move(item)}));
}

ItemId Queue::submit_batch(std::uint64_t size, ClassOf class_of) {
  Shared& q = *shared_;
  const Lock lock(q.mutex);
  Shared::Batch batch{q.next_id, size, q.clock(), std::move(class_of)};
  for (std::uint64_t index = 0; index < size; ++index) {
    if (const auto priority = batch.class_of(index)) {
      ++batch.waiting[index_of(*priority)];
    } else {
      ++q.counts.coalesced;
    }
  }
  q.next_id += size;
  q.counts.submitted += size;
  const ItemId first{batch.first};
  if (!batch.empty()) q.batches.push_back(std::move(batch));
  q.counts.largest_pending = std::max(q.counts.largest_pending, q.pending());
  return first;
}

std::optional<TakenItem> Queue::take() {
  Shared& q = *shared_;
  const Lock lock(q.mutex);
  const Time now = q.clock();
  // Within a class the first has waited longest and has risen furthest, so only firsts can be next.
  Shared::Head best;
  Priority from{}, counts_as{};
  for (const Priority priority : kPriorities) {
    const Shared::Head head = q.head_of(priority);
    if (!head.exists()) continue;
    const Priority risen = q.aged(priority, head.submitted, now);
    if (!best.exists() || std::pair(risen, head.id) < std::pair(counts_as, best.id)) {
      best = head;
      from = priority;
      counts_as = risen;
    }
  }
  if (!best.exists()) return std::nullopt;
  std::shared_ptr<Item> item = q.remove(best, from);
  const TakenItem taken{item->id, item->limit.count() > 0};
  q.start(std::move(item), now);
  return taken;
}

bool Queue::take(ItemId id) {
  Shared& q = *shared_;
  const Lock lock(q.mutex);
  auto item = q.remove(id.value);
  if (!item) return false;
  q.start(std::move(item), q.clock());
  return true;
}

void Queue::begin(ItemId id) {
  Shared& q = *shared_;
  const Lock lock(q.mutex);
  const auto at = q.running.find(id.value);
  if (at == q.running.end()) return;  // cancelled meanwhile
  Item& item = *at->second;
  q.drop_deadline(item);
  item.begun = q.clock();
  if (item.limit.count() > 0) q.deadlines.emplace(item.deadline(), id.value);
}

bool Queue::finish(ItemId id, ItemEnd end) {
  Shared& q = *shared_;
  const Lock lock(q.mutex);
  auto node = q.running.extract(id.value);
  if (!node) return false;
  q.close(*node.mapped(), std::move(end));
  return true;
}

bool Queue::cancel(ItemId id, const std::string& why) {
  const Lock lock(shared_->mutex);
  return shared_->cancel(id.value, why);
}

void Queue::cancel_all(const std::string& why) {
  const Lock lock(shared_->mutex);
  shared_->cancel_all(why);
}

void Queue::expire() {
  Shared& q = *shared_;
  const Lock lock(q.mutex);
  const Time now = q.clock();
  while (!q.deadlines.empty() && q.deadlines.begin()->first < now) {
    q.interrupt(q.deadlines.begin()->second, {ItemState::timed_out, {}, "the time limit ran out"});
  }
}

std::vector<ItemId> Queue::take_interrupted() {
  const Lock lock(shared_->mutex);
  return std::exchange(shared_->interrupted, {});
}

bool Queue::idle() const {
  const Lock lock(shared_->mutex);
  return shared_->running.empty() && shared_->pending() == 0;
}

QueueStatistics Queue::statistics() const {
  const Lock lock(shared_->mutex);
  QueueStatistics statistics = shared_->counts;
  statistics.pending = shared_->pending();
  statistics.running = shared_->running.size();
  statistics.elapsed_s = std::chrono::duration<double>(shared_->clock() - shared_->made).count();
  if (!statistics.balanced()) throw core::InternalError("the queue lost an item or has one twice");
  return statistics;
}

}  // namespace gforbit::sched
