// The engine over the in-memory transport: every range exactly once, on any number of ranks and threads; what
// throws, what is cancelled, what comes late.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/crew.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/protocol.hpp"
#include "gforbit/sched/range_source.hpp"

namespace gforbit::sched {
namespace {

/// Sums the integers of an interval range by range.
class SumPlan final : public WorkPlan {
 public:
  SumPlan(std::uint64_t end, double range_work, int ranks)
      : source_({{0}, {end}}, WorkModel::uniform(1),
                {.first_work = range_work, .largest_work = range_work, .takers = ranks}) {}

  std::optional<Unit> next(int) override {
    if (stopped_) return std::nullopt;
    const auto range = source_.next();
    if (!range) return std::nullopt;
    ++out_;
    return Unit{range->begin.value % 7, core::ByteWriter().put(*range).take()};
  }
  void completed(const Unit& unit, std::span<const std::byte> result) override {
    --out_;
    const auto range = core::ByteReader(unit.body).get<core::StateRange>();
    seen_ += range.size();
    sum_ += core::ByteReader(result).get<std::uint64_t>();
  }
  void failed(const Unit&, const std::string& message) override {
    --out_;
    messages_.insert(message);
    ++failures_;
  }
  std::vector<std::uint64_t> take_cancelled() override { return std::exchange(cancelled_, {}); }
  void tick() override {
    if (stop_when_seen_ != 0 && seen_ >= stop_when_seen_) stop();
  }
  bool finished() const override { return stopped_ || (source_.rest().empty() && out_ == 0); }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    for (std::uint64_t item = 0; item < 7; ++item) cancelled_.push_back(item);
  }

  RangeSource source_;
  std::uint64_t seen_ = 0, sum_ = 0, out_ = 0, failures_ = 0;
  std::uint64_t stop_when_seen_ = 0;
  std::set<std::string> messages_;
  std::vector<std::uint64_t> cancelled_;
  bool stopped_ = false;
};

/// Adds up a range in slices of ten; remembers which threads worked.
class SumExecutor final : public Executor {
 public:
  class Work final : public Execution {
   public:
    Work(core::StateRange range, SumExecutor& owner)
        : next_(range.begin.value), end_(range.end.value), owner_(owner) {}
    int width() const noexcept override { return 64; }
    bool work(core::StopSignal stop) override {
      const std::uint64_t begin = next_.fetch_add(10);
      if (begin >= end_ || stop.stop_requested()) return false;
      owner_.note_thread();
      for (std::uint64_t i = begin; i < std::min(begin + 10, end_); ++i) {
        if (i == owner_.poison_) throw std::runtime_error("poisoned");
        sum_ += i;
      }
      return true;
    }
    core::Bytes result() override { return core::ByteWriter().put(sum_.load()).take(); }

   private:
    std::atomic<std::uint64_t> next_, sum_{0};
    std::uint64_t end_;
    SumExecutor& owner_;
  };

  std::unique_ptr<Execution> start(std::span<const std::byte> unit) override {
    if (refuse_) throw std::runtime_error("refused");
    return std::make_unique<Work>(core::ByteReader(unit).get<core::StateRange>(), *this);
  }
  std::uint64_t work_done() const noexcept override { return 0; }
  void note_thread() {
    const std::scoped_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
  }

