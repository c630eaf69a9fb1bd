#include "cycles/checkpoint_compaction.hpp"

#include <algorithm>

namespace gforbit::job_cycles {

namespace {

RecordType type_of(const store::JournalRecord& record) {
  return static_cast<RecordType>(record.type);
}

std::uint64_t row_of_ended(const store::JournalRecord& record) {
  return type_of(record) == RecordType::row ? RowRecord::read(record.payload).report.row
                                            : EndedRecord::read(record.payload).row;
}

bool is_timed_out(const store::JournalRecord& record) {
  return type_of(record) == RecordType::row && RowRecord::read(record.payload).timed_out();
}

/// These hold bytes for each mark.
bool has_marks(UnitKind kind) {
  return kind == UnitKind::segments || kind == UnitKind::basins;
}

/// Segments without the table: what else was found on the way.
RangeRecord without_marks(RangeRecord record) {
  core::ByteReader in(record.result);
  const auto findings = cycles::Findings::read(in);
  core::ByteWriter out;
  findings.write(out);
  cycles::SegmentBlock().write(out);
  record.result = out.take();
  return record;
}

}  // namespace

std::uint64_t CheckpointCompaction::AtWork::bytes() const {
  std::uint64_t sum = marks[0].bytes + marks[1].bytes;
  for (const auto& [kind, bytes] : small) sum += bytes.all;
  return sum;
}

void CheckpointCompaction::see(const store::JournalRecord& record) {
  if (type_of(record) != RecordType::range) {
    if (is_timed_out(record)) ++timed_out_[row_of_ended(record)];
    if (const auto ended = at_work_.extract(row_of_ended(record))) ended_bytes_ += ended.mapped().bytes();
    return;
  }
  const RangeRecord range = RangeRecord::read(record.payload);
  AtWork& large = at_work_[range.unit.row];
  const UnitKind kind = range.unit.kind;
  AtWork::Marks& marks = large.marks[range.is_of_second_mapping() ? 1 : 0];
  if (has_marks(kind)) {
    marks.bytes += record.payload.size();
    return;
  }
  marks.contracted = marks.contracted || kind == UnitKind::contraction;
  AtWork::Bytes& bytes = large.small[{range.phase, kind}];
  bytes.all += record.payload.size();
  bytes.largest = std::max<std::uint64_t>(bytes.largest, record.payload.size());
}

std::uint64_t CheckpointCompaction::outdated_bytes() const {
  std::uint64_t sum = ended_bytes_;
  for (const auto& [row, large] : at_work_) {
    for (const AtWork::Marks& marks : large.marks) sum += marks.contracted ? marks.bytes : 0;
    for (const auto& [kind, bytes] : large.small) sum += bytes.all - bytes.largest;
  }
  return sum;
}

std::optional<store::JournalRecord> CheckpointCompaction::keep(store::JournalRecord record) {
  if (type_of(record) != RecordType::range) {
    if (is_timed_out(record)) --timed_out_[row_of_ended(record)];
    return record;
  }
  RangeRecord range = RangeRecord::read(record.payload);
  const auto large = at_work_.find(range.unit.row);
  if (large == at_work_.end()) return std::nullopt;
  if (const auto ends = timed_out_.find(range.unit.row); ends != timed_out_.end() && ends->second > 0)
    return std::nullopt;
  // What comes first of a register must stay first.
  if (range.phase == 0) return record;
  const bool second = range.is_of_second_mapping();
  const bool marks = has_marks(range.unit.kind);
  const bool contracted = large->second.marks[second ? 1 : 0].contracted;
  if (marks && !contracted && !second) return record;
  held_.push_back(marks && contracted ? without_marks(std::move(range)).journal() : std::move(record));
  return std::nullopt;
}

launch::Records CheckpointCompaction::rest() {
  return condense(std::move(held_));
}

}  // namespace gforbit::job_cycles
