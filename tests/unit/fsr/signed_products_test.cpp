// Feedbacks over GF(2) that are kept as sums of products of cells and complements, against values one by one.
#include "gforbit/fsr/signed_products.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/equivalence.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "seed.hpp"
#include "unit/fsr/random_feedback.hpp"

namespace gforbit::fsr {
namespace {

using galois::Field;
using Products = std::vector<SignedProduct>;

const Field kBits = Field::of_order(2);

std::uint64_t value(std::span<const SignedProduct> products, std::uint64_t state) {
  std::uint64_t sum = 0;
  for (const SignedProduct& product : products) sum ^= holds(product, state) ? 1 : 0;
  return sum;
}

Products random_sum(test::Random& random, int degree, int most) {
  Products sum;
  for (int i = random.below(most + 1); i > 0; --i) {
    SignedProduct product;
    for (int k = random.below(7); k > 0; --k) product.cells |= std::uint64_t{1} << random.below(degree);
    product.ones = product.cells & random.engine()();
    sum.push_back(product);
  }
  return sum;
}

Feedback kept(int degree, const Products& sum) {
  return Feedback::from_products(kBits, degree, sum).value();
}

/// x0 + x3 + (1+x1)*...*(1+x{last})
std::string none_of(int last) {
  std::string text = "x0 + x3 + (1+x1)";
  for (int cell = 2; cell <= last; ++cell) text += fmt::format("*(1+x{})", cell);
  return text;
}

std::ptrdiff_t nonlinear(const Products& products) {
  return std::ranges::count_if(products, [](const SignedProduct& p) { return std::popcount(p.cells) > 1; });
}

std::ptrdiff_t nonlinear_terms(const Feedback& feedback) {
  return std::ranges::count_if(feedback.terms(), [](const Term& term) { return term.factors.size() > 1; });
}

TEST(SignedProducts, KeepTheFunctionWhateverIsMerged) {
  test::Random random(testing_support::test_seed());
  for (int round = 0; round < 400; ++round) {
    const int degree = 1 + random.below(9);
    const Products sum = random_sum(random, degree, 12);
    const Feedback feedback = kept(degree, sum);
    const Feedback normal = Feedback::parse(kBits, degree, feedback.text());
    SCOPED_TRACE(feedback.text());
    ASSERT_TRUE(normal.has_terms());
    const Stepper step{Register(feedback)};
    for (std::uint64_t s = 0; s < std::uint64_t{1} << degree; ++s) {
      const auto cells = cells_of(s, 2, degree);
      ASSERT_EQ(feedback.evaluate(cells), value(sum, s));
      ASSERT_EQ(normal.evaluate(cells), value(sum, s));
      ASSERT_EQ(step.next(s), s >> 1 | value(sum, s) << (degree - 1));
    }
    EXPECT_LE(feedback.products().size(), sum.size() + 2);
    EXPECT_EQ(feedback.kind(), normal.kind());
    EXPECT_EQ(feedback.has_terms(), normal.kind() != FeedbackKind::nonlinear);
    EXPECT_EQ(feedback.constant(), normal.constant());
    EXPECT_EQ(feedback.oldest_stands_alone(), is_nonsingular(normal).value());
    EXPECT_EQ(is_nonsingular(feedback), test::is_bijection(normal));
    // In which order the products were given does not matter, and the result stays as it is.
    Products other = sum;
    std::ranges::shuffle(other, random.engine());
    EXPECT_EQ(kept(degree, other), feedback);
    if (!feedback.has_terms()) {
      EXPECT_EQ(kept(degree, {feedback.products().begin(), feedback.products().end()}), feedback);
    }
  }
}

TEST(SignedProducts, MonomialsAreEnumeratedOnceEach) {
  std::vector<std::uint64_t> found;
  for_each_monomial({0b10110, 0b00100}, [&](std::uint64_t cells) { found.push_back(cells); });
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::uint64_t>{0b00100, 0b00110, 0b10100, 0b10110}));
}

TEST(SignedProducts, OfTermsAreFewerAndHaveTheirValue) {
  test::Random random(testing_support::test_seed());
  for (int round = 0; round < 60; ++round) {
    const int degree = 16 + random.below(4);
    const Feedback normal =
        Feedback::parse(kBits, degree, kept(degree, random_sum(random, degree, 6)).text());
    const Products products = signed_products(normal);
    SCOPED_TRACE(normal.text());
    EXPECT_LE(nonlinear(products), nonlinear_terms(normal));
    for (const SignedProduct& product : products)
      EXPECT_TRUE(std::popcount(product.cells) != 1 || product.ones == product.cells);
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t s =
          random.below(std::uint64_t{1} << degree) & random.below(std::uint64_t{1} << degree);
      ASSERT_EQ(value(products, s), normal.evaluate(cells_of(s, 2, degree)));
    }
  }
  const Feedback long_one = Feedback::parse(kBits, 20, none_of(16));
  EXPECT_EQ(long_one.terms().size(), 65536U);  // x3 is in the product, too
  EXPECT_EQ(signed_products(long_one).size(), 3U);
  // Two products that overlap, and a monomial that one of them has.
  const std::string two =
      "x0 + x2*x5 + x3*(1+x1)*(1+x2)*(1+x4)*(1+x5)*(1+x6) + x7*(1+x2)*(1+x4)*(1+x5)*(1+x8)";
  EXPECT_EQ(signed_products(Feedback::parse(kBits, 20, two)).size(), 4U);
}

