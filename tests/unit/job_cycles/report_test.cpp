/// Summaries of cycles results: the shape that scripts rely on, and what people must not overlook.
#include "cycles/report.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "gforbit/core/error.hpp"
#include "gforbit/report/summary.hpp"
#include "unit/job_cycles/result_file.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::job_cycles {
namespace {

using report::SummaryFormat;
using test::contains;
using test::CyclesResult;
using test::message_of;
using test::TemporaryDirectory;

std::string summary(const CyclesResult& result, SummaryFormat format) {
  const TemporaryDirectory directory;
  result.write(directory / "a.h5");
  const report::JobReport reports[] = {cycles_report()};
  std::ostringstream out;
  report::summarize(store::ResultReader(directory / "a.h5"), format, reports, out);
  return out.str();
}

TEST(CyclesSummary, JsonHasTheColumnsOfTheContractAndTheDistribution) {
  const auto json = nlohmann::json::parse(summary(test::mixed_result(), SummaryFormat::json));
  EXPECT_EQ(json["schema"], "gforbit");
  EXPECT_EQ(json["schema_version"], nlohmann::json::parse("[1, 1]"));
  EXPECT_EQ(json["job"], "cycles");
  EXPECT_EQ(json["complete"], 1);
  EXPECT_EQ(json["exit_status"], 5);
  EXPECT_EQ(json.size(), 6u);
  ASSERT_EQ(json["registers"].size(), 8u);

  EXPECT_EQ(json["registers"][0], nlohmann::json::parse(R"({
    "id": "lfsr", "field_order": 2, "degree": 5, "modulus": "", "feedback": "x0 + x2", "kind": "linear",
    "nonsingular": 1, "method": "enumerated", "status": "completed", "message": "", "coalesced_into": -1,
    "state_count_decimal": "32", "n_cycles": 2, "n_cycles_decimal": "2", "max_period": 31, "max_period_decimal": "31",
    "n_transient_states": 0, "n_transient_states_decimal": "0", "n_distinct_periods": 2, "max_transient_length": 0,
    "n_leaf_states": 0, "n_leaf_states_decimal": "0",
    "characteristic_polynomial": "1,0,1,0,0,1", "factorization": "[{\"polynomial\": [1, 0, 1, 0, 0, 1], \"multiplicity\": 1, \"order\": \"31\"}]",
    "order_decimal": "31", "is_irreducible": 1, "is_primitive": 1, "is_maximal_period": 1, "coverage_verified": 1,
    "characteristic_polynomial_text": "x^5 + x^2 + 1", "reciprocal_polynomial": "1,0,0,1,0,1",
    "reciprocal_polynomial_text": "x^5 + x^3 + 1",
    "step_matrix": "[[0,1,0,0,0],[0,0,1,0,0],[0,0,0,1,0],[0,0,0,0,1],[1,0,1,0,0]]",
    "step_matrix_preperiod": 0, "step_matrix_period_decimal": "31",
    "period_distribution": [["1", "1"], ["31", "1"]]})"));

  const auto& huge = json["registers"][5];
  EXPECT_TRUE(huge["max_period"].is_null());
  EXPECT_EQ(huge["max_period_decimal"], "1267650600228229401496703205375");
  EXPECT_EQ(huge["period_distribution"],
            nlohmann::json::parse(R"([["1", "1"], ["1267650600228229401496703205375", "1"]])"));

  const auto& late = json["registers"][6];
  EXPECT_EQ(late["status"], "timed_out");
  EXPECT_TRUE(late["n_cycles"].is_null());
  EXPECT_EQ(late["n_cycles_decimal"], "");
  EXPECT_EQ(late["period_distribution"], nlohmann::json::array());
}

TEST(CyclesSummary, TextShowsEachOfAFewRegistersAndWhatFailed) {
  const std::string text = summary(test::mixed_result(), SummaryFormat::text);
  EXPECT_TRUE(contains(text, "8 registers: 6 completed, 1 timed_out, 1 failed"));
  EXPECT_TRUE(contains(text, "register 0: lfsr"));
  EXPECT_TRUE(contains(text, "longest period   31 (maximal)"));
  EXPECT_TRUE(contains(text, "equal to         register 0"));
  EXPECT_TRUE(contains(text, "primitive, order 1267650600228229401496703205375"));
  EXPECT_TRUE(contains(text, "NOT COMPLETED\n"));
  EXPECT_TRUE(contains(text, "register 6 (late): timed_out: the limit of 5 s was reached"));
  EXPECT_TRUE(contains(text, "register 7 (large): failed: 2^80 states are too many"));
}

/// Linear over GF(3), singular: x^4 + x^3 + 2 x^2 = x^2 (x^2 + x + 2).
CyclesResult singular_result() {
  CyclesResult result;
  result.add("singular", 3, 4, "2*x3 + x2");
  result.registers.column<std::string>("factorization")[0] =
      R"([{"polynomial": [0, 1], "multiplicity": 2, "order": "0"},)"
      R"( {"polynomial": [2, 1, 1], "multiplicity": 1, "order": "8"}])";
  result.registers.column<std::int8_t>("is_irreducible")[0] = 0;
  return result;
}

TEST(CyclesSummary, TextShowsPolynomialAndMatrixOfALinearRegister) {
  const std::string text = summary(singular_result(), SummaryFormat::text);
  EXPECT_TRUE(contains(text,
                       "char. polynomial x^4 + x^3 + 2*x^2  (reducible)\n"
                       "  factors          x^2 * (x^2 + x + 2)\n"
                       "  reciprocal       x^2 + 2*x + 2\n"
                       "  step matrix A    singular, A^2 = A^(2 + 8)\n"
                       "    0 1 0 0\n    0 0 1 0\n    0 0 0 1\n    0 0 1 2\n"));
  const std::string mixed = summary(test::mixed_result(), SummaryFormat::text);
  EXPECT_TRUE(contains(mixed, "step matrix A    order 31\n"));
  EXPECT_TRUE(contains(mixed, "(of the linear part)\n    0 1 0 0\n    0 0 1 0\n    0 0 0 1\n    2 0 0 1\n"));
  EXPECT_TRUE(contains(mixed, "x^100 + x^37 + 1"));  // too large for a matrix
}

TEST(CyclesSummary, FormatsForScriptsHoldWhatTheTextSaysOfTheMatrix) {
  const auto json = nlohmann::json::parse(summary(singular_result(), SummaryFormat::json))["registers"][0];
  EXPECT_EQ(json["reciprocal_polynomial"], "2,2,1");
  EXPECT_EQ(json["step_matrix"], "[[0,1,0,0],[0,0,1,0],[0,0,0,1],[0,0,1,2]]");
  EXPECT_EQ(json["step_matrix_preperiod"], 2);
  EXPECT_EQ(json["step_matrix_period_decimal"], "8");
  EXPECT_TRUE(contains(summary(singular_result(), SummaryFormat::csv), ",x^2 + 2*x + 2,\"[[0,1,0,0],"));
  const std::string latex = summary(singular_result(), SummaryFormat::latex);
  EXPECT_TRUE(contains(latex, "\\[ f = x^{4} + x^{3} + 2x^{2}, \\quad f^* = x^{2} + 2x + 2 \\]\n"));
  EXPECT_TRUE(contains(latex, "\\begin{array}{*{4}{r}}\n0 & 1 & 0 & 0 \\\\\n"));
  EXPECT_TRUE(contains(latex, "A^{2 + 8} = A^{2} \\]"));
  EXPECT_TRUE(contains(latex, "factor & multiplicity & order \\\\\n\\midrule\n$x$ & 2 & -- \\\\\n"));
  EXPECT_TRUE(contains(latex, "$x^{2} + x + 2$ & 1 & 8 \\\\\n"));

  const auto nonlinear =
      nlohmann::json::parse(summary(test::mixed_result(), SummaryFormat::json))["registers"][2];
  EXPECT_EQ(nonlinear["step_matrix"], "");
  EXPECT_EQ(nonlinear["step_matrix_preperiod"], -1);
}

TEST(CyclesSummary, APolynomialThatIsNoneIsRefused) {
  for (const char* bad : {"1,1,x", "1,2,1", "1,1,0", "1"}) {
    CyclesResult result;
    result.add("bad", 2, 2, "x0 + x1");
    result.registers.column<std::string>("characteristic_polynomial")[0] = bad;
    EXPECT_TRUE(contains(message_of<core::InputError>([&] { summary(result, SummaryFormat::text); }),
                         "characteristic_polynomial"))
        << bad;
  }
}

TEST(CyclesSummary, TextShowsBothEndsOfLongDistributions) {
  CyclesResult result;
  result.add("shift", 5, 6, "x0");  // pure cycling register: few periods
  // Periods 1..n of made-up counts: the summary only shows what the file says.
  const auto with_periods = [&](std::uint64_t n) {
    result.periods.drop_front(result.periods.n_rows());
    for (std::uint64_t period = 1; period <= n; ++period)
      append_period(result.periods, 0, period, period * 1000);
    return summary(result, SummaryFormat::text);
  };
  const auto lines = [](std::uint64_t first, std::uint64_t last) {
    std::string text;
    for (std::uint64_t period = first; period <= last; ++period)
      text += fmt::format("    {:>6}  {}\n", period, period * 1000);
    return text;
  };
  EXPECT_TRUE(contains(with_periods(20), "cycles\n" + lines(1, 20)));
  EXPECT_EQ(with_periods(20).find("more"), std::string::npos);
  const std::string text = with_periods(23);
  EXPECT_TRUE(contains(text, "cycles\n" + lines(1, 10) + "       ...  3 more (gforbit export "));
  EXPECT_TRUE(contains(text, "a.h5 --table results/period_distribution lists all)\n" + lines(14, 23)));
}

TEST(CyclesSummary, TextOfABatchIsALineEach) {
  CyclesResult result;
  for (int i = 0; i < 12; ++i) result.add("register number " + std::to_string(i), 2, 4, "x0 + x1");
  result.add_unfinished("broken", RowStatus::failed, "why");
  result.complete = false;
  const std::string text = summary(result, SummaryFormat::text);
  EXPECT_TRUE(contains(text, "INCOMPLETE"));
  EXPECT_TRUE(contains(text, "register number 11"));
  EXPECT_TRUE(contains(text, "15*"));
  EXPECT_TRUE(contains(text, "register 12 (broken): failed: why"));
  std::istringstream lines(text);
  std::size_t width = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("register number") != 0) continue;
    if (width == 0) width = line.size();
    EXPECT_EQ(line.size(), width) << line;
  }
  EXPECT_GT(width, 0u);
}

