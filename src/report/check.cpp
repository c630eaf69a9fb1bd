#include "gforbit/report/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "check_parts.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/layout.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::report {

namespace {

/// Runs one part of the check; what it cannot read is a violation, and the other parts go on.
template <class Part>
void guarded(Findings& findings, Part&& part) {
  try {
    part();
  } catch (const core::InputError& error) {
    findings.violation(error.what());
  }
}

void check_root(const store::ResultReader& reader, Findings& findings) {
  for (const char* const name : {"schema", "job", "producer_version", "git_revision", "results_sha256"}) {
    guarded(findings, [&] {
      const auto value = reader.text_attribute("/", name);
      if (!value)
        findings.violation(fmt::format("root attribute '{}' is missing", name));
      else if (value->empty())
        findings.violation(fmt::format("root attribute '{}' is empty", name));
    });
  }
  guarded(findings, [&] {
    const auto complete = reader.integer_attribute("/", "complete");
    if (!complete)
      findings.violation("root attribute 'complete' is missing");
    else if (*complete != 0 && *complete != 1) {
      findings.violation(fmt::format("root attribute 'complete' is {}, neither 0 nor 1", *complete));
    }
  });
  guarded(findings, [&] {
    constexpr std::int64_t kKnown[] = {0, 1, 2, 3, 4, 5, 75};
    const auto status = reader.integer_attribute("/", "exit_status");
    if (!status)
      findings.violation("root attribute 'exit_status' is missing");
    else if (std::find(std::begin(kKnown), std::end(kKnown), *status) == std::end(kKnown)) {
      findings.violation(
          fmt::format("root attribute 'exit_status' is {}, which gforbit never returns", *status));
    } else if ((*status == 75) != (reader.integer_attribute("/", "complete") == 0)) {
      findings.violation(
          fmt::format("root attribute 'exit_status' is {}, which does not fit 'complete'", *status));
    }
  });
}

/// True if the columns can be read as rows.
bool check_shape(const store::ResultReader& reader, const std::string& table, Findings& findings) {
  const store::TableSpec spec = reader.spec(table);
  if (spec.title.empty()) findings.violation(fmt::format("'{}' has no title", table));
  std::set<std::string> names;
  bool readable = true;
  for (const store::ColumnSpec& column : spec.columns) {
    if (column.long_name.empty())
      findings.violation(fmt::format("'{}/{}' has no long_name", table, column.name));
    if (!names.insert(column.name).second) {
      findings.violation(fmt::format("'{}' names the column '{}' twice in column-order", table, column.name));
      readable = false;
    }
  }
  const auto lengths = reader.column_lengths(table);
  for (std::size_t i = 1; i < lengths.size(); ++i) {
    if (lengths[i] == lengths[0]) continue;
    findings.violation(fmt::format("'{}': column '{}' has {} rows, column '{}' has {}", table,
                                   spec.columns[i].name, lengths[i], spec.columns[0].name, lengths[0]));
    readable = false;
  }
  for (const std::string& column : reader.columns_without_row_scale(table)) {
    findings.violation(
        fmt::format("'{}/{}' is not on the dimension scale 'row' of its table", table, column));
  }
  if (readable && !reader.rows_are_numbered(table))
    findings.violation(fmt::format("'{}/row' does not number the rows", table));
  return readable;
}

/// The numbers of the categories are 0, 1, 2, ..., as many as there are names.
void check_flag_values(const store::ResultReader& reader, const std::string& table,
                       const store::ColumnSpec& column, Findings& findings) {
  const auto values = reader.integers_attribute(table + "/" + column.name, "flag_values");
  bool counts = values && values->size() == column.flag_meanings.size();
  for (std::size_t i = 0; counts && i < values->size(); ++i)
    counts = (*values)[i] == static_cast<std::int64_t>(i);
  if (!counts)
    findings.violation(fmt::format("'{}/{}': flag_values does not number the {} flag_meanings", table,
                                   column.name, column.flag_meanings.size()));
}

void check_flags(const store::ResultReader& reader, const std::string& table, Findings& findings) {
  const store::TableSpec spec = reader.spec(table);
  const auto has_meanings = [](const store::ColumnSpec& column) { return !column.flag_meanings.empty(); };
  if (std::none_of(spec.columns.begin(), spec.columns.end(), has_meanings)) return;
  for (const store::ColumnSpec& column : spec.columns) {
    if (has_meanings(column)) check_flag_values(reader, table, column, findings);
  }
  for_each_block(reader, table, [&](const store::Table& block, std::uint64_t first) {
    for (const store::ColumnSpec& column : spec.columns) {
      if (!has_meanings(column)) continue;
      const auto& codes = block.column<std::int8_t>(column.name);
      for (std::size_t row = 0; row < codes.size(); ++row) {
        if (codes[row] >= 0 && static_cast<std::size_t>(codes[row]) < column.flag_meanings.size()) continue;
        findings.violation(fmt::format("'{}/{}', row {}: {} is none of its {} flag_values", table,
                                       column.name, first + row, static_cast<int>(codes[row]),
                                       column.flag_meanings.size()));
      }
    }
  });
}

void check_digest(const store::ResultReader& reader, Findings& findings) {
  const auto claimed = reader.text_attribute("/", "results_sha256");
  if (!claimed) return;  // reported with the root attributes
  const std::string computed = reader.digest();
  if (*claimed == computed) return;
  findings.violation(
      fmt::format("results_sha256 is {}, but the digest of /results is {}: results were changed after "
                  "they were written",
                  *claimed, computed));
}

}  // namespace