  std::uint64_t poison_ = ~std::uint64_t{0};
  bool refuse_ = false;
  std::mutex mutex_;
  std::set<std::thread::id> threads_;
};

/// Runs all ranks, each in a thread of its own with its own team.
std::vector<CrewReport> run_ranks(int ranks, int threads, WorkPlan& plan, std::vector<SumExecutor>& executors,
                                  CoordinatorStatistics* statistics = nullptr) {
  MemoryNetwork network(ranks);
  std::vector<CrewReport> reports(static_cast<std::size_t>(ranks));
  std::vector<std::jthread> processes;
  for (int rank = 0; rank < ranks; ++rank) {
    processes.emplace_back([&, rank] {
      const auto transport = network.transport(rank);
      const auto at = static_cast<std::size_t>(rank);
      if (rank == 0) {
        Coordinator coordinator(plan, *transport);
        reports[at] = run_crew(*transport, executors[at], threads, &coordinator);
        if (statistics != nullptr) *statistics = coordinator.statistics();
      } else {
        reports[at] = run_crew(*transport, executors[at], threads, nullptr);
      }
    });
  }
  processes.clear();
  return reports;
}

constexpr std::uint64_t kEnd = 20000;
constexpr std::uint64_t kSum = kEnd * (kEnd - 1) / 2;

class EngineShape : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(EngineShape, EveryRangeCountsExactlyOnce) {
  const auto [ranks, threads] = GetParam();
  SumPlan plan(kEnd, 100, ranks);
  std::vector<SumExecutor> executors(static_cast<std::size_t>(ranks));
  CoordinatorStatistics statistics;
  const auto reports = run_ranks(ranks, threads, plan, executors, &statistics);
  EXPECT_EQ(plan.seen_, kEnd);
  EXPECT_EQ(plan.sum_, kSum);
  EXPECT_EQ(statistics.leases, statistics.completed);
  EXPECT_EQ(statistics.rejected, 0u);
  EXPECT_LE(statistics.largest_live, static_cast<std::uint64_t>((2 + threads) * ranks))
      << "two ahead, one a thread";
  std::uint64_t units = 0;
  for (const auto& report : reports) units += report.units;
  EXPECT_EQ(units, statistics.leases);
}

INSTANTIATE_TEST_SUITE_P(Shapes, EngineShape,
                         testing::Values(std::pair(1, 1), std::pair(1, 4), std::pair(2, 1), std::pair(3, 2),
                                         std::pair(5, 3)));

TEST(Engine, TheSameThreadsDoAllTheWork) {
  // Many units one after another: a team made anew for each would show more threads than it has.
  SumPlan plan(kEnd, 50, 1);
  std::vector<SumExecutor> executors(1);
  const auto reports = run_ranks(1, 3, plan, executors);
  EXPECT_GE(reports[0].units, 400u);
  EXPECT_LE(executors[0].threads_.size(), 3u);
  std::set<std::uint64_t> ids;
  for (const auto& thread : reports[0].threads) ids.insert(thread.thread_id);
  EXPECT_EQ(ids.size(), 3u);
}

TEST(Engine, AnExceptionFailsItsUnitOnly) {
  SumPlan plan(kEnd, 100, 2);
  std::vector<SumExecutor> executors(2);
  for (auto& executor : executors) executor.poison_ = 4321;
  run_ranks(2, 2, plan, executors);
  EXPECT_EQ(plan.failures_, 1u);
  EXPECT_EQ(plan.messages_, std::set<std::string>{"poisoned"});
  EXPECT_EQ(plan.seen_, kEnd - 100);
}

TEST(Engine, AUnitThatCannotStartFails) {
  SumPlan plan(500, 100, 1);
  std::vector<SumExecutor> executors(1);
  executors[0].refuse_ = true;
  run_ranks(1, 2, plan, executors);
  EXPECT_EQ(plan.failures_, 5u);
  EXPECT_EQ(plan.seen_, 0u);
}

TEST(Engine, StoppingEndsEveryRankAndCountsNothingTwice) {
  SumPlan plan(std::uint64_t{1} << 62, 1000, 3);  // would take centuries
  plan.stop_when_seen_ = 50000;
  std::vector<SumExecutor> executors(3);
  CoordinatorStatistics statistics;
  run_ranks(3, 2, plan, executors, &statistics);
  EXPECT_GE(plan.seen_, 50000u);
  EXPECT_EQ(plan.seen_ % 1000, 0u);
  EXPECT_EQ(statistics.leases, statistics.completed + statistics.cancelled);
}

class ThrowingPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int) override {
    return Unit{0, core::ByteWriter().put(core::StateRange{{0}, {100}}).take()};
  }
  void completed(const Unit&, std::span<const std::byte>) override {
    throw std::logic_error("the plan broke");
  }
  void failed(const Unit&, const std::string&) override {}
  std::vector<std::uint64_t> take_cancelled() override { return {}; }
  void tick() override {}
  bool finished() const override { return false; }
};

TEST(Engine, AnExceptionOfTheEngineStopsTheTeamAndIsRethrown) {
  MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ThrowingPlan plan;
  SumExecutor executor;
  Coordinator coordinator(plan, *transport);
  std::jthread([&] {
    EXPECT_THROW(static_cast<void>(run_crew(*transport, executor, 3, &coordinator)), std::logic_error);
  });
}

/// One unit whose only slice goes on until it is cancelled, which the plan does when it is asked for the
/// second time, or until the plan throws then.
class EndlessPlan final : public WorkPlan {
 public:
  explicit EndlessPlan(bool throws) : throws_(throws) {}
  std::optional<Unit> next(int) override {
    if (std::exchange(out_, true)) return std::nullopt;
    return Unit{5, {}};
  }
  void completed(const Unit&, std::span<const std::byte>) override { ADD_FAILURE() << "it was cancelled"; }
  void failed(const Unit&, const std::string&) override { ADD_FAILURE() << "it did not throw"; }
  std::vector<std::uint64_t> take_cancelled() override {
    return std::exchange(late_, false) ? std::vector<std::uint64_t>{5} : std::vector<std::uint64_t>{};
  }
  void tick() override {
    if (out_ && !finished_) {
      if (throws_) throw std::logic_error("the plan broke");
      late_ = finished_ = true;
    }
  }
  bool finished() const override { return finished_; }

