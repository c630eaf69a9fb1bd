#include "stream/report_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/layout.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/stream/syntax.hpp"
#include "launch/run_record.hpp"
#include "skeleton/report.hpp"
#include "stream/plan.hpp"
#include "stream/results.hpp"
#include "stream/tables.hpp"

namespace gforbit::job_stream {

namespace {

using report::Findings;
using store::ColumnSpec;
using store::ColumnType;
using store::TableSpec;

constexpr const char* kResults = "results/";
constexpr const char* kPartial = "runtime/partial/";

// ---- what the file should hold ----------------------------------------------------------------------------

void collect_tables(const stream::Syntax& syntax, std::set<std::string>& names) {
  if (syntax.name == "table" && !syntax.arguments.empty()) names.insert(syntax.arguments.front().value.word);
  for (const stream::Syntax& part : syntax.parts) collect_tables(part, names);
}

/// Names of the tables that a pipeline writes; none where its text is wrong, which the check of the rows
/// says.
std::set<std::string> tables_of(const std::string& text) {
  std::set<std::string> names;
  try {
    collect_tables(stream::parse_pipeline(text), names);
  } catch (const core::InputError&) {
    names.clear();
  }
  return names;
}

/// The tables of all pipelines of the file. A part of a batch also has those of the other parts.
std::set<std::string> sink_tables(const store::ResultReader& reader) {
  std::set<std::string> names;
  report::for_each_block(reader, kPipelines, [&](const store::Table& block, std::uint64_t) {
    for (const std::string& text : block.column<std::string>("pipeline")) names.merge(tables_of(text));
  });
  if (!reader.has_table(launch::kRuntimePart)) return names;
  for (const std::string& table : reader.tables()) {
    const std::string name = table.substr(std::min(table.size(), std::string_view(kResults).size()));
    if (table.starts_with(kResults) && table != kPipelines && table != kDeadLetters) names.insert(name);
  }
  return names;
}

/// A column of items as sinks write it: name, type and field as it is, the rest by rule.
ColumnSpec item_column(const ColumnSpec& found) {
  ColumnSpec column{found.name, "value of the item", "", found.type};
  const std::string_view name = found.long_name;
  const bool may_lack = (found.type == ColumnType::int64 && name == kNoInt64) ||
                        (found.type == ColumnType::uint64 && name == kNoUint64) ||
                        (found.type == ColumnType::text && name == kNoText);
  if (may_lack) {
    column.long_name = found.long_name;
    return column;
  }
  if (found.type == ColumnType::float64) {
    column.long_name += " (NaN: none)";
  } else if (found.type == ColumnType::int64 && name.starts_with("element of GF(") && name.ends_with(")")) {
    column.long_name = found.long_name;
  } else if (found.type == ColumnType::text && name.starts_with("elements of GF(") &&
             name.ends_with("), separated by commas")) {
    column.long_name = found.long_name;
  } else if (found.type != ColumnType::text && found.type != ColumnType::uint64) {
    column.type = ColumnType::int64;
  }
  return column;
}

/// @param path  where the columns of the items are taken from
TableSpec sink_spec(const store::ResultReader& reader, const std::string& path) {
  TableSpec spec = sink_table(path, stream::Schema());
  if (!reader.has_table(path)) return spec;
  for (const ColumnSpec& column : reader.spec(path).columns) {
    if (column.name != "pipeline" && column.name != "index") spec.columns.push_back(item_column(column));
  }
  return spec;
}

// ---- what the rows say ------------------------------------------------------------------------------------

class ResultCheck {
 public:
  ResultCheck(const store::ResultReader& reader, Findings& findings)
      : reader_(reader),
        findings_(findings),
        pipelines_(reader.read(kPipelines)),
        texts_(pipelines_.column<std::string>("pipeline")),
        status_(pipelines_.column<std::int8_t>("status")),
        into_(pipelines_.column<std::int64_t>("coalesced_into")) {}

  void run() {
    check_pipelines();
    check_coalesced();
    for (const std::string& table : reader_.tables()) {
      if (table == kPipelines) continue;
      if (table.starts_with(kResults))
        check_sink(table, table.substr(std::string_view(kResults).size()), true);
      if (table.starts_with(kPartial))
        check_sink(table, table.substr(std::string_view(kPartial).size()), false);
    }
    check_exit_status();
    check_costs();
    check_terms();
    skeleton::check_equal_rows(reader_, kPipelines, into_, findings_);
  }

 private:
  [[nodiscard]] bool completed(std::size_t row) const {
    return status_[row] == static_cast<std::int8_t>(RowStatus::completed);
  }
  void wrong(const char* table, std::uint64_t row, const std::string& what) {
    findings_.violation(fmt::format("{}, row {}: {}", table, row, what));
  }

