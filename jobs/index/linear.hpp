/// Answers about linear and affine registers, which need no index.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "index/options.hpp"

namespace gforbit::job_index {

/// Whether the arguments describe a register in place of a file.
[[nodiscard]] bool names_register(std::span<const std::string> arguments);

/// The options of a register, for the page of a command that takes one in place of a file; with the limit of
/// time where the command has one.
[[nodiscard]] config::Section register_page_section(const config::Command& command);

// The answers. @throws core::UsageError; core::Error (unfinished)  there is none in a reasonable time
void locate_by_algebra(std::span<const std::string> arguments, std::ostream& out);
void distance_by_algebra(std::span<const std::string> arguments, std::ostream& out);
void jump_by_algebra(std::span<const std::string> arguments, std::ostream& out);

}  // namespace gforbit::job_index
