#include "cycles/checkpoint_record.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace gforbit::job_cycles {

namespace {

store::JournalRecord make(RecordType type, core::ByteWriter& out) {
  return {static_cast<std::uint32_t>(type), out.take()};
}

RecordType type_of(const store::JournalRecord& record) {
  return static_cast<RecordType>(record.type);
}

/// Ranges before walks, walks before what they lead to, so that no walk is taken back before it was left.
int turn(cycles::UnitKind kind) {
  return kind == cycles::UnitKind::rims ? 1000 : static_cast<int>(kind);
}

bool is_of_tree(cycles::UnitKind kind) {
  return kind == cycles::UnitKind::basins || kind == cycles::UnitKind::open_basins ||
         kind == cycles::UnitKind::rims || kind == cycles::UnitKind::tree_leaders ||
         kind == cycles::UnitKind::tree_walks;
}

bool is_of_bijection(cycles::UnitKind kind) {
  return kind == cycles::UnitKind::segments || kind == cycles::UnitKind::short_cycles ||
         kind == cycles::UnitKind::leaders || kind == cycles::UnitKind::walks;
}

/// Findings of several units, merged; the blocks of segments, side by side.
class Merged {
 public:
  explicit Merged(const RangeRecord& first) : record_(first) { take(first); }

  /// False if the record cannot become part of this one.
  bool absorb(const RangeRecord& next) {
    RegisterUnit& unit = record_.unit;
    if (unit.row != next.unit.row || record_.phase != next.phase || unit.kind != next.unit.kind) return false;
    if (!is_of_tree(unit.kind) && !is_of_bijection(unit.kind)) return false;
    if (unit.kind == cycles::UnitKind::segments && unit.range.end != next.unit.range.begin &&
        !is_contracted())
      return false;
    // What was condensed before may span more than what comes behind it.
    unit.range.end = std::max(unit.range.end, next.unit.range.end);
    append(record_.ranges, next.ranges);
    append(unit.walks, next.unit.walks);
    append(unit.trees, next.unit.trees);
    append(unit.rims, next.unit.rims);
    record_.elapsed_s = std::max(record_.elapsed_s, next.elapsed_s);
    take(next);
    ++parts_;
    return true;
  }

  [[nodiscard]] store::JournalRecord journal() {
    if (parts_ == 1) return record_.journal();
    join_ranges();
    core::ByteWriter out;
    if (is_of_tree(record_.unit.kind)) {
      trees_.write(out);
    } else {
      findings_.write(out);
    }
    if (record_.unit.kind == cycles::UnitKind::segments) joined_blocks().write(out);
    record_.result = out.take();
    return record_.journal();
  }

 private:
  template <class T>
  static void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }

  /// Segments without their table.
  [[nodiscard]] bool is_contracted() const { return blocks_.front().size() == 0; }

  [[nodiscard]] cycles::SegmentBlock joined_blocks() const {
    if (is_contracted()) return {};
    cycles::SegmentBlock whole(record_.unit.range);
    for (const cycles::SegmentBlock& block : blocks_) whole.insert(block);
    return whole;
  }

  /// Increasing, not touching.
  void join_ranges() {
    std::sort(record_.ranges.begin(), record_.ranges.end(),
              [](core::StateRange a, core::StateRange b) { return a.begin < b.begin; });
    std::vector<core::StateRange> joined;
    for (const core::StateRange range : record_.ranges) {
      if (!joined.empty() && joined.back().end == range.begin) {
        joined.back().end = range.end;
      } else {
        joined.push_back(range);
      }
    }
    record_.ranges = std::move(joined);
  }

  void take(const RangeRecord& record) {
    core::ByteReader in(record.result);
    if (is_of_tree(record.unit.kind)) trees_.merge(cycles::TreeFindings::read(in));
    if (is_of_bijection(record.unit.kind)) findings_.merge(cycles::Findings::read(in));
    if (record.unit.kind == cycles::UnitKind::segments) blocks_.push_back(cycles::SegmentBlock::read(in));
  }

