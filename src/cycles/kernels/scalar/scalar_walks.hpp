/// Walks one state at a time: to the next mark, for a leader, round a cycle. What the scalar kernel consists
/// of, and how any kernel goes on with walks that were cut.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"

// Included by files with flags of their own, so each has its own copy.
namespace gforbit::cycles {
namespace {

/// @tparam Step  has a type State and the functions at(index) -> State, next(State) -> State and
///               index(State) -> index
template <class Step>
class ScalarWalks {
 public:
  ScalarWalks(Step step, Partition partition)
      : step_(std::move(step)), partition_(partition), marks_(partition.interval(0).end.value) {}

  /// Kernel::resume()
  void resume(std::span<const OpenWalk> walks, std::uint64_t max_period, std::uint64_t walk_limit,
              Findings& findings, const core::StopSignal& stop) const {
    for (OpenWalk walk : walks) {
      switch (walk.purpose) {
        case OpenWalk::Purpose::segment:
          findings.seen.resize(partition_.size(), 0);
          if (follow_segment(walk, walk_limit, findings, stop)) {
            findings.segments.push_back({walk.start, walk.current, walk.steps});
          } else {
            findings.open.push_back(walk);
          }
          break;
        case OpenWalk::Purpose::leader:
          search(walk, max_period, walk_limit, findings, stop);
          break;
        case OpenWalk::Purpose::count:
          count(walk, walk_limit, findings, stop);
          break;
      }
      if (stop.stop_requested()) return;
    }
  }

  /// Walks until the next mark; true if it got there. Counts every state it leaves.
  bool follow_segment(OpenWalk& walk, std::uint64_t limit, Findings& findings,
                      const core::StopSignal& stop) const {
    auto x = step_.at(walk.current);
    std::uint64_t taken = 0;
    do {
      ++findings.seen[partition_.class_of(step_.index(x))];
      x = step_.next(x);
      ++taken;
    } while (step_.index(x) >= marks_ && taken < limit &&
             ((taken & kStopCheckMask) != 0 || !stop.stop_requested()));
    walk.current = step_.index(x);
    walk.steps += taken;
    findings.steps += taken;
    return walk.current < marks_;
  }

  /// Walks until a smaller state (no leader), back to the start (a cycle), or too far to be a missing cycle.
  void search(OpenWalk walk, std::uint64_t max_period, std::uint64_t limit, Findings& findings,
              const core::StopSignal& stop) const {
    auto x = step_.at(walk.current);
    std::uint64_t taken = 0;
    const std::uint64_t last = max_period - std::min(max_period, walk.steps);
    do {
      x = step_.next(x);
      ++taken;
    } while (step_.index(x) > walk.start && taken < last && taken < limit &&
             ((taken & kStopCheckMask) != 0 || !stop.stop_requested()));
    walk.current = step_.index(x);
    walk.steps += taken;
    findings.steps += taken;
    if (walk.current < walk.start) return;
    if (walk.current == walk.start) {
      findings.cycles.push_back({walk.start, walk.steps});
      count({OpenWalk::Purpose::count, walk.start, walk.start, 0, walk.steps}, limit, findings, stop);
    } else if (walk.steps < max_period) {
      findings.open.push_back(walk);
    }
  }

 private:
  static constexpr std::uint64_t kStopCheckMask = (1 << 16) - 1;

  /// Once around a cycle that was found, to lower the deficits of its classes.
  void count(OpenWalk walk, std::uint64_t limit, Findings& findings, const core::StopSignal& stop) const {
    findings.seen.resize(partition_.size(), 0);
    const std::uint64_t todo = std::min(limit, walk.period - walk.steps);
    auto x = step_.at(walk.current);
    std::uint64_t taken = 0;
    while (taken < todo && ((taken & kStopCheckMask) != 0 || !stop.stop_requested())) {
      ++findings.seen[partition_.class_of(step_.index(x))];
      x = step_.next(x);
      ++taken;
    }
    walk.current = step_.index(x);
    walk.steps += taken;
    findings.steps += taken;
    if (walk.steps < walk.period) findings.open.push_back(walk);
  }

  Step step_;
  Partition partition_;
  std::uint64_t marks_;
};

}  // namespace
}  // namespace gforbit::cycles
