// Work on a register as a whole: bundles of small registers, and the questions that one thread answers.

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "cycles/executions.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/cycles/mapping/again.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/cycles/mapping/work.hpp"

namespace gforbit::job_cycles {

namespace {

/// Time that a suspension of the job does not use up.
struct Clock {
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;
  static time_point now() { return core::work_now(); }
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Small registers, each mapped whole by one thread.
class BundleExecution final : public sched::Execution {
 public:
  BundleExecution(std::vector<BundleEntry> entries, RankState& rank)
      : entries_(std::move(entries)), rank_(rank), reports_(entries_.size()) {}

  [[nodiscard]] int width() const noexcept override { return cycles::kAnyWidth; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    // Several registers a slice while they are tiny, so that claiming costs nothing beside them.
    std::uint64_t steps = 0;
    while (steps < cycles::kSliceSteps && !stop.stop_requested()) {
      const std::size_t i = claimed_.fetch_add(1, std::memory_order_relaxed);
      if (i >= entries_.size()) return steps > 0;
      reports_[i] = entries_[i].timeout_s > 0 ? map_in_time(entries_[i], stop) : map(entries_[i], stop);
      rank_.steps.fetch_add(reports_[i].steps, std::memory_order_relaxed);
      steps +=
          reports_[i].steps + cycles::kSliceSteps / 64;  // vectors take more steps a slice, in no more time
    }
    return !stop.stop_requested();
  }

  [[nodiscard]] core::Bytes result() override { return core::to_bytes(reports_); }

 private:
  /// The time of a register begins here, not while it waits in the bundle.
  MapReport map_in_time(const BundleEntry& entry, const core::StopSignal& stop) const {
    std::stop_source own;
    const std::stop_callback forward(stop.token(), [&own] { own.request_stop(); });
    const std::chrono::duration<double> limit(entry.timeout_s);
    const auto guard =
        rank_.watchdog.arm(Clock::now() + std::chrono::duration_cast<Clock::duration>(limit), own);
    MapReport report = map(entry, stop.with(own.get_token()));
    if (report.elapsed_s > entry.timeout_s) report.status = RowStatus::timed_out;
    return report;
  }

  /// A register that throws is its own failure, not its neighbors', unless the run must end.
  MapReport map(const BundleEntry& entry, const core::StopSignal& stop) const {
    const auto begin = Clock::now();
    MapReport report;
    report.row = entry.row;
    try {
      const fsr::Register reg = entry.reg.make(rank_.fields);
      report.state_count = reg.state_count();
      if (entry.linear) report.algebra = run_algebra(reg, *rank_.factorizer, stop);
      if (entry.order.enumerate) enumerate(report, reg, entry, stop);
      report.status = RowStatus::completed;
    } catch (const std::exception& e) {
      if (core::stops_run(e)) throw;
      report.status = RowStatus::failed;
      report.message = core::message_of(e);
    }
    report.elapsed_s = seconds_since(begin);
    return report;
  }

  /// After a stop the report stays empty: the unit was cancelled and its result is not used.
  static void enumerate(MapReport& report, const fsr::Register& reg, const BundleEntry& entry,
                        const core::StopSignal& stop) {
    const auto nonsingular = fsr::is_nonsingular(reg, stop);
    if (!nonsingular) return;
    auto result = cycles::map_whole(reg, *nonsingular, entry.bitsliced_marks, entry.stored, entry.basins,
                                    entry.simd, stop);
    if (!result) return;
    if (entry.order.twice) {
      const auto again =
          cycles::map_whole_again(reg, *nonsingular, entry.stored, entry.basins, entry.simd, stop);
      if (!again) return;
      report.mappings_differ = !cycles::same_map(*result, *again);
      result->steps += again->steps;
    }
    report.set_enumerated(*std::move(result), *nonsingular);
    if (entry.sequences) report.outputs = outputs_of(reg, report.cycles.rows(), stop);
  }

  std::vector<BundleEntry> entries_;
  RankState& rank_;
  MapReports reports_;
  std::atomic<std::size_t> claimed_{0};
};

/// A question that may take long and is not made of slices: a thread of its own answers it while the team's
/// thread looks after messages and deadlines every few milliseconds. The function must look at its stop
/// token.
class BackgroundExecution final : public sched::Execution {
 public:
  using Function = std::function<core::Bytes(core::StopSignal)>;
  using News = std::function<std::optional<core::Bytes>()>;

  struct Rules {
    double timeout_s = 0;  ///< after which the function is asked to stop; 0 = never
    /// The function owns all that it uses: when it does not answer a stop of the engine within kPatience, its
    /// thread goes on alone, until the process ends, and there is no result.
    bool may_be_left = false;
    News news = {};  ///< any thread
  };

