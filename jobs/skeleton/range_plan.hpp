/// The plan of every RangeJob: cuts items into units as ranks ask for them, and keeps what comes back.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "gforbit/core/fields.hpp"
#include "gforbit/core/range_source.hpp"
#include "gforbit/sched/queue.hpp"
#include "skeleton/plan.hpp"
#include "skeleton/plan_parts.hpp"
#include "skeleton/range_job.hpp"

namespace gforbit::skeleton {

/// A unit as it travels, and its result, each with one list of its fields.
struct RangeUnit {
  Points points;
  core::Bytes item;  ///< RangeJob::unit()
  static constexpr auto kFields = std::tuple(&RangeUnit::points, &RangeUnit::item);
};
struct RangeResult {
  double elapsed_s = 0;
  core::Bytes result;  ///< of the job
  static constexpr auto kFields = std::tuple(&RangeResult::elapsed_s, &RangeResult::result);
};

class RangePlan final : public Plan, public RangeRows {
 public:
  /// @param job      must outlive the plan
  /// @param threads  of all ranks, which share the work
  RangePlan(RangeJob& job, int threads, Clock clock);

  [[nodiscard]] std::optional<sched::Unit> next(int rank) override;
  void begun(const sched::Unit& unit) override;
  void completed(const sched::Unit& unit, std::span<const std::byte> result) override;
  void failed(const sched::Unit& unit, const std::string& message) override;
  [[nodiscard]] std::vector<std::uint64_t> take_cancelled() override;
  void tick() override;
  [[nodiscard]] bool finished() const override { return halt_ || rows_done_ == rows_to_run_; }
  [[nodiscard]] bool abandons_leases() const override { return halt_.is_overdue(); }

  void survey(const store::JournalRecord& record) override;
  void restore(const store::JournalRecord& record) override;
  void end_restore() override { ends_.clear(); }
  void keep_results(Keep keep) override { keep_ = std::move(keep); }
  void stop() override;
  /// By the name of the item.
  [[nodiscard]] Cancellation cancel(const std::string& id) override;
  [[nodiscard]] Extent extent() const override;
  [[nodiscard]] sched::QueueStatistics statistics() const override { return queue_.statistics(); }

  [[nodiscard]] RowStatus status(std::uint64_t row) const override { return row_of(row).status; }
  [[nodiscard]] const std::string& message(std::uint64_t row) const override { return row_of(row).message; }
  /// Of the row itself; nothing if it shares the work of another one.
  [[nodiscard]] std::uint64_t units(std::uint64_t row) const { return rows_[row].units; }
  [[nodiscard]] double elapsed_s(std::uint64_t row) const { return rows_[row].elapsed_s; }
  [[nodiscard]] std::uint64_t points_done() const noexcept { return points_done_; }
  [[nodiscard]] std::uint64_t points_to_do() const noexcept { return points_to_do_; }

 private:
  struct Row {
    RowStatus status = RowStatus::pending;
    std::string message;
    std::uint64_t units = 0;
    double elapsed_s = 0;
  };
  /// An item at work.
  struct Open {
    RangeItem item;
    core::RangeSource source;
    std::set<std::uint64_t> out;  ///< begins of units
    std::uint64_t done = 0;       ///< points
    std::optional<std::chrono::steady_clock::time_point> begin;
    std::map<std::uint64_t, std::string> failures;  ///< by begin of the unit
  };

  [[nodiscard]] const Row& row_of(std::uint64_t row) const { return rows_[job_.rows().first_equal(row)]; }
  Open& open(std::uint64_t row);
  void take(std::uint64_t row, Points points, const RangeResult& result);
  void end_if_done(std::uint64_t row);
  void end(std::uint64_t row, RowStatus status, const std::string& message);
  void cancel_rest();

  RangeJob& job_;
  int threads_;
  Clock clock_;
  sched::Queue queue_;  ///< the number of an item is that of its row
  Halt halt_;
  Goal goal_;
  EndsAhead ends_;
  std::vector<Row> rows_;
  std::map<std::uint64_t, Open> open_;
  std::deque<std::uint64_t> under_way_;  ///< open rows with points that may not be handed out yet
  std::vector<std::uint64_t> cancelled_;
  std::uint64_t rows_to_run_ = 0, rows_done_ = 0, points_to_do_ = 0, points_done_ = 0;
  Keep keep_;
};

}  // namespace gforbit::skeleton
