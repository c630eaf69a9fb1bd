#include "gforbit/cycles/census.hpp"

#include <algorithm>
#include <bit>

namespace gforbit::cycles {

void CycleCensus::add(Cycle cycle) {
  ++distribution_[cycle.period];
  if (stored_ == 0) return;
  rows_.push_back(cycle);
  trim();
}

void CycleCensus::merge(const CycleCensus& other) {
  for (const auto& [period, count] : other.distribution_) distribution_[period] += count;
  if (stored_ == 0) return;
  rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
  trim();
}

void CycleCensus::trim() {
  if (rows_.size() / 2 < stored_ || rows_.size() <= stored_) return;
  const auto keep = rows_.begin() + static_cast<std::ptrdiff_t>(stored_);
  std::nth_element(rows_.begin(), keep, rows_.end());
  rows_.erase(keep, rows_.end());
}

core::Natural CycleCensus::states() const {
  core::Natural sum = 0;
  for (const auto& [period, count] : distribution_) sum += core::Natural(period) * count;
  return sum;
}

core::Natural CycleCensus::cycles() const {
  core::Natural sum = 0;
  for (const auto& [period, count] : distribution_) sum += count;
  return sum;
}

std::vector<Cycle> CycleCensus::rows() const {
  std::vector<Cycle> sorted = rows_;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.size() > stored_) sorted.resize(stored_);
  return sorted;
}

void CycleCensus::write(core::ByteWriter& out) const {
  out.put(stored_).put(static_cast<std::uint64_t>(distribution_.size()));
  for (const auto& [period, count] : distribution_) out.put(period).put(count);
  out.put_array(rows());
}

CycleCensus CycleCensus::read(core::ByteReader& in) {
  CycleCensus census(in.get<std::uint64_t>());
  const auto periods = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < periods; ++i) {
    const auto period = in.get<std::uint64_t>();
    census.distribution_[period] = in.get<std::uint64_t>();
  }
  census.rows_ = in.get_array<Cycle>();
  return census;
}

std::uint64_t TransientLengths::bin_end(std::uint64_t length) noexcept {
  constexpr int kExactBits = 6, kBinBits = 4;
  const auto bits = static_cast<int>(std::bit_width(length));
  if (bits <= kExactBits) return length + 1;
  const int shift = bits - 1 - kBinBits;
  return ((length >> shift) + 1) << shift;
}

void TransientLengths::write(core::ByteWriter& out) const {
  out.put(static_cast<std::uint64_t>(states_.size()));
  for (const auto& [end, states] : states_) out.put(end).put(states);
}

TransientLengths TransientLengths::read(core::ByteReader& in) {
  TransientLengths lengths;
  for (auto left = in.get_count(2 * sizeof(std::uint64_t)); left > 0; --left) {
    const auto end = in.get<std::uint64_t>();
    lengths.states_[end] += in.get<std::uint64_t>();
  }
  return lengths;
}

bool covers_all_states(const core::Natural& state_count, const CycleCensus& census,
                       const core::Natural& transient_states) {
  return census.states() + transient_states == state_count;
}

}  // namespace gforbit::cycles
