#include "gforbit/report/latex.hpp"

namespace gforbit::report {

std::string latex_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\\':
        result += "\\textbackslash{}";
        break;
      case '~':
        result += "\\textasciitilde{}";
        break;
      case '^':
        result += "\\textasciicircum{}";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        result += '\\';
        [[fallthrough]];
      default:
        result += c;
    }
  }
  return result;
}

LatexTable::LatexTable(std::string_view alignment, std::string_view head, std::ostream& out) : out_(out) {
  out_ << "\\begin{longtable}{" << alignment << "}\n\\toprule\n"
       << head << " \\\\\n\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n";
}

void LatexTable::row(std::string_view cells) {
  out_ << cells << " \\\\\n";
}

void LatexTable::end() {
  out_ << "\\end{longtable}\n";
}

}  // namespace gforbit::report