  void check_pipelines() {
    const auto& ids = pipelines_.column<std::string>("id");
    const auto& messages = pipelines_.column<std::string>("message");
    const bool whole = reader_.integer_attribute("/", "complete") == 1;
    std::set<std::string_view> seen;
    for (std::size_t row = 0; row < ids.size(); ++row) {
      if (!seen.insert(ids[row]).second) wrong(kPipelines, row, "the id is that of an earlier row");
      const bool pending = status_[row] == static_cast<std::int8_t>(RowStatus::pending);
      if (whole && pending) wrong(kPipelines, row, "it is pending in a complete file");
      const bool should_say = !completed(row) && !pending;
      if (should_say == messages[row].empty())
        wrong(kPipelines, row,
              should_say ? "it did not complete, and no message says why"
                         : "it has a message, although nothing went wrong");
      try {
        static_cast<void>(stream::parse_pipeline(texts_[row]));
      } catch (const core::InputError& error) {
        wrong(kPipelines, row, error.what());
      }
      tables_.push_back(tables_of(texts_[row]));
    }
  }

  /// A pipeline that shares the work of another one is equal to it.
  void check_coalesced() {
    const bool off = report::config_value(reader_, "coalesce") == "off";
    const bool merged = report::is_merged(reader_);
    for (std::size_t row = 0; row < into_.size(); ++row) {
      if (into_[row] == -1) continue;
      const auto bad = [&](const char* what) {
        wrong(kPipelines, row, fmt::format("coalesced_into is {}, {}", into_[row], what));
      };
      const auto first = static_cast<std::size_t>(into_[row]);
      if (into_[row] < 0 || first >= row) {
        bad("which is no earlier row");
        continue;
      }
      if (off) bad("but the run had --coalesce off");
      if (into_[first] != -1) bad("which is itself coalesced into another row");
      if (texts_[row] != texts_[first]) bad("but the two pipelines differ");
      // Parts of a batch do not know of each other's ends.
      if (!merged && status_[row] != status_[first]) bad("but the two ended differently");
    }
  }

  /// Rows belong to pipelines that write the table and completed (of partial results: did not), in order;
  /// equal pipelines have equally many.
  void check_sink(const std::string& table, const std::string& name, bool of_completed) {
    const TableSpec spec = reader_.spec(table);
    if (spec.columns.size() < 2 || spec.columns[0].name != "pipeline" || spec.columns[1].name != "index" ||
        spec.columns[0].type != ColumnType::uint64 || spec.columns[1].type != ColumnType::uint64)
      return findings_.violation(fmt::format("{} does not begin with the columns pipeline and index", table));
    std::vector<std::uint64_t> counts(status_.size(), 0);
    std::pair<std::uint64_t, std::uint64_t> last{0, 0};
    report::for_each_block(reader_, table, [&](const store::Table& block, std::uint64_t first) {
      const auto& pipelines = block.column<std::uint64_t>("pipeline");
      const auto& indices = block.column<std::uint64_t>("index");
      for (std::size_t i = 0; i < pipelines.size(); ++i) {
        const std::pair here{pipelines[i], indices[i]};
        check_row(table, name, first + i, pipelines[i], of_completed);
        if (here < last) wrong(table.c_str(), first + i, "rows are not sorted by pipeline and index");
        last = here;
        if (pipelines[i] < counts.size()) ++counts[static_cast<std::size_t>(pipelines[i])];
      }
    });
    for (std::size_t row = 0; row < into_.size(); ++row) {
      if (into_[row] < 0 || static_cast<std::size_t>(into_[row]) >= row || !completed(row) || !of_completed)
        continue;
      const auto first = static_cast<std::size_t>(into_[row]);
      if (completed(first) && counts[row] != counts[first])
        findings_.violation(fmt::format("{}: pipelines {} and {} are equal, but have {} and {} rows", table,
                                        first, row, counts[first], counts[row]));
    }
  }
  void check_row(const std::string& table, const std::string& name, std::uint64_t row, std::uint64_t pipeline,
                 bool of_completed) {
    if (pipeline >= status_.size())
      return wrong(table.c_str(), row, fmt::format("there is no pipeline {}", pipeline));
    const auto at = static_cast<std::size_t>(pipeline);
    if (completed(at) != of_completed)
      wrong(table.c_str(), row,
            fmt::format("pipeline {} {}", pipeline, of_completed ? "did not complete" : "completed"));
    if (table != kDeadLetters && !tables_[at].contains(name))
      wrong(table.c_str(), row, fmt::format("pipeline {} does not write this table", pipeline));
  }

