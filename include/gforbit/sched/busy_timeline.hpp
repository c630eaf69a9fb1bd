/// When a thread was at work, in constant memory: bins of equal width from the begin of the team, whose width
/// doubles whenever the run outgrows them.
#pragma once

#include <array>
#include <cstddef>

namespace gforbit::sched {

/// Travels between ranks as bytes. Not thread-safe: every thread has its own.
class BusyTimeline {
 public:
  static constexpr std::size_t kBins = 64;

  /// Counts work from `begin_s` to `end_s`, seconds since the begin of the team.
  void add(double begin_s, double end_s);
  /// The run lasted until `end_s`, at work or not.
  void cover(double end_s);

  /// Bins that the run has reached; bin k lasts from k width_s() to (k + 1) width_s().
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] double width_s() const noexcept { return width_s_; }
  /// Seconds of work in bin k.
  [[nodiscard]] double busy_s(std::size_t k) const { return busy_s_.at(k); }

 private:
  static constexpr double kFirstWidth = 1.0 / 64;
  double width_s_ = kFirstWidth;
  double end_s_ = 0;
  std::array<float, kBins> busy_s_{};
};

}  // namespace gforbit::sched
