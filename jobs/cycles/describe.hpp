/// `gforbit describe`: what is known of a register before it is mapped. No file is written.
#pragma once

#include <ostream>

#include "cycles/options.hpp"

namespace gforbit::job_cycles {

/// Its readers write to `options`, which must outlive it.
[[nodiscard]] config::Command describe_command(CyclesOptions& options);

/// @throws core::UsageError  the options describe no register
void describe(const CyclesOptions& options, std::ostream& out);

}  // namespace gforbit::job_cycles
