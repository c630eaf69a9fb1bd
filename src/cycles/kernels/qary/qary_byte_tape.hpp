/// Tapes of byte lanes: which tables they look into. See qary_bytes.hpp.
#pragma once

#include "qary_tape.hpp"

namespace gforbit::cycles::qary {

/// Fills `tape` (degree, vectors and order are there already) with what computes the feedback on bytes.
void compile_bytes(Tape& tape, const fsr::Feedback& feedback, const LaneFunctions& lanes);

}  // namespace gforbit::cycles::qary
