/// A command and its options as data. One description serves the flags, the keys of the INI file, `--help`
/// and the text of the effective configuration; adding an option is adding one line to a table.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/config/value.hpp"

namespace gforbit::config {

/// Parses a value and stores it; throws ValueError with the rule it breaks.
using Reader = std::function<void(std::string_view)>;

/// A reader that assigns what `parse` makes of the text. `target` must outlive the reader.
template <class T, class Parse>
[[nodiscard]] Reader into(T& target, Parse parse) {
  return [&target, parse = std::move(parse)](std::string_view text) { target = parse(text); };
}

struct Option {
  std::string name;        ///< without dashes: `--name` and the key `name`
  std::string value_name;  ///< of the value in the help ("N"); empty: a switch
  std::string help;
  Reader read;
  std::string fallback{};  ///< default as it would be typed: read if the option is not given; empty: none
  std::string fallback_note{};  ///< for the help, where the default is worked out later
  bool run_control = false;     ///< says how to run, not what comes out: may differ when a run is resumed
  bool many_lines = false;      ///< line feeds and tabs in the value are read as blanks
  bool repeated = false;        ///< a flag may be given more than once: its values arrive separated by blanks
};

struct Section {
  std::string title;
  std::vector<Option> options;
};

/// An argument without a name; every one declared must be given.
struct Positional {
  std::string value_name;
  std::string help;
  Reader read;
  bool repeated = false;  ///< may be given more than once; the last one only
};

struct Example {
  std::string line;
  std::string meaning;
};

struct Command {
  std::string name;     ///< "cycles"
  std::string summary;  ///< one line, for the list of commands
  std::string details{};
  std::vector<Positional> positionals{};
  std::vector<Section> sections{};
  std::vector<Example> examples{};
  std::string notes{};
  bool reads_config{false};  ///< takes `--config FILE`

  [[nodiscard]] const Option* find(std::string_view option_name) const;
};

inline constexpr std::string_view kProgram = "gforbit";

/// The complete help of a command, lines of at most 100 characters.
[[nodiscard]] std::string help_text(const Command& command);

/// Two columns as in the help: `left` indented by two, `right` wrapped beside it.
[[nodiscard]] std::string help_row(std::string_view left, std::string_view right);

}  // namespace gforbit::config
