/// The loop of lookup_segments.hpp; compiled twice (packed_walk.hpp).
#pragma once

#include <algorithm>
#include <array>

#include "lookup_segments.hpp"
#include "packed_walk.hpp"

namespace gforbit::cycles {
namespace {

template <class Walker>
class SegmentLoop {
 public:
  SegmentLoop(const Walker& walker, const SegmentTask& task, SegmentBlock& block, Findings& findings)
      : walker_(walker),
        task_(task),
        block_(block),
        findings_(findings),
        all_marks_(task.partition.interval(0).end.value),
        coarse_(std::max(all_marks_, task.partition.interval(task.partition.size() - 1).begin.value)),
        cursor_(task.step, task.marks.begin.value),
        next_mark_(task.marks.begin.value) {
    findings_.seen.resize(task.partition.size(), 0);
  }

  void run(const core::StopSignal& stop) {
    while (lanes_ < kLanes && start(lanes_)) ++lanes_;
    while (lanes_ > 0 && !stop.stop_requested()) {
      for (int n = 0; n < kTicksPerStopLook && lanes_ > 0; ++n) walk();
      cut_long();
    }
    // The last class is what the others leave.
    std::uint64_t others = 0;
    for (std::size_t c = 0; c + 1 < findings_.seen.size(); ++c) {
      findings_.seen[c] += seen_here_[c];
      others += seen_here_[c];
    }
    findings_.seen.back() += steps_ - others;
    findings_.steps += steps_;
  }

 private:
  static constexpr int kLanes = 8;
  static constexpr int kTicksPerStopLook = 1 << 13;

  struct Lane {
    PackedState state;
    std::uint64_t mark;
    std::uint64_t begin;  ///< tick before the first step
  };

  bool start(int lane) {
    if (next_mark_ == task_.marks.end.value) return false;
    lane_[static_cast<std::size_t>(lane)] = {{cursor_.at(next_mark_), next_mark_}, next_mark_, tick_};
    ++seen_here_[task_.partition.class_of(next_mark_)];
    ++next_mark_;
    return true;
  }

  void walk() {
    ++tick_;
    for (int i = 0; i < lanes_; ++i) {
      Lane& lane = lane_[static_cast<std::size_t>(i)];
      lane.state = walker_.next(lane.state);
      if (lane.state.index >= coarse_) [[likely]]
        continue;
      if (lane.state.index >= all_marks_) {
        ++seen_here_[task_.partition.class_of(lane.state.index)];
        continue;
      }
      const std::uint64_t taken = tick_ - lane.begin;
      steps_ += taken;
      block_.set(lane.mark, lane.state.index, taken);
      if (start(i)) continue;
      lane = lane_[static_cast<std::size_t>(--lanes_)];
      --i;
    }
  }

  void cut_long() {
    for (int i = lanes_ - 1; i >= 0; --i) {
      const Lane lane = lane_[static_cast<std::size_t>(i)];
      const std::uint64_t taken = tick_ - lane.begin;
      if (taken < task_.walk_limit) continue;
      findings_.open.push_back({OpenWalk::Purpose::segment, lane.mark, lane.state.index, taken, 0});
      steps_ += taken;
      // The state at hand is counted when the walk goes on.
      if (lane.state.index < coarse_) --seen_here_[task_.partition.class_of(lane.state.index)];
      lane_[static_cast<std::size_t>(i)] = lane_[static_cast<std::size_t>(--lanes_)];
    }
    while (lanes_ < kLanes && start(lanes_)) ++lanes_;
  }

  const Walker& walker_;
  const SegmentTask& task_;
  SegmentBlock& block_;
  Findings& findings_;
  std::uint64_t all_marks_, coarse_;
  PackedCursor cursor_;
  std::uint64_t next_mark_;
  std::array<Lane, kLanes> lane_{};
  int lanes_ = 0;
  std::uint64_t tick_ = 0;
  std::uint64_t steps_ = 0;
  ClassCounts seen_here_ = ClassCounts(task_.partition.size(), 0);  ///< the last class apart
};

void walk_segments(const SegmentTask& task, SegmentBlock& block, Findings& findings,
                   const core::StopSignal& stop) {
  with_walker(task.step, [&](const auto& walker) {
    SegmentLoop<std::decay_t<decltype(walker)>>(walker, task, block, findings).run(stop);
  });
}

}  // namespace
}  // namespace gforbit::cycles
