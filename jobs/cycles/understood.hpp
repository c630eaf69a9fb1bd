/// What gforbit understood of a register, in the forms that people compare: said back before and after a run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gforbit/fsr/register.hpp"

namespace gforbit::job_cycles {

/// Names and values, such as ("taps", "16,14,13,11"). Of linear and affine registers the polynomial and its
/// reciprocal, over GF(2) also the taps and the masks of the Galois configuration.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> linear_forms(const fsr::Feedback& feedback);

/// Mistakes that the register certainly shows, a sentence each.
[[nodiscard]] std::vector<std::string> notes(const fsr::Feedback& feedback);

}  // namespace gforbit::job_cycles
