/// Levels of peeling that have few states, as lists.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "gforbit/core/stop_signal.hpp"

namespace gforbit::cycles {

/// The states of one level, and those of the next one as they are found. No level has more states than the
/// one before it: each state of it follows one of that.
template <class State>
class LevelLists {
 public:
  /// Adds states of the next level. Thread-safe.
  void add(std::span<const State> found) {
    const std::scoped_lock lock(mutex_);
    next_.insert(next_.end(), found.begin(), found.end());
  }

  /// The next level becomes the one at hand. @return the number of slices it is cut in: 0 where it is empty,
  /// and one that is not worth sharing is a single slice with all levels that follow
  std::uint64_t begin_level() {
    level_.swap(next_);
    next_.clear();
    states_ += level_.size();
    levels_ += level_.empty() ? 0 : 1;
    return is_shared() ? (level_.size() + kSlice - 1) / kSlice : (level_.empty() ? 0 : 1);
  }

  /// Runs a slice. @return states taken away
  /// @param take(states, found, shared)  takes a span of states away and appends what becomes of the next
  ///                                     level; `shared`: other threads take others
  template <class Take>
  std::uint64_t run(std::uint64_t slice, const core::StopSignal& stop, Take take) {
    std::vector<State> found;
    if (!is_shared()) return run_all(stop, take);
    const std::size_t begin = slice * kSlice, end = std::min(level_.size(), begin + kSlice);
    take(std::span(level_).subspan(begin, end - begin), found, true);
    add(found);
    return end - begin;
  }

  /// Of the levels at hand so far.
  [[nodiscard]] std::uint64_t states() const noexcept { return states_; }
  [[nodiscard]] std::uint64_t levels() const noexcept { return levels_; }

 private:
  /// A slice takes some 100 microseconds, ten times as long as threads take to meet.
  static constexpr std::size_t kSlice = std::size_t{1} << 13;
  [[nodiscard]] bool is_shared() const noexcept { return level_.size() > kSlice; }

  template <class Take>
  std::uint64_t run_all(const core::StopSignal& stop, Take take) {
    constexpr std::uint64_t kLevelsPerStopLook = 64;
    std::uint64_t taken = level_.size();
    for (std::uint64_t n = 0;; ++n) {
      if (n % kLevelsPerStopLook == 0 && stop.stop_requested()) return taken;
      take(std::span<const State>(level_), next_, false);
      level_.swap(next_);
      next_.clear();
      if (level_.empty()) return taken;
      taken += level_.size();
      states_ += level_.size();
      ++levels_;
    }
  }

  std::mutex mutex_;
  std::vector<State> level_, next_;
  std::uint64_t states_ = 0, levels_ = 0;
};

}  // namespace gforbit::cycles
