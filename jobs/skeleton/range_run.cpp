#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include "gforbit/core/text.hpp"
#include "gforbit/core/work_clock.hpp"
#include "skeleton/range_plan.hpp"
#include "skeleton/results.hpp"

namespace gforbit::skeleton {

namespace {

double seconds_since(core::WorkClock::Time begin) {
  return std::chrono::duration<double>(core::work_now() - begin).count();
}

/// A unit in one slice, on one thread.
class RangeExecution final : public sched::Execution {
 public:
  RangeExecution(RangeUnit unit, const DoUnit& work, std::atomic<std::uint64_t>& points)
      : unit_(std::move(unit)), work_(work), points_(points) {}

  [[nodiscard]] int width() const noexcept override { return taken_ ? 0 : 1; }
  [[nodiscard]] bool work(core::StopSignal stop) override {
    if (taken_.exchange(true)) return false;
    const auto begin = core::work_now();
    result_.result = work_(unit_.item, unit_.points, stop);
    result_.elapsed_s = seconds_since(begin);
    if (!stop.stop_requested()) points_ += unit_.points.size();
    return false;
  }
  [[nodiscard]] core::Bytes result() override { return core::to_bytes(result_); }

 private:
  RangeUnit unit_;
  const DoUnit& work_;
  std::atomic<std::uint64_t>& points_;
  std::atomic<bool> taken_ = false;
  RangeResult result_;
};

class RangeExecutor final : public sched::Executor {
 public:
  explicit RangeExecutor(DoUnit work) : work_(std::move(work)) {}
  [[nodiscard]] std::unique_ptr<sched::Execution> start(std::span<const std::byte> unit) override {
    return std::make_unique<RangeExecution>(core::from_bytes<RangeUnit>(unit), work_, points_);
  }
  [[nodiscard]] std::uint64_t work_done() const noexcept override { return points_; }

 private:
  DoUnit work_;
  std::atomic<std::uint64_t> points_ = 0;
};

class RangeRun final : public Run {
 public:
  explicit RangeRun(std::unique_ptr<RangeJob> job) : job_(std::move(job)) {}

  [[nodiscard]] const JobOptions& options() const override { return job_->options(); }
  void place(std::span<const sys::RankPlacement> ranks) override {
    threads_ = std::accumulate(ranks.begin(), ranks.end(), 0,
                               [](int sum, const sys::RankPlacement& rank) { return sum + rank.threads; });
  }
  void print_plan(std::ostream& out) override {
    const RangePlan plan(*job_, threads_, core::work_now);
    out << fmt::format("{}, {} on {}\n", job_->subject().text, job_->plan_text(plan.points_to_do()),
                       core::counted(static_cast<std::uint64_t>(threads_), "thread"));
    for (const std::string& note : job_->subject().notes) out << note << '\n';
    job_->print_items(out, threads_);
  }
  [[nodiscard]] Subject subject() override { return job_->subject(); }
  [[nodiscard]] Plan& begin(const launch::RunContext&) override {
    return plan_.emplace(*job_, threads_, core::work_now);
  }

  [[nodiscard]] Work work_done() const override {
    const auto all = static_cast<double>(std::max<std::uint64_t>(plan_->points_to_do(), 1));
    return {static_cast<double>(plan_->points_done()) / all, plan_->points_done(), job_->words().points};
  }

  [[nodiscard]] RowEnds ends() const override {
    return count_ends(
        job_->rows().size(), [this](std::uint64_t row) { return plan_->status(row); },
        [this](std::uint64_t row) {
          return fmt::format("{}: {}", job_->item(row).name, plan_->message(row));
        });
  }
  void write_tables(store::ResultWriter& file, const launch::RunFacts&) override {
    job_->write_results(file, *plan_);
    store::Table items(runtime_items_table());
    for (std::uint64_t row = 0; row < job_->rows().size(); ++row)
      items.append(plan_->units(row), plan_->elapsed_s(row));
    file.write(items);
  }
  [[nodiscard]] launch::RankWords rank_words() const override { return range_rank_words(); }
  [[nodiscard]] PartRows write_part(store::ResultWriter& file) override { return job_->write_part(file); }

 private:
  std::unique_ptr<RangeJob> job_;
  int threads_ = 1;
  std::optional<RangePlan> plan_;
};

}  // namespace

std::string RangeJob::plan_text(std::uint64_t points) const {
  return fmt::format("{} {}", points, words().points);
}

PartRows RangeJob::write_part(store::ResultWriter& file) const {
  return write_equal_rows(file, equal_rows_table("Items of this part of a batch"), rows());
}

store::TableSpec runtime_items_table() {
  return {kRuntimeItems,
          "Cost of each item in this run and those it continues",
          {{"units", "work units", "", store::ColumnType::uint64},
           {"elapsed_s", "busy time, summed over work units", "s", store::ColumnType::float64}}};
}

launch::RankWords range_rank_words() {
  return {{"units", "work units done", "", store::ColumnType::uint64},
          {"points", "points of items done", "", store::ColumnType::uint64}};
}

std::unique_ptr<Run> make_range_run(std::unique_ptr<RangeJob> job) {
  return std::make_unique<RangeRun>(std::move(job));
}

std::unique_ptr<sched::Executor> make_range_executor(DoUnit work) {
  return std::make_unique<RangeExecutor>(std::move(work));
}

}  // namespace gforbit::skeleton
