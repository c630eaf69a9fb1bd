// Factors and orders of polynomials over all kinds of fields, and the forms to print.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>

#include "gforbit/cycles/polynomial.hpp"
#include "unit/cycles/random_polynomial.hpp"

namespace gforbit::cycles {
namespace {

using galois::Field;
using testing_support::minus_one;
using testing_support::product;
using testing_support::random_monic;
using testing_support::sample_fields;

std::vector<PolynomialFactor> factors_of(const Field& field, const Coefficients& polynomial) {
  auto factors = factor_polynomial(field, polynomial, {});
  if (!factors) throw std::logic_error("stopped although nobody asked");
  return *factors;
}

core::Natural order_of(const Field& field, const Coefficients& irreducible) {
  IntegerFactorizer factorizer;
  return std::get<PolynomialOrder>(order_of_irreducible(field, irreducible, factorizer, {})).value;
}

TEST(FactorPolynomial, MultipliesBackAndIsSorted) {
  std::mt19937_64 random(20240401);
  for (const auto& field : sample_fields()) {
    for (int i = 0; i < 60; ++i) {
      // Products with squares and cubes, so that there are repeated factors of every kind, p-th powers too.
      Coefficients f = random_monic(random, field, static_cast<int>(random() % 12));
      const auto g = random_monic(random, field, 1 + static_cast<int>(random() % 5));
      for (std::uint64_t e = random() % 10; e > 0; --e) f = product(field, f, g);
      if (f.size() < 2) continue;
      SCOPED_TRACE(testing::Message() << "GF(" << field.order() << ") " << polynomial_text(f));
      const auto factors = factors_of(field, f);
      Coefficients back{1};
      for (const auto& factor : factors) {
        EXPECT_EQ(factor.coefficients.back(), 1);
        for (unsigned e = 0; e < factor.multiplicity; ++e) back = product(field, back, factor.coefficients);
      }
      EXPECT_EQ(back, f);
      const auto key = [](const PolynomialFactor& factor) {
        return std::pair(factor.degree(),
                         Coefficients(factor.coefficients.rbegin(), factor.coefficients.rend()));
      };
      for (std::size_t j = 1; j < factors.size(); ++j) EXPECT_LT(key(factors[j - 1]), key(factors[j]));
      for (const auto& factor : factors) {
        const auto again = factors_of(field, factor.coefficients);
        ASSERT_EQ(again.size(), 1u);
        EXPECT_EQ(again[0].multiplicity, 1u);
      }
    }
  }
}

// Of all monic polynomials of degree n over GF(q), (1/n) sum over d | n of moebius(n/d) q^d are irreducible
// (Gauss).
TEST(FactorPolynomial, FindsAsManyIrreducibleOnesAsThereAre) {
  const auto moebius = [](int n) {
    int value = 1;
    for (int r = 2; n > 1; ++r) {
      if (n % r != 0) continue;
      n /= r;
      if (n % r == 0) return 0;
      value = -value;
    }
    return value;
  };
  const std::pair<std::uint64_t, int> shapes[] = {{2, 10}, {3, 6}, {4, 5},  {5, 4}, {7, 3},
                                                  {8, 3},  {9, 3}, {16, 2}, {25, 2}};
  for (const auto& [q, largest] : shapes) {
    const Field field = Field::of_order(q);
    for (int n = 1; n <= largest; ++n) {
      const auto count = static_cast<std::uint64_t>(core::power(q, static_cast<unsigned>(n)));
      std::uint64_t irreducible = 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        Coefficients f;
        for (std::uint64_t rest = i; f.size() < static_cast<std::size_t>(n); rest /= q) f.push_back(rest % q);
        f.push_back(1);
        const auto factors = factors_of(field, f);
        irreducible += factors.size() == 1 && factors[0].multiplicity == 1;
      }
      std::int64_t expected = 0;
      for (int d = 1; d <= n; ++d) {
        if (n % d == 0)
          expected += moebius(n / d) * static_cast<std::int64_t>(core::power(q, static_cast<unsigned>(d)));
      }
      EXPECT_EQ(static_cast<std::int64_t>(irreducible) * n, expected) << q << " " << n;
    }
  }
}

// x^n - 1, p not dividing n, is the product of the cyclotomic polynomials of e | n, each phi(e)/r factors of
// degree r and order e, r the order of q modulo e.
TEST(FactorPolynomial, SplitsRootsOfUnity) {
  const std::pair<std::uint64_t, std::uint64_t> shapes[] = {
      {2, 1023}, {2, 765},  {3, 728},   {4, 255},    {5, 312},        {7, 720},
      {9, 364},  {256, 85}, {257, 256}, {65537, 96}, {4294967291, 30}};
  for (const auto& [q, n] : shapes) {
    const Field field = Field::of_order(q);
    Coefficients f(n + 1, 0);
    f[0] = minus_one(field);
    f[n] = 1;
    std::map<std::pair<core::Natural, std::uint64_t>, std::uint64_t> found,
        expected;  // (order, degree) -> factors
    for (const auto& factor : factors_of(field, f)) {
      EXPECT_EQ(factor.multiplicity, 1u);
      ++found[{order_of(field, factor.coefficients), factor.degree()}];
    }
    for (std::uint64_t a = 0; a < n; ++a) {
      const std::uint64_t e = n / std::gcd(a, n);
      std::uint64_t r = 1;
      for (std::uint64_t power = q % e; power != 1 % e; power = power * (q % e) % e) ++r;
      ++expected[{e, r}];
    }
    for (auto& [key, count] : expected) count /= key.second;
    EXPECT_EQ(found, expected) << q << " " << n;
  }
}

Coefficients trinomial(std::size_t n, std::size_t k) {
  Coefficients f(n + 1, 0);
  f[0] = f[k] = f[n] = 1;
  return f;
}

/// Whether x^n + x^k + 1 has an even number of irreducible factors over GF(2), n and k not both even.
/// @see  R. G. Swan, Factorization of polynomials over finite fields, Pacific J. Math. 12 (1962), corollary 5
bool has_even_number_of_factors(std::size_t n, std::size_t k) {
  if (n % 2 == 1 && k % 2 == 1) k = n - k;  // the reciprocal polynomial
  if (n % 2 == 0) return n != 2 * k && (n * k / 2 % 4 == 0 || n * k / 2 % 4 == 1);
  return 2 * n % k == 0 ? n % 8 == 1 || n % 8 == 7 : n % 8 == 3 || n % 8 == 5;
}

// Sparse and dense moduli, blocks of every length; the number of factors by a theorem that knows nothing of
// them.
TEST(FactorPolynomial, FindsOfTrinomialsAsManyFactorsAsSwanSays) {
  std::mt19937_64 random(20240406);
  const Field field = Field::of_order(2);
  int irreducible = 0;
  for (int i = 0; i < 300; ++i) {
    const std::size_t n = 2 + random() % (i < 250 ? 300 : 3000), k = 1 + random() % (n - 1);
    if (n % 2 == 0 && k % 2 == 0) continue;
    const auto factors = factors_of(field, trinomial(n, k));
    std::size_t degrees = 0;
    for (const auto& factor : factors) {
      EXPECT_EQ(factor.multiplicity, 1u);
      degrees += factor.degree();
    }
    EXPECT_EQ(degrees, n);
    EXPECT_EQ(factors.size() % 2 == 0, has_even_number_of_factors(n, k)) << n << " " << k;
    irreducible += factors.size() == 1;
  }
  EXPECT_GT(irreducible, 0);
}

// R. P. Brent and P. Zimmermann, The great trinomial hunt, Notices of the AMS 58 (2011); J. R. Heringa, H. W.
// J. Bloete and A. Compagner, New primitive trinomials of Mersenne-exponent degrees, Int. J. Mod. Phys. C 3
// (1992).
TEST(FactorPolynomial, KnowsLongIrreducibleTrinomials) {
  const Field field = Field::of_order(2);
  for (const auto& [n, k] : {std::pair<std::size_t, std::size_t>{3217, 67},
                             {4423, 271},
                             {9689, 84},
                             {9689, 9605},
                             {19937, 881},
                             {19937, 9842},
                             {23209, 1530},
                             {44497, 8575}}) {
    const auto factors = factors_of(field, trinomial(n, k));
    ASSERT_EQ(factors.size(), 1u) << n << " " << k;
    EXPECT_EQ(factors[0].coefficients, trinomial(n, k));
  }
}

// Products of known factors: of two degrees that are close, of one degree, repeated, with dense moduli.
TEST(FactorPolynomial, SplitsLongProducts) {
  std::mt19937_64 random(20240407);
  const Field field = Field::of_order(2);
  const std::vector<Coefficients> primes{trinomial(521, 32), trinomial(521, 48), trinomial(607, 105), {1, 1}};
  for (int i = 0; i < 10; ++i) {
    Coefficients f{1};
    std::map<Coefficients, unsigned> expected, found;
    for (const auto& prime : primes) {
      for (std::uint64_t e = random() % 3; e > 0; --e) {
        f = product(field, f, prime);
        ++expected[prime];
      }
    }
    if (f.size() < 2) continue;
    for (const auto& factor : factors_of(field, f)) found[factor.coefficients] = factor.multiplicity;
    EXPECT_EQ(found, expected);
  }
}

TEST(FactorPolynomial, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  std::mt19937_64 random(20240402);
  for (const auto& field : sample_fields()) {
    EXPECT_FALSE(factor_polynomial(field, random_monic(random, field, 20), source.get_token()))
        << field.order();
  }
}

TEST(FactorPolynomial, KnowsItsLimits) {
  EXPECT_TRUE(can_factor(Field::of_order(2), 216091));
  EXPECT_FALSE(can_factor(Field::of_order(2), 1 << 20));
  EXPECT_TRUE(can_factor(Field::of_order(256), 4096));
  EXPECT_FALSE(can_factor(Field::of_order(65537), 1 << 14));
}

TEST(OrderOfIrreducible, IsTheFirstPowerThatIsOne) {
  std::mt19937_64 random(20240403);
  for (const auto& field : sample_fields()) {
    for (int i = 0; i < 40; ++i) {
      const int d = 1 + static_cast<int>(random() % 10);
      const auto f = random_monic(random, field, d);
      for (const auto& [factor, multiplicity, unset] : factors_of(field, f)) {
        const std::size_t n = factor.size() - 1;
        if (factor[0] == 0 || std::pow(static_cast<double>(field.order()), static_cast<double>(n)) > 70000)
          continue;
        // x^e mod factor, one multiplication by x after the other.
        Coefficients power(n, 0);
        power[0] = 1;
        const Coefficients one = power;
        std::uint64_t e = 0;
        do {
          const galois::Element top = power[n - 1];
          for (std::size_t j = n; j-- > 0;) {
            power[j] = field.subtract(j > 0 ? power[j - 1] : 0, field.multiply(top, factor[j]));
          }
          ++e;
        } while (power != one);
        EXPECT_EQ(order_of(field, factor), e) << field.order() << " " << polynomial_text(factor);
      }
    }
  }
}

TEST(PolynomialText, ReadsLikeMathematics) {
  const auto text = [](Coefficients f) { return polynomial_text(f); };
  EXPECT_EQ(text({1, 1, 0, 0, 1}), "x^4 + x + 1");
  EXPECT_EQ(text({2, 3, 1}), "x^2 + 3*x + 2");
  EXPECT_EQ(text({0, 1}), "x");
  EXPECT_EQ(text({0, 0, 5}), "5*x^2");
  EXPECT_EQ(text({7}), "7");
  EXPECT_EQ(text({}), "0");
}

TEST(CharacteristicPolynomial, HasTheFeedbackNegated) {
  const Field field = Field::of_order(5);
  EXPECT_EQ(characteristic_polynomial(fsr::Feedback::parse(field, 3, "2*x0 + x2 + 4")),
            (Coefficients{3, 0, 4, 1}));
}

TEST(ReciprocalPolynomial, InvertsRootsAndDropsZeros) {
  const Field field = Field::of_order(5);
  EXPECT_EQ(reciprocal_polynomial(field, Coefficients{2, 1, 0, 1}), (Coefficients{3, 0, 3, 1}));
  EXPECT_EQ(reciprocal_polynomial(field, Coefficients{0, 0, 2, 1}), (Coefficients{3, 1}));
  std::mt19937_64 random(20240404);
  for (const auto& each : sample_fields()) {
    const auto f = random_monic(random, each, 6);
    if (f[0] == 0) continue;
    EXPECT_EQ(reciprocal_polynomial(each, reciprocal_polynomial(each, f)), f);
    // The factors of the reciprocal polynomial have the same degrees and orders.
    std::multiset<std::pair<unsigned, core::Natural>> orders, reciprocal_orders;
    for (const auto& factor : factors_of(each, f))
      orders.emplace(factor.degree(), order_of(each, factor.coefficients));
    for (const auto& factor : factors_of(each, reciprocal_polynomial(each, f))) {
      reciprocal_orders.emplace(factor.degree(), order_of(each, factor.coefficients));
    }
    EXPECT_EQ(orders, reciprocal_orders) << polynomial_text(f);
  }
}

TEST(CompanionMatrix, IsTheStep) {
  std::mt19937_64 random(20240405);
  for (const auto& field : sample_fields()) {
    const std::size_t d = 1 + random() % 6;
    std::vector<galois::Element> coefficients(d), state(d);
    for (auto& c : coefficients) c = random() % field.order();
    for (auto& s : state) s = random() % field.order();
    const auto feedback = fsr::Feedback::linear(field, coefficients);
    const auto matrix = companion_matrix(field, characteristic_polynomial(feedback));
    std::vector<galois::Element> next(state.begin() + 1, state.end());
    next.push_back(feedback.evaluate(state));
    for (std::size_t i = 0; i < d; ++i) {
      galois::Element sum = 0;
      for (std::size_t j = 0; j < d; ++j) sum = field.add(sum, field.multiply(matrix[i][j], state[j]));
      EXPECT_EQ(sum, next[i]);
    }
  }
  EXPECT_EQ(matrix_text(companion_matrix(Field::of_order(13), Coefficients{1, 0, 11, 1})),
            " 0  1  0\n"
            " 0  0  1\n"
            "12  0  2\n");
}

}  // namespace
}  // namespace gforbit::cycles
