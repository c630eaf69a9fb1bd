#include "gforbit/sched/statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gforbit::sched {

void TimeHistogram::add(std::chrono::nanoseconds time) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) / 1000;
  ++buckets_[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(us)), kBuckets - 1)];
  ++count_;
  total_s_ += std::chrono::duration<double>(time).count();
}

void TimeHistogram::merge(const TimeHistogram& other) {
  for (std::size_t k = 0; k < kBuckets; ++k) buckets_[k] += other.buckets_[k];
  count_ += other.count_;
  total_s_ += other.total_s_;
}

double TimeHistogram::bound_s(std::size_t k) {
  return std::ldexp(1e-6, static_cast<int>(k));
}

double TimeHistogram::quantile_s(double share) const {
  if (count_ == 0) return 0;
  const double wanted = share * static_cast<double>(count_);
  std::uint64_t below = 0;
  for (std::size_t k = 0; k < kBuckets; ++k) {
    below += buckets_[k];
    if (below > 0 && static_cast<double>(below) >= wanted) return bound_s(k);
  }
  return bound_s(kBuckets - 1);
}

}  // namespace gforbit::sched