TEST(SignedProducts, AreKeptWhereTheNormalFormIsTooLong) {
  const Feedback feedback = Feedback::parse(kBits, 40, none_of(27));
  EXPECT_FALSE(feedback.has_terms());
  EXPECT_EQ(feedback.products().size(), 3U);
  EXPECT_EQ(feedback.kind(), FeedbackKind::nonlinear);
  EXPECT_EQ(is_nonsingular(feedback), true);
  EXPECT_THROW(static_cast<void>(feedback.terms()), std::logic_error);
  EXPECT_EQ(feedback.text(), none_of(27));
  EXPECT_EQ(Feedback::parse(kBits, 40, feedback.text()), feedback);
  // The same function by other texts.
  std::string any = "x0 + x3 + !(x1";
  for (int cell = 2; cell <= 27; ++cell) any += fmt::format(" | x{}", cell);
  EXPECT_EQ(Feedback::parse(kBits, 40, any + ")"), feedback);
}

TEST(SignedProducts, AreNotKeptWhereLongProductsCancel) {
  const std::string all = none_of(30).substr(10);
  const auto sum = [&](const std::string& rest) { return Feedback::parse(kBits, 40, rest + " + " + all); };
  // A linear function, however it is written.
  const Feedback linear = sum("x0 + x5 + x3*" + all + " + (1+x3)*" + all);
  EXPECT_EQ(linear, Feedback::parse(kBits, 40, "x0 + x5"));
  const Feedback short_one = sum("x0 + x35*x36 + x3*x35*" + all + " + (1+x3*x35)*" + all);
  EXPECT_EQ(short_one, Feedback::parse(kBits, 40, "x0 + x35*x36"));
}

TEST(SignedProducts, SayHowTheOldestCellActs) {
  const std::string all = none_of(30).substr(10), more = "x34*" + all;
  const auto of = [](const std::string& text) { return Feedback::parse(kBits, 40, text); };
  EXPECT_TRUE(of("x0*" + more + " + (1+x0)*(1+" + more + ") + x33*" + all).oldest_stands_alone());
  EXPECT_FALSE(of("x0*" + more).oldest_stands_alone());
  EXPECT_FALSE(of("x0 + x0*" + more).oldest_stands_alone());
  EXPECT_TRUE(of("x0*" + more + " + x33").reads_oldest());
  EXPECT_FALSE(of("x0*" + more + " + (1+x0)*" + more + " + x33*" + all).reads_oldest());
}

TEST(SignedProducts, HaveTheSymmetriesOfTheNormalForm) {
  test::Random random(testing_support::test_seed());
  for (int round = 0; round < 200; ++round) {
    const int degree = 2 + random.below(8);
    Products sum = random_sum(random, degree, 4);
    if (round % 2 == 0) {
      for (SignedProduct& product : sum)
        product = {product.cells & ~std::uint64_t{1}, product.ones & ~std::uint64_t{1}};
      sum.push_back({1, 1});
    }
    const Feedback feedback = kept(degree, sum);
    const Feedback normal = Feedback::parse(kBits, degree, feedback.text());
    SCOPED_TRACE(feedback.text());
    const auto in_normal_form = [&](const Feedback& any) {
      return Feedback::parse(kBits, degree, any.text());
    };
    EXPECT_EQ(in_normal_form(complemented(feedback).value()), complemented(normal).value());
    const auto backwards = reversed(feedback);
    ASSERT_EQ(backwards.has_value(), reversed(normal).has_value());
    if (backwards) {
      EXPECT_EQ(in_normal_form(*backwards), *reversed(normal));
    }
  }
  const Feedback feedback = Feedback::parse(kBits, 40, none_of(27));
  EXPECT_EQ(equivalence_key(feedback), equivalence_key(*reversed(feedback)));
  EXPECT_EQ(equivalence_key(feedback), equivalence_key(*complemented(feedback)));
}

TEST(SignedProducts, AreRefusedWhereTheyAreTooMany) {
  std::string text = "x0 + (x1+x2)";
  for (int cell = 3; cell < 60; cell += 2) text += fmt::format("*(x{}+x{})", cell, cell + 1);
  EXPECT_THROW(static_cast<void>(Feedback::parse(kBits, 62, text)), core::InputError);
  EXPECT_THROW(static_cast<void>(Feedback::parse(kBits, 64, none_of(27))), core::InputError);
  EXPECT_THROW(static_cast<void>(Feedback::parse(Field::of_order(3), 30, none_of(27))), core::InputError);
}

}  // namespace
}  // namespace gforbit::fsr
