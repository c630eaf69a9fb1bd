// Sums of products of functions of one cell, against the terms that they are made from.
#include "gforbit/fsr/cell_products.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "gforbit/fsr/stepper.hpp"
#include "seed.hpp"
#include "unit/fsr/random_feedback.hpp"

namespace gforbit::fsr {
namespace {

using galois::Field;

galois::Element value(const Field& field, const std::vector<CellProduct>& sum,
                      const std::vector<galois::Element>& cells) {
  galois::Element total = 0;
  for (const CellProduct& product : sum) {
    galois::Element factors = product.coefficient;
    for (const CellFunction& function : product.functions)
      factors = field.multiply(factors, function.at(field, cells[static_cast<std::size_t>(function.cell)]));
    total = field.add(total, factors);
  }
  return total;
}

/// The least number of multiplications: as many as functions.
std::size_t cost(const std::vector<CellProduct>& sum) {
  std::size_t cost = 0;
  for (const CellProduct& product : sum) cost += 1 + product.functions.size();
  return cost;
}

std::size_t cost(const Feedback& feedback) {
  std::size_t cost = 0;
  for (const Term& term : feedback.terms()) cost += 1 + term.factors.size();
  return cost;
}

void expect_form(const Field& field, const std::vector<CellProduct>& sum) {
  EXPECT_LE(std::ranges::count_if(sum, [](const CellProduct& p) { return p.functions.empty(); }), 1);
  for (const CellProduct& product : sum) {
    EXPECT_NE(product.coefficient, 0U);
    int last_cell = -1;
    for (const CellFunction& function : product.functions) {
      EXPECT_GT(function.cell, std::exchange(last_cell, function.cell));
      ASSERT_FALSE(function.powers.empty());
      EXPECT_EQ(function.powers.back().coefficient, 1U);
      EXPECT_GT(function.powers.back().exponent, 0U);
      EXPECT_LT(function.powers.back().exponent, field.order());
      for (std::size_t i = 1; i < function.powers.size(); ++i)
        EXPECT_LT(function.powers[i - 1].exponent, function.powers[i].exponent);
    }
  }
}

/// A sum of terms and of products of sums of powers of one cell.
std::string random_expression(test::Random& random, const Field& field, int degree) {
  const std::uint64_t q = field.order();
  std::string text = fmt::format("{}*x0 + {}", random.below(q), random.below(q));
  for (int products = random.below(3) + 1; products > 0; --products) {
    text += fmt::format(" + {}", 1 + random.below(q - 1));
    int most = q < 5 ? 6 : 3;
    for (int cell = 0; cell < degree && most > 0; ++cell) {
      if (random.below(4) == 0) continue;
      --most;
      text += fmt::format("*({} + {}*x{} + x{}^{})", random.below(q), random.below(2), cell, cell,
                          1 + random.below(q - 1));
    }
  }
  for (int terms = random.below(4); terms > 0; --terms)
    text += fmt::format(" + {}*x{}*x{}", random.below(q), random.below(degree), random.below(degree));
  return text;
}

TEST(CellProducts, HaveTheValueOfTheTermsAndNeverCostMore) {
  test::Random random(testing_support::test_seed());
  for (const std::uint64_t q : {3, 4, 5, 7, 9, 16, 27, 257}) {
    const Field field = Field::of_order(q);
    const int degree = q < 6 ? 6 : q < 30 ? 4 : 3;
    for (int round = 0; round < 60; ++round) {
      const Feedback feedback = Feedback::parse(field, degree, random_expression(random, field, degree));
      const std::vector<CellProduct> sum = cell_products(feedback);
      const Stepper step{Register(feedback)};
      SCOPED_TRACE(fmt::format("GF({}): {}", q, feedback.text()));
      expect_form(field, sum);
      EXPECT_LE(cost(sum), cost(feedback));
      for (int i = 0; i < 60; ++i) {
        const std::uint64_t state = random.below(step.state_count());
        const auto cells = cells_of(state, q, degree);
        ASSERT_EQ(value(field, sum, cells), feedback.evaluate(cells)) << "state " << state;
        ASSERT_EQ(step.next(state), test::step(feedback, state)) << "state " << state;
      }
    }
  }
}

/// (c+x1)*(c+x2)*...*(c+x{last})
std::string shifted_cells(int last, int c) {
  std::string text = fmt::format("({}+x1)", c);
  for (int cell = 2; cell <= last; ++cell) text += fmt::format("*({}+x{})", c, cell);
  return text;
}

TEST(CellProducts, AreFoundAgainUnderOtherTerms) {
  for (const std::uint64_t q : {3, 4, 5, 7}) {
    const Field field = Field::of_order(q);
    const int last = 8;
    const auto products_of = [&](const std::string& text) {
      return cell_products(Feedback::parse(field, last + 2, text));
    };
    EXPECT_EQ(products_of("x0 + " + shifted_cells(last, 1)).size(), 2U);
    EXPECT_LE(products_of("x0 + x3 + x2*x5 + " + shifted_cells(last, 2)).size(), 4U);
    EXPECT_LE(products_of("x0 + x9*" + shifted_cells(last, 1) + " + " + shifted_cells(5, 2)).size(), 3U);
    // A neighbor of the product is lost in it: what is left unravels one factor after the other.
    EXPECT_LE(products_of("x0 + " + shifted_cells(last, 1) + " + x1*x2*x3*x4*x5*x6*x7").size(), 2U * last);
  }
}

TEST(CellProducts, LeaveShortSumsAndLargeDegreesAsTheyAre) {
  for (const char* text : {"x0", "x0 + 1", "x0 + x3 + x1*x2", "2*x0 + x1 + x1*x2^2 + x3*x4 + 1", "0"}) {
    const Feedback feedback = Feedback::parse(Field::of_order(3), 6, text);
    EXPECT_EQ(cell_products(feedback).size(), feedback.terms().size()) << text;
  }
  const Feedback large = Feedback::parse(Field::of_order(3), 200, "x0 + " + shifted_cells(6, 1) + "*x199");
  EXPECT_EQ(cell_products(large).size(), large.terms().size());
}

TEST(CellProducts, DoNotCountUpToLargeExponents) {
  const Field field = Field::of_order(4294967291);
  const Feedback feedback =
      Feedback::parse(field, 1, "x0^4294967290 + x0^4294967289 + x0^3 + 2*x0^2 + x0 + 1");
  EXPECT_EQ(cell_products(feedback).size(), 6U);
  const Field large = Field::of_order(2147483647);
  const std::string far = "(x0^2147483646 + 1)*(x1^2147483645 + 2)";
  const std::vector<CellProduct> sum = cell_products(Feedback::parse(large, 2, far));
  EXPECT_EQ(sum.size(), 4U);  // not worth the search
}

TEST(CellProducts, OfSixtyThousandTermsAreFound) {
  const Feedback feedback = Feedback::parse(Field::of_order(3), 17, "x0 + 2*x3 + " + shifted_cells(16, 1));
  EXPECT_EQ(feedback.length(), (std::size_t{1} << 16));  // 2*x3 + x3 = 0, and x0
  EXPECT_EQ(cell_products(feedback).size(), 3U);
}

}  // namespace
}  // namespace gforbit::fsr
