// What the plan keeps for a restart, and how it takes it back.

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "cycles/plan_large.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::job_cycles {

namespace {

/// The cut of an earlier run, worked on at the vector level and with the memory of this one.
cycles::RangePlan with_simd(cycles::RangePlan plan, cycles::Simd simd, bool sieve) {
  plan.sieve = sieve;
  plan.simd =
      plan.kernel != cycles::KernelKind::scalar && simd == cycles::SimdLevel::scalar ? cycles::Simd{} : simd;
  return plan;
}

bool same_cut(const cycles::RangePlan& a, const cycles::RangePlan& b) {
  return with_simd(a, {}, false) == with_simd(b, {}, false);
}

}  // namespace

void CyclesPlan::keep_range(const LargeRegister& large, std::uint32_t phase, const RegisterUnit& unit,
                            std::span<const std::byte> result) {
  RangeRecord record{phase, elapsed_s(large), RecordedUnit::of(unit), {}, {}};
  if (!record.unit.range.empty()) record.ranges.push_back(record.unit.range);
  keep_(record.journal_with(result));
}

void CyclesPlan::restore(const store::JournalRecord& record) {
  if (stopped_) return;  // --stop-after was reached already
  switch (static_cast<RecordType>(record.type)) {
    case RecordType::range: {
      const RangeRecord range = RangeRecord::read(record.payload);
      if (counts(range.unit.row)) restore_range(range);
      return;
    }
    case RecordType::row:
      return restore_row(RowRecord::read(record.payload));
    case RecordType::ended: {
      const EndedRecord ended = EndedRecord::read(record.payload);
      if (!pass_end(ended.row)) return;
      queue_.take({ended.row});
      close(ended.row, ended.status, ended.message);
      return end_large(ended.row);
    }
  }
  throw core::ProtocolError(fmt::format("a record of the unknown type {}", record.type));
}

void CyclesPlan::survey(const store::JournalRecord& record) {
  ends_ahead_.resize(rows_.size());
  const auto type = static_cast<RecordType>(record.type);
  if (type != RecordType::row && type != RecordType::ended) return;
  const std::uint64_t row = type == RecordType::row ? RowRecord::read(record.payload).report.row
                                                    : EndedRecord::read(record.payload).row;
  if (row >= rows_.size()) return;  // restore() refuses it
  if (ends_ahead_[row] < 255) ++ends_ahead_[row];
}

/// Of a range: no end of its register follows, which would make it worthless, and it has none.
bool CyclesPlan::counts(std::uint64_t row) const {
  if (row >= ends_ahead_.size()) return true;
  return ends_ahead_[row] == 0 && rows_.status(row) == RowStatus::pending && rows_.first_equal(row) == row;
}

/// An end of a register. @return it is the last one, and the register does not share another one's result
bool CyclesPlan::pass_end(std::uint64_t row) {
  if (row >= rows_.size()) throw core::ProtocolError("a row that the input does not have");
  const bool is_last = row >= ends_ahead_.size() || --ends_ahead_[row] == 0;
  if (!is_last || rows_.first_equal(row) != row) return false;
  if (rows_.status(row) != RowStatus::pending) throw core::ProtocolError("a register that ends twice");
  return true;
}

void CyclesPlan::restore_row(RowRecord record) {
  const std::uint64_t row = record.report.row;
  if (!pass_end(row)) return;
  if (record.limit_s > 0 && record.timed_out()) {
    const double limit_s = timeout_of(input_.at(row)).count();
    if (limit_s == 0 || limit_s > record.limit_s) return;
  }
  queue_.take({row});
  if (find_large(row) != nullptr) {
    end_large(row);
  } else {
    steps_ += record.report.steps;
  }
  settle(row, std::move(record.report), record.order, record.n_ranges);
}

CyclesPlan::LargeRegister& CyclesPlan::open_restored(std::uint64_t row) {
  if (row >= rows_.size()) throw core::ProtocolError("a row that the input does not have");
  if (rows_.status(row) != RowStatus::pending)
    throw core::ProtocolError("a range of a register that has ended");
  const RegisterRequest request = input_.at(row);
  queue_.take({row});
  large_.push_back(std::make_unique<LargeRegister>(LargeRegister{
      row, request.reg, RegisterSpec::of(request.reg), work_order(request), timeout_of(request)}));
  return *large_.back();
}

void CyclesPlan::restore_range(const RangeRecord& record) {
  LargeRegister* const found = find_large(record.unit.row);
  LargeRegister& large = found != nullptr ? *found : open_restored(record.unit.row);
  large.begin = clock_() - std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                               std::chrono::duration<double>(record.elapsed_s));
  ++large.n_ranges;
  const RegisterUnit unit = record.unit.unit();
  const cycles::MappingUnit* const of_mapping = unit.mapping();
  if (of_mapping == nullptr) {
    (unit.is_algebra() ? large.algebra_out : large.classify_out) = true;
    merge_large(large, unit, record.result);
    return;
  }
  if (!large.mapping) throw core::ProtocolError("a range of a register that was not classified");
  if (record.is_of_second_mapping() && !large.first) {
    if (!large.mapping->complete()) throw core::ProtocolError("results are out of order");
    begin_again(large);
  }
  if (!same_cut(large.mapping->plan(), of_mapping->plan)) {
    // Another bound of memory or vector level; of the mapping made for it nothing was handed out yet.
    if (large.mapping->steps_done() > 0) throw core::ProtocolError("a register was cut in two ways");
    const cycles::MappingOptions options = options_of(large);
    large.mapping =
        cycles::make_mapping(large.reg, large.nonsingular, options,
                             with_simd(of_mapping->plan, options.simd, large.mapping->plan().sieve));
  }
  // Nothing is out here, so a phase may end earlier than it did then; never later.
  if (large.phase() < record.phase) throw core::ProtocolError("results are out of order");
  large.mapping->restore(*of_mapping, record.ranges, record.result);
  count_steps(large);
}

void CyclesPlan::end_restore() {
  ends_ahead_ = {};
  std::vector<std::uint64_t> open;
  for (const auto& large : large_) open.push_back(large->row);
  for (const std::uint64_t row : open) {
    if (LargeRegister* const large = find_large(row)) finish_if_done(*large);
  }
}

}  // namespace gforbit::job_cycles
