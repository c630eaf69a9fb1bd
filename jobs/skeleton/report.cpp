#include "skeleton/report.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "gforbit/report/merge.hpp"
#include "gforbit/report/rows.hpp"
#include "skeleton/range_job.hpp"
#include "skeleton/results.hpp"

namespace gforbit::skeleton {

namespace {

void violate(report::Findings& findings, const std::string& what) {
  findings.violation(fmt::format("{}: {}", launch::kRuntimePart, what));
}

std::int64_t part_value(const store::ResultReader& reader, const char* name) {
  return reader.integer_attribute(launch::kRuntimePart, name).value_or(-1);
}

}  // namespace

void add_run_layout(const store::ResultReader& reader, const launch::RankWords& words,
                    const store::TableSpec& part, report::Layout& layout,
                    const std::vector<store::AttributeSpec>& runtime) {
  launch::RunLayout run = launch::run_layout(words);
  run.runtime.insert(run.runtime.end(), runtime.begin(), runtime.end());
  report::add_run(reader, {run.tables, run.runtime, run.scheduler, {part, launch::part_attributes()}},
                  layout);
}

void check_part(const store::ResultReader& reader, const std::string& table,
                std::optional<std::uint64_t> n_rows, report::Findings& findings) {
  if (!reader.has_table(launch::kRuntimePart)) return;
  const auto value = [&](const char* name) { return part_value(reader, name); };
  const std::string part = report::config_value(reader, "part");
  if (fmt::format("{}/{}", value("index"), value("count")) != part)
    violate(findings, fmt::format("it is part {}/{}, but the configuration has {}", value("index"),
                                  value("count"), part));
  const std::int64_t first = value("first_row"), n = value("end_row") - first;
  if (first < 0 || n < 0 || n != static_cast<std::int64_t>(n_rows.value_or(static_cast<std::uint64_t>(n))))
    violate(findings,
            fmt::format("it is of rows {} to {}, which are not those of {}", first, value("end_row"), table));
}

void check_equal_rows(const store::ResultReader& reader, const std::string& table,
                      std::span<const std::int64_t> coalesced_into, report::Findings& findings) {
  if (!reader.has_table(launch::kRuntimePart)) return;
  report::require_table(reader, equal_rows_table(""));
  check_part(reader, table, coalesced_into.size(), findings);
  const store::Table part = reader.read(launch::kRuntimePart);
  const auto& equals = part.column<std::uint64_t>("first_equal");
  if (equals.size() != coalesced_into.size())
    return violate(findings,
                   fmt::format("it has {} rows, {} has {}", equals.size(), table, coalesced_into.size()));
  const auto begin = static_cast<std::uint64_t>(part_value(reader, "first_row"));
  std::unordered_map<std::uint64_t, std::int64_t> first_of;
  for (std::size_t i = 0; i < equals.size(); ++i) {
    const std::uint64_t own = begin + i;
    const auto [first, is_new] = first_of.try_emplace(equals[i], static_cast<std::int64_t>(i));
    if (equals[i] > own || (is_new && equals[i] > begin && equals[i] != own))
      violate(findings,
              fmt::format("row {}: first_equal is {}, which is not the first of its rows", i, equals[i]));
    if (coalesced_into[i] != (is_new ? -1 : first->second))
      violate(findings, fmt::format("row {}: first_equal does not fit coalesced_into in {}", i, table));
  }
}

report::JobReport range_report(const std::string& job, const store::TableSpec& rows,
                               std::vector<std::string> order) {
  report::JobReport report;
  report.job = job;
  report.check = [rows](const store::ResultReader& reader, const report::CheckEffort&,
                        report::Findings& findings) {
    report::require_table(reader, rows);
    const store::Table table = reader.read(rows.path);
    check_equal_rows(reader, rows.path, table.column<std::int64_t>("coalesced_into"), findings);
  };
  report.merge.counted = rows.path;
  report.merge.runtime = {kRuntimeItems};
  report.merge.finish = report::renumber_coalesced;
  report.layout = [rows](const store::ResultReader& reader) {
    report::Layout layout;
    layout.add(rows);
    layout.add(runtime_items_table());
    add_run_layout(reader, range_rank_words(), equal_rows_table("Items of this part of a batch"), layout);
    return layout;
  };
  report.main_table = rows.path;
  report.main_order = std::move(order);
  return report;
}

}  // namespace gforbit::skeleton
