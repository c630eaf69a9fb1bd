/// The mathematical check: right results pass, and each wrong value that is planted is found and named.
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

#include "cycles/column_texts.hpp"
#include "cycles/report.hpp"
#include "cycles/report_walk.hpp"
#include "gforbit/core/error.hpp"
#include "seed.hpp"
#include "unit/job_cycles/result_file.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::job_cycles {
namespace {

using test::contains;
using test::CyclesResult;
using test::TemporaryDirectory;

report::Findings findings_of(const CyclesResult& result) {
  const TemporaryDirectory directory;
  result.write(directory / "a.h5");
  report::Findings findings;
  check_results(store::ResultReader(directory / "a.h5"), {}, findings);
  return findings;
}

std::string text_of(const report::Findings& findings) {
  std::string text;
  for (const auto& violation : findings.violations()) text += violation + '\n';
  return text;
}

/// What the check says of the mixed result after `change`.
std::string planted(const std::function<void(CyclesResult&)>& change) {
  CyclesResult result = test::mixed_result();
  change(result);
  const auto findings = findings_of(result);
  EXPECT_FALSE(findings.valid());
  return text_of(findings);
}

template <class T>
T& cell(store::Table& table, const char* column, std::size_t row) {
  return table.column<T>(column).at(row);
}

TEST(CyclesCheck, RightResultsPass) {
  const auto findings = findings_of(test::mixed_result());
  EXPECT_TRUE(findings.valid()) << text_of(findings);
  EXPECT_TRUE(findings.notes().empty());
  EXPECT_TRUE(findings.unchecked().empty());
}

TEST(CyclesCheck, RandomRegistersPass) {
  std::mt19937_64 random(testing_support::test_seed());
  CyclesResult result;
  for (int i = 0; i < 30; ++i) {
    const std::uint64_t q = std::vector<std::uint64_t>{2, 3, 4, 5, 8, 9}[random() % 6];
    const int degree = 1 + static_cast<int>(random() % (q == 2 ? 9 : 3));
    std::string feedback = std::to_string(random() % q);
    for (int term = 0; term < 4; ++term) {
      feedback += " + " + std::to_string(random() % q) + "*x" +
                  std::to_string(random() % static_cast<unsigned>(degree)) + "^" +
                  std::to_string(q == 2 ? 2 : 1 + random() % (q - 1)) + "*x" +
                  std::to_string(random() % static_cast<unsigned>(degree));
    }
    if (random() % 2 == 0) feedback = "x0";
    result.add(std::to_string(i), q, degree, feedback);
  }
  const auto findings = findings_of(result);
  EXPECT_TRUE(findings.valid()) << text_of(findings);
}

TEST(CyclesCheck, AFileWithoutRegistersPasses) {
  const auto findings = findings_of({});
  EXPECT_TRUE(findings.valid()) << text_of(findings);
}

// --- Rows of the registers table
// -----------------------------------------------------------------------------------

TEST(CyclesCheck, CountsAgainstTheDistribution) {
  EXPECT_TRUE(contains(planted([](CyclesResult& r) {
                         cell<std::uint64_t>(r.registers, "n_cycles", 0) = 3;
                         cell<std::string>(r.registers, "n_cycles_decimal", 0) = "3";
                       }),
                       "n_cycles is '3', but by the period distribution it is '2'"));
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::uint64_t>(r.registers, "n_distinct_periods", 2) += 1; }),
      "n_distinct_periods"));
  EXPECT_TRUE(contains(planted([](CyclesResult& r) {
                         cell<std::uint64_t>(r.registers, "max_period", 0) = 30;
                         cell<std::string>(r.registers, "max_period_decimal", 0) = "30";
                       }),
                       "max_period is '30'"));
  EXPECT_TRUE(contains(planted([](CyclesResult& r) {
                         cell<std::uint64_t>(r.registers, "n_transient_states", 3) += 1;
                         auto& text = cell<std::string>(r.registers, "n_transient_states_decimal", 3);
                         text = std::to_string(cell<std::uint64_t>(r.registers, "n_transient_states", 3));
                       }),
                       "are not the '256' states there are"));
}

TEST(CyclesCheck, ExactTwins) {
  EXPECT_TRUE(contains(planted([](CyclesResult& r) { cell<std::uint64_t>(r.registers, "n_cycles", 0) = 3; }),
                       "n_cycles is 3, but n_cycles_decimal is 2"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::uint64_t>(r.registers, "max_period", 5) = 7; }),
               "max_period is 7"));
  for (const char* bad : {"", "-1", "012", "0x1F", "3 ", "many"}) {
    EXPECT_TRUE(contains(
        planted([&](CyclesResult& r) { cell<std::string>(r.registers, "n_cycles_decimal", 0) = bad; }),
        "no number"))
        << bad;
  }
}

