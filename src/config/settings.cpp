// Flags through Boost.Program_options, keys through ini.cpp, both turned into the same entries; then one loop
// over the option table reads the values, so that a rule holds for both.
#include "gforbit/config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <optional>

#include "gforbit/config/suggestion.hpp"
#include "gforbit/core/text.hpp"
#include "ini.hpp"

namespace gforbit::config {

namespace {

namespace po = boost::program_options;

struct Entry {
  std::string value;
  std::string origin;
};
using Entries = std::map<std::string, Entry, std::less<>>;

std::vector<std::string> option_names(const Command& command) {
  std::vector<std::string> names;
  for (const auto& section : command.sections) {
    for (const auto& option : section.options) names.push_back(option.name);
  }
  return names;
}

// Boost's view of the table.
po::options_description describe(const Command& command) {
  po::options_description description;
  for (const auto& section : command.sections) {
    for (const auto& option : section.options) {
      description.add_options()(option.name.c_str(), po::value<std::string>(), "");
    }
  }
  if (command.reads_config) {
    description.add_options()("config", po::value<std::string>(), "");
  }
  return description;
}

std::string without_dashes(const std::string& name) {
  return name.starts_with("--") ? name.substr(2) : name;
}

// A switch alone means true. Boost's implicit values would do that too, but swallow the argument that
// follows.
std::vector<std::string> with_explicit_switches(const Command& command,
                                                std::span<const std::string> arguments) {
  std::vector<std::string> explicit_arguments(arguments.begin(), arguments.end());
  for (auto& argument : explicit_arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    const Option* const option = command.find(std::string_view(argument).substr(2));
    if (option != nullptr && option->value_name.empty()) argument += "=true";
  }
  return explicit_arguments;
}

po::parsed_options split_flags(const Command& command, std::span<const std::string> arguments) {
  namespace style = po::command_line_style;
  const auto description = describe(command);
  try {
    return po::command_line_parser(with_explicit_switches(command, arguments))
        .options(description)
        .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
        .run();
  } catch (const po::unknown_option& error) {
    auto names = option_names(command);
    names.emplace_back("help");
    if (command.reads_config) names.emplace_back("config");
    std::string name = without_dashes(error.get_option_name());
    name.resize(std::min(name.find('='), name.size()));
    fail_usage(command.name,
               fmt::format("unknown option {}{}", core::quoted("--" + name), suggestion(name, names, "--")));
  } catch (const po::invalid_command_line_syntax& error) {
    const std::string name = without_dashes(error.get_option_name());
    using Kind = po::invalid_syntax::kind_t;
    if (error.kind() == Kind::missing_parameter || error.kind() == Kind::empty_adjacent_parameter) {
      fail_usage(command.name, fmt::format("missing value for '--{}'", name));
    }
    fail_usage(command.name, error.what());
  } catch (const po::error& error) {
    fail_usage(command.name, error.what());
  }
}

// A value that looks like an option was not meant as one: `--output --force`. `--output=--force` is.
bool is_taken_from_next_option(const po::basic_option<char>& flag) {
  return flag.original_tokens.size() == 2 && flag.value.size() == 1 && flag.value[0].starts_with("--");
}

struct Flags {
  Entries entries;
  std::vector<std::string> positionals;
};

Flags read_flags(const Command& command, std::span<const std::string> arguments) {
  Flags flags;
  for (const auto& flag : split_flags(command, arguments).options) {
    if (flag.string_key.empty()) {
      flags.positionals.push_back(flag.value.at(0));
      continue;
    }
    const std::string& name = flag.string_key;
    const std::string& value = flag.value.at(0);
    if (value.empty() || is_taken_from_next_option(flag)) {
      fail_usage(command.name, fmt::format("missing value for '--{}'", name));
    }
    const auto [entry, is_new] = flags.entries.try_emplace(name, Entry{value, fmt::format("'--{}'", name)});
    if (is_new) continue;
    const Option* const option = command.find(name);
    if (option == nullptr || !option->repeated) {
      fail_usage(command.name, fmt::format("'--{}' is given twice", name));
    }
    entry->second.value += ' ' + value;
  }
  return flags;
}

// Adds what the file says and no flag says.
void add_file(const Command& command, const std::string& path, Entries& entries) {
  std::vector<IniEntry> keys;
  try {
    keys = read_ini(path, command.name);
  } catch (const core::UsageError& error) {
    fail_usage(command.name, error.what());
  }
  for (auto& [key, value, line] : keys) {
    const std::string place = fmt::format("{}:{}", path, line);
    if (key == "config") {
      fail_usage(command.name,
                 fmt::format("{}: key 'config': a configuration file cannot name another one", place));
    }
    if (command.find(key) == nullptr) {
      fail_usage(command.name, fmt::format("{}: unknown key {}{}", place, core::quoted(key),
                                           suggestion(key, option_names(command))));
    }
    if (value.empty()) fail_usage(command.name, fmt::format("{}: missing value for key '{}'", place, key));
    entries.try_emplace(key, Entry{std::move(value), fmt::format("'{}' ({})", key, place)});
  }
}

// A line feed in a value could not be written back as a configuration, and no other value needs one.
void refuse_control_characters(std::string_view value) {
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      throw ValueError("a value cannot contain control characters such as line feeds or tabs");
    }
  }
}

