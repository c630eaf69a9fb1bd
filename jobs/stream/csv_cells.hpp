/// Cells of a record of comma-separated values, as RFC 4180 has them: a quotation mark counts at the
/// beginning of a cell only; between it and the next single one delimiters and line ends are text, and "" is
/// a quotation mark.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gforbit::job_stream {

struct Cell {
  std::string_view text;
  bool is_quoted = false;
};

/// Of one record after another; the memory is used again.
class Cells {
 public:
  Cells() = default;
  /// @param record  must stay until the next call, or as long as the cells are used
  void read(std::string_view record, char delimiter);
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;
  [[nodiscard]] std::size_t size() const noexcept { return cells_.size(); }
  [[nodiscard]] const Cell& operator[](std::size_t i) const { return cells_[i]; }
  /// A quotation mark is not closed.
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

 private:
  std::vector<Cell> cells_;
  std::string memory_;  ///< of cells that are not in the record as they are
  bool is_open_ = false;
};

/// Whether a line ends inside quotation marks. @param inside  whether it begins there
[[nodiscard]] bool ends_open(std::string_view line, char delimiter, bool inside);

/// `text` as a cell: in quotation marks where it must be, and where it is empty, which is not missing.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace gforbit::job_stream
