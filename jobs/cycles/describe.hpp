/// `gforbit describe`: what is known of a register before it is mapped. No file is written.
#pragma once

#include <ostream>

#include "cycles/options.hpp"

namespace gforbit::job_cycles {

/// Its readers write to `options`, which must outlive it.
[[nodiscard]] config::Command describe_command(CyclesOptions& options);

/// Reads the arguments of a command that has form_section(), whose readers write to `options`.
/// @throws core::UsageError  they describe no register, or several
void read_form_options(CyclesOptions& options, const config::Command& command,
                       std::span<const std::string> arguments);

/// @throws core::UsageError  the options describe no register
void describe(const CyclesOptions& options, std::ostream& out);

}  // namespace gforbit::job_cycles
