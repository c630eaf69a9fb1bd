#include "gforbit/stream/metrics.hpp"

#include <cmath>

namespace gforbit::stream {

double LatencyHistogram::quantile_s(double share) const noexcept {
  const double wanted = share * static_cast<double>(count_);
  double seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += static_cast<double>(buckets_[i]);
    if (buckets_[i] == 0 || seen < wanted) continue;
    if (i < kSteps) return 1e-9 * static_cast<double>(i);
    const auto shift = static_cast<int>(i / kSteps) - 1;
    const double upper = static_cast<double>(i % kSteps + kSteps + 1) * std::ldexp(1.0, shift);
    return std::min(1e-9 * upper, largest_s());
  }
  return 0;
}

void TermMetrics::merge(const TermMetrics& other) {
  in += other.in;
  out += other.out;
  filtered += other.filtered;
  errors += other.errors;
  runs += other.runs;
  busy += other.busy;
  idle += other.idle;
  blocked += other.blocked;
  ready += other.ready;
  queue_time += other.queue_time;
  observed += other.observed;
  queue_largest = std::max(queue_largest, other.queue_largest);
  latency.merge(other.latency);
}

}  // namespace gforbit::stream
