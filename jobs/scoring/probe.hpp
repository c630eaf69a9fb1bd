/// `--dry-run=probe`: every solver program is started once and asked for one sample.
#pragma once

#include <ostream>

#include "gforbit/solvers/helper.hpp"
#include "scoring/items.hpp"

namespace gforbit::job_scoring {

/// Prints what came of it; a solver that does not reply in time is only named.
/// @throws core::InputError  programs that cannot be started; no program gave a usable reply
void probe(const PlanInput& input, solvers::Helper& helper, std::ostream& out);

}  // namespace gforbit::job_scoring
