#include "stream/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "gforbit/core/text.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/merge.hpp"
#include "gforbit/report/rows.hpp"
#include "stream/report_check.hpp"
#include "stream/tables.hpp"

namespace gforbit::job_stream {

namespace {

constexpr std::int8_t kCompleted = 1;
constexpr std::size_t kShownTerms = 10;

void write_tables(const store::ResultReader& reader, std::ostream& out) {
  out << "\n        rows  table\n";
  for (const std::string& table : reader.tables()) {
    if (table.starts_with("results/")) out << fmt::format("{:12}  {}\n", reader.n_rows(table), table);
  }
}

/// Whether it is a table of second_level.
bool has_proportions(const store::TableSpec& spec) {
  constexpr std::array kNames{"statistic",  "sequences",       "c1", "c10", "uniformity",
                              "proportion", "least_proportion"};
  return std::ranges::all_of(kNames, [&](const char* name) {
    return std::ranges::find(spec.columns, name, &store::ColumnSpec::name) != spec.columns.end();
  });
}

/// As the final report of NIST's program has it.
void write_proportions(const store::ResultReader& reader, const std::string& name, std::ostream& out) {
  constexpr double kLeastUniformity = 0.0001;
  constexpr std::uint64_t kShown = 200;
  const store::Table rows = reader.read(name, 0, kShown);
  out << fmt::format("\n{}: p-values in ten bins, their uniformity, proportion of sequences that pass\n",
                     name);
  for (std::size_t row = 0; row < rows.n_rows(); ++row) {
    for (int bin = 1; bin <= 10; ++bin)
      out << fmt::format("{:4} ", rows.column<std::int64_t>(fmt::format("c{}", bin))[row]);
    const double uniformity = rows.column<double>("uniformity")[row];
    const double proportion = rows.column<double>("proportion")[row];
    const std::int64_t sequences = rows.column<std::int64_t>("sequences")[row];
    const bool fails = !(proportion >= rows.column<double>("least_proportion")[row]);
    const std::string passed =
        sequences == 0 ? "-"
                       : fmt::format("{:.0f}/{}", proportion * static_cast<double>(sequences), sequences);
    out << fmt::format(" {:>9}{}  {:>9}{}  {}\n",
                       std::isnan(uniformity) ? "-" : fmt::format("{:.6f}", uniformity),
                       uniformity < kLeastUniformity ? '*' : ' ', passed, fails ? '*' : ' ',
                       rows.column<std::string>("statistic")[row]);
  }
  if (reader.n_rows(name) > kShown) out << fmt::format("... and {} more\n", reader.n_rows(name) - kShown);
  out << "* uniformity below 0.0001, or a proportion that is not acceptable\n";
}

void write_second_levels(const store::ResultReader& reader, std::ostream& out) {
  for (const std::string& table : reader.tables()) {
    if (table.starts_with("results/") && reader.n_rows(table) > 0 && has_proportions(reader.spec(table)))
      write_proportions(reader, table, out);
  }
}

void write_terms(const store::ResultReader& reader, std::ostream& out) {
  if (!reader.has_table(kRuntimeTerms)) return;
  const store::Table terms = reader.read(kRuntimeTerms);
  const auto& busy = terms.column<double>("busy_s");
  std::vector<std::size_t> order(busy.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return busy[i]; });
  out << "\n      busy   blocked   starved            in           out  pipeline  term\n";
  for (std::size_t i = 0; i < std::min(kShownTerms, order.size()); ++i) {
    const std::size_t row = order[i];
    out << fmt::format("{:8.3f} s {:7.3f} s {:7.3f} s {:12}  {:12}  {:8}  {} {}\n", busy[row],
                       terms.column<double>("blocked_s")[row], terms.column<double>("idle_s")[row],
                       terms.column<std::uint64_t>("in")[row], terms.column<std::uint64_t>("out")[row],
                       terms.column<std::uint64_t>("pipeline")[row], terms.column<std::int32_t>("term")[row],
                       terms.column<std::string>("name")[row]);
  }
  if (order.size() > kShownTerms) out << fmt::format("... and {} more\n", order.size() - kShownTerms);
}

void write_errors(const store::ResultReader& reader, std::ostream& out) {
  if (!reader.has_table(kRuntimePipelines)) return;
  std::uint64_t errors = 0;
  report::for_each_block(reader, kRuntimePipelines, [&](const store::Table& block, std::uint64_t) {
    if (!block.has_column("errors")) return;
    for (const std::uint64_t of_pipeline : block.column<std::uint64_t>("errors")) errors += of_pipeline;
  });
  if (errors > 0)
    out << fmt::format("errors     {} could not be processed and {} left out\n",
                       core::counted(errors, "item"), errors == 1 ? "was" : "were");
}

void write_text(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, pipelines_table());
  const auto meanings = pipelines_table().columns[2].flag_meanings;
  std::vector<std::uint64_t> counts(meanings.size(), 0);
  std::string failures;
  std::size_t shown = 0;
  report::for_each_block(reader, kPipelines, [&](const store::Table& block, std::uint64_t) {
    const auto& status = block.column<std::int8_t>("status");
    for (std::size_t i = 0; i < status.size(); ++i) {
      const auto s = static_cast<std::size_t>(status[i]);
      if (s < counts.size()) ++counts[s];
      if (status[i] == kCompleted || block.column<std::string>("message")[i].empty() || ++shown > 5) continue;
      failures += fmt::format("  {} {}: {}\n", block.column<std::string>("id")[i], meanings.at(s),
                              block.column<std::string>("message")[i]);
    }
  });
  out << fmt::format("{:10}", "pipelines");
  const char* comma = " ";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    out << comma << counts[i] << ' ' << meanings[i];
    comma = ", ";
  }
  out << '\n' << failures;
  write_errors(reader, out);
  write_tables(reader, out);
  write_second_levels(reader, out);
  write_terms(reader, out);
}

void write_csv(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, pipelines_table());
  report::write_csv_header(reader.spec(kPipelines), out);
  report::for_each_block(reader, kPipelines, [&](const store::Table& rows, std::uint64_t) {
    report::write_rows(rows, report::ExportFormat::csv, out);
  });
}

}  // namespace

report::JobReport stream_report() {
  return {"stream",
          {},
          write_text,
          write_csv,
          {},
          check_results,
          {.counted = kPipelines,
           .reference = "pipeline",
           .runtime = {kRuntimePipelines, kRuntimeTerms},
           .finish = report::renumber_coalesced},
          layout,
          kPipelines};
}

}  // namespace gforbit::job_stream
