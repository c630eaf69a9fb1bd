#include "gforbit/cycles/kernel.hpp"

#include <algorithm>
#include <cassert>

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
  append(segments, std::move(other.segments));
  append(open, std::move(other.open));
  if (seen.size() < other.seen.size()) seen.resize(other.seen.size(), 0);
  for (std::size_t i = 0; i < other.seen.size(); ++i) seen[i] += other.seen[i];
  steps += other.steps;
}

void Findings::write(core::ByteWriter& out) const {
  out.put_array(cycles).put_array(segments).put_array(open).put_array(seen).put(steps);
}

Findings Findings::read(core::ByteReader& in) {
  Findings f;
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

void SegmentBlock::insert(const SegmentBlock& block) {
  assert(block.first_ >= first_ && block.first_ + block.size() <= first_ + size());
  const auto at = static_cast<std::ptrdiff_t>(block.first_ - first_);
  std::copy(block.entries_.begin(), block.entries_.end(), entries_.begin() + at);
  long_.insert(block.long_.begin(), block.long_.end());
}

void SegmentBlock::write(core::ByteWriter& out) const {
  out.put(first_).put_array(std::span<const Entry>(entries_)).put(static_cast<std::uint64_t>(long_.size()));
  for (const auto& [mark, length] : long_) out.put(mark).put(length);
}

SegmentBlock SegmentBlock::read(core::ByteReader& in) {
  SegmentBlock block;
  block.first_ = in.get<std::uint64_t>();
  block.entries_ = in.get_array<Entry, core::ZeroedAllocator<Entry>>();
  const auto longs = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < longs; ++i) {
    const auto mark = in.get<std::uint64_t>();
    block.long_[mark] = in.get<std::uint64_t>();
  }
  return block;
}

}  // namespace gforbit::cycles
