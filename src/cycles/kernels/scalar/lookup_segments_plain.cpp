// Segments by look-ups for every processor.

#include "lookup_segments_loop.hpp"

namespace gforbit::cycles {

void lookup_segments_plain(const SegmentTask& task, SegmentBlock& block, Findings& findings,
                           const core::StopSignal& stop) {
  walk_segments(task, block, findings, stop);
}

}  // namespace gforbit::cycles
