#include "gforbit/cycles/kernel.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>

#include "gforbit/core/error.hpp"

namespace gforbit::cycles {

namespace {
template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  if (to.empty()) {
    to = std::move(from);
  } else {
    to.insert(to.end(), from.begin(), from.end());
  }
}
}  // namespace

void Findings::merge(Findings&& other) {
  append(cycles, std::move(other.cycles));
  if (counted.distribution().empty()) {
    counted = std::move(other.counted);
  } else {
    counted.merge(other.counted);
  }
  append(segments, std::move(other.segments));
  append(open, std::move(other.open));
  if (seen.size() < other.seen.size()) seen.resize(other.seen.size(), 0);
  for (std::size_t i = 0; i < other.seen.size(); ++i) seen[i] += other.seen[i];
  steps += other.steps;
}

void Findings::count_cycles(core::StateRange candidates, std::uint64_t stored) {
  constexpr std::size_t kFew = 1 << 12;
  if (cycles.size() <= kFew) return;
  std::sort(cycles.begin(), cycles.end());
  if (cycles.front().representative < candidates.begin.value ||
      cycles.back().representative >= candidates.end.value)
    throw core::CertificateError("a cycle came from a range that it is not in");
  const auto same = [](const Cycle& a, const Cycle& b) { return a.representative == b.representative; };
  if (std::adjacent_find(cycles.begin(), cycles.end(), same) != cycles.end())
    throw core::CertificateError("a cycle of a range was counted twice");
  CycleCensus census(stored);
  for (const Cycle& cycle : cycles) census.add(cycle);
  cycles = {};
  Findings more;
  more.counted = std::move(census);
  merge(std::move(more));
}

void Findings::write(core::ByteWriter& out) const {
  counted.write(out);
  out.put_array(cycles).put_array(segments).put_array(open).put_array(seen).put(steps);
}

Findings Findings::read(core::ByteReader& in) {
  Findings f;
  f.counted = CycleCensus::read(in);
  f.cycles = in.get_array<Cycle>();
  f.segments = in.get_array<Segment>();
  f.open = in.get_array<OpenWalk>();
  f.seen = in.get_array<std::uint64_t>();
  f.steps = in.get<std::uint64_t>();
  return f;
}

void SegmentBlock::set(std::uint64_t mark, std::uint64_t next, std::uint64_t length) {
  assert(length > 0 && next <= 0xffffffff);
  const std::uint64_t i = mark - first_;
  entries_[i] = {static_cast<std::uint32_t>(next),
                 length < kLong ? static_cast<std::uint32_t>(length) : kLong};
  if (length >= kLong) long_[mark] = length;
}

std::uint64_t SegmentBlock::length(std::uint64_t mark) const {
  const std::uint32_t length = entries_[mark - first_].length;
  return length == kLong ? long_.at(mark) : length;
}

void SegmentBlock::refuse(Entry found) {
  throw core::CertificateError(found.next == kTaken.next ? "two segments end at one mark: a range is wrong"
                                                         : "a mark has no segment: a range was lost");
}

void SegmentBlock::insert(const SegmentBlock& block) {
  assert(block.first_ >= first_ && block.first_ + block.size() <= first_ + size());
  const auto at = static_cast<std::ptrdiff_t>(block.first_ - first_);
  std::copy(block.entries_.begin(), block.entries_.end(), entries_.begin() + at);
  long_.insert(block.long_.begin(), block.long_.end());
}

void SegmentBlock::insert(core::ByteReader& block) {
  const auto first = block.get<std::uint64_t>();
  const std::span<const std::byte> entries = block.get_bytes(sizeof(Entry));
  if (first < first_ || first - first_ > size() || entries.size() / sizeof(Entry) > size() - (first - first_))
    core::fail_corrupt("has segments of marks that are not there");
  if (!entries.empty()) std::memcpy(&entries_[first - first_], entries.data(), entries.size());
  read_long(block);
}

void SegmentBlock::read_long(core::ByteReader& in) {
  const auto n = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto mark = in.get<std::uint64_t>();
    long_[mark] = in.get<std::uint64_t>();
  }
}

void SegmentBlock::prepare_some() noexcept {
#ifdef MADV_POPULATE_WRITE
  constexpr std::uint64_t kBytes = std::uint64_t{1} << 21, kEntries = kBytes / sizeof(Entry);
  if (prepared_ + 2 * kEntries > size()) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(entries_.data() + prepared_);
  const std::uintptr_t page = (begin + kBytes - 1) & ~(kBytes - 1);
  ::madvise(reinterpret_cast<void*>(page), kBytes, MADV_POPULATE_WRITE);
  prepared_ += kEntries;
#endif
}

void SegmentBlock::write(core::ByteWriter& out) const {
  out.put(first_).put_array(std::span<const Entry>(entries_)).put(static_cast<std::uint64_t>(long_.size()));
  for (const auto& [mark, length] : long_) out.put(mark).put(length);
}

SegmentBlock SegmentBlock::read(core::ByteReader& in) {
  SegmentBlock block;
  block.first_ = in.get<std::uint64_t>();
  block.entries_ = in.get_array<Entry, core::ZeroedAllocator<Entry>>();
  block.read_long(in);
  return block;
}

}  // namespace gforbit::cycles
