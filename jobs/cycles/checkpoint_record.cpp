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
int turn(UnitKind kind) {
  return kind == UnitKind::rims ? 1000 : static_cast<int>(kind);
}

bool is_of_tree(UnitKind kind) {
  return kind == UnitKind::basins || kind == UnitKind::open_basins || kind == UnitKind::rims ||
         kind == UnitKind::tree_leaders || kind == UnitKind::tree_walks;
}

bool is_of_bijection(UnitKind kind) {
  return kind == UnitKind::segments || kind == UnitKind::short_cycles || kind == UnitKind::leaders ||
         kind == UnitKind::walks;
}

/// Findings of several units, merged; the blocks of segments, side by side.
class Merged {
 public:
  explicit Merged(const RangeRecord& first) : record_(first) { take(first); }

  /// False if the record cannot become part of this one.
  bool absorb(const RangeRecord& next) {
    RecordedUnit& unit = record_.unit;
    if (unit.row != next.unit.row || record_.phase != next.phase || unit.kind != next.unit.kind) return false;
    if (!is_of_tree(unit.kind) && !is_of_bijection(unit.kind)) return false;
    if (unit.kind == UnitKind::segments && unit.range.end != next.unit.range.begin && !is_contracted())
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
    if (record_.unit.kind == UnitKind::segments) joined_blocks().write(out);
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
    if (record.unit.kind == UnitKind::segments) blocks_.push_back(cycles::SegmentBlock::read(in));
  }

  RangeRecord record_;
  std::size_t parts_ = 1;
  cycles::Findings findings_;
  cycles::TreeFindings trees_;
  std::vector<cycles::SegmentBlock> blocks_;
};

}  // namespace

RecordedUnit RecordedUnit::of(const RegisterUnit& unit) {
  RecordedUnit record;
  record.row = unit.row;
  const auto note = cycles::Overloaded{
      [&](const cycles::SegmentsUnit& task) {
        record.kind = UnitKind::segments;
        record.range = task.marks;
      },
      [&](const cycles::ShortCyclesUnit& task) {
        record.kind = UnitKind::short_cycles;
        record.range = task.periods;
      },
      [&](const cycles::LeadersUnit& task) {
        record.kind = UnitKind::leaders;
        record.range = task.candidates;
      },
      [&](const cycles::WalksUnit& task) {
        record.kind = UnitKind::walks;
        record.walks = task.walks;
      },
      [&](const cycles::ContractionUnit&) { record.kind = UnitKind::contraction; },
      [&](const cycles::InterleavedUnit&) { record.kind = UnitKind::interleaved; },
      [&](const cycles::BasinsUnit& task) {
        record.kind = UnitKind::basins;
        record.range = task.marks;
      },
      [&](const cycles::OpenBasinsUnit& task) {
        record.kind = UnitKind::open_basins;
        record.trees = task.walks;
      },
      [&](const cycles::RimsUnit& task) {
        record.kind = UnitKind::rims;
        record.rims = task.walks;
      },
      [&](const cycles::TreeLeadersUnit& task) {
        record.kind = UnitKind::tree_leaders;
        record.range = task.candidates;
      },
      [&](const cycles::TreeWalksUnit& task) {
        record.kind = UnitKind::tree_walks;
        record.walks = task.walks;
      },
      [&](const cycles::PeelingUnit&) { record.kind = UnitKind::peeling; },
      [&](const cycles::BasinSearchUnit&) { record.kind = UnitKind::basin_search; },
  };
  std::visit(cycles::Overloaded{
                 [&](const ClassifyUnit&) { record.kind = UnitKind::classify; },
                 [&](const AlgebraUnit&) { record.kind = UnitKind::algebra; },
                 [&](const cycles::MappingUnit& of_mapping) {
                   record.plan = of_mapping.plan;
                   std::visit(note, of_mapping.task);
                 },
             },
             unit.task);
  return record;
}

RegisterUnit RecordedUnit::unit() const {
  const auto with = [this](cycles::MappingTask task) {
    return RegisterUnit{row, {}, cycles::MappingUnit{plan, 0, std::move(task)}};
  };
  switch (kind) {
    case UnitKind::algebra:
      return {row, {}, AlgebraUnit{}};
    case UnitKind::classify:
      return {row, {}, ClassifyUnit{}};
    case UnitKind::interleaved:
      return with(cycles::InterleavedUnit{});
    case UnitKind::peeling:
      return with(cycles::PeelingUnit{});
    case UnitKind::segments:
      return with(cycles::SegmentsUnit{range});
    case UnitKind::short_cycles:
      return with(cycles::ShortCyclesUnit{range});
    case UnitKind::leaders:
      return with(cycles::LeadersUnit{range});
    case UnitKind::walks:
      return with(cycles::WalksUnit{walks});
    case UnitKind::basins:
      return with(cycles::BasinsUnit{range});
    case UnitKind::open_basins:
      return with(cycles::OpenBasinsUnit{trees});
    case UnitKind::rims:
      return with(cycles::RimsUnit{rims});
    case UnitKind::tree_leaders:
      return with(cycles::TreeLeadersUnit{range});
    case UnitKind::tree_walks:
      return with(cycles::TreeWalksUnit{walks});
    case UnitKind::contraction:
      return with(cycles::ContractionUnit{});
    case UnitKind::basin_search:
      return with(cycles::BasinSearchUnit{});
    case UnitKind::bundle:
      break;
  }
  core::fail_corrupt("has a unit of an unknown kind");
}

store::JournalRecord RangeRecord::journal_with(std::span<const std::byte> result_elsewhere) const {
  core::ByteWriter out;
  out.put(phase).put(elapsed_s).put_array(core::to_bytes(unit)).put_array(ranges).put_array(result_elsewhere);
  return make(RecordType::range, out);
}

RangeRecord RangeRecord::read(std::span<const std::byte> payload) {
  core::ByteReader in(payload);
  RangeRecord record;
  record.phase = in.get<std::uint32_t>();
  record.elapsed_s = in.get<double>();
  record.unit = core::from_bytes<RecordedUnit>(in.get_bytes());
  record.ranges = in.get_array<core::StateRange>();
  record.result = in.get_array<std::byte>();
  return record;
}

bool RowRecord::timed_out() const {
  if (report.status == RowStatus::timed_out) return true;
  return report.status == RowStatus::completed && !order.enumerate && report.algebra &&
         !report.algebra->complete && report.algebra->stopped;
}

store::JournalRecord RowRecord::journal() const {
  return {static_cast<std::uint32_t>(RecordType::row), core::to_bytes(*this)};
}

RowRecord RowRecord::read(std::span<const std::byte> payload) {
  return core::from_bytes<RowRecord>(payload);
}

store::JournalRecord EndedRecord::journal() const {
  return {static_cast<std::uint32_t>(RecordType::ended), core::to_bytes(*this)};
}

EndedRecord EndedRecord::read(std::span<const std::byte> payload) {
  return core::from_bytes<EndedRecord>(payload);
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