TEST(CyclesSummary, CsvIsTheRegistersTable) {
  std::istringstream lines(summary(test::mixed_result(), SummaryFormat::csv));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line.rfind("id,field_order,degree,modulus,feedback,kind,nonsingular,method,status,message", 0),
            0u);
  std::getline(lines, line);
  EXPECT_EQ(line.rfind("lfsr,2,5,,x0 + x2,linear,1,enumerated,completed,,-1,32,2,2,31,31", 0), 0u) << line;
}

TEST(CyclesSummary, LatexIsEscapedAndBalanced) {
  CyclesResult result;
  result.add("a_b & 50% \\x", 2, 3, "x0 + x1");
  const std::string text = summary(result, SummaryFormat::latex);
  EXPECT_TRUE(contains(text, "a\\_b \\& 50\\% \\textbackslash{}x & 2 & 3 & completed & 2 & 7 & 0 \\\\"));
  EXPECT_TRUE(contains(text, "7 & 1 \\\\"));
  const auto count = [&](const std::string& part) {
    int n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("\\begin{longtable}"), 2);
  EXPECT_EQ(count("\\begin{tabular}"), 1);
  EXPECT_EQ(count("\\end{longtable}"), 2);
  EXPECT_EQ(count("\\end{tabular}"), 1);
  EXPECT_EQ(count("\\bottomrule"), 3);
}

TEST(CyclesSummary, AFileWithoutItsTablesIsRefused) {
  const TemporaryDirectory directory;
  {
    store::ResultWriter writer(directory / "a.h5", false);
    writer.set_header("cycles", true, core::ExitStatus::done);
    writer.write(store::Table(registers_table()));
    writer.commit();
  }
  const store::ResultReader reader(directory / "a.h5");
  std::ostringstream out;
  EXPECT_TRUE(contains(message_of<core::InputError>([&] { write_text(reader, out); }), kPeriodDistribution));
}

}  // namespace
}  // namespace gforbit::job_cycles
