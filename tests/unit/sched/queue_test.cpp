// The queue by itself, with a clock that the tests move: order, states, cancellation, coalescing, limits,
// counts.
#include "gforbit/sched/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "seed.hpp"
#include "unit/sched/manual_clock.hpp"

namespace gforbit::sched {
namespace {

using namespace std::chrono_literals;
using testing_support::ManualClock;

constexpr auto kInterval = 10s;
constexpr auto kHangGuard = 60s;

class QueueTest : public testing::Test {
 protected:
  std::uint64_t submit(Priority priority, std::chrono::nanoseconds limit = 0ns) {
    return queue_.submit({priority, limit, {}}).id().value;
  }
  /// Takes the next item; ~0 if there is none.
  std::uint64_t take() {
    const auto taken = queue_.take();
    return taken ? taken->id.value : ~std::uint64_t{0};
  }
  std::vector<std::uint64_t> take_all() {
    std::vector<std::uint64_t> ids;
    while (const auto taken = queue_.take()) ids.push_back(taken->id.value);
    return ids;
  }
  bool complete(std::uint64_t id) { return queue_.finish({id}, {ItemState::completed, {}, {}}); }

  ManualClock clock_;
  Queue queue_{clock_.function(), kInterval};
};

using Ids = std::vector<std::uint64_t>;

TEST_F(QueueTest, ClassesAreStrictAndFirstComeFirstServedWithinOne) {
  const Ids ids{submit(Priority::idle), submit(Priority::normal),   submit(Priority::low),
                submit(Priority::high), submit(Priority::critical), submit(Priority::normal)};
  EXPECT_EQ(take_all(), (Ids{ids[4], ids[3], ids[1], ids[5], ids[2], ids[0]}));
}

TEST_F(QueueTest, WaitingRaisesLowAndNormalByAClassEachIntervalButNeverToCritical) {
  const auto low = submit(Priority::low);
  const auto idle = submit(Priority::idle);
  clock_.advance(kInterval);
  const auto normal = submit(Priority::normal);  // low counts as normal now, and came before
  clock_.advance(kInterval);
  const auto high = submit(Priority::high);  // both count as high now
  clock_.advance(100 * kInterval);
  const auto young_normal = submit(Priority::normal);
  const auto critical = submit(Priority::critical);
  EXPECT_EQ(take_all(), (Ids{critical, low, normal, high, young_normal, idle}));
}

TEST_F(QueueTest, NothingRisesBeforeItsInterval) {
  const auto low = submit(Priority::low);
  clock_.advance(kInterval - 1ns);
  const auto normal = submit(Priority::normal);
  EXPECT_EQ(take_all(), (Ids{normal, low}));
}

TEST_F(QueueTest, ACriticalLineAtTheEndOfALongBatchRunsFirst) {
  constexpr std::uint64_t kSize = 100000;
  const auto first = queue_.submit_batch(
      kSize, [](std::uint64_t i) { return i + 1 == kSize ? Priority::critical : Priority::normal; });
  EXPECT_EQ(take(), first.value + kSize - 1);
  EXPECT_EQ(take(), first.value);
}

/// The order that the rules ask for, worked out from scratch for items that were all submitted at once.
template <class ClassOf>
Ids expected_order(std::uint64_t n, ClassOf class_of) {
  Ids ids;
  for (std::uint64_t id = 0; id < n; ++id) {
    if (class_of(id)) ids.push_back(id);
  }
  std::stable_sort(ids.begin(), ids.end(), [&](auto a, auto b) { return *class_of(a) < *class_of(b); });
  return ids;
}

TEST_F(QueueTest, BatchesAndSingleItemsShareOneOrder) {
  std::mt19937 random(testing_support::test_seed());
  std::vector<std::optional<Priority>> classes;
  std::uint64_t coalesced = 0;
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t first = classes.size();
    const std::uint64_t size = round % 3 == 0 ? 1 : random() % 50;
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto choice = round % 3 == 0 ? random() % 5 : random() % 6;
      classes.push_back(choice == 5 ? std::nullopt : std::optional(kPriorities[choice]));
      coalesced += choice == 5 ? 1 : 0;
    }
    if (round % 3 == 0) {
      EXPECT_EQ(submit(*classes[first]), first);
    } else {
      EXPECT_EQ(
          queue_.submit_batch(size, [&classes, first](std::uint64_t i) { return classes[first + i]; }).value,
          first);
    }
  }
  const Ids expected = expected_order(classes.size(), [&](std::uint64_t id) { return classes[id]; });
  EXPECT_EQ(take_all(), expected);
  const auto statistics = queue_.statistics();
  EXPECT_EQ(statistics.submitted, classes.size());
  EXPECT_EQ(statistics.coalesced, coalesced);
  EXPECT_EQ(statistics.running, expected.size());
  EXPECT_EQ(statistics.largest_pending, expected.size());
}