TEST(CyclesCheck, StatesAndTransients) {
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::string>(r.registers, "state_count_decimal", 0) = "33"; }),
      "state_count_decimal is '33', but q^d is '32'"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::uint8_t>(r.registers, "nonsingular", 0) = 0; }),
               "nonsingular is 0"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::uint8_t>(r.registers, "nonsingular", 3) = 1; }),
               "nonsingular is 1"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::uint8_t>(r.registers, "nonsingular", 3) = 2; }),
               "nonsingular is neither 0 nor 1"));
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::int64_t>(r.registers, "max_transient_length", 0) = 4; }),
      "max_transient_length 4"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::uint8_t>(r.registers, "is_maximal_period", 0) = 0; }),
               "is_maximal_period is 0"));
}

TEST(CyclesCheck, FeedbackFieldAndKind) {
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::string>(r.registers, "feedback", 0) = "x0 + x7"; }), "x7"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::string>(r.registers, "feedback", 0) = "x2 + x0"; }),
               "not in normal form"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::int8_t>(r.registers, "kind", 0) = 2; }), "the kind"));
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::string>(r.registers, "modulus", 3) = "1,0,1"; }), "row 3"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::string>(r.registers, "modulus", 3) = "1,x,1"; }),
               "no list of numbers"));
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::uint64_t>(r.registers, "field_order", 0) = 6; }), "row 0"));
}

TEST(CyclesCheck, PolynomialFactorsAndOrder) {
  const auto polynomial = [](const char* text) {
    return planted(
        [&](CyclesResult& r) { cell<std::string>(r.registers, "characteristic_polynomial", 0) = text; });
  };
  EXPECT_TRUE(contains(polynomial("1,1,1,0,0,1"), "characteristic_polynomial"));
  const auto factors = [](const char* text) {
    return planted([&](CyclesResult& r) { cell<std::string>(r.registers, "factorization", 0) = text; });
  };
  EXPECT_TRUE(contains(factors("[1]"), "no JSON list"));
  EXPECT_TRUE(contains(factors("{"), "no JSON list"));
  EXPECT_TRUE(contains(factors(R"([{"polynomial": [1, 1], "multiplicity": 4, "order": "1"}])"),
                       "degree 4 in all, not 5"));
  EXPECT_TRUE(contains(factors(R"([{"polynomial": [1, 1], "multiplicity": 5, "order": "1"}])"),
                       "product of the factors"));
  EXPECT_TRUE(contains(factors(R"([{"polynomial": [1, 0, 2, 0, 0, 1], "multiplicity": 1, "order": "31"}])"),
                       "no element"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::string>(r.registers, "order_decimal", 0) = "15"; }),
               "order_decimal is '15', but by the factorization it is '31'"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::string>(r.registers, "order_decimal", 2) = "15"; }),
               "order_decimal is not empty, but the register is nonlinear"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::int8_t>(r.registers, "is_primitive", 5) = 0; }),
               "is_primitive is '0', but by the factorization it is '1'"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::int8_t>(r.registers, "is_irreducible", 5) = 0; }),
               "is_irreducible is '0', but by the factorization it is '1'"));
}

TEST(CyclesCheck, FillValuesOfRowsThatDidNotComplete) {
  EXPECT_TRUE(contains(planted([](CyclesResult& r) { cell<std::uint64_t>(r.registers, "n_cycles", 6) = 5; }),
                       "not completed, but n_cycles is not 0"));
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::string>(r.registers, "max_period_decimal", 6) = "5"; }),
      "not completed, but max_period_decimal is not empty"));
  EXPECT_TRUE(contains(
      planted([](CyclesResult& r) { cell<std::int64_t>(r.registers, "max_transient_length", 7) = 0; }),
      "not completed, but max_transient_length"));
  EXPECT_TRUE(contains(planted([](CyclesResult& r) { cell<std::int8_t>(r.registers, "method", 7) = 1; }),
                       "has a method"));
  EXPECT_TRUE(contains(planted([](CyclesResult& r) { append_period(r.periods, 7, 1, 1); }),
                       "has a period distribution"));
  EXPECT_TRUE(
      contains(planted([](CyclesResult& r) { cell<std::int8_t>(r.registers, "status", 0) = 3; }), "row 0"));
  EXPECT_TRUE(contains(planted([](CyclesResult& r) { cell<std::int8_t>(r.registers, "status", 7) = 0; }),
                       "pending in a complete file"));
}

