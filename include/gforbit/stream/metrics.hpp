/// What is measured of each term while it runs.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "gforbit/core/bytes.hpp"

namespace gforbit::stream {

/// Times with a relative error of at most 1/8, in nanoseconds.
class LatencyHistogram {
 public:
  void add(std::uint64_t ns, std::uint64_t count) noexcept {
    const std::size_t b = bucket(ns);
    buckets_[b] += count;
    first_ = std::min(first_, b);
    last_ = std::max(last_, b);
    count_ += count;
    sum_ += static_cast<double>(ns) * static_cast<double>(count);
    largest_ = std::max(largest_, ns);
  }
  void merge(const LatencyHistogram& other) noexcept {
    for (std::size_t i = other.first_; i <= other.last_; ++i) buckets_[i] += other.buckets_[i];
    first_ = std::min(first_, other.first_);
    last_ = std::max(last_, other.last_);
    count_ += other.count_;
    sum_ += other.sum_;
    largest_ = std::max(largest_, other.largest_);
  }
  /// The largest is at least that.
  void raise(std::uint64_t ns) noexcept { largest_ = std::max(largest_, ns); }
  [[nodiscard]] double mean_s() const noexcept {
    return count_ > 0 ? 1e-9 * sum_ / static_cast<double>(count_) : 0;
  }
  [[nodiscard]] double largest_s() const noexcept { return 1e-9 * static_cast<double>(largest_); }
  /// A time that `share` of those counted do not exceed.
  [[nodiscard]] double quantile_s(double share) const noexcept;
  /// The buckets that it names exist: false of corrupt bytes.
  [[nodiscard]] bool is_sound() const noexcept {
    return first_ <= buckets_.size() && last_ < buckets_.size();
  }

 private:
  static constexpr std::size_t kSteps = 8;  ///< of each power of two
  static std::size_t bucket(std::uint64_t ns) noexcept {
    if (ns < kSteps) return static_cast<std::size_t>(ns);
    const int shift = static_cast<int>(std::bit_width(ns)) - 4;
    return static_cast<std::size_t>(shift + 1) * kSteps + static_cast<std::size_t>((ns >> shift) - kSteps);
  }
  std::array<std::uint64_t, 62 * kSteps> buckets_{};
  std::size_t first_ = 62 * kSteps, last_ = 0;  ///< buckets that are not empty lie between
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
  double sum_ = 0;
};

/// Times in nanoseconds; idle: nothing to do; blocked: something to do, but an edge behind it is full; ready:
/// it could work, but no thread was free.
struct TermMetrics {
  std::uint64_t in = 0, out = 0;
  std::uint64_t filtered = 0;  ///< came in, and nothing came of them
  std::uint64_t errors = 0;
  std::uint64_t runs = 0;
  std::uint64_t busy = 0, idle = 0, blocked = 0, ready = 0;
  std::uint64_t queue_largest = 0;  ///< items waiting before it
  double queue_time = 0;            ///< the same, summed over time (items and ns); of the fullest input
  std::uint64_t observed = 0;       ///< this time
  /// Of items: from arrival before the term to leaving it. Of runs of some microseconds a sample, but for the
  /// largest.
  LatencyHistogram latency;

  [[nodiscard]] double queue_mean() const noexcept {
    return observed > 0 ? queue_time / static_cast<double>(observed) : 0;
  }
  void merge(const TermMetrics& other);

  /// As it is in memory, where it has no padding.
  void write(core::ByteWriter& bytes) const { bytes.put(*this); }
  [[nodiscard]] static TermMetrics read(core::ByteReader& bytes) {
    const auto metrics = bytes.get<TermMetrics>();
    if (!metrics.latency.is_sound()) core::fail_corrupt("has latencies in buckets that do not exist");
    return metrics;
  }
};

static_assert(std::is_trivially_copyable_v<TermMetrics>, "metrics travel as bytes");

}  // namespace gforbit::stream
