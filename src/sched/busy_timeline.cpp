#include "gforbit/sched/busy_timeline.hpp"

#include <algorithm>
#include <cmath>

namespace gforbit::sched {

void BusyTimeline::cover(double end_s) {
  end_s_ = std::max(end_s_, end_s);
  while (end_s_ > static_cast<double>(kBins) * width_s_) {
    for (std::size_t k = 0; k < kBins / 2; ++k) busy_s_[k] = busy_s_[2 * k] + busy_s_[2 * k + 1];
    std::fill(busy_s_.begin() + kBins / 2, busy_s_.end(), 0.0F);
    width_s_ *= 2;
  }
}

void BusyTimeline::add(double begin_s, double end_s) {
  cover(end_s);
  auto k = static_cast<std::size_t>(std::max(begin_s, 0.0) / width_s_);
  for (; k < kBins && static_cast<double>(k) * width_s_ < end_s; ++k) {
    const double from = std::max(begin_s, static_cast<double>(k) * width_s_);
    const double to = std::min(end_s, static_cast<double>(k + 1) * width_s_);
    busy_s_[k] += static_cast<float>(std::max(to - from, 0.0));
  }
}

std::size_t BusyTimeline::size() const noexcept {
  return std::min(kBins, static_cast<std::size_t>(std::ceil(end_s_ / width_s_)));
}

}  // namespace gforbit::sched
