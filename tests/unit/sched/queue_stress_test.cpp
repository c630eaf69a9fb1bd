// Many threads at one queue, and whole teams at one: no item is lost, none runs twice, nobody waits for ever.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>

#include "gforbit/sched/queue.hpp"
#include "seed.hpp"
#include "unit/sched/manual_clock.hpp"
#include "unit/sched/queue_run.hpp"

namespace gforbit::sched {
namespace {

using namespace std::chrono_literals;
using testing_support::ManualClock;

constexpr auto kHangGuard = 60s;

TEST(QueueStress, NoItemIsLostOrRunsTwice) {
  const auto seed = testing_support::test_seed();
  constexpr std::uint64_t kEach = 4000, kBatch = 500;
  constexpr unsigned kSubmitters = 3;
  ManualClock clock;
  Queue queue(clock.function(), 1ms);
  std::vector<std::atomic<int>> taken(kSubmitters * kEach + kBatch);
  std::atomic<unsigned> submitting{kSubmitters};
  std::vector<std::vector<Queue::Ticket>> tickets(kSubmitters);

  queue.submit_batch(
      kBatch, [](std::uint64_t i) { return i % 7 == 0 ? std::nullopt : std::optional(kPriorities[i % 5]); });
  {
    std::vector<std::jthread> threads;
    for (unsigned s = 0; s < kSubmitters; ++s) {
      threads.emplace_back([&, s] {
        std::mt19937 random(seed + s);
        for (std::uint64_t i = 0; i < kEach; ++i) {
          const std::string key = random() % 4 == 0 ? std::to_string(random() % 20) : "";
          tickets[s].push_back(queue.submit({kPriorities[random() % 5], random() % 3 == 0 ? 2us : 0us, key}));
          if (random() % 10 == 0) tickets[s][random() % tickets[s].size()].cancel();
          if (random() % 20 == 0) queue.cancel({random() % taken.size()});
        }
        --submitting;
      });
    }
    for (unsigned w = 0; w < 3; ++w) {
      threads.emplace_back([&, w] {
        std::mt19937 random(seed + 100 + w);
        while (submitting > 0 || !queue.idle()) {
          const auto item = queue.take();
          if (!item) {
            std::this_thread::yield();
            continue;
          }
          ++taken[item->id.value];
          if (item->limited) queue.begin(item->id);
          clock.advance(std::chrono::nanoseconds(random() % 3000));
          const auto state = random() % 5 == 0 ? ItemState::failed : ItemState::completed;
          queue.finish(item->id, {state, {}, {}});
        }
      });
    }
    threads.emplace_back([&] {
      while (submitting > 0 || !queue.idle()) {
        queue.expire();
        static_cast<void>(queue.take_interrupted());
        static_cast<void>(queue.statistics());  // throws if the counts do not balance
      }
    });
  }

  const auto statistics = queue.statistics();
  EXPECT_TRUE(statistics.balanced());
  EXPECT_EQ(statistics.submitted, kSubmitters * kEach + kBatch);
  EXPECT_EQ(statistics.pending + statistics.running, 0u);
  for (const auto& times : taken) EXPECT_LE(times, 1);
  for (const auto& mine : tickets) {
    for (const auto& ticket : mine) EXPECT_TRUE(ticket.wait_for(kHangGuard));
  }
}

struct Shape {
  int ranks, threads;
};

class QueueShape : public testing::TestWithParam<Shape> {};

TEST_P(QueueShape, EveryItemRunsAtMostOnceWhateverIsCancelled) {
  const auto [ranks, threads] = GetParam();
  const auto seed = testing_support::test_seed();
  std::mt19937 random(seed);
  constexpr std::uint64_t kItems = 2000;
  Queue queue([] { return std::chrono::steady_clock::now(); });
  std::vector<Queue::Ticket> tickets;
  for (std::uint64_t i = 0; i < kItems; ++i) tickets.push_back(queue.submit({kPriorities[random() % 5]}));
  testing_support::RunLog log(kItems);
  log.fails = [](std::uint64_t id) { return id % 17 == 3; };
  {
    std::jthread canceller([&, seed] {
      std::mt19937 choice(seed + 1);
      for (int i = 0; i < 300; ++i) queue.cancel({choice() % kItems});
    });
    testing_support::run_queue(ranks, threads, queue, log);
  }
  const auto statistics = queue.statistics();
  EXPECT_EQ(statistics.ended(), kItems);
  EXPECT_EQ(statistics.timed_out, 0u);
  EXPECT_GT(statistics.completed, 0u);
  EXPECT_GT(statistics.failed, 0u);
  for (std::uint64_t i = 0; i < kItems; ++i) {
    EXPECT_LE(log.runs(i), 1);
    const auto end = tickets[i].end();
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->state != ItemState::completed || log.runs(i) == 1);
    EXPECT_TRUE(end->state != ItemState::failed || end->message == "this one fails");
  }
}

TEST_P(QueueShape, AnItemStartsWhenThoseBeforeItHaveStartedOrAreOut) {
  const auto [ranks, threads] = GetParam();
  std::mt19937 random(testing_support::test_seed());
  constexpr std::uint64_t kItems = 2000;
  std::vector<Priority> classes(kItems);
  for (auto& priority : classes) priority = kPriorities[random() % 5];
  Queue queue([] { return std::chrono::steady_clock::now(); }, 1h);
  queue.submit_batch(kItems, [&](std::uint64_t i) { return classes[i]; });
  std::vector<std::uint64_t> expected(kItems);
  for (std::uint64_t i = 0; i < kItems; ++i) expected[i] = i;
  std::stable_sort(expected.begin(), expected.end(), [&](auto a, auto b) { return classes[a] < classes[b]; });

  testing_support::RunLog log(kItems);
  testing_support::run_queue(ranks, threads, queue, log);
  const auto order = log.order();
  ASSERT_EQ(order.size(), kItems);
  if (ranks == 1 && threads == 1) {
    EXPECT_EQ(order, expected);
    return;
  }
  // Whoever starts was handed out after all before it; of these only as many as ranks hold at once have not
  // started.
  const auto out_at_once = queue.statistics().largest_running;
  std::vector<std::uint64_t> place(kItems);
  for (std::uint64_t at = 0; at < kItems; ++at) place[order[at]] = at;
  for (std::uint64_t at = 0; at < kItems; ++at) EXPECT_GE(place[expected[at]] + out_at_once, at);
  EXPECT_LE(out_at_once, kItems / 4) << "or this test says nothing";
}

INSTANTIATE_TEST_SUITE_P(Shapes, QueueShape,
                         testing::Values(Shape{1, 1}, Shape{1, 3}, Shape{2, 1}, Shape{3, 2}));

TEST(QueueAtWork, AnItemTimesOutByItsOwnWorkOnly) {
  // One thread: the limited items wait behind each other on their rank for longer than their limit.
  Queue queue([] { return std::chrono::steady_clock::now(); });
  const auto endless = queue.submit({Priority::normal, 50ms, {}});
  std::vector<Queue::Ticket> brief;
  for (int i = 0; i < 3; ++i) brief.push_back(queue.submit({Priority::normal, 10s, {}}));
  testing_support::RunLog log(4);
  log.endless = [&](std::uint64_t id) { return id == endless.id().value; };
  testing_support::run_queue(1, 1, queue, log);
  EXPECT_EQ(endless.state(), ItemState::timed_out);
  for (const auto& ticket : brief) EXPECT_EQ(ticket.state(), ItemState::completed);
}

TEST(QueueAtWork, WorkSubmittedWhileTheTeamWorksIsDone) {
  Queue queue([] { return std::chrono::steady_clock::now(); });
  testing_support::RunLog log(100);
  testing_support::run_queue(2, 2, queue, log, [&] {
    for (int i = 0; i < 100; ++i) {
      const auto ticket = queue.submit({});
      EXPECT_TRUE(i % 10 != 0 || ticket.wait_for(kHangGuard));
    }
  });
  EXPECT_EQ(queue.statistics().completed, 100u);
}

}  // namespace
}  // namespace gforbit::sched