// A formula that is long enough for several lines means the same on one.
void join_lines(std::string& value) {
  for (char& c : value) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
}

void read_value(const Command& command, const Reader& read, std::string_view value, std::string_view origin) {
  try {
    refuse_control_characters(value);
    read(value);
  } catch (const ValueError& error) {
    fail_usage(command.name,
               fmt::format("invalid value {} for {}: {}", core::quoted(value), origin, error.what()));
  }
}

void read_positionals(const Command& command, const std::vector<std::string>& given) {
  const auto& wanted = command.positionals;
  const bool repeated = !wanted.empty() && wanted.back().repeated;
  if (given.size() > wanted.size() && !repeated) {
    const std::string& extra = given[wanted.size()];
    const std::string name(extra.substr(std::min(extra.find_first_not_of('-'), extra.size())));
    fail_usage(command.name,
               fmt::format("unexpected argument {}{}", core::quoted(extra),
                           extra.starts_with('-') ? suggestion(name, option_names(command), "--") : ""));
  }
  if (given.size() < wanted.size()) {
    fail_usage(command.name, fmt::format("missing argument {}", wanted[given.size()].value_name));
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Positional& argument = wanted[std::min(i, wanted.size() - 1)];
    if (given[i].empty()) fail_usage(command.name, fmt::format("argument {} is empty", argument.value_name));
    read_value(command, argument.read, given[i], argument.value_name);
  }
}

}  // namespace

void fail_usage(std::string_view command, std::string_view message) {
  throw core::UsageError(fmt::format("{}\nTry '{} {} --help'.", message, kProgram, command));
}

std::string Settings::origin(std::string_view option) const {
  const auto found = given_.find(option);
  return found == given_.end() ? fmt::format("'--{}'", option) : found->second;
}

Settings read_settings(const Command& command, std::span<const std::string> arguments) {
  auto [entries, positionals] = read_flags(command, arguments);
  Settings settings;
  if (const auto config = entries.extract("config")) {
    settings.config_file_ = config.mapped().value;
    add_file(command, settings.config_file_, entries);
  }
  read_positionals(command, positionals);

  for (const auto& section : command.sections) {
    for (const auto& option : section.options) {
      const auto found = entries.find(option.name);
      const bool given = found != entries.end();
      if (!given && option.fallback.empty()) continue;
      std::string value = given ? found->second.value : option.fallback;
      if (option.many_lines) join_lines(value);
      if (given) settings.given_.emplace(option.name, found->second.origin);
      read_value(command, option.read, value, settings.origin(option.name));
      if (option.value_name.empty()) value = parse_switch(value) ? "true" : "false";
      settings.text_ += fmt::format("{} = {}\n", option.name, value);
      if (!option.run_control) settings.problem_.emplace_back(option.name, value);
    }
  }
  return settings;
}

}  // namespace gforbit::config
