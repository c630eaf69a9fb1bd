#include "stream/csv_cells.hpp"

#include "gforbit/report/export.hpp"

namespace gforbit::job_stream {

namespace {

/// Of the cell that has no more quotation marks. Most cells are short: a call of find() takes longer.
std::size_t end_of_cell(std::string_view record, std::size_t at, char delimiter) {
  while (at < record.size() && record[at] != delimiter) ++at;
  return at;
}

}  // namespace

void Cells::read(std::string_view record, char delimiter) {
  cells_.clear();
  memory_.clear();
  is_open_ = false;
  for (std::size_t at = 0; at <= record.size();) {
    if (at == record.size() || record[at] != '"') {
      const std::size_t end = end_of_cell(record, at, delimiter);
      cells_.push_back({record.substr(at, end - at), false});
      at = end + 1;
      continue;
    }
    memory_.reserve(record.size());  // once, so that views into it stay valid
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
    const std::size_t end = end_of_cell(record, at, delimiter);
    if (at < end) memory_ += record.substr(at, end - at);
    cells_.push_back({std::string_view(memory_).substr(begin), true});
    at = end + 1;
  }
}

bool ends_open(std::string_view line, char delimiter, bool inside) {
  if (!inside && line.find('"') == std::string_view::npos) return false;
  bool at_begin = !inside;
  for (std::size_t at = 0; at < line.size() || inside;) {
    if (inside) {
      at = line.find('"', at);
      if (at == std::string_view::npos) return true;
      const bool is_pair = at + 1 < line.size() && line[at + 1] == '"';
      inside = is_pair;
      at += is_pair ? 2 : 1;
    } else if (at_begin && line[at] == '"') {
      inside = true;
      at_begin = false;
      ++at;
    } else {
      at = line.find(delimiter, at);
      if (at == std::string_view::npos) return false;
      ++at;
      at_begin = true;
    }
  }
  return false;
}

std::string csv_cell(std::string_view text) {
  return text.empty() ? "\"\"" : report::csv_field(text);
}

}  // namespace gforbit::job_stream
