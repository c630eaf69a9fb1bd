#include "gforbit/report/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/rows.hpp"
#include "register_lines.hpp"

namespace gforbit::report {

namespace {

constexpr const char* kBetweenObjects = ",\n";

}  // namespace

ExportFormat export_format(std::string_view name) {
  if (name == "csv") return ExportFormat::csv;
  if (name == "json") return ExportFormat::json;
  if (name == "jsonl") return ExportFormat::jsonl;
  if (name == "batch") return ExportFormat::batch;
  if (name == "dubrova") return ExportFormat::dubrova;
  throw core::UsageError(
      fmt::format("unknown export format {}: it is csv, json, jsonl, batch or dubrova", core::quoted(name)));
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    field += c;
    if (c == '"') field += c;
  }
  return field + '"';
}

void finish_output(std::ostream& out) {
  if (!out.flush())
    throw core::OutputError("the output could not be written: the disk is full or the reader is gone");
}

void write_csv_header(const store::TableSpec& spec, std::ostream& out) {
  for (std::size_t i = 0; i < spec.columns.size(); ++i)
    out << (i > 0 ? "," : "") << csv_field(spec.columns[i].name);
  out << '\n';
}

void write_rows(const store::Table& block, ExportFormat format, std::ostream& out) {
  const RowFormat row_format(block.spec());
  std::string lines;
  for (std::size_t row = 0; row < block.n_rows(); ++row) {
    if (format != ExportFormat::csv) {
      const bool in_array = format == ExportFormat::json;
      if (in_array && row > 0) lines += kBetweenObjects;
      lines += '{' + row_format.json_members(block, row) + (in_array ? "}" : "}\n");
      continue;
    }
    for (std::size_t i = 0; i < block.n_columns(); ++i) {
      if (i > 0) lines += ',';
      lines += csv_field(row_format.text(block, i, row));
    }
    lines += '\n';
  }
  out << lines;
  if (!out) finish_output(out);  // a closed pipe must not cost reading the rest of 10^8 rows
}

namespace {

void export_registers(const store::ResultReader& reader, const std::string& table, ExportFormat format,
                      std::ostream& out) {
  RegisterLines registers(reader.spec(table), table, format);
  for_each_block(reader, table, [&](const store::Table& block, std::uint64_t first) {
    out << registers.lines(block, first);
    if (!out) finish_output(out);
  });
  finish_output(out);
}

/// What stands before the rows of a block: the first one of its table or not.
void begin_block(const store::TableSpec& spec, bool is_first, ExportFormat format, std::ostream& out) {
  if (format == ExportFormat::csv && is_first) write_csv_header(spec, out);
  if (format == ExportFormat::json) out << (is_first ? "[" : kBetweenObjects);
}

void end_rows(ExportFormat format, std::ostream& out) {
  if (format == ExportFormat::json) out << "]\n";
  finish_output(out);
}

}  // namespace

void write_table(const store::Table& table, ExportFormat format, std::ostream& out) {
  begin_block(table.spec(), true, format, out);
  write_rows(table, format, out);
  end_rows(format, out);
}

void export_table(const store::ResultReader& reader, const std::string& name, ExportFormat format,
                  std::ostream& out) {
  const auto tables = reader.tables();
  const std::string table = name.substr(name.starts_with('/') ? 1 : 0);  // as other HDF5 tools write paths
  if (std::find(tables.begin(), tables.end(), table) == tables.end()) {
    const auto same_name = [&](const std::string& other) { return other.ends_with('/' + table); };
    const auto meant = std::find_if(tables.begin(), tables.end(), same_name);
    const std::string suggestion = meant == tables.end() ? "" : fmt::format(" (did you mean '{}'?)", *meant);
    throw core::UsageError(fmt::format("'{}' has no table {}{}; its tables are: {}", reader.path().string(),
                                       core::quoted(name), suggestion, fmt::join(tables, ", ")));
  }
  if (is_register_format(format)) return export_registers(reader, table, format, out);
  const store::TableSpec spec = reader.spec(table);
  if (reader.n_rows(table) == 0) begin_block(spec, true, format, out);
  for_each_block(reader, table, [&](const store::Table& block, std::uint64_t first) {
    begin_block(spec, first == 0, format, out);
    write_rows(block, format, out);
  });
  end_rows(format, out);
}

}  // namespace gforbit::report
