/// The cycles job inside one process: plan, executors and engine as a run composes them, with each rank in a
/// thread of its own and messages in memory. For tests of what comes out, on any ranks and threads.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cycles/checkpoint_record.hpp"
#include "cycles/executor.hpp"
#include "cycles/input.hpp"
#include "cycles/plan.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "unit/config/temp_folder.hpp"

namespace gforbit::testing_support {

struct RunShape {
  int ranks = 1;
  int threads = 1;
};

/// One JSON line of --batch for a register over a field with its default modulus; `more` are further keys.
inline std::string json_line(const fsr::Register& reg, const std::string& more = {}) {
  return fmt::format(R"({{"field": {}, "degree": {}, "feedback": "{}"{}{}}})", reg.field().order(),
                     reg.degree(), reg.feedback().text(), more.empty() ? "" : ", ", more);
}

/// A batch file and the input that reads it. Algebra would answer linear registers without any range, so it
/// is not asked unless the options say so.
class Batch {
 public:
  explicit Batch(const std::vector<std::string>& lines,
                 std::vector<std::string> options = {"--method=enumerate"})
      : input_(open(folder_, lines, std::move(options))) {}
  [[nodiscard]] job_cycles::BatchInput& input() noexcept { return input_; }

 private:
  static job_cycles::BatchInput open(const TempFolder& folder, const std::vector<std::string>& lines,
                                     std::vector<std::string> options) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    options.push_back("--batch=" + folder.write("batch.jsonl", text));
    return job_cycles::BatchInput::from_options(job_cycles::parse_cycles_options(options));
  }

  TempFolder folder_;
  job_cycles::BatchInput input_;
};

/// Bytes of --memory that make a register be cut at about `marks` marks (64 at least).
inline std::uint64_t memory_for_marks(std::uint64_t marks) {
  constexpr std::uint64_t kBytesPerMark = 9;
  const job_cycles::PlanSettings settings;
  return marks * kBytesPerMark * settings.mapping.memory_bytes /
         cycles::table_bytes(job_cycles::mapping_options(settings));
}

/// The kind of a unit on its way, as a checkpoint names it.
inline job_cycles::UnitKind kind_of(std::span<const std::byte> body) {
  const auto alone = job_cycles::register_unit(body);
  return alone ? job_cycles::RecordedUnit::of(*alone).kind : job_cycles::UnitKind::bundle;
}

/// Looks at what an executor returns, and may change the unit before and the result after; any thread.
struct Interference {
  std::function<core::Bytes(core::Bytes unit)> before = [](core::Bytes unit) { return unit; };
  std::function<core::Bytes(const core::Bytes& unit, core::Bytes result)> after =
      [](const core::Bytes&, core::Bytes result) { return result; };
};

/// An executor between the engine and the job's own, one mutex for the interference of all ranks.
class InterferingExecutor final : public sched::Executor {
 public:
  InterferingExecutor(job_cycles::CyclesExecutor::LocalWork local, const Interference& interference,
                      std::mutex& mutex)
      : inner_(std::move(local)), interference_(interference), mutex_(mutex) {}

  std::unique_ptr<sched::Execution> start(std::span<const std::byte> unit) override {
    const core::Bytes sent(unit.begin(), unit.end());
    const core::Bytes taken = [&] {
      const std::scoped_lock lock(mutex_);
      return interference_.before(sent);
    }();
    return std::make_unique<Work>(inner_.start(taken), sent, interference_, mutex_);
  }
  std::uint64_t work_done() const noexcept override { return inner_.work_done(); }

 private:
  class Work final : public sched::Execution {
   public:
    Work(std::unique_ptr<sched::Execution> inner, core::Bytes unit, const Interference& interference,
         std::mutex& mutex)
        : inner_(std::move(inner)), unit_(std::move(unit)), interference_(interference), mutex_(mutex) {}
    int width() const noexcept override { return inner_->width(); }
    bool work(core::StopSignal stop) override { return inner_->work(std::move(stop)); }
    core::Bytes result() override {
      core::Bytes result = inner_->result();
      const std::scoped_lock lock(mutex_);
      return interference_.after(unit_, std::move(result));
    }

   private:
    std::unique_ptr<sched::Execution> inner_;
    core::Bytes unit_;
    const Interference& interference_;
    std::mutex& mutex_;
  };

  job_cycles::CyclesExecutor inner_;
  const Interference& interference_;
  std::mutex& mutex_;
};

/// Runs the plan to its end on `shape`. `idle` is called by rank 0's thread 0, as in a run.
/// What the engine throws on rank 0 is rethrown; the other ranks are told to finish then.
inline sched::CoordinatorStatistics run_plan(job_cycles::CyclesPlan& plan, RunShape shape,
                                             const Interference& interference = {},
                                             const std::function<void()>& idle = {}) {
  sched::MemoryNetwork network(shape.ranks);
  std::mutex mutex;
  sched::CoordinatorStatistics statistics;
  std::exception_ptr error;
  std::vector<std::jthread> processes;
  for (int rank = 0; rank < shape.ranks; ++rank) {
    processes.emplace_back([&, rank] {
      const auto transport = network.transport(rank);
      if (rank > 0) {
        InterferingExecutor executor({}, interference, mutex);
        static_cast<void>(sched::run_worker_team(*transport, executor, shape.threads, nullptr));
        return;
      }
      InterferingExecutor executor([&](std::uint64_t row) { return plan.local_work(row); }, interference,
                                   mutex);
      sched::Coordinator coordinator(plan, *transport);
      try {
        static_cast<void>(sched::run_worker_team(*transport, executor, shape.threads, &coordinator, idle));
      } catch (...) {
        error = std::current_exception();
        for (int other = 1; other < shape.ranks; ++other) transport->send(other, sched::Tag::finish, {});
      }
      statistics = coordinator.statistics();
    });
  }
  processes.clear();
  if (error) std::rethrow_exception(error);
  return statistics;
}

/// What became of each row, in memory.
inline std::vector<job_cycles::RowResult> all_rows(const job_cycles::CyclesPlan& plan) {
  std::vector<job_cycles::RowResult> rows;
  for (std::uint64_t row = 0; row < plan.rows().size(); ++row) rows.push_back(plan.rows()[row]);
  return rows;
}

/// The clock of a run.
inline skeleton::Clock real_clock() {
  return [] { return std::chrono::steady_clock::now(); };
}

}  // namespace gforbit::testing_support
