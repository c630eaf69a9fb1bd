/// What the plans of all jobs are composed of: how items end, the stop of a plan, the goal of --stop-after,
/// and which of several ends in a checkpoint counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/sched/queue.hpp"
#include "gforbit/store/table.hpp"
#include "skeleton/plan.hpp"

namespace gforbit::skeleton {

using Clock = std::function<std::chrono::steady_clock::time_point()>;

/// How an item of the input ended: the values of the column `status`.
enum class RowStatus : std::int8_t { pending, completed, timed_out, cancelled, failed };
constexpr RowStatus last_of(RowStatus) noexcept {
  return RowStatus::failed;
}

/// The column `status` of a table of items.
/// @param meaning  its long name
[[nodiscard]] store::ColumnSpec status_column(const std::string& meaning);

/// @throws core::InternalError  the row is pending
[[nodiscard]] sched::ItemState item_state(RowStatus status);

/// Whether a plan has stopped handing out work.
class Halt {
 public:
  explicit Halt(Clock clock) : clock_(std::move(clock)) {}

  /// @return false if it had stopped before
  bool set();
  [[nodiscard]] explicit operator bool() const noexcept { return since_.has_value(); }
  /// For a second after the stop the ranks may still answer; then nothing waits for them.
  [[nodiscard]] bool is_overdue() const;

 private:
  Clock clock_;
  std::optional<std::chrono::steady_clock::time_point> since_;
};

/// --stop-after N.
class Goal {
 public:
  explicit Goal(std::optional<std::uint64_t> wanted) : wanted_(wanted) {}
  /// One more item, or `n`, satisfied the goal of the job. @return there are enough
  bool add(std::uint64_t n = 1) noexcept { return wanted_ && (satisfied_ += n) >= *wanted_; }

 private:
  std::optional<std::uint64_t> wanted_;
  std::uint64_t satisfied_ = 0;
};

/// An item that was tried again, with a longer limit, has several ends in the checkpoint: the last one
/// counts. Memory: two bytes an item, while a checkpoint is read.
class EndsAhead {
 public:
  /// An end of `item`, while the records are surveyed. Numbers from `n_items` on are ignored: the record is
  /// refused when it is restored.
  void note(std::uint64_t item, std::uint64_t n_items);
  /// An end of the item while the records are restored. @return no further one follows
  bool pass(std::uint64_t item);
  /// The number of ends that follow; 0 also if nothing was surveyed.
  [[nodiscard]] std::uint16_t left(std::uint64_t item) const;
  void clear() { counts_ = {}; }

 private:
  std::vector<std::uint16_t> counts_;
};

/// What cancel_row() asks of a plan whose items are the rows of a batch.
struct CancellableRows {
  std::string noun;  ///< "register"
  std::uint64_t size = 0;
  std::function<std::string(std::uint64_t row)> id;
  std::function<std::uint64_t(std::uint64_t row)> first_equal;  ///< the row whose work this one shares
  // Of rows that are their own first equal ones.
  std::function<RowStatus(std::uint64_t row)> status;
  std::function<void(std::uint64_t row)> cancel;  ///< with all that share its work
};

/// Plan::cancel() of such a plan: ends the row of this id, unless it has ended before.
[[nodiscard]] Cancellation cancel_row(const std::string& id, const CancellableRows& rows);

/// The sentences of Cancellation.
/// @param what   "register 'a'"
/// @param shared  items that share its work
[[nodiscard]] Cancellation cancelled_item(const std::string& what, std::uint64_t shared);
/// @param noun  "register"
[[nodiscard]] Cancellation no_such_item(const std::string& id, std::string_view noun);

/// An item that ran out of time is tried again if its limit has grown; 0 is no limit.
template <class Time>
[[nodiscard]] bool has_grown(Time before, Time now) {
  return before > Time{} && (now == Time{} || now > before);
}

}  // namespace gforbit::skeleton