 private:
  bool throws_, out_ = false, late_ = false, finished_ = false;
};

class EndlessExecutor final : public Executor {
 public:
  class Work final : public Execution {
   public:
    int width() const noexcept override { return 1; }
    bool work(core::StopSignal stop) override {
      while (!stop.stop_requested()) {
      }
      return false;
    }
    core::Bytes result() override { return {}; }
  };
  std::unique_ptr<Execution> start(std::span<const std::byte>) override { return std::make_unique<Work>(); }
  std::uint64_t work_done() const noexcept override { return 0; }
};

/// The only thread of the only rank is inside the slice that has to be cancelled.
class LongSlice : public ::testing::Test {
 protected:
  CrewReport run(bool plan_throws) {
    EndlessPlan plan(plan_throws);
    Coordinator coordinator(plan, *transport_);
    CrewReport report = run_crew(*transport_, executor_, 1, &coordinator);
    EXPECT_EQ(coordinator.statistics().cancelled, 1U);
    return report;
  }

 private:
  MemoryNetwork network_{1};
  std::unique_ptr<Transport> transport_ = network_.transport(0);
  EndlessExecutor executor_;
};

TEST_F(LongSlice, DeadlinesAreKeptInside) {
  const CrewReport report = run(false);
  EXPECT_GT(report.threads[0].busy_s, 0);
  EXPECT_GT(report.threads[0].communicating_s, 0);
}

TEST_F(LongSlice, WhatGoesWrongInTheEngineIsNotTheFaultOfTheUnit) {
  EXPECT_THROW(static_cast<void>(run(true)), std::logic_error);
}

TEST(Coordinator, HoldsBackWhatWouldNotEndInTime) {
  MemoryNetwork network(2);
  const auto zero = network.transport(0);
  const auto one = network.transport(1);
  SumPlan plan(300, 100, 2);
  Coordinator coordinator(plan, *zero);
  EXPECT_EQ(coordinator.predicted_s(), 0);
  coordinator.handle({1, Tag::request, RequestBody{1}.bytes()});
  coordinator.tick();
  const auto assigned = one->receive();
  ASSERT_TRUE(assigned);
  const auto sum = core::ByteWriter().put(std::uint64_t{4950}).take();
  coordinator.handle(
      {1, Tag::result,
       ResultBody{AssignBody::from(assigned->body).lease, Outcome::completed, sum, {}, 1.5}.bytes()});
  EXPECT_EQ(coordinator.predicted_s(), 3);  // one unit waits behind another
  coordinator.hold();
  coordinator.handle({1, Tag::request, RequestBody{2}.bytes()});
  coordinator.tick();
  EXPECT_FALSE(one->receive());
  EXPECT_FALSE(coordinator.finished());  // two ranges are left for a later run
}

TEST(Coordinator, ALargeResultKeepsNobodyWaitingWhoAsksForWork) {
  MemoryNetwork network(2);
  const auto zero = network.transport(0);
  const auto one = network.transport(1);
  SumPlan plan(200, 100, 2);
  Coordinator coordinator(plan, *zero);
  coordinator.handle({1, Tag::request, RequestBody{1}.bytes()});
  coordinator.tick();
  const auto assigned = one->receive();
  ASSERT_TRUE(assigned);
  const std::vector<std::byte> much(1 << 16);
  const auto sum = core::ByteWriter().put(std::uint64_t{4950}).put_array(much).take();
  coordinator.handle(
      {1, Tag::result,
       ResultBody{AssignBody::from(assigned->body).lease, Outcome::completed, sum, {}, 1.5}.bytes()});
  coordinator.handle({1, Tag::request, RequestBody{1}.bytes()});
  coordinator.tick();
  EXPECT_TRUE(one->receive());
  EXPECT_EQ(coordinator.statistics().completed, 0u);
  EXPECT_TRUE(coordinator.take_large_results());
  EXPECT_EQ(coordinator.statistics().completed, 1u);
  EXPECT_FALSE(coordinator.take_large_results());
}

TEST(Coordinator, SumsTheWorkingTimeThatRequestsTell) {
  MemoryNetwork network(3);
  const auto zero = network.transport(0);
  SumPlan plan(100, 100, 2);
  Coordinator coordinator(plan, *zero);
  EXPECT_EQ(coordinator.busy_s(), 0);
  coordinator.handle({1, Tag::request, RequestBody{1, 0.5}.bytes()});
  coordinator.handle({2, Tag::request, RequestBody{1, 2}.bytes()});
  coordinator.handle({1, Tag::request, RequestBody{1, 1.5}.bytes()});  // its total until then
  EXPECT_EQ(coordinator.busy_s(), 3.5);
}

