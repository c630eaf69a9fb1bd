#include "quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace gforbit::stream {

Quantiles::Quantiles(std::uint64_t exact)
    : exact_(std::max<std::uint64_t>(exact, 1024)),
      k_(static_cast<std::size_t>(exact_ / 32 / 2 * 2)),
      levels_(1),
      odd_(1, 0) {}

void Quantiles::add(double value) {
  ++count_;
  levels_[0].push_back(value);
  if (!is_sketch_) {
    if (levels_[0].size() <= exact_) return;
    is_sketch_ = true;
    while (levels_.back().size() >= k_) compact(levels_.size() - 1);
    return;
  }
  for (std::size_t level = 0; levels_[level].size() >= k_; ++level) compact(level);
}

/// Every second value of a level goes to the next one; of an odd number the largest stays.
void Quantiles::compact(std::size_t level) {
  if (level + 1 == levels_.size()) {
    levels_.emplace_back();
    odd_.push_back(0);
  }
  std::vector<double>& from = levels_[level];
  std::ranges::sort(from);
  const std::size_t even = from.size() / 2 * 2;
  for (std::size_t i = odd_[level]; i < even; i += 2) levels_[level + 1].push_back(from[i]);
  odd_[level] ^= 1;
  from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(even));
  if (from.capacity() > 2 * k_) from.shrink_to_fit();
}

double Quantiles::quantile(double share) const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<double, std::uint64_t>> values;  // and weights
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    for (const double value : levels_[level]) values.emplace_back(value, std::uint64_t{1} << level);
  }
  std::ranges::sort(values);
  const double place = share * static_cast<double>(count_ - 1);
  const auto below = static_cast<std::uint64_t>(place);
  std::uint64_t before = 0;  // values that come before the one looked at
  for (std::size_t i = 0; i < values.size(); ++i) {
    before += values[i].second;
    if (before <= below) continue;
    const double next = before > below + 1 || i + 1 == values.size() ? values[i].first : values[i + 1].first;
    if (next == values[i].first) return next;
    return values[i].first + (place - static_cast<double>(below)) * (next - values[i].first);
  }
  return values.back().first;
}

std::uint64_t Quantiles::bytes() const noexcept {
  std::uint64_t bytes = sizeof(Quantiles);
  for (const auto& level : levels_) bytes += sizeof(level) + level.capacity() * sizeof(double);
  return bytes;
}

void Quantiles::save(core::ByteWriter& out) const {
  out.put(count_).put(is_sketch_).put(static_cast<std::uint64_t>(levels_.size()));
  for (const auto& level : levels_) out.put_array(level);
  out.put_array(odd_);
}

void Quantiles::load(core::ByteReader& in) {
  count_ = in.get<std::uint64_t>();
  is_sketch_ = in.get<bool>();
  const auto n = in.get_count();
  levels_.clear();
  for (std::uint64_t i = 0; i < n; ++i) levels_.push_back(in.get_array<double>());
  odd_ = in.get_array<std::uint8_t>();
}

}  // namespace gforbit::stream
