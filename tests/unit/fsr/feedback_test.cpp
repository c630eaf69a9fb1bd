// The normal form: one function, one object, one text.
#include "gforbit/fsr/feedback.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "gforbit/core/error.hpp"
#include "seed.hpp"
#include "unit/fsr/random_feedback.hpp"

namespace gforbit::fsr {
namespace {

using galois::Element;
using galois::Field;

std::string canonical(std::uint64_t q, int degree, std::string_view text) {
  return Feedback::parse(Field::of_order(q), degree, text).text();
}

TEST(NormalForm, Examples) {
  EXPECT_EQ(canonical(2, 10, "1 + x5*x9+x3 + x0"), "x0 + x3 + x5*x9 + 1");
  EXPECT_EQ(canonical(3, 4, "1+x3*x1^2 + 2*x0"), "2*x0 + x1^2*x3 + 1");
  EXPECT_EQ(canonical(2, 3, "x0*x0*x1 + x0^7"), "x0 + x0*x1");  // x^2 = x
  EXPECT_EQ(canonical(2, 3, "x0 + x1 + x0"), "x1");             // 2 = 0
  EXPECT_EQ(canonical(5, 2, "3*x0 + x1 + 4*x0 + 3*x0"), "x1");  // 10 = 0
  EXPECT_EQ(canonical(5, 2, "2*x0*3*4 + 2*2"), "4*x0 + 4");     // 24 = 4
  EXPECT_EQ(canonical(4, 2, "2*3*x0 + 2*2*x1"), "x0 + 3*x1");   // a (a + 1) = 1, a^2 = a + 1
  EXPECT_EQ(canonical(5, 2, "x0^5 + x1^4 + x0^3*x0^2 + x1^8"), "2*x0 + 2*x1^4");  // x^5 = x, x^8 = x^4
  EXPECT_EQ(canonical(5, 2, "2*x0^0 + x1^0*x0"), "x0 + 2");
  EXPECT_EQ(canonical(5, 2, "0*x0 + 0"), "0");
  EXPECT_EQ(canonical(5, 2, "x0 + 4*x0"), "0");
  EXPECT_EQ(canonical(7, 3, "x1^2 + x0*x2 + x2 + x0*x1 + x0^2 + x1*x0^2"),
            "x2 + x0*x1 + x0*x2 + x0^2 + x1^2 + x0^2*x1");
  EXPECT_EQ(canonical(2, 3, "\t x002 *\r\n x1 "), "x1*x2");
}

TEST(NormalForm, HugeExponentsAreReducedModuloOrderMinusOne) {
  // 2^64 - 1 = 3 (mod 4), so x^(2^64 - 1) = x^3 over GF(5); it is a multiple of 2^m - 1 for m = 2, 4, 8,
  // 16, 32.
  EXPECT_EQ(canonical(5, 1, "x0^18446744073709551615"), "x0^3");
  EXPECT_EQ(canonical(2, 1, "x0^18446744073709551615"), "x0");
  EXPECT_EQ(canonical(16, 1, "x0^18446744073709551615"), "x0^15");
  EXPECT_EQ(canonical(std::uint64_t{1} << 32, 1, "x0^18446744073709551615"), "x0^4294967295");
  EXPECT_EQ(canonical(std::uint64_t{1} << 32, 1, "x0^4294967295*x0^4294967295*x0"), "x0");
}

TEST(NormalForm, EqualExactlyIfEqualAsFunctions) {
  test::Random random(testing_support::test_seed());
  int equal = 0;
  for (int round = 0; round < 3000; ++round) {
    const Field field =
        Field::of_order(std::vector<std::uint64_t>{2, 3, 4, 5}[random.below(std::uint64_t{4})]);
    const int degree = 1 + random.below(2);
    const auto a = random.terms(field, degree, 3), b = random.terms(field, degree, 3);
    const auto normal_a = Feedback::from_terms(field, degree, a),
               normal_b = Feedback::from_terms(field, degree, b);
    bool same = true;
    for (std::uint64_t s = 0; s < *Register(normal_a).enumerable_state_count(); ++s) {
      const auto state = cells_of(s, field.order(), degree);
      ASSERT_EQ(normal_a.evaluate(state), test::value(field, a, state)) << normal_a.text();
      same = same && test::value(field, a, state) == test::value(field, b, state);
    }
    ASSERT_EQ(normal_a == normal_b, same) << normal_a.text() << " and " << normal_b.text();
    ASSERT_EQ(normal_a.text() == normal_b.text(), same);
    equal += same;
  }
  EXPECT_GT(equal, 0);
}

class RoundTrip : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RoundTrip, TextOfTheNormalFormIsReadBackAsItself) {
  test::Random random(testing_support::test_seed());
  const Field field = Field::of_order(GetParam());
  for (int round = 0; round < 300; ++round) {
    const int degree = 1 + random.below(12);
    auto terms = random.terms(field, degree, 12);
    const auto feedback = Feedback::from_terms(field, degree, terms);
    ASSERT_EQ(Feedback::parse(field, degree, feedback.text()), feedback) << feedback.text();

    std::ranges::shuffle(terms, random.engine());
    for (Term& term : terms) std::ranges::shuffle(term.factors, random.engine());
    ASSERT_EQ(Feedback::from_terms(field, degree, terms).text(), feedback.text());

    // What the docstring of Term and Factor promises.
    for (const Term& term : feedback.terms()) {
      ASSERT_NE(term.coefficient, 0U);
      ASSERT_TRUE(std::ranges::is_sorted(term.factors, std::less_equal{}, &Factor::cell));
      for (const Factor& factor : term.factors) {
        ASSERT_GE(factor.exponent, 1U);
        ASSERT_LT(factor.exponent, field.order());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fields, RoundTrip,
                         testing::Values(2, 3, 4, 5, 9, 16, 27, 256, 257, 65536, 65537, 4294967291,
                                         std::uint64_t{1} << 32));

TEST(Feedback, KindCoefficientsConstant) {
  const Field field = Field::of_order(4);
  const auto of = [&](std::string_view text) { return Feedback::parse(field, 3, text); };
  EXPECT_EQ(of("0").kind(), FeedbackKind::linear);
  EXPECT_EQ(of("2*x0 + x2").kind(), FeedbackKind::linear);
  EXPECT_EQ(of("2*x0^4 + x2").kind(), FeedbackKind::linear);  // x^4 = x
  EXPECT_EQ(of("x0 + x1*x2 + x1*x2").kind(), FeedbackKind::linear);
  EXPECT_EQ(of("3").kind(), FeedbackKind::affine);
  EXPECT_EQ(of("2*x0 + x2 + 3").kind(), FeedbackKind::affine);
  EXPECT_EQ(of("x0^2").kind(), FeedbackKind::nonlinear);  // additive, yet not linear over GF(4)
  EXPECT_EQ(of("x0 + x1*x2 + 1").kind(), FeedbackKind::nonlinear);

  EXPECT_EQ(of("2*x0 + x2 + 3").coefficients(), (std::vector<Element>{2, 0, 1}));
  EXPECT_EQ(of("3").coefficients(), (std::vector<Element>{0, 0, 0}));
  EXPECT_EQ(of("0").coefficients(), (std::vector<Element>{0, 0, 0}));
  EXPECT_EQ(of("2*x0 + x2 + 3").constant(), 3U);
  EXPECT_EQ(of("x1*x2 + 1").constant(), 1U);
  EXPECT_EQ(of("x1").constant(), 0U);
  EXPECT_EQ(of("0").constant(), 0U);
}

TEST(Feedback, LinearEqualsItsText) {
  const Field field = Field::of_order(5);
  const std::vector<std::uint64_t> coefficients = {3, 0, 1, 4};
  const auto feedback = Feedback::linear(field, coefficients);
  EXPECT_EQ(feedback.degree(), 4);
  EXPECT_EQ(feedback.text(), "3*x0 + x2 + 4*x3");
  EXPECT_EQ(feedback, Feedback::parse(field, 4, "x2 + 4*x3 + 3*x0"));
  EXPECT_EQ(feedback.coefficients(), coefficients);
  EXPECT_NE(feedback, Feedback::parse(field, 5, feedback.text()));
}

template <class F>
std::string refusal(F&& make) {
  try {
    static_cast<void>(make());
  } catch (const core::InputError& error) {
    return error.what();
  }
  return {};
}

TEST(Feedback, BadCoefficientsAndTermsAreNamed) {
  const Field field = Field::of_order(3);
  const auto linear = [&](std::vector<std::uint64_t> c) {
    return refusal([&] { return Feedback::linear(field, c); });
  };
  EXPECT_EQ(linear({}), "a linear feedback needs at least one coefficient");
  EXPECT_EQ(linear({1, 0, 3}), "coefficient c2 = 3 is not an element of GF(3): it must be in 0..2");
  EXPECT_EQ(linear(std::vector<std::uint64_t>(kMaxDegree + 1, 1)), "degree 1048577 is not in 1..1048576");
  EXPECT_EQ(linear(std::vector<std::uint64_t>(kMaxDegree, 1)), "");
  const auto terms = [&](int degree, std::vector<Term> t) {
    return refusal([&] { return Feedback::from_terms(field, degree, t); });
  };
  EXPECT_EQ(terms(0, {}), "degree 0 is not in 1..1048576");
  EXPECT_EQ(terms(2, {{3, {}}}), "coefficient 3 is not an element of GF(3): it must be in 0..2");
  EXPECT_EQ(terms(2, {{1, {{2, 1}}}}), "there is no cell x2: a register of degree 2 has x0..x1");
  EXPECT_EQ(terms(1, {{1, {{-1, 1}}}}), "there is no cell x-1: a register of degree 1 has x0 only");
}

}  // namespace
}  // namespace gforbit::fsr
