// Registers that people published or asked about, with values that were computed without this program
// (README.md says from where).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "gforbit/core/text.hpp"
#include "known/known_registers.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::known {
namespace {

using job_cycles::CyclesPlan;
using job_cycles::RowResult;
using job_cycles::RowStatus;

/// A file of this folder, mapped as a run with --verify or without maps it: by id.
std::map<std::string, RowResult> results_of(const std::string& file, bool verify) {
  testing_support::Batch batch(lines_of("public/" + file), {"--method=auto"});
  job_cycles::PlanSettings settings;
  settings.mapping.ranks = 2;
  settings.verify = verify;
  settings.coalesce = false;
  CyclesPlan plan(batch.input(), settings, testing_support::real_clock());
  testing_support::run_plan(plan, {2, 1});
  std::map<std::string, RowResult> results;
  for (std::uint64_t row = 0; row < batch.input().size(); ++row) {
    RowResult result = plan.rows()[row];
    EXPECT_EQ(result.status, RowStatus::completed) << batch.input().id(row) << " " << result.message;
    EXPECT_TRUE(result.message.empty()) << result.message;
    results.emplace(batch.input().id(row), std::move(result));
  }
  return results;
}

std::map<core::Natural, core::Natural> distribution_of(const nlohmann::json& pairs) {
  std::map<core::Natural, core::Natural> distribution;
  for (const auto& pair : pairs) distribution[natural_of(pair[0])] = natural_of(pair[1]);
  return distribution;
}

// Signs over GF(3) and GF(5), reducible polynomials, GF(4), two moduli of GF(256).
TEST(PublicRegisters, OfQuestionsAboutTools) {
  const auto results = results_of("small.jsonl", true);
  const auto expected = lines_of("public/small_expected.jsonl");
  ASSERT_EQ(results.size(), expected.size());
  for (const auto& line : expected) {
    const auto entry = nlohmann::json::parse(line);
    SCOPED_TRACE(line);
    const RowResult& result = results.at(entry.at("id"));
    EXPECT_EQ(result.method, job_cycles::RowMethod::both);
    EXPECT_EQ(result.map.algebra->map.distribution, distribution_of(entry.at("period_distribution")));
    EXPECT_EQ(result.map.algebra->map.is_primitive, entry.at("is_primitive").get<int>() == 1);
  }
}

TEST(PublicRegisters, OfCyclicRedundancyChecks) {
  const auto results = results_of("crc.jsonl", false);
  auto expected = lines_of("public/crc_expected.csv");
  ASSERT_EQ(expected.front(), "id,order,factors");
  expected.erase(expected.begin());
  ASSERT_EQ(results.size(), expected.size());
  for (const auto& line : expected) {
    SCOPED_TRACE(line);
    const auto fields = core::split(line, ',');
    ASSERT_EQ(fields.size(), 3u);
    const auto& map = results.at(std::string(fields[0])).map.algebra->map;
    EXPECT_EQ(map.order, core::natural(fields[1]));
    std::string factors;
    for (const auto& factor : map.characteristic.factors) {
      factors += fmt::format("{}({})^{}", factors.empty() ? "" : " * ",
                             cycles::polynomial_text(factor.coefficients), factor.multiplicity);
    }
    EXPECT_EQ('"' + factors + '"', fields[2]);
  }
}

// A table of taps for degrees 2 to 168 that is copied everywhere; the feedback is negated, so that the state
// of ones is the one that is left out. One line is wrong.
TEST(PublicRegisters, OfAnApplicationNote) {
  const auto results = results_of("xapp052_xnor.jsonl", false);
  ASSERT_EQ(results.size(), 167u);
  for (unsigned n = 2; n <= 168; ++n) {
    SCOPED_TRACE(n);
    const auto& map = results.at(fmt::format("xnor-{}", n)).map.algebra->map;
    const core::Natural longest = core::power(2, n) - 1;
    if (n != 102) {
      EXPECT_EQ(map.distribution, (std::map<core::Natural, core::Natural>{{1, 1}, {longest, 1}}));
      EXPECT_TRUE(map.is_primitive);
      continue;
    }
    std::vector<unsigned> degrees;
    for (const auto& factor : map.characteristic.factors) degrees.push_back(factor.degree());
    EXPECT_EQ(degrees, (std::vector<unsigned>{3, 34, 65}));
    EXPECT_EQ(core::decimal(map.max_period()), "1478925700180182829362089470637");
  }
}

TEST(PublicRegisters, NonlinearOnesOfDegreeEight) {
  const auto results = results_of("dubrova8.jsonl", false);
  ASSERT_EQ(results.size(), 42u);
  for (const auto& [id, result] : results) {
    EXPECT_EQ(result.map.cycles.distribution(), (cycles::PeriodDistribution{{1, 1}, {255, 1}})) << id;
  }
}

}  // namespace
}  // namespace gforbit::known
