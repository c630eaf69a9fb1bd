#include "skeleton/range_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gforbit/core/error.hpp"

namespace gforbit::skeleton {

namespace {

/// Types of journal records; 0 belongs to the checkpoint itself. Items that completed have no end: their
/// ranges say it.
enum RecordType : std::uint32_t { range_record = 1, end_record = 2 };

struct RangeRecord {
  std::uint64_t row = 0;
  Points points;
  core::Bytes result;  ///< a RangeResult
  static constexpr auto kFields = std::tuple(&RangeRecord::row, &RangeRecord::points, &RangeRecord::result);
};

struct EndRecord {
  std::uint64_t row = 0;
  RowStatus status{};
  std::int64_t limit_ms = 0;  ///< of its time
  std::string message;
  static constexpr auto kFields =
      std::tuple(&EndRecord::row, &EndRecord::status, &EndRecord::limit_ms, &EndRecord::message);
};

core::RangeSource source_of(const RangeItem& item, int threads) {
  const auto most = static_cast<double>(std::max<std::uint64_t>(item.most, 1));
  constexpr double kRamp = 64;  // the first units are small, so that every rank has one soon
  return {{{0}, {item.points}},
          core::WorkModel::uniform(1),
          {.first_work = std::max(1.0, most / kRamp), .largest_work = most, .takers = threads}};
}

}  // namespace

RangePlan::RangePlan(RangeJob& job, int threads, Clock clock)
    : job_(job),
      threads_(threads),
      clock_(clock),
      queue_(clock),
      halt_(clock),
      goal_(job.options().common.stop_after),
      rows_(job.rows().size()) {
  queue_.submit_batch(rows_.size(), [this](std::uint64_t row) -> std::optional<sched::Priority> {
    if (job_.rows().first_equal(row) != row) return std::nullopt;
    return job_.item(row).priority;
  });
  for (std::uint64_t row = 0; row < rows_.size(); ++row) {
    if (job_.rows().first_equal(row) != row) continue;
    ++rows_to_run_;
    points_to_do_ += job_.item(row).points;
  }
}

// ---- handing out ------------------------------------------------------------------------------------------

RangePlan::Open& RangePlan::open(std::uint64_t row) {
  if (const auto known = open_.find(row); known != open_.end()) return known->second;
  RangeItem item = job_.item(row);
  core::RangeSource source = source_of(item, threads_);
  under_way_.push_back(row);
  return open_.try_emplace(row, Open{std::move(item), std::move(source), {}, 0, {}, {}}).first->second;
}

std::optional<sched::Unit> RangePlan::next(int) {
  while (!halt_) {
    if (under_way_.empty()) {
      const auto taken = queue_.take();
      if (!taken) return std::nullopt;
      open(taken->id.value);
    }
    const std::uint64_t row = under_way_.front();
    const auto at_work = open_.find(row);
    if (at_work != open_.end() && at_work->second.failures.empty()) {
      Open& item = at_work->second;
      if (const auto range = item.source.next()) {
        item.out.insert(range->begin.value);
        const Points points{range->begin.value, range->end.value};
        const RangeUnit unit{points, job_.unit(row, points)};
        return sched::Unit{row, core::to_bytes(unit), !item.begin};
      }
      end_if_done(row);  // an item without points
    }
    under_way_.pop_front();
  }
  return std::nullopt;
}

void RangePlan::begun(const sched::Unit& unit) {
  const auto at_work = open_.find(unit.item);
  if (at_work == open_.end() || at_work->second.begin) return;
  at_work->second.begin = clock_();
  queue_.begin({unit.item});
}

// ---- taking back ------------------------------------------------------------------------------------------

void RangePlan::completed(const sched::Unit& unit, std::span<const std::byte> bytes) {
  const std::uint64_t row = unit.item;
  const auto at_work = open_.find(row);
  if (halt_ || at_work == open_.end()) return;  // it was on its way when that happened
  const Points points = core::from_bytes<RangeUnit>(unit.body).points;
  const RangeResult result = core::from_bytes<RangeResult>(bytes);
  at_work->second.out.erase(points.begin);
  if (keep_) {
    const RangeRecord record{row, points, {bytes.begin(), bytes.end()}};
    keep_({range_record, core::to_bytes(record)});
  }
  take(row, points, result);
}

void RangePlan::take(std::uint64_t row, Points points, const RangeResult& result) {
  job_.merge(row, points, result.result);
  rows_[row].elapsed_s += result.elapsed_s;
  ++rows_[row].units;
  points_done_ += points.size();
  open_.at(row).done += points.size();
  end_if_done(row);
  const std::uint64_t goals = job_.goals_reached(result.result);
  if (!halt_ && goals > 0 && goal_.add(goals)) cancel_rest();
}

void RangePlan::failed(const sched::Unit& unit, const std::string& message) {
  const auto at_work = open_.find(unit.item);
  if (halt_ || at_work == open_.end()) return;
  const std::uint64_t begin = core::from_bytes<RangeUnit>(unit.body).points.begin;
  at_work->second.out.erase(begin);
  at_work->second.failures.emplace(begin, message);
  end_if_done(unit.item);
}

/// Ends an item that has all its points, or whose first failure is certain.
void RangePlan::end_if_done(std::uint64_t row) {
  const Open& item = open_.at(row);
  if (!item.failures.empty()) {
    const auto [begin, message] = *item.failures.begin();        // copies: the end forgets them
    if (!item.out.empty() && *item.out.begin() < begin) return;  // that one may fail too
    return end(row, RowStatus::failed, message);
  }
  if (item.done > item.item.points) throw core::ProtocolError("an item has more points than it should");
  if (item.done == item.item.points) end(row, RowStatus::completed, {});
}

void RangePlan::end(std::uint64_t row, RowStatus status, const std::string& message) {
  rows_[row].status = status;
  rows_[row].message = message;
  ++rows_done_;
  queue_.finish({row}, {item_state(status), {}, message});
  const auto ended = open_.extract(row);
  if (!ended.empty() && !ended.mapped().out.empty()) cancelled_.push_back(row);
  if (keep_ && status != RowStatus::completed && !halt_) {
    const EndRecord record{row, status, job_.item(row).timeout.count(), message};
    keep_({end_record, core::to_bytes(record)});
  }
  if (status == RowStatus::completed && job_.reached_goal(row) && goal_.add()) cancel_rest();
}

std::vector<std::uint64_t> RangePlan::take_cancelled() {
  return std::exchange(cancelled_, {});
}

// ---- ending -----------------------------------------------------------------------------------------------

void RangePlan::tick() {
  std::vector<std::uint64_t> late;
  for (const auto& [row, item] : open_) {
    if (item.item.timeout.count() > 0 && item.begin && clock_() - *item.begin > item.item.timeout)
      late.push_back(row);
  }
  for (const std::uint64_t row : late) {
    if (halt_) return;
    const double limit_s = 1e-3 * static_cast<double>(open_.at(row).item.timeout.count());
    end(row, RowStatus::timed_out, fmt::format("its time of {} s is over", limit_s));
  }
}

void RangePlan::stop() {
  if (!halt_.set()) return;
  for (const auto& [row, item] : open_) cancelled_.push_back(row);
}

void RangePlan::cancel_rest() {
  stop();
  const std::string why = "the goal of --stop-after was reached";
  for (std::uint64_t row = 0; row < rows_.size(); ++row) {
    if (job_.rows().first_equal(row) == row && rows_[row].status == RowStatus::pending)
      end(row, RowStatus::cancelled, why);
  }
  queue_.cancel_all(why);
}

Cancellation RangePlan::cancel(const std::string& id) {
  return cancel_row(id, {.noun = std::string(job_.words().item),
                         .size = rows_.size(),
                         .id = [&](std::uint64_t row) { return job_.item(row).name; },
                         .first_equal = [&](std::uint64_t row) { return job_.rows().first_equal(row); },
                         .status = [&](std::uint64_t row) { return rows_[row].status; },
                         .cancel =
                             [&](std::uint64_t row) {
                               queue_.cancel({row}, kCancelledByPerson);
                               end(row, RowStatus::cancelled, kCancelledByPerson);
                             }});
}

Extent RangePlan::extent() const {
  return {rows_done_, rows_to_run_, std::string(job_.words().item)};
}

// ---- restarts ---------------------------------------------------------------------------------------------

void RangePlan::survey(const store::JournalRecord& record) {
  if (record.type == end_record)
    ends_.note(core::ByteReader(record.payload).get<std::uint64_t>(), rows_.size());
}

void RangePlan::restore(const store::JournalRecord& record) {
  const auto row = core::ByteReader(record.payload).get<std::uint64_t>();  // the first field of both
  if (row >= rows_.size()) throw core::ProtocolError("an item that the input does not have");
  const bool shares = job_.rows().first_equal(row) != row;  // since a limit has changed
  if (halt_ || shares || rows_[row].status != RowStatus::pending) return;
  if (record.type == end_record) {
    if (!ends_.pass(row)) return;
    const auto ended = core::from_bytes<EndRecord>(record.payload);
    const std::chrono::milliseconds before(ended.limit_ms);
    if (ended.status == RowStatus::timed_out && has_grown(before, job_.item(row).timeout)) return;
    queue_.take({row});
    end(row, ended.status, ended.message);
  } else if (record.type == range_record) {
    const auto range = core::from_bytes<RangeRecord>(record.payload);
    const Points points = range.points;
    const auto result = core::from_bytes<RangeResult>(range.result);
    if (points.begin >= points.end || points.end > job_.item(row).points)
      throw core::ProtocolError("points that the item does not have");
    queue_.take({row});
    open(row).source.remove({{points.begin}, {points.end}});
    take(row, points, result);
  } else {
    throw core::ProtocolError(fmt::format("a record of the unknown type {}", record.type));
  }
}

}  // namespace gforbit::skeleton