Findings check_file(const store::ResultReader& reader, std::span<const JobReport> reports,
                    const CheckEffort& effort) {
  Findings findings;
  check_root(reader, findings);
  std::string job;
  guarded(findings, [&] { job = reader.text_attribute("/", "job").value_or(""); });
  const JobReport* const report = find_report(reports, job);
  guarded(findings, [&] {
    if (report == nullptr || !report->layout) return;
    const std::size_t before = findings.n_violations();
    check_layout(reader, report->layout(reader), findings);
    if (findings.n_violations() == before && !is_merged(reader)) check_run(reader, findings);
  });
  bool readable = true;
  guarded(findings, [&] {
    for (const std::string& table : reader.tables()) {
      guarded(findings, [&] {
        if (check_shape(reader, table, findings))
          check_flags(reader, table, findings);
        else
          readable = false;
      });
    }
  });
  guarded(findings, [&] { check_digest(reader, findings); });
  guarded(findings, [&] {
    if (report == nullptr && !reports.empty()) {
      findings.violation(
          fmt::format("root attribute 'job' is {}, which no job of this gforbit is", core::quoted(job)));
    } else if (report == nullptr || !report->check) {
      findings.note(fmt::format("no mathematics is checked for job '{}'", job));
    } else if (readable) {
      report->check(reader, effort, findings);
    }
  });
  return findings;
}

core::ExitStatus check(const std::filesystem::path& path, std::span<const JobReport> reports,
                       std::ostream& out, const CheckEffort& effort) {
  const store::ResultReader reader(path);
  const Findings findings = check_file(reader, reports, effort);
  for (const std::string& note : findings.notes()) out << "note: " << note << '\n';
  for (const std::string& violation : findings.violations()) out << "violation: " << violation << '\n';
  if (findings.n_violations() > findings.violations().size()) {
    out << fmt::format("... {} more violations\n", findings.n_violations() - findings.violations().size());
  }
  if (!findings.unchecked().empty())
    out << fmt::format("not checked: {}\n", fmt::join(findings.unchecked(), "; "));
  out << path.string() << ": "
      << (findings.valid() ? "valid" : fmt::format("INVALID, {} violations", findings.n_violations()));
  bool complete = false;
  try {
    complete = reader.integer_attribute("/", "complete") == 1;
  } catch (const core::InputError&) {
    // already among the violations
  }
  if (!complete) out << ", incomplete: the run was not at its end";
  out << '\n';
  finish_output(out);
  return findings.valid() ? core::ExitStatus::done : core::ExitStatus::input;
}

}  // namespace gforbit::report
