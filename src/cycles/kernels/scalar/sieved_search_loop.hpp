/// The loop of the sieved search in general registers, eight walks side by side; compiled twice
/// (packed_walk.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "long_walks.hpp"
#include "packed_walk.hpp"
#include "scalar_walks.hpp"
#include "sieve_candidates.hpp"
#include "sieved_search.hpp"

namespace gforbit::cycles {
namespace {

template <class Walker>
class SievedLoop {
 public:
  SievedLoop(const Walker& walker, const SievedTask& task, LongWalks& long_walks, Findings& findings)
      : walker_(walker),
        task_(task),
        findings_(findings),
        long_walks_(long_walks),
        candidates_(task),
        watched_(std::max(task.coarse, long_walks.bound())) {
    findings_.seen.resize(task.partition.size(), 0);
  }

  void run(const core::StopSignal& stop) {
    while (!stop.stop_requested()) {
      long_walks_.poll();
      candidates_.refill();
      while (lanes_ < kLanes && start(lanes_)) ++lanes_;
      if (lanes_ == 0 && candidates_.done()) {
        if (!long_walks_.stop_waiting()) break;
        continue;
      }
      for (int n = 0; n < kBlocksPerStopLook && (candidates_.left() > 0 || candidates_.done()); ++n) walk();
      look_at_long();
    }
    for (Minima& minima : minima_) set_minima(minima);
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
    std::uint64_t begin;                ///< tick before the first step, modulo 2^64
    std::uint64_t falls;                ///< 1: the last step went to a smaller state
    std::uint64_t jumped;               ///< steps that were not taken here
    bool is_long;                       ///< others may wait for it
    std::vector<std::uint32_t> passed;  ///< SievedWalk::passed
  };
  struct Minima {
    std::array<std::uint64_t, static_cast<std::size_t>(kTicks* kLanes) + 1> states;
    std::size_t count = 0;
  };

  [[nodiscard]] Lane& lane(int i) noexcept { return lane_[static_cast<std::size_t>(i)]; }

  /// Puts a walk that is ready or the next candidate in a lane; false if there is none at the moment.
  bool start(int i) {
    Lane& to = lane(i);
    if (!long_walks_.ready().empty()) {
      SievedWalk& walk = long_walks_.ready().back();
      to.state = {walk.packed, walk.index};
      to.start = walk.start;
      to.begin = tick_ - walk.taken;
      to.jumped = walk.taken;
      to.falls = static_cast<std::uint64_t>(walk.falls);
      to.is_long = long_walks_.knows(walk.start);
      to.passed = std::move(walk.passed);
      long_walks_.ready().pop_back();
      return true;
    }
    if (candidates_.left() == 0) return false;
    to.state = {*candidates_.packed(), *candidates_.index()};
    to.start = to.state.index;
    to.begin = tick_;
    to.jumped = 0;
    to.falls = 0;
    to.is_long = false;
    to.passed.clear();
    candidates_.take(1);
    return true;
  }

  void walk() {
    Minima& minima = minima_[block_ & 1];
    std::uint64_t* lowest = minima.states.data();
    for (int n = 0; n < kTicks; ++n) {
      ++tick_;
      steps_ += static_cast<std::uint64_t>(lanes_);
      for (int i = 0; i < lanes_; ++i) {
        Lane& at = lane(i);
        const PackedState from = at.state, to = walker_.next(from);
        const auto falls = static_cast<std::uint64_t>(to.index < from.index);
        // Written always, kept where it is a local minimum: nothing that would have to be foretold.
        *lowest = from.index;
        lowest += at.falls & ~falls;
        at.falls = falls;
        at.state = to;
        if (to.index <= at.start) [[unlikely]] {
          if (!end(i)) --i;
        } else if (to.index < watched_) [[unlikely]] {
          if (!pass(i)) --i;
        }
      }
    }
    minima.count = static_cast<std::size_t>(lowest - minima.states.data());
    for (std::size_t i = 0; i < minima.count; ++i) __builtin_prefetch(task_.sieve + minima.states[i] / 64, 1);
    set_minima(minima_[++block_ & 1]);
  }

