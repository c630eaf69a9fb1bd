#include "search/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/search/examine.hpp"
#include "gforbit/search/maximal.hpp"
#include "search/tables.hpp"
#include "skeleton/range_job.hpp"
#include "skeleton/report.hpp"

namespace gforbit::job_search {

namespace {

constexpr auto kCompleted = static_cast<std::int8_t>(skeleton::RowStatus::completed);

search::Form form_of(const std::string& text) {
  std::vector<std::uint64_t> counts;
  for (const std::string_view number : core::split(text, ','))
    counts.push_back(core::parse_u64(number).value_or(0));
  return search::Form(std::move(counts));
}

// ---- the summary ------------------------------------------------------------------------------------------

/// Functions found by degree and form, as the tables of the literature have them.
void write_found(const store::Table& families, std::ostream& out) {
  const auto& forms = families.column<std::string>("form");
  const auto& degrees = families.column<std::int32_t>("degree");
  std::vector<std::string> columns;
  std::map<std::pair<std::int32_t, std::string>, std::string> cells;
  std::set<std::int32_t> rows;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (std::ranges::find(columns, forms[i]) == columns.end()) columns.push_back(forms[i]);
    rows.insert(degrees[i]);
    const bool completed = families.column<std::int8_t>("status")[i] == kCompleted;
    cells[{degrees[i], forms[i]}] =
        completed ? std::to_string(families.column<std::uint64_t>("n_found")[i]) : "?";
  }
  out << "\ndegree";
  for (const std::string& form : columns) out << fmt::format("  {:>8}", form);
  out << "   functions of maximal period by form\n";
  for (const std::int32_t degree : rows) {
    out << fmt::format("{:6}", degree);
    for (const std::string& form : columns) {
      const auto cell = cells.find({degree, form});
      out << fmt::format("  {:>8}", cell == cells.end() ? "" : cell->second);
    }
    out << '\n';
  }
}

void write_text(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, families_table());
  const store::Table families = reader.read(kFamilies);
  const auto& status = families.column<std::int8_t>("status");
  const auto completed = std::ranges::count(status, kCompleted);
  out << fmt::format("{:10} {}: {} completed; {} found\n", "contents", core::counted(status.size(), "family"),
                     completed, core::counted(reader.n_rows(kFunctions), "function"));
  if (const auto partial = reader.has_table(kPartialFunctions) ? reader.n_rows(kPartialFunctions) : 0;
      partial > 0)
    out << fmt::format("{:10} {} in families that are not completed: {}\n", "",
                       core::counted(partial, "function"), kPartialFunctions);
  write_found(families, out);
}

void write_csv(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, functions_table());
  report::write_csv_header(reader.spec(kFunctions), out);
  report::for_each_block(reader, kFunctions, [&](const store::Table& rows, std::uint64_t) {
    report::write_rows(rows, report::ExportFormat::csv, out);
  });
}

// ---- the check --------------------------------------------------------------------------------------------

class ResultCheck {
 public:
  ResultCheck(const store::ResultReader& reader, const report::CheckEffort& effort,
              report::Findings& findings)
      : random_(core::parse_u64(report::config_value(reader, "random"))),
        findings_(findings),
        steps_left_(effort.steps),
        families_(reader.read(kFamilies)),
        functions_(reader.read(kFunctions)) {}

  void run() {
    for (std::size_t row = 0; row < families_.n_rows(); ++row) check_family(row);
    for (std::size_t row = 0; row < functions_.n_rows(); ++row) check_function(row);
    if (unchecked_ > 0)
      findings_.not_checked(fmt::format("the period of {}", core::counted(unchecked_, "function")));
  }

 private:
  [[nodiscard]] std::uint64_t number(const char* column, std::size_t row) const {
    return families_.column<std::uint64_t>(column)[row];
  }
  void violate(const char* table, std::size_t row, const std::string& what) {
    findings_.violation(fmt::format("{}, row {}: {}", table, row, what));
  }

  [[nodiscard]] search::Family family(std::size_t row) const {
    return {families_.column<std::int32_t>("degree")[row],
            form_of(families_.column<std::string>("form")[row])};
  }

