// Each rule of the search against brute force, and the search against published numbers of functions.
#include "gforbit/search/examine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <random>
#include <span>
#include <stop_token>
#include <string>
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
  const auto tally = Examiner().examine(family, 0, family.size(), {}, {});
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

TEST(Search, OfRandomFormsCountsAsBruteForceDoes) {
  std::mt19937_64 random(testing_support::test_seed());
  const Examiner examiner;
  std::size_t found = 0;
  for (int i = 0; i < 40; ++i) {
    const int degree = std::uniform_int_distribution(7, 14)(random);
    std::vector<std::uint64_t> counts{1 + random() % 4};
    for (int k = 2 + static_cast<int>(random() % 3); k > 2; --k) counts.push_back(random() % 3);
    counts.push_back(1 + random() % 2);
    if ((Form(counts).monomials()) % 2 == 1) ++counts.front();
    const Family family(degree, Form(counts));
    const std::uint64_t begin = random() % family.size(), end = std::min(family.size(), begin + 200);
    Tally expected;
    for (std::uint64_t rank = begin; rank < end; ++rank) {
      const Function function = family.function(rank);
      if (!family.is_canonical(function)) continue;
      const auto all = periods(function);
      if (all.front() > static_cast<std::uint64_t>(short_periods(degree)) || all.size() == 1)
        ++expected.without_short_cycles;
      if (all.size() == 1) expected.hits.push_back({rank, 2, all.front()});
    }
    auto tally = examiner.examine(family, begin, end, {}, {}).value();
    std::ranges::sort(tally.hits, {}, &Hit::rank);
    EXPECT_EQ(tally.hits, expected.hits)
        << family.form().text() << ", degree " << degree << ", from " << begin;
    EXPECT_EQ(tally.without_short_cycles, expected.without_short_cycles)
        << family.form().text() << ", degree " << degree << ", from " << begin;
    found += tally.hits.size();
  }
  EXPECT_GT(found, 0U);
}

/// Cycles of a function that may have any terms.
std::vector<std::uint64_t> periods(const fsr::Feedback& feedback) {
  const fsr::Stepper step{fsr::Register(feedback)};
  std::vector<bool> seen(std::size_t{1} << feedback.degree());
  std::vector<std::uint64_t> periods;
  for (std::uint64_t start = 0; start < seen.size(); ++start) {
    std::uint64_t state = start, period = 0;
    for (; !seen[state]; state = step.next(state), ++period) seen[state] = true;
    if (period > 0) periods.push_back(period);
  }
  std::ranges::sort(periods);
  return periods;
}

/// Random nonsingular functions of up to 14 cells, some with a constant term.
std::vector<fsr::Feedback> random_feedbacks(int degree, int n) {
  std::mt19937_64 random(testing_support::test_seed());
  std::vector<fsr::Feedback> feedbacks;
  for (int i = 0; i < n; ++i) {
    std::string text = "x0";
    const auto cell = [&] { return std::uniform_int_distribution(1, degree - 1)(random); };
    for (std::uint64_t terms = 1 + random() % 4; terms > 0; --terms) text += " + x" + std::to_string(cell());
    for (std::uint64_t terms = random() % 3; terms > 0; --terms) {
      text += " + x" + std::to_string(cell()) + "*x" + std::to_string(cell());
      if (random() % 2 == 0) text += "*x" + std::to_string(cell());
    }
    if (random() % 2 == 0) text += " + 1";
    feedbacks.push_back(fsr::Feedback::parse(galois::Field::of_order(2), degree, text));
  }
  return feedbacks;
}

TEST(Search, OfAnyFunctionsReachesEveryGoalAsBruteForceDoes) {
  const Examiner examiner;
  std::array<int, 3> found{};
  for (const int degree : {3, 5, 8, 11, 14}) {
    const auto feedbacks = random_feedbacks(degree, degree == 14 ? 60 : 400);
    const std::uint64_t states = std::uint64_t{1} << degree;
    for (const Goal& goal : {Goal{}, Goal{GoalKind::period, states * 3 / 4}, Goal{GoalKind::de_bruijn, 0}}) {
      std::vector<std::uint64_t> expected, hits;
      for (std::size_t i = 0; i < feedbacks.size(); ++i) {
        const auto all = periods(feedbacks[i]);
        const bool reached = goal.kind == GoalKind::maximal  ? all.back() == states - 1
                             : goal.kind == GoalKind::period ? all.back() >= goal.least_period
                                                             : all.size() <= 2;
        if (reached) expected.push_back(7 + i);
      }
      const auto tally = examiner.examine(feedbacks, 7, goal, {}).value();
      for (const Hit& hit : tally.hits) {
        hits.push_back(hit.rank);
        const auto& feedback = feedbacks.at(hit.rank - 7);
        EXPECT_EQ(hit.max_period, periods(feedback).back()) << feedback.text();
        EXPECT_EQ(hit.n_cycles, periods(feedback).size()) << feedback.text();
      }
      std::ranges::sort(hits);
      EXPECT_EQ(hits, expected) << "degree " << degree << ", goal " << goal.text();
      found.at(static_cast<std::size_t>(goal.kind)) += static_cast<int>(hits.size());
    }
  }
  for (const int n : found) EXPECT_GT(n, 0);
}

