/// What is made of the descriptions of commands beside their help: the manual page and the completion of the
/// shell. All three have one source, so none of them knows an option that another does not.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gforbit/config/command.hpp"

namespace gforbit::config {

/// Text for troff: characters and line beginnings that mean something there are taken as they are, hyphens as
/// they are typed.
[[nodiscard]] std::string roff_text(std::string_view text);

/// The section of the manual page about a command (man(7) macros).
[[nodiscard]] std::string manual_section(const Command& command);

/// The manual page of the program, section 1.
/// @param purpose  of the program, for whatis(1)
[[nodiscard]] std::string manual_page(std::span<const Command> commands, std::string_view purpose,
                                      std::string_view version);

/// The lines of bash that complete the options of a command and their choices: branches of two `case`
/// statements, see completion_script().
struct CompletionBranches {
  std::string options;  ///< by command
  std::string choices;  ///< by command and the option before the cursor
};
[[nodiscard]] CompletionBranches completion_branches(const Command& command);

/// The whole script for bash; other words are completed as file names.
/// @param flags  words that may stand in the place of a command
[[nodiscard]] std::string completion_script(std::span<const Command> commands, const std::string& flags);

}  // namespace gforbit::config