TEST(CyclesCheck, CoalescedRowsAndIds) {
  const auto into = [](std::size_t row, std::int64_t target) {
    return planted([&](CyclesResult& r) { cell<std::int64_t>(r.registers, "coalesced_into", row) = target; });
  };
  EXPECT_TRUE(contains(into(0, 0), "no earlier row"));
  EXPECT_TRUE(contains(into(0, 4), "no earlier row"));
  EXPECT_TRUE(contains(into(0, -2), "no earlier row"));
  EXPECT_TRUE(contains(into(4, 1), "results of the two rows differ"));
  EXPECT_TRUE(contains(into(5, 4), "itself coalesced"));
  EXPECT_TRUE(contains(planted([](CyclesResult& r) { cell<std::string>(r.registers, "id", 3) = "lfsr"; }),
                       "is that of row 0"));
}

// --- Rows of the long tables
// ---------------------------------------------------------------------------------------

TEST(CyclesCheck, DistributionRows) {
  const auto change = [](auto&& action) { return planted([&](CyclesResult& r) { action(r.periods); }); };
  EXPECT_TRUE(contains(change([](store::Table& t) {
                         std::swap(cell<std::uint64_t>(t, "register", 0),
                                   cell<std::uint64_t>(t, "register", 3));
                       }),
                       "not sorted by register, then period"));
  EXPECT_TRUE(
      contains(change([](store::Table& t) { t.append(9, 1, "1", 1, "1"); }), "there is no register 9"));
  EXPECT_TRUE(contains(change([](store::Table& t) { cell<std::uint64_t>(t, "period", 1) = 32; }),
                       "period is 32, but"));
  EXPECT_TRUE(contains(change([](store::Table& t) { cell<std::string>(t, "n_cycles_decimal", 1) = "0"; }),
                       "no positive number"));
  EXPECT_TRUE(contains(change([](store::Table& t) { t.drop_front(1); }), "row 0"));
}

TEST(CyclesCheck, CycleRows) {
  const auto change = [](auto&& action) { return planted([&](CyclesResult& r) { action(r.cycles); }); };
  EXPECT_TRUE(contains(change([](store::Table& t) { cell<std::uint64_t>(t, "representative", 1) = 0; }),
                       "not sorted"));
  EXPECT_TRUE(contains(change([](store::Table& t) { t.append(8, 0, 1); }), "there is no register 8"));
  EXPECT_TRUE(
      contains(change([](store::Table& t) { cell<std::uint64_t>(t, "period", 0) = 0; }), "the period is 0"));
  EXPECT_TRUE(contains(change([](store::Table& t) { t.append(5, 0, 1); }), "cannot be enumerated"));
  EXPECT_TRUE(contains(change([](store::Table& t) { cell<std::uint64_t>(t, "representative", 1) = 32; }),
                       "no state index"));
  EXPECT_TRUE(contains(change([](store::Table& t) { cell<std::uint64_t>(t, "period", 1) = 30; }),
                       "not in the period distribution"));
}

TEST(CyclesCheck, StoredCyclesAgainstTheDistribution) {
  // One cycle too many of a period (and one too few of another), with all of them stored.
  EXPECT_TRUE(contains(planted([](CyclesResult& r) { cell<std::uint64_t>(r.cycles, "period", 1) = 1; }),
                       "2 cycles of period 1 are stored, but its period distribution has 1"));
  // Fewer cycles than there are: allowed, because only the first N may be wanted.
  CyclesResult result;
  result.add("r", 2, 6, "x0");
  store::Table first(result.cycles.spec());
  first.append_rows(result.cycles, 0, 5);
  result.cycles = first;
  EXPECT_TRUE(findings_of(result).valid()) << text_of(findings_of(result));
  result.cycles.drop_front(5);
  EXPECT_TRUE(findings_of(result).valid()) << text_of(findings_of(result));
}

TEST(CyclesCheck, FindsWrongRepresentatives) {
  // x0 over 6 cells is a rotation: 3 = 000011 is the smallest state of its cycle, 4 = 000100 is on that of 1.
  CyclesResult result;
  result.add("r", 2, 6, "x0");
  auto& representatives = result.cycles.column<std::uint64_t>("representative");
  const auto at = std::find(representatives.begin(), representatives.end(), 3u);
  ASSERT_NE(at, representatives.end());
  *at = 4;
  EXPECT_TRUE(contains(text_of(findings_of(result)),
                       "results/cycles, row 2: a second computation finds another cycle here"));
}