TEST_F(QueueTest, AnItemEndsOnceAndItsTicketKeepsWhatCameOfIt) {
  auto ticket = queue_.submit({});
  EXPECT_EQ(ticket.state(), ItemState::queued);
  EXPECT_FALSE(ticket.end());
  EXPECT_FALSE(complete(ticket.id().value)) << "it does not run yet";
  EXPECT_EQ(take(), ticket.id().value);
  EXPECT_EQ(ticket.state(), ItemState::running);
  EXPECT_FALSE(ticket.wait_for(0ns));
  EXPECT_TRUE(queue_.finish(ticket.id(), {ItemState::failed, {}, "reason"}));
  EXPECT_FALSE(complete(ticket.id().value));
  EXPECT_FALSE(queue_.cancel(ticket.id()));
  EXPECT_TRUE(ticket.wait_for(0ns));
  EXPECT_EQ(ticket.end()->state, ItemState::failed);
  EXPECT_EQ(ticket.end()->message, "reason");
  EXPECT_TRUE(queue_.idle());
}

TEST_F(QueueTest, EveryWaiterWakes) {
  auto done = queue_.submit({});
  auto cancelled = queue_.submit({});
  std::vector<std::jthread> waiters;
  std::atomic<int> woken{0};
  for (int i = 0; i < 8; ++i) {
    waiters.emplace_back([&, ticket = i % 2 == 0 ? done : cancelled] {
      if (ticket.wait_for(kHangGuard)) ++woken;
    });
  }
  EXPECT_EQ(take(), done.id().value);
  EXPECT_TRUE(complete(done.id().value));
  EXPECT_TRUE(queue_.cancel(cancelled.id()));
  waiters.clear();
  EXPECT_EQ(woken, 8);
}

TEST(QueueEnd, AQueueThatEndsWakesItsWaiters) {
  ManualClock clock;
  auto queue = std::make_unique<Queue>(clock.function());
  const auto ticket = queue->submit({});
  std::jthread waiter([ticket] { EXPECT_TRUE(ticket.wait_for(kHangGuard)); });
  queue.reset();
  EXPECT_EQ(ticket.state(), ItemState::cancelled);
}

TEST_F(QueueTest, OnlyTheFirstCancellationCounts) {
  const auto waiting = submit(Priority::normal);
  const auto running = submit(Priority::high);
  EXPECT_EQ(take(), running);
  EXPECT_TRUE(queue_.cancel({waiting}));
  EXPECT_FALSE(queue_.cancel({waiting}));
  EXPECT_TRUE(queue_.take_interrupted().empty()) << "nothing has to be stopped for an item that never ran";
  EXPECT_TRUE(queue_.cancel({running}));
  EXPECT_FALSE(queue_.cancel({running}));
  EXPECT_EQ(queue_.take_interrupted(), std::vector{ItemId{running}});
  EXPECT_FALSE(complete(running)) << "a result that comes too late does not count";
  EXPECT_FALSE(queue_.take());
  EXPECT_EQ(queue_.statistics().cancelled, 2u);
}

