/// A queue worked on by ranks in one process: each rank a thread with a team of its own, messages in memory.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "unit/sched/queue_plan.hpp"

namespace gforbit::testing_support {

/// Which items ran, in which order, on all ranks together; and what they do. Thread-safe.
class RunLog {
 public:
  explicit RunLog(std::size_t items) : runs_(items) {}
  void note(std::uint64_t id) {
    const std::scoped_lock lock(mutex_);
    ++runs_.at(id);
    order_.push_back(id);
  }
  [[nodiscard]] int runs(std::uint64_t id) const { return runs_.at(id); }
  [[nodiscard]] std::vector<std::uint64_t> order() const { return order_; }

  std::function<bool(std::uint64_t)> fails = [](std::uint64_t) { return false; };
  std::function<bool(std::uint64_t)> endless = [](std::uint64_t) { return false; };

 private:
  std::mutex mutex_;
  std::vector<int> runs_;
  std::vector<std::uint64_t> order_;
};

/// Units hold the item's number; an item has one slice, an endless one ends when it is stopped.
class LoggingExecutor final : public sched::Executor {
 public:
  explicit LoggingExecutor(RunLog& log) : log_(log) {}
  std::unique_ptr<sched::Execution> start(std::span<const std::byte> unit) override {
    return std::make_unique<Work>(core::ByteReader(unit).get<std::uint64_t>(), log_);
  }
  std::uint64_t work_done() const noexcept override { return 0; }

 private:
  class Work final : public sched::Execution {
   public:
    Work(std::uint64_t id, RunLog& log) : id_(id), log_(log) {}
    int width() const noexcept override { return 1; }
    bool work(core::StopSignal stop) override {
      if (!std::exchange(begun_, true)) log_.note(id_);
      if (log_.fails(id_)) throw std::runtime_error("this one fails");
      return log_.endless(id_) && !stop.stop_requested();
    }
    core::Bytes result() override { return {}; }

   private:
    std::uint64_t id_;
    RunLog& log_;
    bool begun_ = false;
  };
  RunLog& log_;
};

/// Works until the queue is empty and `meanwhile`, which runs in a thread of its own, has returned.
inline void run_queue(int ranks, int threads, sched::Queue& queue, RunLog& log,
                      const std::function<void()>& meanwhile = {}) {
  sched::MemoryNetwork network(ranks);
  QueuePlan plan(queue);
  std::vector<std::jthread> processes;
  for (int rank = 0; rank < ranks; ++rank) {
    processes.emplace_back([&, rank] {
      const auto transport = network.transport(rank);
      LoggingExecutor executor(log);
      if (rank == 0) {
        sched::Coordinator coordinator(plan, *transport);
        static_cast<void>(sched::run_worker_team(*transport, executor, threads, &coordinator));
      } else {
        static_cast<void>(sched::run_worker_team(*transport, executor, threads, nullptr));
      }
    });
  }
  if (meanwhile) meanwhile();
  plan.close();
}

}  // namespace gforbit::testing_support
