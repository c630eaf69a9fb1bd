#include "gforbit/config/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace gforbit::config {

namespace {

/// The words of `auto|never|N` that can be typed as they are.
std::vector<std::string> choices_of(const Option& option) {
  std::vector<std::string> words;
  std::string_view rest = option.value_name;
  if (rest.find('|') == std::string_view::npos) return words;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('|'), rest.size());
    const std::string word(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) words.push_back(word);
  }
  return words;
}

std::string manual_option(const Option& option) {
  const std::string& fallback = option.fallback_note.empty() ? option.fallback : option.fallback_note;
  std::string text = fmt::format(".TP\n\\fB{}\\fR", roff_text("--" + option.name));
  if (!option.value_name.empty()) text += fmt::format(" \\fI{}\\fR", roff_text(option.value_name));
  text += '\n' + roff_text(option.help);
  if (!fallback.empty() && !option.value_name.empty())
    text += fmt::format(" [default: {}]", roff_text(fallback));
  return text + '\n';
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string result;
  bool line_begin = true;
  for (const char c : text) {
    if (line_begin && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '\'') {
      result += "\\(aq";
    } else if (c == '`') {
      result += "\\(ga";
    } else if (c == '^') {
      result += "\\(ha";
    } else if (c == '~') {
      result += "\\(ti";
    } else {
      result += c;
    }
    line_begin = c == '\n';
  }
  return result;
}

std::string manual_section(const Command& command) {
  std::string page = fmt::format(".SH \"gforbit {}\"\n.B gforbit {}\n", command.name, command.name);
  for (const auto& positional : command.positionals)
    page += fmt::format(".I {}\n", roff_text(positional.value_name));
  page += "[options]\n.PP\n";
  page += roff_text(command.details.empty() ? command.summary : command.details) + '\n';
  for (const auto& positional : command.positionals) {
    page +=
        fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff_text(positional.value_name), roff_text(positional.help));
  }
  for (const auto& section : command.sections) {
    page += fmt::format(".SS \"{}\"\n", roff_text(section.title));
    for (const auto& option : section.options) page += manual_option(option);
  }
  if (!command.examples.empty()) page += ".SS Examples\n";
  for (const auto& example : command.examples) {
    page += fmt::format(".TP\n{}\n{}\n", roff_text(example.line), roff_text(example.meaning));
  }
  if (!command.notes.empty()) page += fmt::format(".PP\n{}\n", roff_text(command.notes));
  return page;
}

CompletionBranches completion_branches(const Command& command) {
  CompletionBranches branches;
  std::string names = "--help";
  if (command.reads_config) names += " --config";
  for (const auto& section : command.sections) {
    for (const auto& option : section.options) {
      names += " --" + option.name;
      if (const auto words = choices_of(option); !words.empty()) {
        branches.choices +=
            fmt::format("    '{} --{}') words='{}' ;;\n", command.name, option.name, fmt::join(words, " "));
      } else if (!option.value_name.empty()) {
        branches.choices += fmt::format("    '{} --{}') return ;;\n", command.name, option.name);
      }
    }
  }
  if (command.reads_config) branches.choices += fmt::format("    '{} --config') return ;;\n", command.name);
  branches.options = fmt::format("    {}) options='{}' ;;\n", command.name, names);
  return branches;
}

std::string manual_page(std::span<const Command> commands, std::string_view purpose,
                        std::string_view version) {
  std::string page = fmt::format(
      ".TH GFORBIT 1 \"\" \"gforbit {}\" \"User Commands\"\n.SH NAME\ngforbit \\- {}\n.SH SYNOPSIS\n",
      version, roff_text(purpose));
  for (const auto& command : commands) page += fmt::format(".B gforbit {}\n[arguments]\n.br\n", command.name);
  page += ".B gforbit \\-\\-version\n.SH DESCRIPTION\n";
  for (const auto& command : commands)
    page += fmt::format(".TP\n\\fBgforbit {}\\fR\n{}\n", command.name, roff_text(command.summary));
  for (const auto& command : commands) page += manual_section(command);
  return page + ".SH \"SEE ALSO\"\n.BR mpirun (1),\n.BR srun (1),\n.BR h5dump (1)\n";
}

std::string completion_script(std::span<const Command> commands, const std::string& flags) {
  std::string first;
  CompletionBranches all{.options = {}, .choices = "    '--completion --completion') words='bash' ;;\n"};
  for (const auto& command : commands) {
    const auto own = completion_branches(command);
    all.options += own.options;
    all.choices += own.choices;
    first += command.name + ' ';
  }
  return fmt::format(R"(# bash completion of gforbit, made by `gforbit --completion bash`.
_gforbit() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command options='' words=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '{}' -- "$current")
    return
  fi
  command=${{COMP_WORDS[1]}}
  case "$command $previous" in
{}  esac
  case $command in
{}  esac
  if [[ -z $words && $current == -* ]]; then words=$options; fi
  if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"); fi
}}
complete -o default -F _gforbit gforbit
)",
                     first + flags, all.choices, all.options);
}

}  // namespace gforbit::config