  void check_family(std::size_t row) {
    try {
      const search::Family known = family(row);
      const std::uint64_t candidates = random_.value_or(known.canonical_functions());
      if (number("n_functions", row) != known.size() || number("n_candidates", row) != candidates)
        violate(kFamilies, row,
                fmt::format("the form has {} functions and {} candidates", known.size(), candidates));
      const bool none = search::parity_rules_out(known.form());
      if (number("n_after_parity", row) != (none ? 0 : candidates))
        violate(kFamilies, row, "n_after_parity does not follow from the form");
    } catch (const core::InputError& error) {
      return violate(kFamilies, row, error.what());
    }
    if (number("n_after_short_cycles", row) > number("n_after_parity", row) ||
        number("n_found", row) > number("n_after_short_cycles", row))
      violate(kFamilies, row, "a rule leaves more functions than it was given");
    const auto& of = functions_.column<std::uint64_t>("family");
    const auto n = static_cast<std::uint64_t>(std::ranges::count(of, row));
    if (number("n_found", row) != n)
      violate(kFamilies, row,
              fmt::format("n_found is {}, but {} has {}", number("n_found", row), kFunctions,
                          core::counted(n, "such row")));
  }

  void check_function(std::size_t row) {
    const auto at = functions_.column<std::uint64_t>("family")[row];
    const auto rank = functions_.column<std::uint64_t>("rank")[row];
    if (at >= families_.n_rows()) return violate(kFunctions, row, "there is no such family");
    try {
      const search::Family of = family(at);
      if (rank >= of.size()) return violate(kFunctions, row, "the family has no such rank");
      const search::Function function = of.function(rank);
      check_texts(row, of, function);
      check_period(row, function);
    } catch (const core::InputError&) {  // the family's row says it
    }
  }

  void check_texts(std::size_t row, const search::Family& of, const search::Function& function) {
    const search::Function backwards = search::reversed(function);
    if (!random_ && !of.is_canonical(function)) violate(kFunctions, row, "its reverse has a smaller rank");
    if (functions_.column<std::int32_t>("degree")[row] != of.degree() ||
        functions_.column<std::string>("feedback")[row] != function.feedback().text() ||
        functions_.column<std::uint64_t>("reversed_rank")[row] != of.rank(backwards) ||
        functions_.column<std::string>("reversed_feedback")[row] != backwards.feedback().text())
      violate(kFunctions, row, "degree, feedback or reverse do not follow from the rank");
    if (row > 0 && !is_after_row_before(row)) violate(kFunctions, row, "the rows are not sorted");
  }
  [[nodiscard]] bool is_after_row_before(std::size_t row) const {
    const auto key = [&](std::size_t i) {
      return std::pair(functions_.column<std::uint64_t>("family")[i],
                       functions_.column<std::uint64_t>("rank")[i]);
    };
    return key(row - 1) < key(row);
  }

  void check_period(std::size_t row, const search::Function& function) {
    const std::uint64_t period = (std::uint64_t{1} << function.degree) - 1;
    if (functions_.column<std::uint64_t>("max_period")[row] != period ||
        functions_.column<std::uint64_t>("n_cycles")[row] != 2)
      violate(kFunctions, row, "the period is not maximal");
    if (period > steps_left_) {
      ++unchecked_;
      return;
    }
    steps_left_ -= period;
    if (search::has_maximal_period_by_walk(function, {}) != true)
      violate(kFunctions, row, "a walk does not find maximal period");
  }

  std::optional<std::uint64_t> random_;  ///< functions of each family; nullopt: all
  report::Findings& findings_;
  std::uint64_t steps_left_, unchecked_ = 0;
  store::Table families_, functions_;
};

void check_results(const store::ResultReader& reader, const report::CheckEffort& effort,
                   report::Findings& findings) {
  report::require_table(reader, families_table());
  report::require_table(reader, functions_table());
  skeleton::check_part(reader, kFamilies, std::nullopt, findings);
  ResultCheck(reader, effort, findings).run();
}

report::Layout layout(const store::ResultReader& reader) {
  report::Layout layout;
  for (auto& table :
       {families_table(), functions_table(), partial_functions_table(), skeleton::runtime_items_table()})
    layout.add(table);
  skeleton::add_run_layout(reader, skeleton::range_rank_words(), part_table(), layout);
  return layout;
}

}  // namespace

report::JobReport search_report() {
  report::JobReport report;
  report.job = "search";
  report.text = write_text;
  report.csv = write_csv;
  report.check = check_results;
  report.merge = {.counted = kFunctions,
                  .reference = "",
                  .common = {kFamilies, skeleton::kRuntimeItems},
                  .sums = {{kFamilies, "n_after_short_cycles"},
                           {kFamilies, "n_found"},
                           {skeleton::kRuntimeItems, "units"},
                           {skeleton::kRuntimeItems, "elapsed_s"}},
                  .worst = kFamilies,
                  .runtime = {skeleton::kRuntimeItems}};
  report.layout = layout;
  report.main_table = kFunctions;
  return report;
}

}  // namespace gforbit::job_search
