/// Answers about linear and affine registers, which need no index.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "gforbit/config/command.hpp"

namespace gforbit::job_index {

/// Whether the arguments describe a register in place of a file.
[[nodiscard]] bool names_register(std::span<const std::string> arguments);

/// The options of a register, for the page of a command that takes one in place of a file.
[[nodiscard]] config::Section register_page_section();

/// Prints the state after N steps. @throws core::UsageError
void jump_by_algebra(std::span<const std::string> arguments, std::ostream& out);

}  // namespace gforbit::job_index
