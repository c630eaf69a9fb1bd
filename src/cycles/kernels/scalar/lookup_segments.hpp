/// Segments between marks, eight walks side by side in general registers or sixteen in vectors.
#pragma once

#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "packed_step.hpp"

namespace gforbit::cycles {

struct SegmentTask {
  const PackedStep& step;
  const Partition& partition;
  core::StateRange marks;  ///< to start from
  std::uint64_t walk_limit;
};

/// Kernel::segments() on any processor, and with the bit instructions of newer ones.
void lookup_segments_plain(const SegmentTask& task, SegmentBlock& block, Findings& findings,
                           const core::StopSignal& stop);
void lookup_segments_bmi2(const SegmentTask& task, SegmentBlock& block, Findings& findings,
                          const core::StopSignal& stop);
/// In vectors, where only marks and other states are told apart.
void lookup_segments_avx512(const SegmentTask& task, SegmentBlock& block, Findings& findings,
                            const core::StopSignal& stop);

}  // namespace gforbit::cycles