  BackgroundExecution(Function function, Rules rules)
      : answer_(std::make_shared<Answer>()), function_(std::move(function)), rules_(std::move(rules)) {}
  ~BackgroundExecution() override {
    if (!thread_.joinable()) return;
    stop_.request_stop();
    const auto begin = Clock::now();
    while (rules_.may_be_left && !answer_->wait() && Clock::now() - begin < kPatience) {
    }
    if (rules_.may_be_left && !answer_->wait()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }
  BackgroundExecution(const BackgroundExecution&) = delete;
  BackgroundExecution& operator=(const BackgroundExecution&) = delete;

  [[nodiscard]] int width() const noexcept override { return 1; }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    const auto now = Clock::now();
    if (!begun_) {
      begun_ = now;
      thread_ = std::thread([answer = answer_, function = std::move(function_), token = stop_.get_token()] {
        answer->set_to(function, token);
      });
    }
    const bool is_stopped = stop.stop_requested();
    if (is_stopped && !stopped_) stopped_ = now;
    if (is_stopped || (rules_.timeout_s > 0 && seconds_since(*begun_) > rules_.timeout_s))
      stop_.request_stop();
    if (answer_->wait()) {
      answer_->rethrow();
      return false;
    }
    if (!rules_.may_be_left || !stopped_ || now - *stopped_ < kPatience) return true;
    thread_.detach();
    return false;
  }

  [[nodiscard]] std::optional<core::Bytes> news() override {
    return rules_.news ? rules_.news() : std::nullopt;
  }

  /// Empty where nothing came.
  [[nodiscard]] core::Bytes result() override { return answer_->take(); }

 private:
  static constexpr auto kPatience = std::chrono::milliseconds(500);

  /// What the two threads share.
  class Answer {
   public:
    void set_to(const Function& function, const std::stop_token& token) {
      core::Bytes bytes;
      std::exception_ptr error;
      try {
        bytes = function(token);
      } catch (...) {
        error = std::current_exception();
      }
      const std::scoped_lock lock(mutex_);
      bytes_ = std::move(bytes);
      error_ = error;
      is_there_ = true;
      there_.notify_all();
    }
    /// For some milliseconds; true: it is there.
    [[nodiscard]] bool wait() {
      std::unique_lock lock(mutex_);
      constexpr auto kLook = std::chrono::milliseconds(5);
      return there_.wait_for(lock, kLook, [this] { return is_there_; });
    }
    /// What the function threw.
    void rethrow() {
      const std::scoped_lock lock(mutex_);
      if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }
    [[nodiscard]] core::Bytes take() {
      const std::scoped_lock lock(mutex_);
      return std::move(bytes_);
    }

   private:
    std::mutex mutex_;
    std::condition_variable there_;
    bool is_there_ = false;
    core::Bytes bytes_;
    std::exception_ptr error_;
  };

  std::shared_ptr<Answer> answer_;
  Function function_;
  Rules rules_;
  std::optional<Clock::time_point> begun_, stopped_;
  std::stop_source stop_;
  std::thread thread_;
};

/// The last message of the algebraic method, for progress reports.
class AlgebraDesk final : public cycles::AlgebraListener {
 public:
  void doing(const std::string& what, const std::string& detail) override {
    const std::scoped_lock lock(mutex_);
    if (what != said_.step) step_begun_ = Clock::now();
    is_new_ = is_new_ || what != said_.step || detail != said_.detail;
    said_.step = what;
    said_.detail = detail;
  }
  void proven(const cycles::Unresolved& so_far) override {
    AlgebraReport report = report_of(so_far);
    const std::scoped_lock lock(mutex_);
    said_.proven = std::move(report);
    is_new_ = true;
  }
  [[nodiscard]] std::optional<core::Bytes> news() {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(is_new_, false)) return std::nullopt;
    said_.step_s = seconds_since(step_begun_);
    core::Bytes news = core::to_bytes(said_);
    said_.proven.reset();  // once is enough
    return news;
  }

 private:
  std::mutex mutex_;
  AlgebraNews said_;
  Clock::time_point step_begun_ = Clock::now();
  bool is_new_ = false;
};

}  // namespace

std::unique_ptr<sched::Execution> make_bundle_execution(std::vector<BundleEntry> entries, RankState& rank) {
  return std::make_unique<BundleExecution>(std::move(entries), rank);
}

std::unique_ptr<sched::Execution> make_classify_execution(fsr::Register reg) {
  const auto classify = [reg = std::move(reg)](core::StopSignal stop) {
    return core::to_bytes(fsr::is_nonsingular(reg, std::move(stop)).value_or(false));
  };
  return std::make_unique<BackgroundExecution>(classify, BackgroundExecution::Rules{});
}

std::unique_ptr<sched::Execution> make_algebra_execution(fsr::Register reg, const AlgebraUnit& task,
                                                         RankState& rank) {
  const auto search = task.searches ? cycles::Search::until_stopped : cycles::Search::none;
  const auto desk = std::make_shared<AlgebraDesk>();
  const auto map = [reg = std::move(reg), factorizer = rank.factorizer, desk, search](core::StopSignal stop) {
    return core::to_bytes(run_algebra(reg, *factorizer, {std::move(stop), desk.get()}, search));
  };
  return std::make_unique<BackgroundExecution>(
      map, BackgroundExecution::Rules{task.timeout_s, true, [desk] { return desk->news(); }});
}

std::unique_ptr<sched::Execution> make_background_execution(std::unique_ptr<cycles::UnitWork> work) {
  const auto run = [work = std::shared_ptr(std::move(work))](const core::StopSignal& stop) {
    while (work->work(stop)) continue;
    return work->result();
  };
  return std::make_unique<BackgroundExecution>(run, BackgroundExecution::Rules{});
}

}  // namespace gforbit::job_cycles
