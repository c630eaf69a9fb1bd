// Commands that read result files.
#include <fmt/format.h>

#include <iostream>
#include <ostream>
#include <utility>

#include "commands/tool.hpp"
#include "gforbit/config/common.hpp"
#include "gforbit/config/settings.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/check.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/merge.hpp"
#include "gforbit/report/selection.hpp"
#include "gforbit/report/summary.hpp"
#include "gforbit/store/result_reader.hpp"

namespace gforbit::commands {
namespace {

/// A command whose options fill a `Values` that `describe` binds them to.
template <class Values>
Tool make_tool(config::Command (*describe)(Values&),
               ExitStatus (*run)(const Values&, const Reports&, std::ostream&), const Reports& reports) {
  Values unread;
  const config::Command command = describe(unread);
  return {command.name, command.summary,
          [describe] {
            Values none;
            return describe(none);
          },
          [describe, run, reports](Arguments arguments, std::ostream& out) {
            Values values;
            static_cast<void>(config::read_settings(describe(values), arguments));
            return run(values, reports, out);
          }};
}

config::Positional file_argument(std::string& file) {
  return {"FILE.h5", "a result file", config::into(file, config::text())};
}

struct SummaryValues {
  std::string file;
  report::SummaryFormat format{};
  bool digest{};
  bool no_check{};
  report::Selection selection;
};

/// "a,b" as a list.
std::vector<std::string> names(std::string_view text) {
  std::vector<std::string> list;
  for (const std::string_view name : core::split(text, ',')) list.emplace_back(core::trimmed(name));
  return list;
}

config::Command describe_summary(SummaryValues& v) {
  using report::SummaryFormat;
  const auto format = config::one_of<SummaryFormat>({{"text", SummaryFormat::text},
                                                     {"json", SummaryFormat::json},
                                                     {"csv", SummaryFormat::csv},
                                                     {"latex", SummaryFormat::latex}});
  return {
      .name = "summary",
      .summary = "print a result file as text, JSON, CSV or LaTeX",
      .details = "Prints the contents of a result file.",
      .positionals = {file_argument(v.file)},
      .sections =
          {{"Rows and columns: of the registers, candidates or pipelines",
            {{"columns", "A,B,...", "only these columns", config::into(v.selection.columns, names)},
             {"where", "CONDITION",
              "only rows such as 'degree >= 10 and is_primitive = 1'; =, !=, <, <=, >, >= compare numbers of "
              "any "
              "length, and texts",
              config::into(v.selection.where, config::text())},
             {"top", "N", "only the N rows that are largest by --by",
              config::into(v.selection.top, config::natural())},
             {"by", "A,B,...", "sort by these columns, largest first", config::into(v.selection.by, names),
              "", "with --top: the longest period, the most tasks solved"}}},
           {"Options",
            {{"no-check", "", "do not verify the digest of the results",
              config::into(v.no_check, config::parse_switch), "false"},
             {"format", "text|json|csv|latex", "format of the summary", config::into(v.format, format),
              "text"},
             {"digest", "", "only the digest of /results, recomputed from the file",
              config::into(v.digest, config::parse_switch), "false"}}}},
      .examples = {
          {"gforbit summary gforbit-cycles.h5", "a few lines for each register"},
          {"gforbit summary a.h5 --where 'is_maximal_period = 1' --columns id,feedback --format latex",
           "a table for a paper"},
          {"gforbit summary --format json a.h5 | python3 -m json.tool", "everything, for a script"},
          {"gforbit summary --digest a.h5", "equal for equal results, however they were computed"}}};
}

void write_selected(const store::ResultReader& reader, const SummaryValues& v, const Reports& reports,
                    std::ostream& out) {
  const std::string job = reader.text_attribute("/", "job").value_or("");
  const report::JobReport* const of_job = report::find_report(reports, job);
  if (of_job == nullptr || of_job->main_table.empty())
    throw core::InputError(fmt::format(
        "'{}' is a result of the job '{}', which this version of gforbit does not support", v.file, job));
  report::Selection selection = v.selection;
  if (selection.top && selection.by.empty()) selection.by = of_job->main_order;
  report::write_selection(reader, of_job->main_table, selection, v.format, out);
}

ExitStatus run_summary(const SummaryValues& v, const Reports& reports, std::ostream& out) {
  const store::ResultReader reader(v.file);
  if (v.digest) {
    report::write_digest(reader, out);
    return ExitStatus::done;
  }
  if (!v.no_check && reader.text_attribute("/", "results_sha256") != reader.digest()) {
    std::cerr << fmt::format(
        "gforbit: warning: the results in '{0}' were changed after they were written: 'gforbit check "
        "{0}' reports what is wrong\n",
        v.file);
  }
  if (!v.selection.empty()) {
    write_selected(reader, v, reports, out);
  } else {
    report::summarize(reader, v.format, reports, out);
  }
  return ExitStatus::done;
}

struct CheckValues {
  std::string file;
  std::uint64_t steps{};
};

config::Command describe_check(CheckValues& v) {
  return {
      .name = "check",
      .summary = "validate schema and mathematics of a result file",
      .details =
          "Validates schema and mathematics of a result file, prints its findings, and names what would "
          "take too long to check. Small registers are mapped again, linear and affine registers are "
          "solved again without a search for prime factors, cycles are walked with the scalar step. "
          "Names, messages, versions and measured times cannot be checked. Exit status 0: valid (prints "
          "\"incomplete\" if the run had not ended), 3: not valid.",
      .positionals = {file_argument(v.file)},
      .sections = {{"Options",
                    {{"steps", "N", "limit of register steps; a larger limit checks more of the long cycles",
                      config::into(v.steps, config::natural()),
                      std::to_string(report::CheckEffort{}.steps)}}}},
      .examples = {
          {"gforbit check gforbit-cycles.h5", "one line for each finding; the last line is the result"},
          {"gforbit check a.h5 --steps 10000000000", "walks cycles for some minutes"}}};
}

ExitStatus run_check(const CheckValues& v, const Reports& reports, std::ostream& out) {
  return report::check(v.file, reports, out, {.steps = v.steps});
}

struct ExportValues {
  std::string file;
  std::string table;
  bool best{};
  report::ExportFormat format{};
};

config::Command describe_export(ExportValues& v) {
  using report::ExportFormat;
  const auto format = config::one_of<ExportFormat>({{"csv", ExportFormat::csv},
                                                    {"json", ExportFormat::json},
                                                    {"jsonl", ExportFormat::jsonl},
                                                    {"batch", ExportFormat::batch},
                                                    {"dubrova", ExportFormat::dubrova}});
  return {.name = "export",
          .summary = "print one table of a result file",
          .details = "Writes one table of a result file to standard output, row by row.",
          .positionals = {file_argument(v.file)},
          .sections =
              {{"Options",
                {{"table", "T",
                  "the table, such as results/registers, results/period_distribution, results/cycles",
                  config::into(v.table, config::text())},
                 {"best", "", "of scoring results: the best candidate of each task instead of a table",
                  config::into(v.best, config::parse_switch), "false"},
                 {"format", "csv|json|jsonl|batch|dubrova",
                  "format of the rows; batch and dubrova are of registers, for 'gforbit cycles' --batch and "
                  "--registers",
                  config::into(v.format, format), "csv"}}}},
          .examples = {
              {"gforbit export a.h5 --table results/cycles --format csv > cycles.csv", "all cycles"},
              {"gforbit export a.h5 --table results/registers --format jsonl | head -n 1", "the first row"},
              {"gforbit export scoring.h5 --best --format json", "which candidate does best on each task"},
              {"gforbit export search.h5 --table results/functions --format batch | gforbit cycles --batch -",
               "maps the registers that a search has found"}}};
}

void export_best(const ExportValues& v, const Reports& reports, std::ostream& out) {
  if (!v.table.empty()) config::fail_usage("export", "'--best' and '--table' exclude each other");
  if (v.format == report::ExportFormat::batch || v.format == report::ExportFormat::dubrova)
    config::fail_usage("export", "'--best' has the formats csv, json and jsonl");
  const store::ResultReader reader(v.file);
  const std::string job = reader.text_attribute("/", "job").value_or("");
  const report::JobReport* const of_job = report::find_report(reports, job);
  if (of_job == nullptr || !of_job->best)
    throw core::UsageError(
        fmt::format("'--best' is of results of gforbit scoring; '{}' is of the job '{}'", v.file, job));
  report::write_table(of_job->best(reader), v.format, out);
}

ExitStatus run_export(const ExportValues& v, const Reports& reports, std::ostream& out) {
  if (v.best) {
    export_best(v, reports, out);
    return ExitStatus::done;
  }
  if (v.table.empty()) config::fail_usage("export", "missing '--table': which table, such as results/cycles");
  report::export_table(store::ResultReader(v.file), v.table, v.format, out);
  return ExitStatus::done;
}

struct MergeValues {
  std::vector<std::string> parts;
  std::string output;
  bool force{};
  config::Hdf5Format format{};
};

config::Command describe_merge(MergeValues& v) {
  return {
      .name = "merge",
      .summary = "join the parts of a batch",
      .details =
          "Joins the result files of all parts of a batch (--part I/N) to the file that one run of the whole "
          "batch writes, with the same digest. Missing, repeated and incomplete parts and parts of different "
          "problems are errors.",
      .positionals = {{"PART.h5...", "the result files of all parts, in any order",
                       [&v](std::string_view text) { v.parts.emplace_back(text); }, true}},
      .sections = {{"Options",
                    {{"output", "ALL.h5", "result file", config::into(v.output, config::result_file())},
                     {"force", "", "replace an existing result file",
                      config::into(v.force, config::parse_switch), "false"},
                     config::hdf5_format_option(v.format)}}},
      .examples = {{"gforbit merge part-*.h5 --output all.h5", "the results of a job array"}}};
}

ExitStatus run_merge(const MergeValues& v, const Reports& reports, std::ostream& out) {
  if (v.output.empty()) config::fail_usage("merge", "missing '--output': where to write the joined results");
  const std::string digest = report::merge_parts(
      v.parts, v.output, v.force, reports,
      v.format == config::Hdf5Format::v1_8 ? store::Hdf5Format::v1_8 : store::Hdf5Format::v1_10);
  out << fmt::format("{}: {} joined, results_sha256 {}\n", v.output, core::counted(v.parts.size(), "part"),
                     digest);
  return ExitStatus::done;
}

}  // namespace

std::vector<Tool> report_tools(const Reports& reports) {
  return {make_tool(describe_summary, run_summary, reports), make_tool(describe_check, run_check, reports),
          make_tool(describe_merge, run_merge, reports), make_tool(describe_export, run_export, reports)};
}

}  // namespace gforbit::commands
