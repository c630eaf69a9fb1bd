/// One table of a result file as text, streamed.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "gforbit/store/result_reader.hpp"

namespace gforbit::report {

enum class ExportFormat {
  csv,     ///< RFC 4180 with a header line, but lines end with a line feed alone
  json,    ///< an array of objects, one a line
  jsonl,   ///< one JSON object a line
  batch,   ///< of a table of registers: the lines of `gforbit cycles --batch`
  dubrova  ///< of registers over GF(2) of one degree: lists of cells, `0,1,6,(2,4)`
};

/// @throws core::UsageError  another name
[[nodiscard]] ExportFormat export_format(std::string_view name);

/// Writes all rows of table `name` (results/cycles or /results/cycles); flags as their meanings. Memory is
/// one block of rows.
/// @throws core::UsageError   no such table; the message lists those there are; rows that the format cannot
/// say
///         core::OutputError  `out` does not take it
void export_table(const store::ResultReader& reader, const std::string& name, ExportFormat format,
                  std::ostream& out);

/// The same of a table in memory; no format of registers.
void write_table(const store::Table& table, ExportFormat format, std::ostream& out);

/// The header line of a CSV table.
void write_csv_header(const store::TableSpec& spec, std::ostream& out);

/// The rows of a block as lines of csv or jsonl, or as members of a JSON array without what is between
/// blocks.
/// @throws core::OutputError  `out` does not take it
void write_rows(const store::Table& block, ExportFormat format, std::ostream& out);

/// A field of a CSV line: in quotes where it must be.
[[nodiscard]] std::string csv_field(std::string_view text);

/// @throws core::OutputError  something was not written to `out` (a closed pipe, a full disk)
void finish_output(std::ostream& out);

}  // namespace gforbit::report
