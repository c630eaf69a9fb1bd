#include "search/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/fsr/equivalence.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/search/goal.hpp"
#include "gforbit/search/maximal.hpp"
#include "search/sources.hpp"
#include "search/tables.hpp"
#include "skeleton/range_job.hpp"
#include "skeleton/report.hpp"

namespace gforbit::job_search {

namespace {

constexpr auto kCompleted = static_cast<std::int8_t>(skeleton::RowStatus::completed);

search::Goal goal_of(const store::ResultReader& reader) {
  const std::string text = report::config_value(reader, "goal");
  return text.empty() ? search::Goal{} : search::Goal::parse(text);
}

// ---- the summary ------------------------------------------------------------------------------------------

/// Rows of each family in a table of functions.
std::vector<std::uint64_t> by_family(const store::ResultReader& reader, const char* table,
                                     std::size_t families) {
  std::vector<std::uint64_t> n(families, 0);
  if (!reader.has_table(table)) return n;
  report::for_each_block(reader, table, [&](const store::Table& rows, std::uint64_t) {
    for (const std::uint64_t family : rows.column<std::uint64_t>("family")) {
      if (family < families) ++n[family];
    }
  });
  return n;
}

/// Functions found by degree and form, as the tables of the literature have them.
/// @param what     the functions are
/// @param partial  found in families that are not completed
void write_found(const store::Table& families, const std::vector<std::uint64_t>& partial,
                 const std::string& what, std::ostream& out) {
  const auto& forms = families.column<std::string>("form");
  const auto& degrees = families.column<std::int32_t>("degree");
  std::vector<std::string> columns;
  std::map<std::pair<std::int32_t, std::string>, std::string> cells;
  std::set<std::int32_t> rows;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (std::ranges::find(columns, forms[i]) == columns.end()) columns.push_back(forms[i]);
    rows.insert(degrees[i]);
    const bool completed = families.column<std::int8_t>("status")[i] == kCompleted;
    cells[{degrees[i], forms[i]}] = completed ? std::to_string(families.column<std::uint64_t>("n_found")[i])
                                    : partial[i] > 0 ? fmt::format(">={}", partial[i])
                                                     : "?";
  }
  out << "\ndegree";
  for (const std::string& form : columns) out << fmt::format("  {:>8}", form);
  out << fmt::format("   {} by form\n", what);
  for (const std::int32_t degree : rows) {
    out << fmt::format("{:6}", degree);
    for (const std::string& form : columns) {
      const auto cell = cells.find({degree, form});
      out << fmt::format("  {:>{}}", cell == cells.end() ? "" : cell->second,
                         std::max<std::size_t>(8, form.size()));
    }
    out << '\n';
  }
}

/// Why families have no function that reaches the goal, once for each form.
void write_notes(const store::ResultReader& reader, const store::Table& families, std::ostream& out) {
  const auto goal = goal_of(reader);
  std::set<std::string> forms;
  for (std::size_t row = 0; row < families.n_rows(); ++row) {
    const std::string& form = families.column<std::string>("form")[row];
    if (families.column<std::uint64_t>("n_after_parity")[row] > 0 || !forms.insert(form).second) continue;
    const auto source = source_of_row(form, families.column<std::int32_t>("degree")[row], goal, std::nullopt);
    if (const std::string note = source ? source->none_note() : ""; !note.empty())
      out << fmt::format("{:10} {}\n", "", note);
  }
}

void write_text(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, families_table());
  const store::Table families = reader.read(kFamilies);
  const auto& status = families.column<std::int8_t>("status");
  const auto completed = std::ranges::count(status, kCompleted);
  out << fmt::format("{:10} {}: {} completed; {} found\n", "contents", core::counted(status.size(), "family"),
                     completed, core::counted(reader.n_rows(kFunctions), "function"));
  const auto partial = by_family(reader, kPartialFunctions, families.n_rows());
  if (const auto more = std::accumulate(partial.begin(), partial.end(), std::uint64_t{0}); more > 0)
    out << fmt::format("{:10} {} more in families that are not completed: {}\n", "",
                       core::counted(more, "function"), kPartialFunctions);
  write_notes(reader, families, out);
  write_found(families, partial, goal_of(reader).words(), out);
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
        goal_(goal_of(reader)),
        findings_(findings),
        steps_left_(effort.steps),
        families_(reader.read(kFamilies)),
        functions_(reader.read(kFunctions)),
        sources_(families_.n_rows()) {}

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

  void check_family(std::size_t row) {
    try {
      sources_[row] = source_of_row(families_.column<std::string>("form")[row],
                                    families_.column<std::int32_t>("degree")[row], goal_, random_);
    } catch (const core::InputError& error) {
      return violate(kFamilies, row, error.what());
    }
    if (const auto& source = sources_[row]) check_counts(row, source->counts());
    if (number("n_after_parity", row) > number("n_candidates", row) ||
        number("n_after_short_cycles", row) > number("n_after_parity", row) ||
        number("n_found", row) > number("n_after_short_cycles", row))
      violate(kFamilies, row, "a rule leaves more functions than it was given");
    const auto& of = functions_.column<std::uint64_t>("family");
    const auto n = static_cast<std::uint64_t>(std::ranges::count(of, row));
    if (number("n_found", row) != n)
      violate(kFamilies, row,
              fmt::format("n_found is {}, but {} has {}", number("n_found", row), kFunctions,
                          core::counted(n, "such row")));
  }

