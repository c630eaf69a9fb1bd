// The help page of a command, from its description alone.
#include <fmt/format.h>

#include "gforbit/config/command.hpp"

namespace gforbit::config {

namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kColumn = 30;

// `text` in lines of at most `width`, broken at blanks; a line feed in `text` starts a paragraph.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const auto paragraph_end = text.find('\n');
    auto rest = text.substr(0, paragraph_end);
    while (rest.size() > width) {
      auto cut = rest.rfind(' ', width);
      if (cut == std::string_view::npos || cut == 0) cut = rest.find(' ', width);
      if (cut == std::string_view::npos) break;
      lines.emplace_back(rest.substr(0, cut));
      rest.remove_prefix(cut + 1);
    }
    lines.emplace_back(rest);
    if (paragraph_end == std::string_view::npos) return lines;
    text.remove_prefix(paragraph_end + 1);
  }
}

std::string paragraph(std::string_view text, std::size_t indent = 0) {
  std::string page;
  for (const auto& line : wrapped(text, kWidth - indent)) {
    page += line.empty() ? "\n" : fmt::format("{:{}}{}\n", "", indent, line);
  }
  return page;
}

std::string option_row(const Option& option) {
  const std::string left =
      option.value_name.empty() ? "--" + option.name : fmt::format("--{} {}", option.name, option.value_name);
  const std::string& fallback = option.fallback_note.empty() ? option.fallback : option.fallback_note;
  const bool shown = !fallback.empty() && !option.value_name.empty();
  return help_row(left, shown ? fmt::format("{} [default: {}]", option.help, fallback) : option.help);
}

}  // namespace

const Option* Command::find(std::string_view option_name) const {
  for (const auto& section : sections) {
    for (const auto& option : section.options) {
      if (option.name == option_name) return &option;
    }
  }
  return nullptr;
}

std::string help_row(std::string_view left, std::string_view right) {
  std::string page = fmt::format("  {}", left);
  bool beside = left.size() + 4 <= kColumn;
  if (!beside) page += '\n';
  for (const auto& line : wrapped(right, kWidth - kColumn)) {
    page += fmt::format("{:{}}{}\n", "", beside ? kColumn - 2 - left.size() : kColumn, line);
    beside = false;
  }
  return page;
}

std::string help_text(const Command& command) {
  std::string page = fmt::format("Usage: {} {}", kProgram, command.name);
  for (const auto& positional : command.positionals) page += fmt::format(" {}", positional.value_name);
  page += " [options]\n\n" + paragraph(command.details.empty() ? command.summary : command.details);

  if (!command.positionals.empty()) page += "\nArguments:\n";
  for (const auto& positional : command.positionals) page += help_row(positional.value_name, positional.help);

  for (const auto& section : command.sections) {
    page += fmt::format("\n{}:\n", section.title);
    for (const auto& option : section.options) page += option_row(option);
  }
  page += "\nGeneral:\n";
  if (command.reads_config) {
    page += help_row("--config FILE",
                     "INI file: every option above is a key (`threads = 4`, `force = true`); options on the "
                     "command line override the file. "
                     "A line that starts with # is a comment.");
  }
  page += help_row("--help", "this text");

  if (!command.examples.empty()) page += "\nExamples:\n";
  for (const auto& example : command.examples) {
    page += fmt::format("  {}\n{}", example.line, paragraph(example.meaning, 6));
  }
  if (!command.notes.empty()) page += fmt::format("\n{}", paragraph(command.notes));
  return page;
}

}  // namespace gforbit::config