TEST_F(QueueTest, ItemsOfABatchAreCancelledByNumber) {
  const auto first = queue_.submit_batch(6, [](std::uint64_t i) {
    return i == 4 ? std::nullopt : std::optional(i % 2 == 0 ? Priority::normal : Priority::high);
  });
  EXPECT_EQ(take(), first.value + 1);
  EXPECT_TRUE(queue_.cancel({first.value + 3}));
  EXPECT_FALSE(queue_.cancel({first.value + 3}));
  EXPECT_FALSE(queue_.cancel({first.value + 4})) << "it shares the work of another";
  EXPECT_TRUE(queue_.cancel({first.value + 1})) << "it runs";
  EXPECT_FALSE(queue_.cancel({first.value + 6})) << "there is none";
  EXPECT_EQ(take_all(), (Ids{first.value + 5, first.value, first.value + 2}));
}

TEST_F(QueueTest, ItemsAreTakenOutOfTurnByNumber) {
  const auto single = submit(Priority::normal);
  const auto first = queue_.submit_batch(7, [](std::uint64_t i) {
    return i == 4 ? std::nullopt : std::optional(i % 2 == 0 ? Priority::normal : Priority::high);
  });
  for (const std::uint64_t i : {5, 1, 0, 6}) EXPECT_TRUE(queue_.take({first.value + i})) << i;
  EXPECT_FALSE(queue_.take({first.value + 5})) << "it runs";
  EXPECT_FALSE(queue_.take({first.value + 4})) << "it shares the work of another";
  EXPECT_FALSE(queue_.take({first.value + 7})) << "there is none";
  EXPECT_TRUE(complete(first.value + 5));
  EXPECT_FALSE(queue_.take({first.value + 5})) << "it has ended";
  EXPECT_TRUE(queue_.cancel({first.value + 6}));
  EXPECT_EQ(take_all(), (Ids{first.value + 3, single, first.value + 2}));
  const auto statistics = queue_.statistics();
  EXPECT_EQ(statistics.running, 5u);
  EXPECT_EQ(statistics.completed, 1u);
  EXPECT_EQ(statistics.cancelled, 1u);
}

TEST_F(QueueTest, CancellingAllEndsWhatWaitsAndWhatRuns) {
  queue_.submit_batch(1000, [](std::uint64_t) { return Priority::low; });
  const auto running = submit(Priority::critical);
  const auto ticket = queue_.submit({});
  EXPECT_EQ(take(), running);
  queue_.cancel_all("enough");
  EXPECT_TRUE(queue_.idle());
  EXPECT_EQ(ticket.end()->message, "enough");
  EXPECT_EQ(queue_.take_interrupted(), std::vector{ItemId{running}});
  EXPECT_EQ(queue_.statistics().cancelled, 1002u);
}

TEST_F(QueueTest, EqualRequestsShareOneItemAndItsResult) {
  const auto first = queue_.submit({Priority::normal, 0ns, "key"});
  const auto second = queue_.submit({Priority::normal, 0ns, "key"});
  const auto other = queue_.submit({Priority::normal, 0ns, "another key"});
  EXPECT_EQ(first.id(), second.id());
  EXPECT_NE(first.id(), other.id());
  EXPECT_EQ(take(), first.id().value);
  EXPECT_EQ(queue_.submit({Priority::normal, 0ns, "key"}).id(), first.id()) << "while it runs too";
  queue_.finish(first.id(), {ItemState::completed, {std::byte{7}}, {}});
  EXPECT_EQ(second.end()->result, core::Bytes{std::byte{7}});
  EXPECT_EQ(queue_.statistics().coalesced, 2u);
  EXPECT_NE(queue_.submit({Priority::normal, 0ns, "key"}).id(), first.id()) << "the key is free again";
}

TEST_F(QueueTest, AnotherLimitIsAnotherRequest) {
  const auto patient = queue_.submit({Priority::normal, 0ns, "key"});
  const auto hasty = queue_.submit({Priority::normal, 1s, "key"});
  EXPECT_NE(patient.id(), hasty.id());
}

TEST_F(QueueTest, AMoreUrgentEqualRequestRaisesTheItem) {
  const auto urgent = submit(Priority::high);
  const auto item = queue_.submit({Priority::low, 0ns, "key"});
  EXPECT_EQ(queue_.submit({Priority::critical, 0ns, "key"}).id(), item.id());
  EXPECT_EQ(queue_.submit({Priority::idle, 0ns, "key"}).id(), item.id());
  EXPECT_EQ(take_all(), (Ids{item.id().value, urgent}));
}

