#include "stream/csv_cells.hpp"

#include <algorithm>

#include "gforbit/report/export.hpp"

namespace gforbit::job_stream {

Cells::Cells(std::string_view record, char delimiter) {
  if (record.find('"') != std::string_view::npos) memory_.reserve(record.size());  // views into it stay valid
  for (std::size_t at = 0; at <= record.size();) {
    if (at == record.size() || record[at] != '"') {
      const std::size_t end = std::min(record.find(delimiter, at), record.size());
      cells_.push_back({record.substr(at, end - at), false});
      at = end + 1;
      continue;
    }
    const std::size_t begin = memory_.size();
    is_open_ = true;
    for (++at; at < record.size(); ++at) {
      if (record[at] == '"') {
        if (at + 1 >= record.size() || record[at + 1] != '"') {
          is_open_ = false;
          ++at;
          break;
        }
        ++at;
      }
      memory_ += record[at];
    }
    const std::size_t end = std::min(record.find(delimiter, at), record.size());
    if (at < end) memory_ += record.substr(at, end - at);
    cells_.push_back({std::string_view(memory_).substr(begin), true});
    at = end + 1;
  }
}

bool is_open(std::string_view record, char delimiter) {
  if (record.find('"') == std::string_view::npos) return false;
  return Cells(record, delimiter).is_open();
}

std::string csv_cell(std::string_view text) {
  return text.empty() ? "\"\"" : report::csv_field(text);
}

}  // namespace gforbit::job_stream