  void check_counts(std::size_t row, const Source::Counts& counts) {
    if (number("n_functions", row) != counts.functions || number("n_candidates", row) != counts.candidates)
      violate(
          kFamilies, row,
          fmt::format("the form has {} functions and {} candidates", counts.functions, counts.candidates));
    if (number("n_after_parity", row) != counts.after_parity)
      violate(kFamilies, row, "n_after_parity does not follow from the form");
  }

  void check_function(std::size_t row) {
    const auto at = functions_.column<std::uint64_t>("family")[row];
    const auto rank = functions_.column<std::uint64_t>("rank")[row];
    if (at >= families_.n_rows()) return violate(kFunctions, row, "there is no such family");
    const int degree = families_.column<std::int32_t>("degree")[at];
    if (rank >= (sources_[at] ? sources_[at]->ranks() : number("n_functions", at)))
      return violate(kFunctions, row, "the family has no such rank");
    if (row > 0 && !is_after_row_before(row)) violate(kFunctions, row, "the rows are not sorted");
    if (functions_.column<std::int32_t>("degree")[row] != degree)
      violate(kFunctions, row, "the degree is not that of its family");
    try {
      const auto feedback = fsr::Feedback::parse(galois::Field::of_order(2), degree,
                                                 functions_.column<std::string>("feedback")[row]);
      check_texts(row, at, rank, feedback);
      check_period(row, feedback);
    } catch (const core::InputError& error) {
      violate(kFunctions, row, error.what());
    }
  }

  void check_texts(std::size_t row, std::size_t at, std::uint64_t rank, const fsr::Feedback& feedback) {
    const auto& reversed_feedback = functions_.column<std::string>("reversed_feedback")[row];
    const auto reversed_rank = functions_.column<std::int64_t>("reversed_rank")[row];
    if (!sources_[at]) {
      const auto backwards = fsr::reversed(feedback);
      if (reversed_feedback != (backwards ? backwards->text() : "") || reversed_rank != -1)
        violate(kFunctions, row, "the reverse does not follow from the feedback");
      return;
    }
    const NamedFunction known = sources_[at]->function(rank);
    if (known.feedback != functions_.column<std::string>("feedback")[row] ||
        known.reversed_rank != reversed_rank || known.reversed_feedback != reversed_feedback)
      violate(kFunctions, row, "feedback or reverse do not follow from the rank");
    if (known.reversed_rank >= 0 && static_cast<std::uint64_t>(known.reversed_rank) < rank)
      violate(kFunctions, row, "its reverse has a smaller rank");
  }
  [[nodiscard]] bool is_after_row_before(std::size_t row) const {
    const auto key = [&](std::size_t i) {
      return std::pair(functions_.column<std::uint64_t>("family")[i],
                       functions_.column<std::uint64_t>("rank")[i]);
    };
    return key(row - 1) < key(row);
  }

  void check_period(std::size_t row, const fsr::Feedback& feedback) {
    const std::uint64_t period = functions_.column<std::uint64_t>("period")[row];
    const std::uint64_t n_cycles = functions_.column<std::uint64_t>("n_cycles")[row];
    if (!goal_.is_reached(feedback.degree(), n_cycles, period))
      return violate(kFunctions, row, fmt::format("it does not reach the goal {}", goal_.text()));
    const std::uint64_t states = std::uint64_t{1} << feedback.degree();
    const auto plain = search::Function::of(feedback);
    const bool by_walk = plain && period == states - 1;
    const std::uint64_t cost = by_walk ? period : kMappingSteps * states;
    if (cost > steps_left_) {
      ++unchecked_;
      return;
    }
    steps_left_ -= cost;
    if (by_walk) {
      if (n_cycles != 2 || search::has_maximal_period_by_walk(*plain, {}) != true)
        violate(kFunctions, row, "a walk does not find maximal period");
      return;
    }
    const auto census = search::all_cycles(feedback, 0, cycles::SimdLevel::scalar, {}).value();
    if (census.cycles() != n_cycles || census.distribution().rbegin()->first != period)
      violate(kFunctions, row, "period and n_cycles are not those of its cycles");
  }
  static constexpr std::uint64_t kMappingSteps = 4;  ///< a state

  std::optional<std::uint64_t> random_;  ///< functions of each family; nullopt: all
  search::Goal goal_;
  report::Findings& findings_;
  std::uint64_t steps_left_, unchecked_ = 0;
  store::Table families_, functions_;
  std::vector<std::unique_ptr<Source>> sources_;  ///< by row; nullptr: a batch, or nothing is known
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
