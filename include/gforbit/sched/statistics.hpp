/// What a queue counts. Every submitted item is in exactly one place, and a snapshot checks that.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "gforbit/sched/priority.hpp"

namespace gforbit::sched {

/// Times by powers of two: bucket k counts times below 2^k us that are not below 2^(k-1) us; the last one
/// everything longer (13 days).
class TimeHistogram {
 public:
  static constexpr std::size_t kBuckets = 41;

  void add(std::chrono::nanoseconds time);
  void merge(const TimeHistogram& other);
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] double total_s() const noexcept { return total_s_; }
  [[nodiscard]] std::uint64_t bucket(std::size_t k) const { return buckets_.at(k); }
  /// Upper end of bucket k in seconds.
  [[nodiscard]] static double bound_s(std::size_t k);
  /// A time in seconds that `share` (0 to 1) of the counted times do not exceed; exact up to a factor of two.
  /// 0 if nothing was counted.
  [[nodiscard]] double quantile_s(double share) const;

 private:
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  double total_s_ = 0;
};

struct QueueStatistics {
  std::uint64_t submitted = 0;
  std::uint64_t coalesced = 0;  ///< submissions that share the work of an earlier one
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t pending = 0;           ///< queue depth now
  std::uint64_t running = 0;           ///< handed out and not ended
  std::uint64_t largest_pending = 0;   ///< queue depth at most
  std::uint64_t largest_running = 0;   ///< items under way at once at most
  double elapsed_s = 0;                ///< since the queue was made
  std::array<TimeHistogram, 5> waits;  ///< by class as submitted: from submission to the begin of work
  std::array<TimeHistogram, 5> runs;   ///< by class as submitted: from the begin of work to the end

  [[nodiscard]] std::uint64_t ended() const noexcept { return completed + failed + timed_out + cancelled; }
  /// Ended items a second.
  [[nodiscard]] double rate() const noexcept {
    return elapsed_s > 0 ? static_cast<double>(ended()) / elapsed_s : 0;
  }
  /// No item is lost or in two places.
  [[nodiscard]] bool balanced() const noexcept {
    return submitted == coalesced + ended() + pending + running;
  }
};

}  // namespace gforbit::sched
