/// The loop of the sieved search in general registers, eight walks side by side; compiled twice
/// (packed_walk.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "packed_walk.hpp"
#include "sieve_candidates.hpp"
#include "sieved_search.hpp"

namespace gforbit::cycles {
namespace {

template <class Walker>
class SievedLoop {
 public:
  SievedLoop(const Walker& walker, const SievedTask& task, Findings& findings)
      : walker_(walker), task_(task), findings_(findings), candidates_(task), coarse_(first_coarse(task)) {
    findings_.seen.resize(task.partition.size(), 0);
  }

  void run(const core::StopSignal& stop) {
    while (!stop.stop_requested()) {
      candidates_.refill();
      while (lanes_ < kLanes && start(lanes_)) ++lanes_;
      if (lanes_ == 0 && candidates_.done()) break;
      for (int n = 0; n < kBlocksPerStopLook && (candidates_.left() > 0 || candidates_.done()); ++n) walk();
      hand_back_long();
    }
    set_minima(0);
    set_minima(1);
    findings_.steps += steps_;
  }

 private:
  static constexpr int kLanes = 8;
  /// Steps between two times that local minima are put into the sieve: the words are fetched meanwhile.
  static constexpr int kTicks = 8;
  static constexpr int kBlocksPerStopLook = 512;

  struct Lane {
    PackedState state;
    std::uint64_t start;
    std::uint64_t begin;  ///< tick before the first step
    std::uint64_t falls;  ///< 1: the last step went to a smaller state
  };
  struct Minima {
    std::array<std::uint64_t, static_cast<std::size_t>(kTicks* kLanes) + 1> states;
    std::size_t count = 0;
  };

  /// States below are counted by class; where no walk can go below, none is.
  static std::uint64_t first_coarse(const SievedTask& task) {
    const std::uint64_t coarse = task.partition.interval(task.partition.size() - 1).begin.value;
    return task.candidates.begin.value >= coarse ? 0 : coarse;
  }

  /// Puts the next candidate in a lane; false if there is none at the moment.
  bool start(int lane) {
    if (candidates_.left() == 0) return false;
    const std::uint64_t packed = *candidates_.packed(), index = *candidates_.index();
    candidates_.take(1);
    lane_[static_cast<std::size_t>(lane)] = {{packed, index}, index, tick_, 0};
    std::vector<std::uint32_t>& passed = passed_[static_cast<std::size_t>(lane)];
    passed.clear();
    if (index < coarse_) passed.push_back(static_cast<std::uint32_t>(task_.partition.class_of(index)));
    return true;
  }

  void walk() {
    Minima& minima = minima_[block_ & 1];
    for (int n = 0; n < kTicks; ++n) {
      ++tick_;
      for (int i = 0; i < lanes_; ++i) {
        Lane& lane = lane_[static_cast<std::size_t>(i)];
        const PackedState from = lane.state, to = walker_.next(from);
        const auto falls = static_cast<std::uint64_t>(to.index < from.index);
        // Written always, kept where it is a local minimum: nothing that would have to be foretold.
        minima.states[minima.count] = from.index;
        minima.count += lane.falls & ~falls;
        lane.falls = falls;
        lane.state = to;
        if (to.index <= lane.start) [[unlikely]] {
          if (!end(i)) --i;
        } else if (to.index < coarse_) [[unlikely]] {
          passed_[static_cast<std::size_t>(i)].push_back(
              static_cast<std::uint32_t>(task_.partition.class_of(to.index)));
        }
      }
    }
    for (std::size_t i = 0; i < minima.count; ++i) __builtin_prefetch(task_.sieve + minima.states[i] / 64, 1);
    set_minima(++block_ & 1);
  }

  void set_minima(std::size_t which) {
    Minima& minima = minima_[which];
    for (std::size_t i = 0; i < minima.count; ++i) {
      const std::uint64_t state = minima.states[i];
      if (state >= task_.sieve_size) continue;
      const std::atomic_ref word(task_.sieve[state / 64]);
      word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << (state % 64),
                 std::memory_order_relaxed);
    }
    minima.count = 0;
  }

  /// A walk met its start or a smaller state. False if no candidate is at hand: another lane stands here now.
  bool end(int i) {
    const Lane& lane = lane_[static_cast<std::size_t>(i)];
    const std::uint64_t taken = tick_ - lane.begin;
    steps_ += taken;
    if (lane.state.index == lane.start) report(i, taken);
    if (start(i)) return true;
    remove(i);
    return false;
  }

  /// The last lane takes the place of lane i.
  void remove(int i) {
    --lanes_;
    std::swap(lane_[static_cast<std::size_t>(i)], lane_[static_cast<std::size_t>(lanes_)]);
    std::swap(passed_[static_cast<std::size_t>(i)], passed_[static_cast<std::size_t>(lanes_)]);
  }

  void report(int i, std::uint64_t period) {
    if (period <= task_.known_periods) return;
    findings_.cycles.push_back({lane_[static_cast<std::size_t>(i)].start, period});
    const std::vector<std::uint32_t>& passed = passed_[static_cast<std::size_t>(i)];
    for (const std::uint32_t c : passed) ++findings_.seen[c];
    findings_.seen.back() += period - passed.size();
  }

  /// Walks longer than the limit go on as work of their own; those longer than any missing cycle are given
  /// up.
  void hand_back_long() {
    for (int i = lanes_ - 1; i >= 0; --i) {
      const Lane& lane = lane_[static_cast<std::size_t>(i)];
      const std::uint64_t taken = tick_ - lane.begin;
      if (taken < std::min(task_.max_period, task_.walk_limit)) continue;
      steps_ += taken;
      if (taken < task_.max_period)
        findings_.open.push_back({OpenWalk::Purpose::leader, lane.start, lane.state.index, taken, 0});
      remove(i);
    }
  }

  const Walker& walker_;
  const SievedTask& task_;
  Findings& findings_;
  SieveCandidates candidates_;
  std::uint64_t coarse_;
  std::array<Lane, kLanes> lane_{};
  std::array<std::vector<std::uint32_t>, kLanes>
      passed_{};  ///< classes of states passed, the last class apart
  std::array<Minima, 2> minima_{};
  std::size_t block_ = 0;
  int lanes_ = 0;
  std::uint64_t tick_ = 0;
  std::uint64_t steps_ = 0;
};

void search_with_sieve(const SievedTask& task, Findings& findings, const core::StopSignal& stop) {
  with_walker(task.step, [&](const auto& walker) {
    SievedLoop<std::decay_t<decltype(walker)>>(walker, task, findings).run(stop);
  });
}

}  // namespace
}  // namespace gforbit::cycles
