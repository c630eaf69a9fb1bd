// Numbers of states, states as indices, and which registers are nonsingular.
#include "gforbit/fsr/register.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "seed.hpp"
#include "unit/fsr/random_feedback.hpp"

namespace gforbit::fsr {
namespace {

using galois::Element;
using galois::Field;

Register make(std::uint64_t q, int degree) {
  return Register(Feedback::parse(Field::of_order(q), degree, "x0"));
}

TEST(Register, StateCountIsExact) {
  EXPECT_EQ(core::decimal(make(2, 10).state_count()), "1024");
  EXPECT_EQ(core::decimal(make(3, 100).state_count()), "515377520732011331036461129765621272702107522001");
  EXPECT_EQ(make(9, 1).enumerable_state_count(), 9U);
  EXPECT_EQ(make(3, 39).enumerable_state_count(), 4052555153018976267U);
  EXPECT_EQ(make(3, 40).enumerable_state_count(), std::nullopt);
  EXPECT_EQ(make(2, 63).enumerable_state_count(), kMaxStateCount);
  EXPECT_EQ(make(2, 64).enumerable_state_count(), std::nullopt);
  EXPECT_EQ(make(2, 65).enumerable_state_count(), std::nullopt);
  EXPECT_EQ(make(2, kMaxDegree).enumerable_state_count(), std::nullopt);
  EXPECT_EQ(make(1 << 21, 3).enumerable_state_count(), kMaxStateCount);
  EXPECT_EQ(make(7, 22).enumerable_state_count(), 3909821048582988049U);
  EXPECT_EQ(make(7, 23).enumerable_state_count(), std::nullopt);
  EXPECT_EQ(make(std::uint64_t{1} << 32, 1).enumerable_state_count(), std::uint64_t{1} << 32);
  EXPECT_EQ(make(std::uint64_t{1} << 32, 2).enumerable_state_count(), std::nullopt);
  EXPECT_EQ(make(4294967291, 2).enumerable_state_count(), std::nullopt);
}

TEST(State, CellsAndIndex) {
  EXPECT_EQ(index_of(std::vector<Element>{1, 0, 0}, 2), 1U);  // s_0 is the least significant digit
  EXPECT_EQ(index_of(std::vector<Element>{0, 1, 2}, 3), 21U);
  EXPECT_EQ(cells_of(21, 3, 3), (std::vector<Element>{0, 1, 2}));
  const std::uint64_t last = 4052555153018976266U;  // 3^39 - 1
  EXPECT_EQ(cells_of(last, 3, 39), std::vector<Element>(39, 2));
  EXPECT_EQ(index_of(std::vector<Element>(39, 2), 3), last);
}

std::optional<bool> nonsingular(std::uint64_t q, int degree, std::string_view text) {
  return is_nonsingular(Feedback::parse(Field::of_order(q), degree, text));
}

TEST(Nonsingular, Binary) {
  EXPECT_EQ(nonsingular(2, 4, "x0 + x1*x2 + 1"), true);
  EXPECT_EQ(nonsingular(2, 4, "x0"), true);
  EXPECT_EQ(nonsingular(2, 4, "x0 + x0*x1 + x0*x1"), true);
  EXPECT_EQ(nonsingular(2, 4, "x0 + x0*x1"), false);
  EXPECT_EQ(nonsingular(2, 4, "x0*x1"), false);
  EXPECT_EQ(nonsingular(2, 4, "x1 + x2"), false);
  EXPECT_EQ(nonsingular(2, 4, "0"), false);
  EXPECT_EQ(nonsingular(2, 1, "1"), false);
  EXPECT_EQ(nonsingular(2, 1, "x0 + 1"), true);
}

TEST(Nonsingular, SomeThatDoNotLookLikeIt) {
  EXPECT_EQ(nonsingular(5, 2, "x0^3 + x1"), true);  // gcd(3, 4) = 1
  EXPECT_EQ(nonsingular(5, 2, "x0^2 + x1"), false);
  EXPECT_EQ(nonsingular(9, 2, "x0^5 + x1^2"), true);             // gcd(5, 8) = 1
  EXPECT_EQ(nonsingular(4, 2, "x0^2 + x1"), true);               // the Frobenius map
  EXPECT_EQ(nonsingular(4, 2, "x0^2 + x0"), false);              // its kernel is GF(2)
  EXPECT_EQ(nonsingular(3, 2, "x0*x1^2 + x0"), true);            // x1^2 + 1 never vanishes over GF(3)
  EXPECT_EQ(nonsingular(5, 2, "x0*x1^2 + x0"), false);           // 2^2 + 1 = 0 in GF(5)
  EXPECT_EQ(nonsingular(7, 3, "x0*x1^2*x2^6 + x0 + x1"), true);  // -1 is no square in GF(7)
  EXPECT_EQ(nonsingular(7, 1, "x0^4 + 3*x0"), true);             // Lidl and Niederreiter, table 7.1
  EXPECT_EQ(nonsingular(7, 1, "x0^4 + 2*x0"), false);
  EXPECT_EQ(nonsingular(5, 1, "x0^3 + 2*x0"), false);
  // Linearized polynomials over GF(2^m) with the conventional associate x^2 + x + 1, which divides x^3 - 1
  // (its values are the traces) but is prime to x^4 - 1 (Lidl and Niederreiter, theorem 3.62).
  EXPECT_EQ(nonsingular(8, 1, "x0^4 + x0^2 + x0"), false);
  EXPECT_EQ(nonsingular(16, 1, "x0^4 + x0^2 + x0"), true);
}

TEST(Nonsingular, LargeFields) {
  const std::uint64_t binary = std::uint64_t{1} << 32;
  EXPECT_EQ(nonsingular(binary, 1, "x0^2"), true);
  EXPECT_EQ(nonsingular(binary, 1, "x0^3"), false);  // 3 divides 2^32 - 1
  EXPECT_EQ(nonsingular(binary, 1, "x0^7"), true);
  EXPECT_EQ(nonsingular(binary, 1, "x0^7 + x0^3"), false);
  EXPECT_EQ(nonsingular(4294967291, 2, "5*x0 + x1^2"), true);
  EXPECT_EQ(nonsingular(4294967291, 2, "x0^3 + x0 + x1^2"), false);
  EXPECT_EQ(nonsingular(65536, 2, "x0^2 + x0^4 + x1"), false);
  EXPECT_EQ(nonsingular(65537, 2, "x0^3 + x1^3 + 3"), true);  // gcd(3, 2^16) = 1
  EXPECT_EQ(nonsingular(65537, 3, "x0*x1^2 + x0"), false);    // 256^2 = -1: x1 = 256 is found
  EXPECT_EQ(nonsingular(65539, 3, "x0*x1^2 + x0"), true);     // 65539 = 3 (mod 4)
  EXPECT_EQ(nonsingular(2097143, 1, "x0^3 + 3*x0^2 + 3*x0"),
            true);  // (x0 + 1)^3 - 1, 2097143 = 2 (mod 3): the bitmap
}

TEST(Nonsingular, AgreesWithBruteForce) {
  test::Random random(testing_support::test_seed());
  int bijections = 0;
  constexpr std::pair<std::uint64_t, int> kShapes[] = {{2, 1}, {2, 2}, {2, 5}, {2, 8}, {3, 1},
                                                       {3, 2}, {3, 4}, {4, 1}, {4, 3}, {5, 1},
                                                       {5, 3}, {7, 2}, {8, 2}, {9, 2}};
  for (int round = 0; round < 3000; ++round) {
    const auto [q, degree] = kShapes[random.below(std::size(kShapes))];
    const Field field = Field::of_order(q);
    auto terms = random.terms(field, degree, 4);
    if (random.below(2) == 0) {  // otherwise nearly all are singular
      std::erase_if(terms, [](const Term& t) {
        return std::ranges::find(t.factors, 0, &Factor::cell) != t.factors.end();
      });
      terms.push_back({1 + random.below(q - 1), {{0, 1 + random.below(q)}}});
      if (random.below(2) == 0) terms.push_back({1, {{0, 1 + random.below(q)}, {degree - 1, q - 1}}});
    }
    const auto feedback = Feedback::from_terms(field, degree, terms);
    const bool expected = test::is_bijection(feedback);
    ASSERT_EQ(is_nonsingular(feedback), expected)
        << "GF(" << q << "), d = " << degree << ": " << feedback.text();
    bijections += expected;
  }
  EXPECT_GT(bijections, 300);
}

/// f(x0, x1) = pi[x1][x0] as a polynomial: sum of pi[u][a] (1 - (x0 - a)^(q-1)) (1 - (x1 - u)^(q-1)), and
/// over GF(q) (x - a)^(q-1) = sum_k a^(q-1-k) x^k.
Feedback interpolated(const Field& field, const std::vector<std::vector<Element>>& pi) {
  const std::uint64_t q = field.order();
  const auto indicator = [&](Element a, std::uint64_t k) {
    const Element power = field.negate(field.power(a, q - 1 - k));
    return k == 0 ? field.add(1, power) : power;
  };
  std::vector<Term> terms;
  for (std::uint64_t k = 0; k < q; ++k) {
    for (std::uint64_t l = 0; l < q; ++l) {
      Element sum = 0;
      for (Element u = 0; u < q; ++u) {
        for (Element a = 0; a < q; ++a) {
          sum = field.add(sum, field.multiply(pi[u][a], field.multiply(indicator(a, k), indicator(u, l))));
        }
      }
      terms.push_back({sum, {{0, k}, {1, l}}});
    }
  }
  return Feedback::from_terms(field, 2, terms);
}

TEST(Nonsingular, OneBadValueOfTheOtherCellIsFound) {
  test::Random random(testing_support::test_seed());
  for (const std::uint64_t q : {3, 4, 5, 7, 8, 9, 16}) {
    const Field field = Field::of_order(q);
    std::vector<std::vector<Element>> pi(q, std::vector<Element>(q));
    for (auto& row : pi) {
      std::iota(row.begin(), row.end(), Element{0});
      std::ranges::shuffle(row, random.engine());
    }
    const auto good = interpolated(field, pi);
    ASSERT_EQ(is_nonsingular(good), true) << q;
    ASSERT_TRUE(test::is_bijection(good));
    pi[random.below(q)][0] = pi[0][1];
    const auto bad = interpolated(field, pi);
    ASSERT_EQ(is_nonsingular(bad), test::is_bijection(bad)) << q;
    auto& row = pi[random.below(q)];
    row[1] = row[0];
    ASSERT_EQ(is_nonsingular(interpolated(field, pi)), false) << q;
  }
}

/// f = x0 (1 + c P), P the product of x_i^2 + x_i for i = 1..8, which is 2^8 = 1 where all x_i are 1 and 0
/// elsewhere: for c = 2 the slope of x0 vanishes at one assignment in 6561, for c = 1 at none.
TEST(Nonsingular, ARareZeroOfTheSlopeIsFound) {
  const Field field = Field::of_order(3);
  for (const Element c : {1, 2}) {
    std::vector<Term> terms = {{1, {{0, 1}}}};
    for (unsigned squares = 0; squares < 256; ++squares) {
      Term term{c, {{0, 1}}};
      for (int i = 1; i <= 8; ++i) term.factors.push_back({i, (squares >> (i - 1) & 1) + 1});
      terms.push_back(term);
    }
    EXPECT_EQ(is_nonsingular(Feedback::from_terms(field, 9, terms)), c == 1);
  }
}

TEST(Nonsingular, StopsWhenAsked) {
  std::string text = "x0 + x0";
  for (int i = 1; i <= 39; ++i) text += "*x" + std::to_string(i) + "^2";  // nonsingular; 3^39 assignments
  const auto feedback = Feedback::parse(Field::of_order(3), 40, text);
  std::stop_source source;
  std::optional<bool> answer = true;
  {
    const std::jthread worker([&] { answer = is_nonsingular(feedback, source.get_token()); });
    source.request_stop();
  }
  EXPECT_EQ(answer, std::nullopt);

  // In one permutation test of 2^32 - 5 evaluations, (x + 1)^3 - 1.
  const auto cubic = Feedback::parse(Field::of_order(4294967291), 1, "x0^3 + 3*x0^2 + 3*x0");
  EXPECT_EQ(is_nonsingular(cubic, source.get_token()), std::nullopt);
  // What needs no search is answered all the same.
  EXPECT_EQ(is_nonsingular(Feedback::parse(Field::of_order(3), 3, "2*x0 + x1*x2"), source.get_token()), true);
  EXPECT_EQ(is_nonsingular(Feedback::parse(Field::of_order(2), 3, "x0 + x1*x2"), source.get_token()), true);
}

}  // namespace
}  // namespace gforbit::fsr
