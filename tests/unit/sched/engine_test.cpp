// The engine over the in-memory transport: every range exactly once, on any number of ranks and threads; what
// throws, what is cancelled, what comes late.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include "gforbit/core/error.hpp"
#include "gforbit/core/range_source.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/protocol.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "unit/sched/sum_plan.hpp"

namespace gforbit::sched {
namespace {

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
std::vector<WorkerTeamReport> run_ranks(int ranks, int threads, WorkPlan& plan,
                                        std::vector<SumExecutor>& executors,
                                        CoordinatorStatistics* statistics = nullptr) {
  MemoryNetwork network(ranks);
  std::vector<WorkerTeamReport> reports(static_cast<std::size_t>(ranks));
  std::vector<std::jthread> processes;
  for (int rank = 0; rank < ranks; ++rank) {
    processes.emplace_back([&, rank] {
      const auto transport = network.transport(rank);
      const auto at = static_cast<std::size_t>(rank);
      if (rank == 0) {
        Coordinator coordinator(plan, *transport);
        reports[at] = run_worker_team(*transport, executors[at], threads, &coordinator);
        if (statistics != nullptr) *statistics = coordinator.statistics();
      } else {
        reports[at] = run_worker_team(*transport, executors[at], threads, nullptr);
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
    EXPECT_THROW(static_cast<void>(run_worker_team(*transport, executor, 3, &coordinator)), std::logic_error);
  });
}

/// One unit, which throws an Error in one of its calls.
enum class Call { start, work, result };
template <class Error>
class ThrowingExecutor final : public Executor {
 public:
  explicit ThrowingExecutor(Call call) : call_(call) {}
  std::unique_ptr<Execution> start(std::span<const std::byte>) override {
    fail(Call::start);
    return std::make_unique<Work>(*this);
  }
  std::uint64_t work_done() const noexcept override { return 0; }

 private:
  class Work final : public Execution {
   public:
    explicit Work(const ThrowingExecutor& owner) : owner_(owner) {}
    int width() const noexcept override { return 1; }
    bool work(core::StopSignal) override {
      owner_.fail(Call::work);
      return false;
    }
    core::Bytes result() override {
      owner_.fail(Call::result);
      return {};
    }

   private:
    const ThrowingExecutor& owner_;
  };
  void fail(Call now) const {
    if (now == call_) throw Error("planted");
  }
  Call call_;
};

/// Hands out one unit and remembers the message of its failure.
class OneUnitPlan final : public WorkPlan {
 public:
  std::optional<Unit> next(int) override {
    if (std::exchange(out_, true)) return std::nullopt;
    return Unit{};
  }
  void completed(const Unit&, std::span<const std::byte>) override { ADD_FAILURE() << "it did not throw"; }
  void failed(const Unit&, const std::string& message) override { message_ = message; }
  std::vector<std::uint64_t> take_cancelled() override { return {}; }
  void tick() override {}
  bool finished() const override { return !message_.empty(); }

  std::string message_;

 private:
  bool out_ = false;
};

/// @return the message of the unit that failed, or "stopped: " and why the run ended
template <class Error>
std::string outcome_of_throwing(Call call) {
  MemoryNetwork network(1);
  const auto transport = network.transport(0);
  OneUnitPlan plan;
  ThrowingExecutor<Error> executor(call);
  Coordinator coordinator(plan, *transport);
  std::string stopped;
  // In a thread of its own with its own team, as in run_ranks(): the thread sanitizer does not see how a team
  // that is used again begins.
  std::jthread([&] {
    try {
      static_cast<void>(run_worker_team(*transport, executor, 2, &coordinator));
    } catch (const core::Error& error) {
      EXPECT_EQ(plan.message_, "");
      EXPECT_EQ(error.status(), core::ExitStatus::internal);
      stopped = std::string("stopped: ") + error.what();
    }
  }).join();
  return stopped.empty() ? plan.message_ : stopped;
}

TEST(Engine, AnErrorEndsItsUnitOrTheRunByItsKind) {
  for (const Call call : {Call::start, Call::work, Call::result}) {
    SCOPED_TRACE(static_cast<int>(call));
    EXPECT_EQ(outcome_of_throwing<core::CertificateError>(call), "planted");
    EXPECT_EQ(outcome_of_throwing<core::InputError>(call), "planted");
    EXPECT_EQ(outcome_of_throwing<std::runtime_error>(call), "planted");
    EXPECT_EQ(outcome_of_throwing<core::CorruptRecord>(call),
              "stopped: rank 0: " + core::message_of(core::CorruptRecord("planted")));
    EXPECT_EQ(outcome_of_throwing<core::ProtocolError>(call),
              "stopped: rank 0: " + core::message_of(core::ProtocolError("planted")));
    EXPECT_EQ(outcome_of_throwing<core::InternalError>(call),
              "stopped: rank 0: " + core::message_of(core::InternalError("planted")));
    EXPECT_EQ(outcome_of_throwing<std::out_of_range>(call),
              "stopped: rank 0: " + core::message_of(std::out_of_range("planted")));
  }
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
  WorkerTeamReport run(bool plan_throws) {
    EndlessPlan plan(plan_throws);
    Coordinator coordinator(plan, *transport_);
    WorkerTeamReport report = run_worker_team(*transport_, executor_, 1, &coordinator);
    EXPECT_EQ(coordinator.statistics().cancelled, 1U);
    return report;
  }

 private:
  MemoryNetwork network_{1};
  std::unique_ptr<Transport> transport_ = network_.transport(0);
  EndlessExecutor executor_;
};

TEST_F(LongSlice, DeadlinesAreKeptInside) {
  const WorkerTeamReport report = run(false);
  EXPECT_GT(report.threads[0].busy_s, 0);
  EXPECT_GT(report.threads[0].communicating_s, 0);
}

TEST_F(LongSlice, WhatGoesWrongInTheEngineIsNotTheFaultOfTheUnit) {
  EXPECT_THROW(static_cast<void>(run(true)), std::logic_error);
}

}  // namespace
}  // namespace gforbit::sched
