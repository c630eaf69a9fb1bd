// Each rule of the search against brute force, and the search against published numbers of functions.
#include "gforbit/search/examine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/search/maximal.hpp"
#include "seed.hpp"

namespace gforbit::search {
namespace {

/// All periods, state by state; that of the zero state left out.
std::vector<std::uint64_t> periods(const Function& function) {
  const fsr::Stepper step{fsr::Register(function.feedback())};
  std::vector<bool> seen(std::size_t{1} << function.degree);
  std::vector<std::uint64_t> periods;
  for (std::uint64_t start = 1; start < seen.size(); ++start) {
    std::uint64_t state = start, period = 0;
    for (; !seen[state]; state = step.next(state), ++period) seen[state] = true;
    if (period > 0) periods.push_back(period);
  }
  std::ranges::sort(periods);
  return periods;
}

/// Random functions of many forms, of degrees from `least` to `most`.
template <class Action>
void for_random_functions(int least, int most, int n, Action action) {
  std::mt19937_64 random(testing_support::test_seed());
  const std::vector<std::vector<std::uint64_t>> forms = {
      {2},    {4},       {3, 1},    {5, 1},    {2, 2},    {4, 2},      {1, 1},
      {2, 1}, {3, 0, 1}, {1, 2, 1}, {1, 0, 1}, {1, 3, 2}, {2, 0, 0, 2}};
  for (int i = 0; i < n; ++i) {
    const int degree = std::uniform_int_distribution(least, most)(random);
    const Family family(degree, Form(forms[random() % forms.size()]));
    action(family.function(random() % family.size()));
  }
}

TEST(SearchRules, ShortCyclesAreThoseOfBruteForce) {
  for (const auto level : cycles::simd_levels()) {
    if (!cycles::simd_available(level)) continue;
    const ShortCycles short_cycles(level);
    for_random_functions(6, 11, 300, [&](const Function& function) {
      const auto all = periods(function);
      for (int period = 1; period <= 24; ++period) {
        const bool expected = std::ranges::any_of(
            all, [&](std::uint64_t of_cycle) { return static_cast<std::uint64_t>(period) % of_cycle == 0; });
        EXPECT_EQ(short_cycles.exist(function, period), expected)
            << function.feedback().text() << ", degree " << function.degree << ", period " << period;
      }
    });
  }
}

TEST(SearchRules, ParityRulesOutOnlyForms) {
  for_random_functions(6, 9, 200, [&](const Function& function) {
    std::vector<std::uint64_t> counts{static_cast<std::uint64_t>(std::popcount(function.linear))};
    for (const std::uint64_t product : function.products) {
      counts.resize(std::max(counts.size(), static_cast<std::size_t>(std::popcount(product))));
      ++counts[static_cast<std::size_t>(std::popcount(product)) - 1];
    }
    const fsr::Stepper step{fsr::Register(function.feedback())};
    const std::uint64_t ones = (std::uint64_t{1} << function.degree) - 1;
    EXPECT_EQ(parity_rules_out(Form(counts)), step.next(ones) == ones) << function.feedback().text();
  });
}

TEST(SearchRules, LongerCyclesExist) {
  const ShortCycles short_cycles(cycles::best_simd_level());
  int found = 0;
  for_random_functions(8, 13, 60, [&](const Function& function) {
    const auto all = periods(function);
    for (int period = 25; period <= ShortCycles::kLongest; ++period) {
      if (!short_cycles.exist_at_cost(function, period, 1 << 14)) continue;
      ++found;
      EXPECT_TRUE(std::ranges::any_of(
          all, [&](std::uint64_t of_cycle) { return static_cast<std::uint64_t>(period) % of_cycle == 0; }))
          << function.feedback().text() << ", degree " << function.degree << ", period " << period;
    }
  });
  EXPECT_GT(found, 0);
  const Examiner examiner;
  found = 0;
  const Family family(24, Form({3, 1}));
  family.for_each_canonical(20000, 20300, [&](std::uint64_t, const Function& function) {
    if (examiner.has_short_cycle(function) || !examiner.has_longer_cycle(function, {})) return true;
    ++found;
    EXPECT_EQ(has_maximal_period_by_walk(function, {}), false) << function.feedback().text();
    return true;
  });
  EXPECT_GT(found, 0);
}

TEST(SearchRules, WalksFindMaximalPeriods) {
  int maximal = 0;
  const auto level = cycles::best_simd_level();
  const auto expect_same = [&](const Function& function) {
    const bool expected = periods(function).size() == 1;
    maximal += expected ? 1 : 0;
    EXPECT_EQ(has_maximal_period_by_walk(function, {}), expected) << function.feedback().text();
    if (function.degree >= kFewestCellsOfLanes) {
      EXPECT_EQ(has_maximal_period_by_segments(function, level, {}), expected) << function.feedback().text();
    }
  };
  for_random_functions(6, 13, 400, expect_same);
  for_random_functions(16, 18, 100, expect_same);
  EXPECT_GT(maximal, 0);
}

std::vector<Hit> hits_of(int degree, std::vector<std::uint64_t> form) {
  const Family family(degree, Form(std::move(form)));
  const auto tally = Examiner().examine(family, 0, family.size(), {});
  return tally.value().hits;
}

TEST(SearchRules, WalksOfEveryVectorLevelAreThoseOfOneState) {
  for (const auto& [degree, form] :
       std::vector<std::pair<int, std::vector<std::uint64_t>>>{{5, {3, 1}},
                                                               {9, {1, 2, 1}},
                                                               {12, {4}},
                                                               {13, {3, 0, 1}},
                                                               {16, {3, 1}},
                                                               {19, {3, 1}},
                                                               {22, {2, 0, 0, 2}}}) {
    const Family family(degree, Form(form));
    std::vector<Function> functions;
    // Few and many, one of which has maximal period if any has.
    for (std::uint64_t i = 0; i < 60; ++i) functions.push_back(family.function(i * 7919 % family.size()));
    if (degree == 19) functions.push_back(family.function(hits_of(degree, form).at(0).rank));
    std::vector<bool> expected;
    for (const Function& function : functions)
      expected.push_back(has_maximal_period_by_walk(function, {}).value());
    for (const auto level : cycles::simd_levels()) {
      if (!cycles::simd_available(level)) continue;
      for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{40}, functions.size()}) {
        const auto found = have_maximal_period(std::span(functions).first(n), level, {}).value();
        EXPECT_EQ(found,
                  std::vector<bool>(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(n)));
      }
      if (level == cycles::SimdLevel::scalar || degree < kFewestCellsOfLanes) continue;
      for (std::size_t i = functions.size() - 3; i < functions.size(); ++i)
        EXPECT_EQ(has_maximal_period_by_segments(functions[i], level, {}), expected[i]);
    }
  }
}

