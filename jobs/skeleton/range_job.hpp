/// A job whose items are intervals of points 0, 1, ... that ranks may work on in any cut: numbers, candidates
/// of a family, samples. Such a job supplies a class derived from RangeJob and a function that does a unit;
/// queue, units, checkpoint, limits, and messages are here. An item of one point is a unit by itself.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/sched/priority.hpp"
#include "skeleton/job.hpp"
#include "skeleton/plan_parts.hpp"

namespace gforbit::skeleton {

/// Points [begin, end) of an item.
struct Points {
  std::uint64_t begin = 0, end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
};

struct RangeItem {
  std::string name;          ///< for messages: "row 3"
  std::uint64_t points = 1;  ///< below 2^63
  std::uint64_t most = 1;    ///< points of a unit: about what one thread does in half a second
  sched::Priority priority = sched::Priority::normal;
  std::chrono::milliseconds timeout{0};  ///< from the begin of the first unit; 0: none
};

/// How the items ended, for the tables of the job.
class RangeRows {
 public:
  virtual ~RangeRows() = default;
  [[nodiscard]] virtual RowStatus status(std::uint64_t row) const = 0;
  [[nodiscard]] virtual const std::string& message(std::uint64_t row) const = 0;
};

/// The job on rank 0, made of its options: its constructor reads the input. All calls come from one thread.
class RangeJob {
 public:
  virtual ~RangeJob() = default;

  /// Words of messages.
  struct Words {
    std::string_view item;    ///< "interval", singular
    std::string_view points;  ///< "numbers", plural
  };
  [[nodiscard]] virtual Words words() const = 0;
  [[nodiscard]] virtual const JobOptions& options() const = 0;
  [[nodiscard]] virtual Subject subject() const = 0;

  /// The items, one a row.
  [[nodiscard]] virtual const BatchRows& rows() const = 0;
  /// Called a few times for each row; always answers the same.
  [[nodiscard]] virtual RangeItem item(std::uint64_t row) const = 0;

  /// What a rank must know of the item to work on these points of it.
  [[nodiscard]] virtual core::Bytes unit(std::uint64_t row, Points points) const = 0;
  /// Takes the result of a unit: once for each point of the item, in any order and cut. The results of a
  /// resumed run come again.
  virtual void merge(std::uint64_t row, Points points, std::span<const std::byte> result) = 0;
  /// How often the result of a unit reaches the goal of --stop-after, for jobs that may reach it several
  /// times in an item.
  [[nodiscard]] virtual std::uint64_t goals_reached(std::span<const std::byte> result) const {
    static_cast<void>(result);
    return 0;
  }
  /// The row is completed: does it count for --stop-after?
  [[nodiscard]] virtual bool reached_goal(std::uint64_t row) const {
    static_cast<void>(row);
    return true;
  }

  /// The tables under /results. Of rows that have not completed only the status is said.
  virtual void write_results(store::ResultWriter& file, const RangeRows& rows) const = 0;
  /// As Run::write_part(); by default parts have whole items.
  [[nodiscard]] virtual PartRows write_part(store::ResultWriter& file) const;
  /// What there is to do, for the first line of --dry-run; by default the number of points.
  [[nodiscard]] virtual std::string plan_text(std::uint64_t points) const;
  /// What --dry-run says of the items, after the line of the whole.
  /// @param threads  of all ranks
  virtual void print_items(std::ostream& out, int threads) const {
    static_cast<void>(out);
    static_cast<void>(threads);
  }
};

/// Does a unit on any thread of any rank: these points of an item; `unit` is RangeJob::unit().
/// @param stop  to be asked every few milliseconds; after a stop the result is not used
using DoUnit =
    std::function<core::Bytes(std::span<const std::byte> unit, Points points, core::StopSignal stop)>;

/// Tables and words that all these jobs have.
[[nodiscard]] store::TableSpec runtime_items_table();
inline constexpr const char* kRuntimeItems = "runtime/items";
[[nodiscard]] launch::RankWords range_rank_words();

[[nodiscard]] std::unique_ptr<Run> make_range_run(std::unique_ptr<RangeJob> job);
[[nodiscard]] std::unique_ptr<sched::Executor> make_range_executor(DoUnit work);

/// @param report  without `merge`: --part has no use
template <class Job, class Options>
[[nodiscard]] JobType range_job_type(config::Command (*command)(Options&), Options (*parse)(Arguments),
                                     DoUnit work, report::JobReport report) {
  const auto describe = [command] {
    Options none;
    return command(none);
  };
  const auto start = [parse, work = std::move(work)] {
    return JobProcess{
        [work] { return make_range_executor(work); },
        [parse](Arguments arguments) { return make_range_run(std::make_unique<Job>(parse(arguments))); }};
  };
  return {describe().name, describe, start, std::move(report)};
}

}  // namespace gforbit::skeleton
