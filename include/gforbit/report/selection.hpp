/// Rows and columns of a table that a summary is asked for: `--columns`, `--where`, `--top`, `--by`.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/report/summary.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::report {

struct Selection {
  std::vector<std::string> columns{};  ///< none: all
  std::string where{};                 ///< "degree >= 10 and is_primitive = 1"; empty: all rows
  std::optional<std::uint64_t> top{};  ///< this many rows with the largest values of `by`
  std::vector<std::string> by{};       ///< columns, the first one decides first

  [[nodiscard]] bool empty() const noexcept { return columns.empty() && where.empty() && !top && by.empty(); }
};

/// Writes the selected rows of the table: aligned columns, a JSON list of objects, CSV, or a longtable. A
/// count that has an exact twin `x_decimal` is compared by that. Memory: the rows that are written.
/// @throws core::UsageError   an unknown column, or a condition that is none
///         core::OutputError  `out` does not take it
void write_selection(const store::ResultReader& reader, const std::string& table, const Selection& selection,
                     SummaryFormat format, std::ostream& out);

/// Whether `a` comes before `b`: as integers of any length, as numbers, or as texts; the empty text before
/// everything.
[[nodiscard]] bool is_less(std::string_view a, std::string_view b);

}  // namespace gforbit::report
