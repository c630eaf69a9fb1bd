/// What the user asked for: flags first, then the INI file, then defaults, read into the struct behind a
/// command.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gforbit/config/command.hpp"

namespace gforbit::config {

/// Where each value came from; the values themselves are in the struct that the command's readers fill.
class Settings {
 public:
  /// Whether the option stood on the command line or in the file (a default is not given).
  [[nodiscard]] bool given(std::string_view option) const { return given_.contains(option); }

  /// For messages: `'--threads'` or `'threads' (run.ini:3)`. An option that is not given is named as a flag.
  [[nodiscard]] std::string origin(std::string_view option) const;

  /// The file of --config; empty: none was given.
  [[nodiscard]] const std::string& config_file() const noexcept { return config_file_; }

  /// The effective configuration: a `key = value` line for each option that has a value, in the order of the
  /// table; defaults included. It is itself a valid INI file that gives the same configuration.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// The same for the options that decide what comes out: key and value.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& problem() const noexcept {
    return problem_;
  }

 private:
  friend Settings read_settings(const Command& command, std::span<const std::string> arguments);
  std::map<std::string, std::string, std::less<>> given_;  // option -> origin
  std::string config_file_;
  std::string text_;
  std::vector<std::pair<std::string, std::string>> problem_;
};

/// Reads `arguments` (what follows the command's name) and the file they name, and calls the reader of every
/// option that has a value, each once.
/// @throws core::UsageError  unknown option or key (the nearest name is offered), one given twice, missing or
/// bad value,
///                           unreadable file; always ends with "Try 'gforbit <command> --help'."
[[nodiscard]] Settings read_settings(const Command& command, std::span<const std::string> arguments);

/// Throws a core::UsageError that ends with "Try 'gforbit <command> --help'."
[[noreturn]] void fail_usage(std::string_view command, std::string_view message);

}  // namespace gforbit::config
