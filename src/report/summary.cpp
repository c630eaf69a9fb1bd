#include "gforbit/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::report {

const JobReport* find_report(std::span<const JobReport> reports, std::string_view job) {
  const auto found =
      std::find_if(reports.begin(), reports.end(), [&](const JobReport& r) { return r.job == job; });
  return found == reports.end() ? nullptr : &*found;
}

SummaryFormat summary_format(std::string_view name) {
  if (name == "text") return SummaryFormat::text;
  if (name == "json") return SummaryFormat::json;
  if (name == "csv") return SummaryFormat::csv;
  if (name == "latex") return SummaryFormat::latex;
  throw core::UsageError(
      fmt::format("unknown summary format {}: it is text, json, csv or latex", core::quoted(name)));
}

namespace {

constexpr std::string_view kResults = "results/";

std::vector<std::string> result_tables(const store::ResultReader& reader) {
  std::vector<std::string> tables = reader.tables();
  std::erase_if(tables, [](const std::string& table) { return !table.starts_with(kResults); });
  return tables;
}

void write_tables_text(const store::ResultReader& reader, std::ostream& out) {
  for (const std::string& table : reader.tables()) {
    out << fmt::format("{:10} {}: {}, {}: {}\n", "table", table, core::counted(reader.n_rows(table), "row"),
                       core::counted(reader.spec(table).columns.size(), "column"), reader.spec(table).title);
  }
}

void write_json(const store::ResultReader& reader, const JobReport* report, std::ostream& out) {
  const auto version = reader.integers_attribute("/", "schema_version").value_or(std::vector<std::int64_t>{});
  out << fmt::format(
      "{{\"schema\": {}, \"schema_version\": [{}], \"job\": {}, \"complete\": {}, \"exit_status\": {}",
      json_text(reader.text_attribute("/", "schema").value_or("")), fmt::join(version, ", "),
      json_text(reader.text_attribute("/", "job").value_or("")),
      reader.integer_attribute("/", "complete").value_or(0),
      reader.integer_attribute("/", "exit_status").value_or(0));
  out << ",\n";
  if (report != nullptr && report->json_members)
    report->json_members(reader, out);
  else
    write_tables_json(reader, std::numeric_limits<std::uint64_t>::max(), out);
  out << "}\n";
}

void write_text(const store::ResultReader& reader, const JobReport* report, std::ostream& out) {
  const auto root = [&](const char* name) { return reader.text_attribute("/", name).value_or("unknown"); };
  const bool complete = reader.integer_attribute("/", "complete").value_or(0) == 1;
  const auto line = [&](std::string_view name, const std::string& value) {
    out << fmt::format("{:10} {}\n", name, value);
  };
  line("file", reader.path().string());
  line("job",
       fmt::format("{}, by gforbit {} ({})", root("job"), root("producer_version"), root("git_revision")));
  line("state",
       fmt::format("{}, exit status {}", complete ? "complete" : "INCOMPLETE: the run was not at its end",
                   reader.integer_attribute("/", "exit_status").value_or(0)));
  line("digest", root("results_sha256"));
  if (report != nullptr && report->text)
    report->text(reader, out);
  else
    write_tables_text(reader, out);
}

[[noreturn]] void fail_format(const store::ResultReader& reader, std::string_view format) {
  throw core::UsageError(
      fmt::format("a result of job {} has no summary as {}: use text or json, or export a table of: {}",
                  core::quoted(reader.text_attribute("/", "job").value_or("")), format,
                  fmt::join(reader.tables(), ", ")));
}

}  // namespace

void write_tables_json(const store::ResultReader& reader, std::uint64_t most_rows, std::ostream& out) {
  const char* separator = "";
  std::string left_out;
  for (const std::string& table : result_tables(reader)) {
    const std::string name = json_text(std::string_view(table).substr(kResults.size()));
    if (const std::uint64_t rows = reader.n_rows(table); rows > most_rows) {
      left_out += fmt::format("{}{}: {}", left_out.empty() ? "" : ", ", name, rows);
      continue;
    }
    const RowFormat format(reader.spec(table));
    out << separator << name << ": [";
    separator = ",\n";
    const char* comma = "\n";
    for_each_block(reader, table, [&](const store::Table& block, std::uint64_t) {
      for (std::size_t row = 0; row < block.n_rows(); ++row) {
        out << comma << '{' << format.json_members(block, row) << '}';
        comma = ",\n";
      }
    });
    out << "]";
  }
  if (!left_out.empty()) out << separator << "\"left_out\": {" << left_out << '}';
}

void summarize(const store::ResultReader& reader, SummaryFormat format, std::span<const JobReport> reports,
               std::ostream& out) {
  const JobReport* const report = find_report(reports, reader.text_attribute("/", "job").value_or(""));
  switch (format) {
    case SummaryFormat::text:
      write_text(reader, report, out);
      break;
    case SummaryFormat::json:
      write_json(reader, report, out);
      break;
    case SummaryFormat::csv:
      if (report == nullptr || !report->csv) fail_format(reader, "csv");
      report->csv(reader, out);
      break;
    case SummaryFormat::latex:
      if (report == nullptr || !report->latex) fail_format(reader, "latex");
      report->latex(reader, out);
      break;
  }
  finish_output(out);
}

void write_digest(const store::ResultReader& reader, std::ostream& out) {
  out << reader.digest() << '\n';
  finish_output(out);
}

}  // namespace gforbit::report