TEST(Coordinator, LateRepeatedAndForeignResultsDoNotCount) {
  MemoryNetwork network(2);
  const auto zero = network.transport(0);
  const auto one = network.transport(1);
  SumPlan plan(100, 100, 2);
  Coordinator coordinator(plan, *zero);
  coordinator.handle({1, Tag::request, RequestBody{1}.bytes()});
  coordinator.tick();
  const auto assigned = one->receive();
  ASSERT_TRUE(assigned);
  const LeaseId lease = AssignBody::from(assigned->body).lease;
  const auto result =
      ResultBody{lease, Outcome::completed, core::ByteWriter().put(std::uint64_t{4950}).take(), {}}.bytes();
  coordinator.handle(
      {1, Tag::result,
       ResultBody{LeaseId{lease.value + (std::uint64_t{1} << 32)}, Outcome::completed, {}, {}}.bytes()});
  EXPECT_EQ(coordinator.statistics().rejected, 1u);
  coordinator.handle({1, Tag::result, result});
  coordinator.handle({1, Tag::result, result});
  EXPECT_EQ(coordinator.statistics().completed, 1u);
  EXPECT_EQ(coordinator.statistics().rejected, 2u);
  EXPECT_EQ(plan.sum_, 4950u);
}

/// Is content with its first result and cancels the rest of the item.
class ContentPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int) override { return Unit{5, {}}; }
  void completed(const Unit&, std::span<const std::byte>) override {
    ++results_;
    cancelled_.push_back(5);
  }
  void failed(const Unit&, const std::string&) override { ++results_; }
  std::vector<std::uint64_t> take_cancelled() override { return std::exchange(cancelled_, {}); }
  void tick() override {}
  bool finished() const override { return results_ > 0; }
  int results_ = 0;
  std::vector<std::uint64_t> cancelled_;
};

TEST(Coordinator, AResultThatArrivesTogetherWithTheCancellingOneDoesNotCount) {
  MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ContentPlan plan;
  Coordinator coordinator(plan, *transport);
  coordinator.handle({0, Tag::request, RequestBody{2}.bytes()});
  coordinator.tick();
  std::vector<LeaseId> leases;
  while (const auto message = transport->receive()) leases.push_back(AssignBody::from(message->body).lease);
  ASSERT_EQ(leases.size(), 2u);
  // Both results are handled before the coordinator ticks again.
  for (const LeaseId lease : leases) {
    coordinator.handle({0, Tag::result, ResultBody{lease, Outcome::completed, {}, {}}.bytes()});
  }
  EXPECT_EQ(plan.results_, 1);
  EXPECT_EQ(coordinator.statistics().cancelled, 1u);
}

/// Has finished, and after a while no longer waits for what is out.
class ImpatientPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int) override { return finished_ ? std::nullopt : std::optional(Unit{}); }
  void completed(const Unit&, std::span<const std::byte>) override {}
  void failed(const Unit&, const std::string&) override {}
  std::vector<std::uint64_t> take_cancelled() override { return {}; }
  void tick() override {}
  bool finished() const override { return finished_; }
  bool abandons_leases() const override { return abandons_; }
  bool finished_ = false, abandons_ = false;
};

TEST(Coordinator, ARankThatDoesNotAnswerIsAbandonedWhenThePlanSaysSo) {
  MemoryNetwork network(2);
  const auto zero = network.transport(0), one = network.transport(1);
  ImpatientPlan plan;
  Coordinator coordinator(plan, *zero);
  coordinator.handle({1, Tag::request, RequestBody{1}.bytes()});
  coordinator.tick();
  ASSERT_EQ(one->receive().value().tag, Tag::assign);
  plan.finished_ = true;
  coordinator.tick();
  EXPECT_FALSE(coordinator.finished());
  plan.abandons_ = true;
  coordinator.tick();
  EXPECT_TRUE(coordinator.finished());
  EXPECT_EQ(one->receive().value().tag, Tag::finish);
}

TEST(Coordinator, ARankThatFoundNothingIsServedWhenThereIsSomething) {
  MemoryNetwork network(1);
  const auto transport = network.transport(0);
  SumPlan plan(0, 100, 1);
  plan.out_ = 1;  // not finished yet
  Coordinator coordinator(plan, *transport);
  coordinator.handle({0, Tag::request, RequestBody{1}.bytes()});
  coordinator.tick();
  EXPECT_FALSE(transport->receive());
  plan.source_ = RangeSource({{0}, {10}}, WorkModel::uniform(1), {.first_work = 10, .largest_work = 10});
  coordinator.tick();
  const auto message = transport->receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->tag, Tag::assign);
}

}  // namespace
}  // namespace gforbit::sched