TEST(Walk, OfASingleCycle) {
  const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(2), 5, "x0 + x2"));
  const fsr::Stepper stepper(reg);
  const auto found = [&](std::uint64_t representative, std::uint64_t period, std::uint64_t limit) {
    report::Findings findings;
    const bool whole = walk(stepper, {0, representative, period}, limit, findings);
    return (whole ? "whole" : "part") +
           (findings.valid() ? std::string() : ": " + findings.violations().front());
  };
  EXPECT_EQ(found(0, 1, 100), "whole");
  EXPECT_EQ(found(1, 31, 100), "whole");
  EXPECT_EQ(found(1, 31, 31), "whole");
  EXPECT_EQ(found(1, 31, 30), "part");
  EXPECT_TRUE(contains(found(1, 30, 100), "does not return after 30 steps"));
  EXPECT_TRUE(contains(found(1, 32, 100), "returns after 31 steps, not 32"));
  EXPECT_TRUE(contains(found(1, 100, 50), "returns after 31 steps, not 100"));
  EXPECT_TRUE(contains(found(2, 31, 100), "is smaller"));
}

TEST(Walk, PlanWalksShortCyclesFirstAndKeepsTheBudget) {
  const auto steps_of = [](const std::vector<std::uint64_t>& periods, std::uint64_t budget) {
    WalkPlan plan;
    for (const auto period : periods) plan.count(period);
    plan.decide(budget);
    std::vector<std::uint64_t> steps;
    for (const auto period : periods) steps.push_back(plan.steps_for(period));
    return steps;
  };
  using Steps = std::vector<std::uint64_t>;
  EXPECT_EQ(steps_of({5, 1, 100}, 106), (Steps{5, 1, 100}));
  EXPECT_EQ(steps_of({1'000'000'000, 5, 1}, 1'000'006), (Steps{500'000, 5, 1}));
  EXPECT_EQ(steps_of({1'000'000'000, 5, 1}, 10'000'006), (Steps{1'000'000, 5, 1}));
  EXPECT_EQ(steps_of({4, 4, 4, 4, 4, 4}, 16), (Steps{4, 0, 0, 0, 0, 0}));
  std::mt19937_64 random(5);
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uint64_t> periods;
    for (int k = 0; k < 3000; ++k) periods.push_back(1 + (random() >> (random() % 64)));
    const std::uint64_t budget = random() >> (random() % 50);
    const auto steps = steps_of(periods, budget);
    core::Natural sum = 0;
    for (const auto n : steps) sum += n;
    EXPECT_LE(sum, budget);
  }
}

TEST(Walk, ArrivesAtTheCycle) {
  const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(2), 6, "x1*x2 + x5"));
  const fsr::Stepper stepper(reg);
  for (std::uint64_t state = 0; state < stepper.state_count(); ++state) {
    const auto found = arrival(stepper, state, 1000);
    ASSERT_TRUE(found);
    std::uint64_t at = state;
    std::set<std::uint64_t> before;
    while (before.insert(at).second) at = stepper.next(at);
    std::uint64_t smallest = at, period = 0, x = at;
    do {
      smallest = std::min(smallest, x);
      x = stepper.next(x);
      ++period;
    } while (x != at);
    EXPECT_EQ(found->cycle, (cycles::Cycle{smallest, period})) << state;
    EXPECT_EQ(found->distance, before.size() - period) << state;
  }
  EXPECT_FALSE(arrival(fsr::Stepper(fsr::Register(
                           fsr::Feedback::parse(galois::Field::of_order(2), 40, "x0 + x2 + x19 + x21"))),
                       1, 1000));
}

TEST(CyclesCheck, WhatIsTooLongToWalkIsSaid) {
  CyclesResult result;
  result.add("small", 2, 4, "x0 + x1");
  result.add_long("large");
  const auto findings = findings_of(result);
  EXPECT_TRUE(findings.valid()) << text_of(findings);
  ASSERT_EQ(findings.unchecked().size(), 1u);
  EXPECT_EQ(findings.unchecked().front(),
            "the walks along 1 of 4 stored cycles (1 of them in their first steps only); --steps "
            "1099511627792 makes "
            "them all");
  result.cycles.column<std::uint64_t>("representative").back() = 8;
  EXPECT_TRUE(contains(text_of(findings_of(result)),
                       "walked from representative 8: state 4 after 1 steps is smaller"));
}

TEST(ParseDecimal, AcceptsOnlyNumbersAsTheyAreWritten) {
  EXPECT_EQ(parse_decimal("0"), core::Natural(0));
  EXPECT_EQ(parse_decimal("18446744073709551616"), core::power(2, 64));
  for (const char* bad : {"", "00", "01", "+1", "-1", "1 ", "0x1", "1e3"})
    EXPECT_EQ(parse_decimal(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace gforbit::job_cycles
