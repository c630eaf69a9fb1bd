#include "stream/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "gforbit/report/export.hpp"
#include "gforbit/report/merge.hpp"
#include "gforbit/report/rows.hpp"
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

void write_terms(const store::ResultReader& reader, std::ostream& out) {
  if (!reader.has_table(kRuntimeTerms)) return;
  const store::Table terms = reader.read(kRuntimeTerms);
  const auto& busy = terms.column<double>("busy_s");
  std::vector<std::size_t> order(busy.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return busy[i]; });
  out << "\n      busy   blocked            in           out  pipeline  term\n";
  for (std::size_t i = 0; i < std::min(kShownTerms, order.size()); ++i) {
    const std::size_t row = order[i];
    out << fmt::format("{:8.3f} s {:7.3f} s {:12}  {:12}  {:8}  {} {}\n", busy[row],
                       terms.column<double>("blocked_s")[row], terms.column<std::uint64_t>("in")[row],
                       terms.column<std::uint64_t>("out")[row], terms.column<std::uint64_t>("pipeline")[row],
                       terms.column<std::int32_t>("term")[row], terms.column<std::string>("name")[row]);
  }
  if (order.size() > kShownTerms) out << fmt::format("... and {} more\n", order.size() - kShownTerms);
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
  write_tables(reader, out);
  write_terms(reader, out);
}

/// Rows of a sink's table belong to pipelines that completed, in order.
void check_sink(const store::ResultReader& reader, const std::string& table,
                const std::vector<std::int8_t>& status, report::Findings& findings) {
  const store::TableSpec spec = reader.spec(table);
  if (spec.columns.size() < 2 || spec.columns[0].name != "pipeline" || spec.columns[1].name != "index")
    return findings.violation(fmt::format("{} does not begin with the columns pipeline and index", table));
  std::pair<std::uint64_t, std::uint64_t> last{0, 0};
  report::for_each_block(reader, table, [&](const store::Table& block, std::uint64_t first) {
    const auto& pipelines = block.column<std::uint64_t>("pipeline");
    const auto& indices = block.column<std::uint64_t>("index");
    for (std::size_t i = 0; i < pipelines.size(); ++i) {
      const std::pair here{pipelines[i], indices[i]};
      if (pipelines[i] >= status.size()) {
        findings.violation(
            fmt::format("{}, row {}: there is no pipeline {}", table, first + i, pipelines[i]));
      } else if (status[pipelines[i]] != kCompleted) {
        findings.violation(
            fmt::format("{}, row {}: pipeline {} did not complete", table, first + i, pipelines[i]));
      }
      if (here < last)
        findings.violation(
            fmt::format("{}, row {}: rows are not sorted by pipeline and index", table, first + i));
      last = here;
    }
  });
}

/// A pipeline that shares the work of another one is equal to it.
void check_coalesced(const store::Table& pipelines, report::Findings& findings) {
  const auto& into = pipelines.column<std::int64_t>("coalesced_into");
  for (std::size_t row = 0; row < into.size(); ++row) {
    if (into[row] == -1) continue;
    const auto wrong = [&](const char* what) {
      findings.violation(
          fmt::format("{}, row {}: coalesced_into is {}, {}", kPipelines, row, into[row], what));
    };
    const auto first = static_cast<std::size_t>(into[row]);
    if (into[row] < 0 || first >= row) {
      wrong("which is no earlier row");
    } else if (into[first] != -1) {
      wrong("which is itself coalesced into another row");
    } else {
      const auto& texts = pipelines.column<std::string>("pipeline");
      const auto& status = pipelines.column<std::int8_t>("status");
      if (texts[row] != texts[first]) wrong("but the two pipelines differ");
      if (status[row] != status[first]) wrong("but the two ended differently");
    }
  }
}

void check_results(const store::ResultReader& reader, report::Findings& findings) {
  report::require_table(reader, pipelines_table());
  const store::Table pipelines = reader.read(kPipelines);
  check_coalesced(pipelines, findings);
  for (const std::string& table : reader.tables()) {
    if (table.starts_with("results/") && table != kPipelines)
      check_sink(reader, table, pipelines.column<std::int8_t>("status"), findings);
  }
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
           .finish = report::renumber_coalesced}};
}

}  // namespace gforbit::job_stream