  /// 0 where all completed or were cancelled by a person, or as many as --stop-after asked for; else 5. What
  /// parts were asked for is not known of each.
  void check_exit_status() {
    if (reader_.integer_attribute("/", "complete") != 1) return;
    std::uint64_t n = 0, cancelled = 0;
    for (std::size_t row = 0; row < status_.size(); ++row) {
      n += completed(row) ? 1 : 0;
      cancelled += status_[row] == static_cast<std::int8_t>(RowStatus::cancelled) ? 1 : 0;
    }
    const auto goal = core::parse_u64(report::config_value(reader_, "stop-after"));
    if (goal && report::is_merged(reader_)) return;
    const bool done = (n + cancelled == status_.size() || (goal && n >= *goal)) && !has_errors();
    const auto expected =
        static_cast<std::int64_t>(done ? core::ExitStatus::done : core::ExitStatus::unfinished);
    const auto stored = reader_.integer_attribute("/", "exit_status").value_or(-1);
    if (stored != expected)
      findings_.violation(fmt::format("root attribute 'exit_status' is {}, but the rows of {} make it {}",
                                      stored, kPipelines, expected));
  }

  /// Items of completed pipelines were left out.
  [[nodiscard]] bool has_errors() const {
    if (!reader_.has_table(kRuntimePipelines)) return false;
    const store::Table costs = reader_.read(kRuntimePipelines);
    if (!costs.has_column("errors")) return false;  // written by an earlier version
    const auto& errors = costs.column<std::uint64_t>("errors");
    for (std::size_t row = 0; row < std::min(errors.size(), status_.size()); ++row) {
      if (completed(row) && errors[row] > 0) return true;
    }
    return false;
  }

  void check_costs() {
    if (reader_.has_table(kRuntimePipelines) && reader_.n_rows(kRuntimePipelines) != status_.size())
      findings_.violation(fmt::format("{} has {} rows, {} has {}", kRuntimePipelines,
                                      reader_.n_rows(kRuntimePipelines), kPipelines, status_.size()));
  }

  void check_terms() {
    if (!reader_.has_table(kRuntimeTerms)) return;
    std::pair<std::uint64_t, std::int32_t> last{0, -1};
    report::for_each_block(reader_, kRuntimeTerms, [&](const store::Table& block, std::uint64_t first) {
      const auto& pipelines = block.column<std::uint64_t>("pipeline");
      const auto& terms = block.column<std::int32_t>("term");
      for (std::size_t i = 0; i < pipelines.size(); ++i) {
        if (pipelines[i] >= status_.size()) wrong(kRuntimeTerms, first + i, "there is no such pipeline");
        const bool next =
            terms[i] == (pipelines[i] == last.first ? last.second + 1 : 0) && pipelines[i] >= last.first;
        if (!next) wrong(kRuntimeTerms, first + i, "the terms of a pipeline are not numbered from 0");
        last = {pipelines[i], terms[i]};
        if (block.column<std::string>("name")[i].empty())
          wrong(kRuntimeTerms, first + i, "the term has no name");
        if (block.column<double>("latency_p50_s")[i] > block.column<double>("latency_p95_s")[i])
          wrong(kRuntimeTerms, first + i, "latency_p50_s is larger than latency_p95_s");
        if (block.has_column("queue_mean") &&
            block.column<double>("queue_mean")[i] >
                static_cast<double>(block.column<std::uint64_t>("queue_max")[i]))
          wrong(kRuntimeTerms, first + i, "queue_mean is larger than queue_max");
      }
    });
  }

  const store::ResultReader& reader_;
  Findings& findings_;
  store::Table pipelines_;
  const std::vector<std::string>& texts_;
  const std::vector<std::int8_t>& status_;
  const std::vector<std::int64_t>& into_;
  std::vector<std::set<std::string>> tables_;  ///< that each pipeline writes
};

}  // namespace

report::Layout layout(const store::ResultReader& reader) {
  report::require_table(reader, pipelines_table());
  report::Layout result;
  result.add(pipelines_table());
  result.tables.push_back({runtime_terms_table(), {}, {"ready_s", "queue_mean", "latency_p99_s"}});
  result.tables.push_back({runtime_pipelines_table(), {}, {"errors"}});
  for (const std::string& name : sink_tables(reader)) {
    TableSpec spec = sink_spec(reader, kResults + name);
    result.add(spec);
    spec.path = kPartial + name;
    result.add(std::move(spec));
  }
  if (report::config_value(reader, "on-error") == "dead-letter")
    result.tables.push_back({dead_letters_table(), {}, {"record"}});
  skeleton::add_run_layout(reader, rank_words(), runtime_part_table(), result);
  return result;
}

void check_results(const store::ResultReader& reader, const report::CheckEffort&, Findings& findings) {
  report::require_table(reader, pipelines_table());
  ResultCheck(reader, findings).run();
}

}  // namespace gforbit::job_stream