  void set_minima(Minima& minima) {
    for (std::size_t i = 0; i < minima.count; ++i) {
      const std::uint64_t state = minima.states[i];
      if (state >= task_.sieve_size) continue;
      const std::atomic_ref word(task_.sieve[state / 64]);
      word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << (state % 64),
                 std::memory_order_relaxed);
    }
    minima.count = 0;
  }

  /// A walk met its start or a smaller state. False if no other is at hand: another lane stands here now.
  bool end(int i) {
    Lane& at = lane(i);
    if (at.state.index == at.start) {
      report_cycle(task_, at.start, tick_ - at.begin, at.passed, findings_);
      if (at.is_long) long_walks_.closed(at.start);
    } else if (at.is_long) {
      long_walks_.ended(walk_of(at));
    }
    return replace(i);
  }

  /// A walk met a state that is counted by class or the start of a long walk. False as end().
  bool pass(int i) {
    Lane& at = lane(i);
    if (at.state.index < task_.coarse)
      at.passed.push_back(static_cast<std::uint32_t>(task_.partition.class_of(at.state.index)));
    if (!long_walks_.knows(at.state.index)) return true;
    long_walks_.arrived(walk_of(at));
    return replace(i);
  }

  bool replace(int i) {
    if (start(i)) return true;
    remove(i);
    return false;
  }

  /// The last lane takes the place of lane i.
  void remove(int i) {
    --lanes_;
    if (i < lanes_) std::swap(lane(i), lane(lanes_));
  }

  [[nodiscard]] SievedWalk walk_of(Lane& at) const {
    return {at.state.packed, at.state.index, at.start, tick_ - at.begin, at.falls != 0, std::move(at.passed)};
  }

  /// Walks longer than the limit go on as work of their own; those longer than any missing cycle are given
  /// up.
  void look_at_long() {
    for (int i = lanes_ - 1; i >= 0; --i) {
      Lane& at = lane(i);
      const std::uint64_t taken = tick_ - at.begin;
      if (taken >= task_.max_period || taken - at.jumped >= task_.walk_limit) {
        if (taken < task_.max_period)
          findings_.open.push_back({OpenWalk::Purpose::leader, at.start, at.state.index, taken, 0});
        if (at.is_long) long_walks_.given_up(at.start, taken >= task_.max_period);
        remove(i);
      } else if (!at.is_long && long_walks_.is_long(at.start, taken)) {
        at.is_long = long_walks_.add(at.start);
      }
    }
    watched_ = std::max(task_.coarse, long_walks_.bound());
  }

  const Walker& walker_;
  const SievedTask& task_;
  Findings& findings_;
  LongWalks& long_walks_;
  SieveCandidates candidates_;
  std::uint64_t watched_;  ///< states below are looked at
  std::array<Lane, kLanes> lane_{};
  std::array<Minima, 2> minima_{};
  std::size_t block_ = 0;
  int lanes_ = 0;
  std::uint64_t tick_ = 0;
  std::uint64_t steps_ = 0;
};

void search_with_sieve(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                       const core::StopSignal& stop) {
  with_walker(task.step, [&](const auto& walker) {
    SievedLoop<std::decay_t<decltype(walker)>>(walker, task, long_walks, findings).run(stop);
  });
}

/// The step of ScalarWalks.
template <class Walker>
struct StepOf {
  using State = PackedState;
  [[nodiscard]] State at(std::uint64_t index) const { return {walker.step().pack(index), index}; }
  [[nodiscard]] State next(State state) const noexcept { return walker.next(state); }
  [[nodiscard]] std::uint64_t index(State state) const noexcept { return state.index; }
  const Walker& walker;
};

void resume_packed(const PackedStep& step, const Partition& partition, std::span<const OpenWalk> walks,
                   std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                   const core::StopSignal& stop) {
  with_walker(step, [&](const auto& walker) {
    const ScalarWalks<StepOf<std::decay_t<decltype(walker)>>> all({walker}, partition);
    all.resume(walks, max_period, walk_limit, findings, stop);
  });
}

}  // namespace
}  // namespace gforbit::cycles