TEST_F(QueueTest, AWaiterThatLeavesDoesNotCancelTheOthersWork) {
  auto first = queue_.submit({Priority::normal, 0ns, "key"});
  auto second = queue_.submit({Priority::normal, 0ns, "key"});
  auto copy = first;
  EXPECT_TRUE(first.cancel());
  EXPECT_FALSE(first.cancel());
  EXPECT_FALSE(copy.cancel()) << "the same submission";
  EXPECT_EQ(second.state(), ItemState::queued);
  EXPECT_EQ(take(), second.id().value);
  EXPECT_TRUE(second.cancel()) << "nobody is left";
  EXPECT_EQ(second.state(), ItemState::cancelled);
  EXPECT_NE(queue_.submit({Priority::normal, 0ns, "key"}).id(), second.id());
}

TEST_F(QueueTest, WaitingDoesNotUseUpTheTimeOfAnItem) {
  const auto item = submit(Priority::normal, 5s);
  clock_.advance(100s);
  queue_.expire();
  const auto taken = queue_.take();
  EXPECT_TRUE(taken->limited);
  clock_.advance(100s);
  queue_.expire();  // on its way to a rank, or behind others there
  queue_.begin({item});
  clock_.advance(5s);
  queue_.expire();
  EXPECT_EQ(queue_.statistics().running, 1u) << "exactly the limit is not beyond it";
  clock_.advance(1ns);
  queue_.expire();
  EXPECT_EQ(queue_.statistics().timed_out, 1u);
  EXPECT_EQ(queue_.take_interrupted(), std::vector{ItemId{item}});
  EXPECT_FALSE(complete(item));
  queue_.expire();
  EXPECT_TRUE(queue_.take_interrupted().empty());
}

TEST_F(QueueTest, AnItemThatEndsInTimeDoesNotTimeOut) {
  const auto item = submit(Priority::normal, 5s);
  take();
  queue_.begin({item});
  EXPECT_TRUE(complete(item));
  clock_.advance(10s);
  queue_.expire();
  EXPECT_EQ(queue_.statistics().completed, 1u);
  EXPECT_EQ(queue_.statistics().timed_out, 0u);
}

TEST_F(QueueTest, TimesAreCountedByClass) {
  const auto item = submit(Priority::low);
  clock_.advance(3s);
  take();
  clock_.advance(1s);
  queue_.begin({item});
  clock_.advance(100us);
  complete(item);
  const auto statistics = queue_.statistics();
  const auto& waits = statistics.waits[index_of(Priority::low)];
  const auto& runs = statistics.runs[index_of(Priority::low)];
  EXPECT_EQ(waits.count(), 1u);
  EXPECT_DOUBLE_EQ(waits.total_s(), 4);
  EXPECT_EQ(runs.bucket(7), 1u) << "64 us to 128 us";
  EXPECT_EQ(statistics.waits[index_of(Priority::normal)].count(), 0u);
  EXPECT_DOUBLE_EQ(statistics.elapsed_s, 4.0001);
  EXPECT_NEAR(statistics.rate(), 1 / 4.0001, 1e-9);
}

TEST(TimeHistogram, BucketsArePowersOfTwoMicroseconds) {
  TimeHistogram times;
  EXPECT_EQ(times.quantile_s(0.5), 0);
  for (const auto time : {0us, 1us, 3us, 1000us}) times.add(time);
  times.add(-1us);  // a clock of another kind; counts as none
  times.add(std::chrono::hours(24 * 365));
  EXPECT_EQ(times.bucket(0), 2u);
  EXPECT_EQ(times.bucket(1), 1u);
  EXPECT_EQ(times.bucket(2), 1u);
  EXPECT_EQ(times.bucket(10), 1u);
  EXPECT_EQ(times.bucket(TimeHistogram::kBuckets - 1), 1u);
  EXPECT_DOUBLE_EQ(times.quantile_s(0.5), 2e-6);
  EXPECT_DOUBLE_EQ(times.quantile_s(0.8), 1024e-6);
}

}  // namespace
}  // namespace gforbit::sched
