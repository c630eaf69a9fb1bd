/// Segments in bulk: every lane walks from a mark to the next, then takes the next mark of the range.
///
/// Time goes in legs, from the front of the memory to its end. Within a leg the vector code only notes where
/// a lane had enough zeros in a row; the rows stay where they are until the leg ends. Then each note is
/// looked at: the lane may have reached its mark, or passed states of the finer classes, which are counted.
/// The number of zeros that is noted is chosen (by the partition) so that notes are rare enough to cost
/// little. Lanes whose walk is over go on with nonsense until the leg ends and are given new marks.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "qary_lanes.hpp"

namespace gforbit::cycles::qary {

/// Where the segments of a register begin and what is counted on the way.
struct SegmentClasses {
  Partition partition;
  std::uint64_t marks;
  std::uint64_t coarse;  ///< the last class of the partition begins here
  int noted_zeros;       ///< states below `coarse` have this many leading zeros
};

class SegmentWalk {
 public:
  /// All but the range outlive this object.
  SegmentWalk(const Tape& tape, const LaneFunctions& functions, const SegmentClasses& classes,
              core::StateRange marks, SegmentBlock& block);

  /// Walks all segments; adds open walks, steps and the states seen to the findings.
  void run(std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop);

 private:
  void leg();
  void look_at(int lane, int group_row, std::uint64_t time);
  /// A lane reached the mark `state` after `time` steps of the run.
  void end_segment(int lane, std::uint64_t state, std::uint64_t time);
  void start_lanes();
  void put_mark(int lane);
  void cut_long_walks(std::uint64_t walk_limit, Findings& findings);

  const LaneFunctions& functions_;
  const SegmentClasses& classes_;
  LaneMemory memory_;
  SegmentBlock& block_;
  std::uint64_t next_mark_, end_mark_, begin_mark_;
  std::vector<std::uint32_t> digits_;   ///< of next_mark_, lowest first
  std::vector<std::uint64_t> mark_;     ///< [lanes] where each lane started
  std::vector<std::uint64_t> started_;  ///< [lanes] when
  AlignedBytes noted_;
  std::uint64_t time_ = 0;   ///< steps since the run began
  std::uint64_t steps_ = 0;  ///< of the segments recorded and the walks cut: the states passed
  int working_ = 0;          ///< lanes that are alive
  ClassCounts seen_;
};

}  // namespace gforbit::cycles::qary
