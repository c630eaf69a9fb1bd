// The queue over MPI: every item runs at most once and ends exactly once, whatever is cancelled, on any
// number of ranks; one worker keeps the exact order. Started by queue.sh.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <vector>

#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "mpi/session.hpp"
#include "seed.hpp"
#include "unit/sched/queue_plan.hpp"

namespace gforbit::comm {
namespace {

using testing_support::session;

/// Counts how often each item ran on its rank; the result of an item is its number.
class CountingExecutor final : public sched::Executor {
 public:
  explicit CountingExecutor(std::size_t items) : runs(items) {}
  std::unique_ptr<sched::Execution> start(std::span<const std::byte> unit) override {
    const auto id = core::ByteReader(unit).get<std::uint64_t>();
    if (id % 13 == 5) throw std::runtime_error("this one fails");
    return std::make_unique<Work>(id, runs);
  }
  std::uint64_t work_done() const noexcept override { return 0; }
  std::vector<std::atomic<int>> runs;

 private:
  class Work final : public sched::Execution {
   public:
    Work(std::uint64_t id, std::vector<std::atomic<int>>& runs) : id_(id), runs_(runs) {}
    int width() const noexcept override { return 1; }
    bool work(core::StopSignal) override {
      ++runs_[id_];
      return false;
    }
    core::Bytes result() override { return core::ByteWriter().put(id_).take(); }

   private:
    std::uint64_t id_;
    std::vector<std::atomic<int>>& runs_;
  };
};

TEST(QueueOverMpi, EveryItemEndsOnceInTheOrderOfTheQueue) {
  constexpr std::uint64_t kItems = 3000;
  const auto transport = session->transport();
  CountingExecutor executor(kItems);
  if (transport->rank() != 0) {
    static_cast<void>(sched::run_worker_team(*transport, executor, 2, nullptr));
    for (const auto& runs : executor.runs) EXPECT_LE(runs, 1);
    return;
  }
  std::mt19937 random(testing_support::test_seed());
  sched::Queue queue([] { return std::chrono::steady_clock::now(); }, std::chrono::hours(1));
  std::vector<sched::Queue::Ticket> tickets;
  std::vector<sched::Priority> classes;
  for (std::uint64_t i = 0; i < kItems; ++i) {
    classes.push_back(sched::kPriorities[random() % 5]);
    tickets.push_back(queue.submit({classes.back(), std::chrono::nanoseconds(random() % 2), {}}));
  }
  std::vector<std::uint64_t> handed_out;
  testing_support::QueuePlan plan(queue, [&](std::uint64_t item) { handed_out.push_back(item); });
  plan.close();
  for (int i = 0; i < 200; ++i) queue.cancel({random() % kItems});
  sched::Coordinator coordinator(plan, *transport);
  static_cast<void>(sched::run_worker_team(*transport, executor, 2, &coordinator, [&] {
    for (int i = 0; i < 20; ++i) queue.cancel({random() % kItems});
    EXPECT_TRUE(queue.statistics().balanced());
  }));

  const auto statistics = queue.statistics();
  EXPECT_EQ(statistics.ended(), kItems);
  EXPECT_GT(statistics.completed, 0u);
  EXPECT_TRUE(std::is_sorted(handed_out.begin(), handed_out.end(), [&](auto a, auto b) {
    return std::pair(classes[a], a) < std::pair(classes[b], b);
  }));
  for (const auto& runs : executor.runs) EXPECT_LE(runs, 1);
  for (const auto& ticket : tickets) {
    const auto end = ticket.end();
    ASSERT_TRUE(end);
    if (end->state != sched::ItemState::completed) continue;
    EXPECT_EQ(core::ByteReader(end->result).get<std::uint64_t>(), ticket.id().value);
  }
}

}  // namespace
}  // namespace gforbit::comm
