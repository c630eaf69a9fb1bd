/// Tables for LaTeX.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace gforbit::report {

/// What a document needs for the tables.
inline constexpr const char* kLatexPackages = "% needs \\usepackage{booktabs,longtable}\n";

/// The text with everything that LaTeX would read as a command made harmless.
[[nodiscard]] std::string latex_text(std::string_view text);

/// A table that goes on over pages and repeats its head. Cells are separated by " & ".
class LatexTable {
 public:
  /// @param alignment  a letter a column: "lrr"
  LatexTable(std::string_view alignment, std::string_view head, std::ostream& out);
  void row(std::string_view cells);
  void end();

 private:
  std::ostream& out_;
};

}  // namespace gforbit::report
