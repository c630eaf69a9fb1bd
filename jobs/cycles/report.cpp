#include "cycles/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "cycles/report_check_basins.hpp"
#include "cycles/report_check_runtime.hpp"
#include "cycles/report_check_sequences.hpp"
#include "cycles/report_linear.hpp"
#include "cycles/results.hpp"
#include "cycles/tables.hpp"
#include "gforbit/report/export.hpp"
#include "gforbit/report/latex.hpp"
#include "gforbit/report/merge.hpp"
#include "gforbit/report/rows.hpp"
#include "skeleton/report.hpp"

namespace gforbit::job_cycles {

report::JobReport cycles_report() {
  return {"cycles",
          write_json_members,
          write_text,
          write_csv,
          write_latex,
          check_results,
          {.counted = kRegisters,
           .reference = "register",
           .runtime = {kRuntimeRegisters},
           .finish = report::renumber_coalesced},
          layout,
          kRegisters,
          {"max_period"}};
}

report::Layout layout(const store::ResultReader& reader) {
  report::Layout result;
  result.tables.push_back({registers_table(), {}, {kLeafStates, kLeafStatesDecimal}});
  const bool with_basins = has_basins(reader);
  for (auto& table : {period_distribution_table(), cycles_table({with_basins, has_sequences(reader)}),
                      runtime_registers_table(), partial_periods_table()})
    result.add(table);
  if (with_basins) result.add(transient_lengths_table());
  result.tables.push_back({partial_registers_table(), {}, newer_partial_columns()});
  skeleton::add_run_layout(reader, rank_words(), runtime_part_table(), result, {{"vector_level", "text"}});
  return result;
}

void write_json_members(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, oldest_registers_table());
  report::require_table(reader, period_distribution_table());
  const report::RowFormat format(spec_with_facts(reader.spec(kRegisters)));
  report::GroupedRows distribution(reader, kPeriodDistribution);
  LinearReport linear;
  out << "\"registers\": [";
  report::for_each_block(reader, kRegisters, [&](const store::Table& rows, std::uint64_t first) {
    const store::Table block = linear.with_facts(rows);
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      out << (first + row > 0 ? ",\n" : "\n") << '{' << format.json_members(block, row)
          << ", \"period_distribution\": [";
      const char* comma = "";
      distribution.take(first + row, [&](const store::Table& periods, std::size_t i) {
        out << comma << '[' << report::json_text(periods.column<std::string>("period_decimal")[i]) << ", "
            << report::json_text(periods.column<std::string>("n_cycles_decimal")[i]) << ']';
        comma = ", ";
      });
      out << "]}";
    }
  });
  out << "]";
}

void write_csv(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, oldest_registers_table());
  LinearReport linear;
  report::write_csv_header(spec_with_facts(reader.spec(kRegisters)), out);
  report::for_each_block(reader, kRegisters, [&](const store::Table& rows, std::uint64_t) {
    report::write_rows(linear.with_facts(rows), report::ExportFormat::csv, out);
  });
}

namespace {

/// The exact count, or a dash where it is not known.
std::string latex_count(const std::string& decimal) {
  return decimal.empty() ? "--" : decimal;
}

void write_latex_registers(const store::ResultReader& reader, std::ostream& out) {
  out << report::kLatexPackages;
  report::LatexTable table("lrrlrrr",
                           "register & $q$ & $d$ & status & cycles & longest period & transient states", out);
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t) {
    const report::RowFormat format(block.spec());
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      const auto text = [&](const char* column) { return format.text(block, block.index_of(column), row); };
      table.row(fmt::format("{} & {} & {} & {} & {} & {} & {}", report::latex_text(text("id")),
                            text("field_order"), text("degree"), report::latex_text(text("status")),
                            latex_count(text("n_cycles_decimal")), latex_count(text("max_period_decimal")),
                            latex_count(text("n_transient_states_decimal"))));
    }
  });
  table.end();
}

/// `x^{10} + 3x + 1`, for math mode.
std::string latex_polynomial(const cycles::Coefficients& polynomial) {
  std::string text;
  bool in_exponent = false;
  for (const char c : cycles::polynomial_text(polynomial) + ' ') {
    if (c == ' ' && std::exchange(in_exponent, false)) text += '}';
    if (c != '*') text += c;
    if (c != '^') continue;
    text += '{';
    in_exponent = true;
  }
  text.pop_back();
  return text;
}

/// Polynomial, reciprocal polynomial and matrix of a linear register as one displayed formula. An array,
/// because a pmatrix has at most ten columns.
void write_latex_facts(const LinearFacts& facts, std::ostream& out) {
  out << fmt::format("\\[ f = {}, \\quad f^* = {} \\]\n", latex_polynomial(facts.polynomial),
                     latex_polynomial(facts.reciprocal));
  if (facts.matrix.empty()) return;
  out << fmt::format("\\[ A = \\left(\\begin{{array}}{{*{{{}}}{{r}}}}\n", facts.matrix.size());
  for (const auto& row : facts.matrix) out << fmt::format("{} \\\\\n", fmt::join(row, " & "));
  out << "\\end{array}\\right)";
  if (!facts.period.empty()) {
    const auto after = facts.preperiod == 0 ? "1" : fmt::format("A^{{{}}}", facts.preperiod);
    out << fmt::format(
        ", \\quad A^{{{}}} = {}",
        facts.preperiod == 0 ? facts.period : fmt::format("{} + {}", facts.preperiod, facts.period), after);
  }
  out << " \\]\n";
}

void write_latex_factorization(const LinearFacts& facts, std::ostream& out) {
  if (facts.factorization.empty()) return;
  out << "\\begin{tabular}{lrr}\n\\toprule\nfactor & multiplicity & order \\\\\n\\midrule\n";
  for (const cycles::PolynomialFactor& factor : facts.factorization) {
    out << fmt::format("${}$ & {} & {} \\\\\n", latex_polynomial(factor.coefficients), factor.multiplicity,
                       latex_count(factor.order == 0 ? "" : core::decimal(factor.order)));
  }
  out << "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace

void write_latex(const store::ResultReader& reader, std::ostream& out) {
  report::require_table(reader, oldest_registers_table());
  report::require_table(reader, period_distribution_table());
  write_latex_registers(reader, out);
  LinearReport linear;
  report::GroupedRows distribution(reader, kPeriodDistribution);
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t row = 0; row < block.n_rows(); ++row) {
      if (block.column<std::int8_t>("status")[row] != static_cast<std::int8_t>(RowStatus::completed))
        continue;
      out << fmt::format("\n% register {}\n", report::latex_text(block.column<std::string>("id")[row]));
      if (const auto facts = linear.facts(block, row)) {
        write_latex_facts(*facts, out);
        write_latex_factorization(*facts, out);
      }
      report::LatexTable table("rr", "period & cycles", out);
      distribution.take(first + row, [&](const store::Table& periods, std::size_t i) {
        table.row(fmt::format("{} & {}", periods.column<std::string>("period_decimal")[i],
                              periods.column<std::string>("n_cycles_decimal")[i]));
      });
      table.end();
    }
  });
}

}  // namespace gforbit::job_cycles
