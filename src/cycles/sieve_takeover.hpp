/// A search for leaders in lanes that gives way to the sieved search (leader_sieve.hpp) when it takes too
/// long.
#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <stop_token>
#include <utility>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/leader_sieve.hpp"

namespace gforbit::cycles {

/// For one thread and one call: signal() stops the search for the reason that `stop` has, or because the
/// sieve is in use from now on. Whenever it is asked, the time that this thread has worked is noted in the
/// sieve.
class SieveTakeover {
 public:
  /// @param sieve  nullptr: no takeover. Both outlive this.
  SieveTakeover(LeaderSieve* sieve, const core::StopSignal& stop)
      : sieve_(sieve),
        stop_(stop),
        last_(worked()),
        look_([this] { look(); }),
        signal_(own_.get_token(), &look_) {}
  SieveTakeover(const SieveTakeover&) = delete;
  SieveTakeover& operator=(const SieveTakeover&) = delete;

  [[nodiscard]] const core::StopSignal& signal() const noexcept {
    return sieve_ == nullptr ? stop_ : signal_;
  }
  /// After the search: it has to be done again with the sieve.
  [[nodiscard]] bool happened() {
    if (sieve_ != nullptr) look();
    return taken_over_;
  }

 private:
  /// Of this thread alone, so that a busy machine changes nothing.
  static std::chrono::nanoseconds worked() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }

  void look() {
    const auto now = worked();
    const auto before = std::exchange(last_, now);
    taken_over_ = taken_over_ || sieve_->note_time(now - before);
    if (taken_over_ || stop_.stop_requested()) own_.request_stop();
  }

  LeaderSieve* sieve_;
  const core::StopSignal& stop_;
  std::chrono::nanoseconds last_;
  bool taken_over_ = false;
  std::stop_source own_;
  core::StopSignal::Look look_;
  core::StopSignal signal_;
};

}  // namespace gforbit::cycles