TEST(Search, FindsThePublishedNumbersOfFunctions) {
  // "An FPGA Accelerated Search Method for Maximum Period NLFSRs", WAIFI 2024 (amundas/NLFSR). Half of its
  // registers, those with even numbers, were compared; for each there is one function here or its reverse.
  const std::vector<std::pair<std::vector<std::uint64_t>, std::vector<std::size_t>>> published = {
      {{3, 1}, {7, 3, 3, 2, 1, 1, 1}},
      {{5, 1}, {15, 25, 18, 14, 14, 10, 8}},
      {{2, 2}, {28, 22, 15, 19, 10, 8, 6}},
      {{3, 0, 1}, {13, 15, 17, 7, 11, 4, 3}}};
  for (const auto& [form, numbers] : published) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      EXPECT_EQ(hits_of(10 + static_cast<int>(i), form).size(), numbers[i])
          << Form(form).text() << ' ' << 10 + i;
  }
}

TEST(Search, FindsAllFunctionsThatBruteForceFinds) {
  for (const int degree : {4, 5, 6, 7, 8, 9}) {
    for (const std::vector<std::uint64_t>& form :
         std::vector<std::vector<std::uint64_t>>{{2}, {4}, {3, 1}, {2, 2}, {1, 1}, {3, 0, 1}, {1, 2, 1}}) {
      if (degree == 4 && form.back() > 1) continue;
      const Family family(degree, Form(form));
      std::vector<std::uint64_t> expected, found;
      for (std::uint64_t rank = 0; rank < family.size(); ++rank) {
        const Function function = family.function(rank);
        if (family.is_canonical(function) && periods(function).size() == 1) expected.push_back(rank);
      }
      for (const Hit& hit : hits_of(degree, form)) found.push_back(hit.rank);
      EXPECT_EQ(found, expected) << "degree " << degree << ", form " << Form(form).text();
    }
  }
}

TEST(Search, IsTheSameInAnyCut) {
  const Family family(11, Form({3, 1}));
  const Examiner examiner;
  const auto whole = examiner.examine(family, 0, family.size(), {}).value();
  Tally parts;
  for (std::uint64_t begin = 0; begin < family.size(); begin += 117)
    parts.merge(examiner.examine(family, begin, std::min(family.size(), begin + 117), {}).value());
  EXPECT_EQ(parts.hits, whole.hits);
  EXPECT_EQ(parts.without_short_cycles, whole.without_short_cycles);
}

TEST(Search, OfSamplesFindsThemAsOfAll) {
  const Family family(10, Form({2, 2}));
  const Samples samples(family, 3);
  const auto all = Examiner().examine(samples, 0, family.size(), {}).value();
  const auto canonical = Examiner().examine(family, 0, family.size(), {}).value();
  std::vector<std::uint64_t> expected, found;
  for (const Hit& hit : canonical.hits) {
    expected.push_back(hit.rank);
    expected.push_back(family.rank(reversed(family.function(hit.rank))));
  }
  for (const Hit& hit : all.hits) found.push_back(hit.rank);
  std::ranges::sort(expected);
  std::ranges::sort(found);
  EXPECT_EQ(found, expected);
}

TEST(Search, EndsWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  const Family family(30, Form({3, 1}));
  EXPECT_FALSE(Examiner().examine(family, 0, family.size(), stop.get_token()));
}

}  // namespace
}  // namespace gforbit::search
