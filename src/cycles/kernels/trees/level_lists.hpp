/// Levels of peeling that have few states, as lists.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "peeling_tables.hpp"

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

/// Tables that take the first levels away by passes over all states, the others from lists.
/// @tparam Derived  has take<kShared>(std::span<const State> level, std::vector<State>& found), which takes
///                  these states away and appends what becomes of the next level; kShared: other threads take
///                  others
template <class Derived, class State>
class LeveledTables : public PeelingTables {
 public:
  [[nodiscard]] TakenStates taken() const final {
    return {taken_ + lists_.states(), levels_ + lists_.levels(), leaves_};
  }

 protected:
  std::uint64_t run_lists(std::uint64_t slice, const core::StopSignal& stop) {
    auto& self = static_cast<Derived&>(*this);
    return lists_.run(slice, stop, [&](std::span<const State> level, std::vector<State>& found, bool shared) {
      shared ? self.template take<true>(level, found) : self.template take<false>(level, found);
    });
  }

  std::uint64_t taken_ = 0, levels_ = 0, leaves_ = 0;  ///< by passes
  LevelLists<State> lists_;
};

}  // namespace gforbit::cycles