  RangeRecord record_;
  std::size_t parts_ = 1;
  cycles::Findings findings_;
  cycles::TreeFindings trees_;
  std::vector<cycles::SegmentBlock> blocks_;
};

}  // namespace

store::JournalRecord RangeRecord::journal_with(std::span<const std::byte> result_elsewhere) const {
  core::ByteWriter out;
  out.put(phase).put(elapsed_s).put_array(unit.bytes()).put_array(ranges).put_array(result_elsewhere);
  return make(RecordType::range, out);
}

RangeRecord RangeRecord::read(std::span<const std::byte> payload) {
  core::ByteReader in(payload);
  RangeRecord record;
  record.phase = in.get<std::uint32_t>();
  record.elapsed_s = in.get<double>();
  record.unit = RegisterUnit::read(in.get_array<std::byte>());
  record.ranges = in.get_array<core::StateRange>();
  record.result = in.get_array<std::byte>();
  return record;
}

bool RowRecord::timed_out() const {
  if (report.status == MapStatus::timed_out) return true;
  return report.status == MapStatus::completed && !order.enumerate && report.algebra &&
         !report.algebra->complete && report.algebra->stopped;
}

store::JournalRecord RowRecord::journal() const {
  core::ByteWriter out;
  out.put(order).put(n_ranges);
  report.write(out);
  out.put(limit_s);
  return make(RecordType::row, out);
}

RowRecord RowRecord::read(std::span<const std::byte> payload) {
  core::ByteReader in(payload);
  RowRecord record;
  record.order = in.get<WorkOrder>();
  record.n_ranges = in.get<std::uint64_t>();
  record.report = MapReport::read(in);
  if (!in.at_end()) record.limit_s = in.get<double>();
  return record;
}

store::JournalRecord EndedRecord::journal() const {
  core::ByteWriter out;
  out.put(row).put(status).put_text(message);
  return make(RecordType::ended, out);
}

EndedRecord EndedRecord::read(std::span<const std::byte> payload) {
  core::ByteReader in(payload);
  EndedRecord record;
  record.row = in.get<std::uint64_t>();
  record.status = in.get<std::int8_t>();
  record.message = in.get_text();
  return record;
}

std::vector<store::JournalRecord> condense(std::vector<store::JournalRecord> records) {
  std::set<std::uint64_t> ended;
  for (const auto& record : records) {
    if (type_of(record) == RecordType::row) ended.insert(RowRecord::read(record.payload).report.row);
    if (type_of(record) == RecordType::ended) ended.insert(EndedRecord::read(record.payload).row);
  }
  std::vector<RangeRecord> ranges;
  std::vector<store::JournalRecord> others;
  for (auto& record : records) {
    if (type_of(record) != RecordType::range) {
      others.push_back(std::move(record));
      continue;
    }
    RangeRecord range = RangeRecord::read(record.payload);
    record.payload = {};
    if (!ended.contains(range.unit.row)) ranges.push_back(std::move(range));
  }
  std::stable_sort(ranges.begin(), ranges.end(), [](const RangeRecord& a, const RangeRecord& b) {
    return std::tuple(a.unit.row, a.phase, turn(a.unit.kind), a.unit.range.begin) <
           std::tuple(b.unit.row, b.phase, turn(b.unit.kind), b.unit.range.begin);
  });
  std::vector<store::JournalRecord> condensed;
  for (std::size_t i = 0; i < ranges.size();) {
    Merged merged(ranges[i]);
    for (++i; i < ranges.size() && merged.absorb(ranges[i]);) ++i;
    condensed.push_back(merged.journal());
  }
  condensed.insert(condensed.end(), std::make_move_iterator(others.begin()),
                   std::make_move_iterator(others.end()));
  return condensed;
}

}  // namespace gforbit::job_cycles
