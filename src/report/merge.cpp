#include "gforbit/report/merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>

#include "gforbit/core/error.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/store/input_files.hpp"
#include "gforbit/store/result_reader.hpp"
#include "gforbit/store/result_writer.hpp"

namespace gforbit::report {

namespace {

/// One file to merge, and where its rows go.
struct Part {
  std::unique_ptr<store::ResultReader> file;
  std::int64_t index = 0, count = 0;         ///< I/N
  std::uint64_t first_row = 0, end_row = 0;  ///< of what the batch is cut in
  std::uint64_t rows_before = 0;             ///< of the counted table, in the parts before

  [[nodiscard]] std::string name() const { return file->path().string(); }
};

[[noreturn]] void refuse(const std::string& what) {
  throw core::InputError("cannot merge: " + what);
}

std::int64_t required(const store::ResultReader& file, const std::string& object, const std::string& name) {
  const auto value = file.integer_attribute(object, name);
  if (!value) refuse(fmt::format("'{}' lacks the attribute {} of {}", file.path().string(), name, object));
  return *value;
}

Part open_part(const std::string& path) {
  Part part;
  part.file = std::make_unique<store::ResultReader>(path);
  const store::ResultReader& file = *part.file;
  if (!file.has_table(kPartTable)) refuse(fmt::format("'{}' is no part of a batch (--part I/N)", path));
  if (required(file, "/", "complete") != 1)
    refuse(fmt::format("'{}' is incomplete: its run must be resumed first", path));
  if (file.text_attribute("/", "results_sha256") != file.digest()) {
    refuse(fmt::format(
        "the results in '{0}' were changed after they were written: 'gforbit check {0}' reports what is "
        "wrong with them",
        path));
  }
  part.index = required(file, kPartTable, "index");
  part.count = required(file, kPartTable, "count");
  part.first_row = static_cast<std::uint64_t>(required(file, kPartTable, "first_row"));
  part.end_row = static_cast<std::uint64_t>(required(file, kPartTable, "end_row"));
  return part;
}

/// Every part once, in order, all of one problem.
void check_parts(const std::vector<Part>& parts) {
  const Part& first = parts.front();
  const auto problem = first.file->text_attribute(kPartTable, "problem");
  if (!problem) refuse(fmt::format("'{}' lacks the attribute problem of {}", first.name(), kPartTable));
  std::uint64_t next_row = 0;
  std::int64_t next_index = 1;
  for (const Part& part : parts) {
    if (part.count != first.count || part.file->text_attribute(kPartTable, "problem") != problem) {
      refuse(fmt::format("'{}' and '{}' are parts of different problems", first.name(), part.name()));
    }
    if (part.index < next_index) refuse(fmt::format("part {}/{} is given twice", part.index, part.count));
    if (part.index > next_index) refuse(fmt::format("part {}/{} is missing", next_index, part.count));
    if (part.first_row != next_row) {
      refuse(fmt::format("'{}' begins at row {} instead of {}", part.name(), part.first_row, next_row));
    }
    next_row = part.end_row;
    ++next_index;
  }
  if (next_index <= first.count) refuse(fmt::format("part {}/{} is missing", next_index, first.count));
}

/// The rules of the parts' job.
const MergeRules& rules_of(const Part& part, std::span<const JobReport> reports) {
  const std::string job = part.file->text_attribute("/", "job").value_or("");
  const JobReport* const report = find_report(reports, job);
  if (report == nullptr || report->merge.counted.empty())
    refuse(fmt::format("'{}' is of the job '{}', which has no parts", part.name(), job));
  return report->merge;
}

/// Tables of the merged file, by the first part; the others must have the same.
std::vector<std::string> merged_tables(const std::vector<Part>& parts, const MergeRules& rules) {
  std::vector<std::string> tables = parts.front().file->tables();
  std::erase_if(tables, [&](const std::string& table) {
    return !table.starts_with("results/") && !table.starts_with("runtime/partial/") &&
           std::ranges::find(rules.runtime, table) == rules.runtime.end();
  });
  for (const Part& part : parts) {
    for (const std::string& table : tables) {
      if (part.file->has_table(table) && part.file->spec(table) == parts.front().file->spec(table)) continue;
      refuse(fmt::format("'{}' has no table {} like that of '{}'", part.name(), table, parts.front().name()));
    }
  }
  return tables;
}

/// Bytes of the longest value of each fixed text of a table.
store::FixedTextWidths widths_of(const std::vector<Part>& parts, const std::string& table) {
  store::FixedTextWidths widths;
  const store::TableSpec spec = parts.front().file->spec(table);
  for (const auto& column : spec.columns) {
    if (column.type == store::ColumnType::fixed_text) widths[column.name] = 1;
  }
  if (widths.empty()) return widths;
  for (const Part& part : parts) {
    for_each_block(*part.file, table, [&](const store::Table& block, std::uint64_t) {
      for (auto& [name, width] : widths) {
        for (const std::string& text : block.column<std::string>(name)) width = std::max(width, text.size());
      }
    });
  }
  return widths;
}

/// Rows of the part as rows of the batch.
void renumber(const Part& part, const MergeRules& rules, const store::Table& of_part, std::uint64_t first,
              store::Table& block) {
  if (block.spec().path == rules.counted) {
    if (rules.finish) rules.finish(of_part, part.rows_before, first, block);
  } else if (block.has_column(rules.reference)) {
    for (std::uint64_t& row : block.column<std::uint64_t>(rules.reference)) row += part.rows_before;
  }
}

void write_joined(store::ResultWriter& out, const std::vector<Part>& parts, const MergeRules& rules,
                  const std::string& table) {
  store::TableStream stream = out.open_table(parts.front().file->spec(table), widths_of(parts, table));
  for (const Part& part : parts) {
    const store::Table of_part = part.file->read(kPartTable);
    for_each_block(*part.file, table, [&](store::Table block, std::uint64_t first) {
      renumber(part, rules, of_part, first, block);
      stream.append(block);
    });
  }
  stream.close();
}

/// Adds the column of a part.
void add_column(store::ColumnData& sum, const store::ColumnData& more) {
  std::visit(
      [&]<class T>(std::vector<T>& values) {
        if constexpr (std::is_arithmetic_v<T>) {
          const auto& added = std::get<std::vector<T>>(more);
          for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(values[i] + added[i]);
        }
      },
      sum);
}

void keep_worst(store::Table& worst, const store::Table& more) {
  auto& status = worst.column<std::int8_t>("status");
  const auto& other = more.column<std::int8_t>("status");
  for (std::size_t i = 0; i < status.size(); ++i) {
    if (other[i] <= status[i]) continue;
    status[i] = other[i];
    worst.column<std::string>("message")[i] = more.column<std::string>("message")[i];
  }
}

/// A table that every part has whole, with the columns that are added up.
void write_common(store::ResultWriter& out, const std::vector<Part>& parts, const MergeRules& rules,
                  const std::string& table) {
  store::Table sum = parts.front().file->read(table);
  for (const Part& part : std::span(parts).subspan(1)) {
    const store::Table more = part.file->read(table);
    if (more.n_rows() != sum.n_rows())
      refuse(fmt::format("'{}' has other rows in {} than '{}'", part.name(), table, parts.front().name()));
    for (const auto& [of_table, name] : rules.sums) {
      if (of_table == table) add_column(sum.data(sum.index_of(name)), more.data(more.index_of(name)));
    }
    if (table == rules.worst) keep_worst(sum, more);
  }
  out.write(sum);
}

/// The worst of the parts: an error before rows that did not complete before none.
core::ExitStatus merged_status(const std::vector<Part>& parts) {
  std::int64_t status = 0;
  for (const Part& part : parts) {
    const std::int64_t of_part = required(*part.file, "/", "exit_status");
    if (of_part == 1 || (of_part != 0 && status == 0)) status = of_part;
  }
  return static_cast<core::ExitStatus>(status);
}

}  // namespace

std::string merge_parts(const std::vector<std::string>& paths, const std::filesystem::path& output,
                        bool force, std::span<const JobReport> reports, store::Hdf5Format format) {
  std::vector<Part> parts;
  for (const std::string& path : paths) parts.push_back(open_part(path));
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.index < b.index; });
  check_parts(parts);
  const store::ResultReader& first = *parts.front().file;
  const MergeRules& rules = rules_of(parts.front(), reports);
  std::uint64_t rows = 0;
  for (Part& part : parts) {
    part.rows_before = rows;
    const std::uint64_t own = part.file->n_rows(rules.counted);
    if (rules.finish && part.file->n_rows(kPartTable) != own)
      refuse(fmt::format("'{}' has {} rows in {}, but {} in {}", part.name(), own, rules.counted,
                         part.file->n_rows(kPartTable), kPartTable));
    rows += own;
  }
  const std::vector<std::string> tables = merged_tables(parts, rules);

  store::InputFiles inputs;
  for (const std::string& path : paths) inputs.add(path);
  inputs.refuse_result(output);
  store::ResultWriter out(output, force, format);
  out.set_header(first.text_attribute("/", "job").value_or(""), true, merged_status(parts));
  for (const std::string& table : tables) {
    const bool common = std::ranges::find(rules.common, table) != rules.common.end();
    (common ? write_common : write_joined)(out, parts, rules, table);
  }
  if (const auto config = first.text("runtime/config")) out.write_text("runtime/config", *config);
  std::vector<std::string> names;
  for (const Part& part : parts) names.push_back(part.name());
  out.set_attribute("runtime", "merged_from", names);
  out.set_attribute("runtime", "problem", first.text_attribute(kPartTable, "problem").value_or(""));
  return out.commit();
}

void renumber_coalesced(const store::Table& part, std::uint64_t before, std::uint64_t first,
                        store::Table& block) {
  const auto& first_equal = part.column<std::uint64_t>("first_equal");
  auto& coalesced = block.column<std::int64_t>("coalesced_into");
  for (std::size_t i = 0; i < coalesced.size(); ++i) {
    const std::uint64_t into = first_equal.at(first + i);
    coalesced[i] = into == before + first + i ? -1 : static_cast<std::int64_t>(into);
  }
}

}  // namespace gforbit::report