/// f, complemented where x1 to x_{n-1} are those of the state.
fsr::Feedback complemented_at(const fsr::Feedback& feedback, std::uint64_t state) {
  std::string product;
  for (int cell = 1; cell < feedback.degree(); ++cell) {
    if (cell > 1) product += "*";
    product += (state >> cell & 1) != 0 ? "x" + std::to_string(cell) : "(x" + std::to_string(cell) + " + 1)";
  }
  return fsr::Feedback::parse(feedback.field(), feedback.degree(), feedback.text() + " + " + product);
}

TEST(Search, JoinsTwoCyclesToOne) {
  const Examiner examiner;
  const Goal goal{GoalKind::de_bruijn, 0};
  int joined = 0, elsewhere = 0;
  for (const int degree : {3, 4, 6, 9}) {
    const auto feedbacks = random_feedbacks(degree, 300);
    const Tally tally = examiner.examine(feedbacks, 0, goal, {}).value();
    for (const Hit& hit : tally.hits) {
      const auto& feedback = feedbacks.at(hit.rank);
      EXPECT_EQ(hit.joined_at < 0, hit.n_cycles == 1);
      if (hit.joined_at < 0) continue;
      const auto state = static_cast<std::uint64_t>(hit.joined_at);
      EXPECT_EQ(periods(complemented_at(feedback, state)).size(), 1U) << feedback.text() << " at " << state;
      for (std::uint64_t smaller = 0; smaller < state; smaller += 2)
        EXPECT_EQ(periods(complemented_at(feedback, smaller)).size(), 3U) << feedback.text();
      ++joined;
      elsewhere += state > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(joined, 0);
  EXPECT_GT(elsewhere, 0);
  const Family family(10, Form({3, 1}));
  const auto hits = examiner.examine(family, 0, family.size(), goal, {}).value().hits;
  EXPECT_EQ(hits.size(), 7U);
  for (const Hit& hit : hits) EXPECT_EQ(hit.joined_at, 0);
}

TEST(Search, OfPeriodsFindsAllFunctionsThatBruteForceFinds) {
  for (const std::vector<std::uint64_t>& form : std::vector<std::vector<std::uint64_t>>{{3, 1}, {2, 1}}) {
    const Family family(9, Form(form));
    const Goal goal{GoalKind::period, 300};
    std::vector<std::uint64_t> expected, found;
    for (std::uint64_t rank = 0; rank < family.size(); ++rank) {
      const Function function = family.function(rank);
      if (family.is_canonical(function) && periods(function).back() >= goal.least_period)
        expected.push_back(rank);
    }
    const Tally tally = Examiner().examine(family, 0, family.size(), goal, {}).value();
    for (const Hit& hit : tally.hits) found.push_back(hit.rank);
    EXPECT_EQ(found, expected);
    EXPECT_FALSE(found.empty());
  }
}

TEST(Search, OfTemplatesFindsWhatFormsFind) {
  // A cell that stands alone may be in the product: three templates make the form 3,1.
  const Family family(11, Form({3, 1}));
  std::vector<std::string> expected, found;
  for (const Hit& hit : hits_of(11, {3, 1})) {
    const Function function = family.function(hit.rank);
    expected.push_back(std::min(function.feedback().text(), reversed(function).feedback().text()));
  }
  for (const char* const text :
       {"x0 + x{a} + x{b} + x{c}*x{d}", "x0 + x{a} + x{b} + x{b}*x{c}", "x0 + x{a} + x{b} + x{a}*x{b}"}) {
    const TemplateFamily of(11, Template(text));
    const Tally tally = Examiner().examine(of, 0, of.assignments(), {}, {}).value();
    for (const Hit& hit : tally.hits) {
      const Function function = of.function(hit.rank);
      found.push_back(std::min(function.feedback().text(), reversed(function).feedback().text()));
    }
  }
  std::ranges::sort(expected);
  std::ranges::sort(found);
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(found.empty());
}

TEST(Search, IsTheSameInAnyCut) {
  const Family family(11, Form({3, 1}));
  const Examiner examiner;
  const auto whole = examiner.examine(family, 0, family.size(), {}, {}).value();
  Tally parts;
  for (std::uint64_t begin = 0; begin < family.size(); begin += 117)
    parts.merge(examiner.examine(family, begin, std::min(family.size(), begin + 117), {}, {}).value());
  EXPECT_EQ(parts.hits, whole.hits);
  EXPECT_EQ(parts.without_short_cycles, whole.without_short_cycles);
}

TEST(Search, OfSamplesFindsThemAsOfAll) {
  const Family family(10, Form({2, 2}));
  const Samples samples(family, 3);
  auto found = Examiner().examine(samples, 0, family.canonical_functions(), {}, {}).value().hits;
  std::ranges::sort(found, {}, &Hit::rank);
  EXPECT_EQ(found, Examiner().examine(family, 0, family.size(), {}, {}).value().hits);
}

TEST(Search, EndsWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  const Family family(30, Form({3, 1}));
  EXPECT_FALSE(Examiner().examine(family, 0, family.size(), {}, stop.get_token()));
}

}  // namespace
}  // namespace gforbit::search
