/// Segments of a range of marks, walked in lanes.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "bitsliced_lanes.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"

namespace gforbit::cycles::bitsliced {

/// @tparam Machine  lanes with their memory: last() -> SegmentRun&, whose lanes are set; vector_words(),
/// cells()
///                  of a state, start() and leg() of a level, state_of(lane)
template <class Machine>
class SegmentWalk {
 public:
  /// @param arguments  of the machine
  template <class... Arguments>
  SegmentWalk(int zero_cells, core::StateRange marks, bool counting, SegmentBlock& block,
              Arguments&&... arguments)
      : machine_(std::forward<Arguments>(arguments)...), run_(machine_.last()), block_(block) {
    const auto lanes = static_cast<std::size_t>(64 * run_.lanes.words);
    const auto notes = static_cast<std::size_t>(SegmentRun::groups_of_leg(run_.lanes) * run_.lanes.vectors);
    marks_ = AlignedWords(lanes);
    started_ = AlignedWords(lanes);
    noted_ = AlignedWords(notes * static_cast<std::size_t>(machine_.vector_words()));
    words_noted_.resize(notes + 8);
    run_.zero_cells = zero_cells;
    run_.next_mark = marks.begin.value;
    run_.end_mark = marks.end.value;
    n_marks_ = marks.size();
    run_.mark = marks_.data();
    run_.started = started_.data();
    run_.noted = noted_.data();
    run_.words_noted = words_noted_.data();
    if (counting) run_.counts = counts_.data();
    run_.context = this;
    run_.record = [](void* walk, std::uint64_t mark, std::uint64_t next, std::uint64_t length) {
      static_cast<SegmentWalk*>(walk)->record(mark, next, length);
    };
  }
  SegmentWalk(const SegmentWalk&) = delete;
  SegmentWalk& operator=(const SegmentWalk&) = delete;

  void run(std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) {
    machine_.start();
    // An eighth of the limit between two looks whether a walk is over it.
    std::uint64_t next_look = walk_limit;
    for (int leg = 0; machine_.leg(); ++leg) {
      if (run_.time >= next_look) {
        cut_long_walks(walk_limit, findings);
        next_look = run_.time + walk_limit / 8;
      }
      if (leg % kLegsPerStopLook == 0 && stop.stop_requested()) break;
    }
    findings.steps += steps_;
  }

  /// The states passed, by class: the marks, the levels from the deepest without marks up, all others.
  void count_classes(std::size_t classes, Findings& findings) const {
    findings.seen.resize(classes, 0);
    // Of the states on segments, their starts are marks and no others.
    findings.seen.front() += n_marks_;
    std::uint64_t rest = steps_ - n_marks_;
    for (std::size_t c = 1; c + 1 < classes; ++c) {
      const std::uint64_t count = counts_.at(static_cast<std::size_t>(run_.zero_cells) - c);
      findings.seen[c] += count;
      rest -= count;
    }
    findings.seen.back() += rest;
  }

 private:
  static constexpr int kLegsPerStopLook = 64;

  void record(std::uint64_t mark, std::uint64_t next, std::uint64_t length) {
    block_.set(mark, next, length);
    steps_ += length;
  }

  void cut_long_walks(std::uint64_t walk_limit, Findings& findings) {
    for_each_alive(run_.lanes, [&](int lane) {
      const std::uint64_t taken = run_.time - run_.started[lane];
      if (taken < walk_limit) return;
      const std::uint64_t current = machine_.state_of(lane);
      findings.open.push_back({OpenWalk::Purpose::segment, run_.mark[lane], current, taken, 0});
      steps_ += taken;
      // A state is counted on arrival here; this one is not passed yet.
      --counts_[static_cast<std::size_t>(machine_.cells() - static_cast<int>(std::bit_width(current)))];
      run_.lanes.alive[lane / 64] &= ~(std::uint64_t{1} << (lane % 64));
    });
  }

  Machine machine_;
  SegmentRun& run_;
  SegmentBlock& block_;
  AlignedWords marks_, started_, noted_;
  std::vector<std::uint8_t> words_noted_;
  std::array<std::uint64_t, 64> counts_{};
  std::uint64_t n_marks_ = 0;
  std::uint64_t steps_ = 0;  ///< of the segments recorded and of the walks cut: the states passed
};

}  // namespace gforbit::cycles::bitsliced
