// Fibonacci and Galois configurations by brute force: for every state the map of states commutes with the
// steps, is a bijection, and keeps what cell 0 puts out.
#include "gforbit/fsr/configuration.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "random_feedback.hpp"
#include "seed.hpp"

namespace gforbit::fsr {
namespace {

using galois::Element;
using galois::Field;

std::uint64_t image_of(std::uint64_t state, const CellMap& map) {
  const std::uint64_t q = map.front().field().order();
  const auto cells = cells_of(state, q, static_cast<int>(map.size()));
  std::vector<Element> image;
  for (const Feedback& cell : map) image.push_back(cell.evaluate(cells));
  return index_of(image, q);
}

/// There and back is the same state, and a step on one side is a step on the other.
void expect_equal_graphs(const Register& from, const Register& to, const CellMap& map,
                         const CellMap& inverse) {
  const Stepper a(from), b(to);
  for (std::uint64_t s = 0; s < a.state_count(); ++s) {
    const std::uint64_t t = image_of(s, map);
    ASSERT_EQ(image_of(t, inverse), s) << from.text() << " to " << to.text();
    ASSERT_EQ(image_of(a.next(s), map), b.next(t)) << from.text() << " to " << to.text();
  }
}

void expect_equal_outputs(const CellMap& map) {
  const auto x0 = Feedback::from_terms(map.front().field(), map.front().degree(), {{1, {{0, 1}}}});
  EXPECT_EQ(map.front(), x0);
}

void check_galois(const Feedback& feedback, std::optional<int> terminal) {
  const System system = to_galois(feedback, terminal);
  const CellMap cells = cells_from_window(system), window = window_of_cells(system);
  expect_equal_graphs(Register(feedback), Register(system), cells, window);
  expect_equal_outputs(cells);
  expect_equal_outputs(window);
  EXPECT_EQ(to_fibonacci(system), feedback);
}

int least_terminal(const Feedback& f) {
  int least = 0;
  for (const Term& term : f.terms()) {
    if (!term.factors.empty()) least = std::max(least, term.factors.back().cell - term.factors.front().cell);
  }
  return least;
}

/// Whether updates from cell t on can hold the feedback, by trying all places of each term: a term k cells
/// down must read cells up to t alone.
bool has_terminal(const Feedback& f, int t) {
  return std::ranges::all_of(f.terms(), [&](const Term& term) {
    if (term.factors.empty()) return true;
    for (int k = 0; k <= std::min(term.factors.front().cell, f.degree() - 1 - t); ++k) {
      if (term.factors.back().cell - k <= t) return true;
    }
    return false;
  });
}

TEST(Configuration, MovesTermsToLowerCells) {
  test::Random random(testing_support::test_seed());
  for (int i = 0; i < 300; ++i) {
    const Field field = Field::of_order(std::vector<std::uint64_t>{2, 2, 2, 3, 4, 5}[random.below(6)]);
    const int d = 1 + random.below(field.order() == 2 ? 8 : 4);
    const Feedback f = random.feedback(field, d, 6);
    for (int t = 0; t < d; ++t) {
      ASSERT_EQ(has_terminal(f, t), t >= least_terminal(f)) << f.text();
      if (t >= least_terminal(f)) {
        check_galois(f, t);
      } else {
        ASSERT_THROW(static_cast<void>(to_galois(f, t)), core::InputError) << f.text();
      }
    }
  }
}

TEST(Configuration, OfALinearRegisterIsTheClassicalOne) {
  const auto field = Field::of_order(2);
  const System system = to_galois(Feedback::parse(field, 16, "x0 + x2 + x3 + x5"));  // --taps 16,14,13,11
  EXPECT_EQ(system.text(), R"({"field": 2, "registers": [{"name": "g", "length": 16, "feedback": "g0", )"
                           R"("updates": {"10": "g0 + g11", "12": "g0 + g13", "13": "g0 + g14"}}]})");
  test::Random random(testing_support::test_seed() + 1);
  for (int i = 0; i < 100; ++i) {
    const Field other = Field::of_order(std::vector<std::uint64_t>{2, 3, 4, 7}[random.below(4)]);
    std::vector<Element> coefficients(1 + random.below(std::uint64_t{5}));
    for (Element& c : coefficients) c = random.below(other.order());
    check_galois(Feedback::linear(other, coefficients), {});
  }
}

/// One register in which a cell may be scaled and take a function of the cells up to it.
SystemForm random_galois(test::Random& random, const Field& field, int d) {
  SystemForm form{{{"g", static_cast<std::uint64_t>(d), "", {}}}, {}};
  const auto function = [&](int highest) {
    std::string text = random.feedback(field, highest + 1, 3).text();
    std::ranges::replace(text, 'x', 'g');
    return text;
  };
  for (int cell = 0; cell + 1 < d; ++cell) {
    if (random.below(2) == 0) continue;
    const std::uint64_t u = 1 + random.below(field.order() - 1);
    form.registers[0].updates.emplace_back(cell, fmt::format("{}*g{} + {}", u, cell + 1, function(cell)));
  }
  form.registers[0].feedback = function(d - 1);
  return form;
}

TEST(Configuration, FindsTheRegisterWithOneFeedback) {
  test::Random random(testing_support::test_seed() + 2);
  for (int i = 0; i < 300; ++i) {
    const Field field = Field::of_order(std::vector<std::uint64_t>{2, 2, 3, 4}[random.below(4)]);
    const System system(field, random_galois(random, field, 1 + random.below(field.order() == 2 ? 7 : 4)));
    const Feedback f = to_fibonacci(system);
    const CellMap window = window_of_cells(system), cells = cells_from_window(system);
    expect_equal_graphs(Register(system), Register(f), window, cells);
    expect_equal_outputs(window);
    expect_equal_graphs(Register(f), Register(f), composed(window, cells), composed(window, cells));
  }
}

TEST(Configuration, FindsTheWindowOfALinearSystem) {
  test::Random random(testing_support::test_seed() + 3);
  int found = 0;
  for (int i = 0; i < 200; ++i) {
    const Field field = Field::of_order(std::vector<std::uint64_t>{2, 3, 4}[random.below(3)]);
    const int d = 2 + random.below(4);
    const auto first = static_cast<std::uint64_t>(1 + random.below(d - 1));
    const auto function = [&] {
      std::string text = "0";
      for (int cell = 0; cell < d; ++cell) {
        const auto place = static_cast<std::uint64_t>(cell);
        text += fmt::format(" + {}*{}{}", random.below(field.order()), place < first ? "s" : "b",
                            place < first ? place : place - first);
      }
      return text;
    };
    const System system(
        field,
        {{{"s", first, function(), {}}, {"b", static_cast<std::uint64_t>(d) - first, function(), {}}}, {}});
    const auto linear = linear_window(system);
    if (!linear) continue;
    ++found;
    expect_equal_graphs(Register(system), Register(linear->feedback), linear->window, linear->cells);
  }
  EXPECT_GT(found, 100);
  // Two equal registers side by side have two equal blocks.
  const System twice(Field::of_order(2), {{{"s", 3, "s0 + s1", {}}, {"b", 3, "b0 + b1", {}}}, {}});
  EXPECT_FALSE(linear_window(twice));
  // The output comes first.
  const System out(Field::of_order(2), {{{"s", 2, "s0 + s1", {}}, {"b", 3, "b0 + b1", {}}}, "s1 + b2"});
  EXPECT_EQ(linear_window(out)->window.front(), *out.output());
}

std::string error_of(const std::string& feedback, int degree, std::optional<int> terminal = {}) {
  try {
    static_cast<void>(to_galois(Feedback::parse(Field::of_order(2), degree, feedback), terminal));
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

std::string error_of(const SystemForm& form) {
  try {
    static_cast<void>(to_fibonacci(System(Field::of_order(2), form)));
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Configuration, SaysWhyThereIsNone) {
  EXPECT_EQ(error_of("x0 + x2 + x0*x5", 6),
            "the feedback has no other Galois configuration: terms that read x0 stay where they are, and no "
            "update may "
            "be below cell 5, because the cells of the term x0*x5 are so far apart");
  EXPECT_EQ(error_of("x0 + x1*x3", 6, 1),
            "terminal cell 1: expected a cell from 2 to 5: the cells of the term x1*x3 are 2 apart");
  EXPECT_EQ(error_of("x0 + x1*x3", 6, 6),
            "terminal cell 6: expected a cell from 2 to 5: the cells of the term x1*x3 are 2 apart");
  EXPECT_EQ(error_of({{{"s", 3, "s0", {}}, {"b", 3, "b0", {}}}, {}}),
            "the system has 2 registers: a register that puts out the same is found for systems of one "
            "register in Galois configuration, and for linear ones");
  EXPECT_EQ(
      error_of({{{"s", 4, "s0", {{1, "s2 + s3"}}}}, {}}),
      "s1 takes 's2 + s3', which reads cells above s1: its update must be the cell above, which may have a "
      "coefficient, plus a function of the cells up to s1, else what s0 puts out need not say the state");
  EXPECT_EQ(
      error_of({{{"s", 4, "s0", {{1, "s0*s1"}}}}, {}}),
      "s1 takes 's0*s1', which does not read the cell above: what s0 puts out does not say the cells above");
}

}  // namespace
}  // namespace gforbit::fsr
