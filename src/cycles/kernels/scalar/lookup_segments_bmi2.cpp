// Segments by look-ups with the bit instructions of BMI2. Compiled with flags of its own (CMakeLists.txt).

#include "lookup_segments_loop.hpp"

namespace gforbit::cycles {

void lookup_segments_bmi2(const SegmentTask& task, SegmentBlock& block, Findings& findings,
                          const core::StopSignal& stop) {
  walk_segments(task, block, findings, stop);
}

}  // namespace gforbit::cycles
