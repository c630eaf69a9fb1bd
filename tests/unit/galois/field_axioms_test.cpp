// Identities that hold in every field, on random elements: together with the test that a is a root of the
// modulus they leave no other arithmetic possible.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "seed.hpp"
#include "unit/galois/fields.hpp"

namespace gforbit::galois {
namespace {

class FieldAxioms : public testing::TestWithParam<test::FieldCase> {
 protected:
  const Field f_ = GetParam().make();
  test::RandomElements random_{f_, testing_support::test_seed()};
  static constexpr int kRounds = 300;
};

TEST_P(FieldAxioms, Ring) {
  for (int round = 0; round < kRounds; ++round) {
    const Element a = random_(), b = random_(), c = random_();
    SCOPED_TRACE(testing::Message() << a << ' ' << b << ' ' << c);
    for (const Element value : {f_.add(a, b), f_.multiply(a, b), f_.negate(a), f_.subtract(a, b)}) {
      ASSERT_TRUE(f_.contains(value));
    }
    ASSERT_EQ(f_.add(a, b), f_.add(b, a));
    ASSERT_EQ(f_.add(f_.add(a, b), c), f_.add(a, f_.add(b, c)));
    ASSERT_EQ(f_.add(a, 0), a);
    ASSERT_EQ(f_.add(a, f_.negate(a)), 0U);
    ASSERT_EQ(f_.add(f_.subtract(a, b), b), a);
    ASSERT_EQ(f_.multiply(a, b), f_.multiply(b, a));
    ASSERT_EQ(f_.multiply(f_.multiply(a, b), c), f_.multiply(a, f_.multiply(b, c)));
    ASSERT_EQ(f_.multiply(a, 1), a);
    ASSERT_EQ(f_.multiply(a, 0), 0U);
    ASSERT_EQ(f_.multiply(a, f_.add(b, c)), f_.add(f_.multiply(a, b), f_.multiply(a, c)));
  }
}

TEST_P(FieldAxioms, InverseAndPowers) {
  const std::uint64_t q = f_.order();
  for (int round = 0; round < kRounds; ++round) {
    const Element a = random_.nonzero();
    const std::uint64_t i = random_.word(), j = random_.word();
    SCOPED_TRACE(testing::Message() << a << ' ' << i << ' ' << j);
    ASSERT_EQ(f_.multiply(a, f_.inverse(a)), 1U);
    ASSERT_EQ(f_.power(a, q - 1), 1U);
    ASSERT_EQ(f_.power(a, q), a);
    ASSERT_EQ(f_.power(a, 1), a);
    ASSERT_EQ(f_.multiply(f_.power(a, i >> 1), f_.power(a, j >> 1)), f_.power(a, (i >> 1) + (j >> 1)));
    ASSERT_EQ(f_.power(f_.power(a, i >> 32), j >> 32), f_.power(a, (i >> 32) * (j >> 32)));
    Element product = 1;
    for (std::uint64_t n = 0; n < 20; ++n, product = f_.multiply(product, a))
      ASSERT_EQ(f_.power(a, n), product);
  }
  EXPECT_EQ(f_.power(0, 0), 1U);
  EXPECT_EQ(f_.power(0, 1), 0U);
  EXPECT_EQ(f_.power(0, q - 1), 0U);
}

TEST_P(FieldAxioms, FrobeniusIsAnAutomorphism) {
  const std::uint64_t p = f_.characteristic();
  for (int round = 0; round < kRounds; ++round) {
    const Element a = random_(), b = random_();
    SCOPED_TRACE(testing::Message() << a << ' ' << b);
    ASSERT_EQ(f_.power(f_.add(a, b), p), f_.add(f_.power(a, p), f_.power(b, p)));
    ASSERT_EQ(f_.power(f_.multiply(a, b), p), f_.multiply(f_.power(a, p), f_.power(b, p)));
    Element conjugate = a;
    for (int i = 0; i < f_.extension_degree(); ++i) conjugate = f_.power(conjugate, p);
    ASSERT_EQ(conjugate, a);
  }
}

TEST_P(FieldAxioms, CharacteristicTimesAnElementIsZero) {
  for (int round = 0; round < kRounds; ++round) {
    const Element a = random_();
    Element sum = 0, doubled = a;  // p times a by doubling: p may be large
    for (std::uint64_t n = f_.characteristic(); n != 0; n >>= 1, doubled = f_.add(doubled, doubled)) {
      if ((n & 1) != 0) sum = f_.add(sum, doubled);
    }
    ASSERT_EQ(sum, 0U) << a;
  }
}

TEST_P(FieldAxioms, DigitsAreCoefficientsOfPowersOfTheRoot) {
  const std::uint64_t p = f_.characteristic();
  const auto at_root = [&](auto&& coefficients) {
    Element value = 0, power = 1;
    for (const auto c : coefficients) {
      value = f_.add(value, f_.multiply(c, power));
      if (f_.extension_degree() > 1) power = f_.multiply(power, p);  // a has the digits 0, 1
    }
    return value;
  };
  if (f_.extension_degree() == 1) {
    EXPECT_TRUE(f_.modulus().empty());
    EXPECT_EQ(f_.modulus_text(), "");
    const Element a = random_(), b = random_();
    EXPECT_EQ(f_.add(a, b), (a + b) % p);
    EXPECT_EQ(f_.multiply(a, b), a * b % p);
    return;
  }
  ASSERT_EQ(f_.modulus().size(), static_cast<std::size_t>(f_.extension_degree()) + 1);
  EXPECT_EQ(at_root(f_.modulus()), 0U);
  for (int round = 0; round < kRounds; ++round) {
    const Element a = random_();
    std::vector<std::uint64_t> digits;
    for (Element rest = a; rest != 0; rest /= p) digits.push_back(rest % p);
    ASSERT_EQ(at_root(digits), a);
  }
}

INSTANTIATE_TEST_SUITE_P(ManyFields, FieldAxioms, testing::ValuesIn(test::kFieldCases));

TEST(Field, SmallFieldsAreKnown) {
  const Field gf4 = Field::of_order(4);  // a^2 = a + 1
  EXPECT_EQ(gf4.multiply(2, 2), 3U);
  EXPECT_EQ(gf4.multiply(2, 3), 1U);
  const Field gf9 = Field::of_order(9);  // a^2 = a + 1 over GF(3), from the modulus 2,2,1
  EXPECT_EQ(gf9.modulus_text(), "2,2,1");
  EXPECT_EQ(gf9.multiply(3, 3), 4U);
  EXPECT_EQ(gf9.add(8, 4), 0U);
  const std::vector<std::uint64_t> rijndael = {1, 1, 0, 1, 1, 0, 0, 0, 1};
  const Field aes = Field::with_modulus(256, rijndael);  // FIPS 197, 4.2
  EXPECT_EQ(aes.multiply(0x57, 0x83), 0xc1U);
  EXPECT_EQ(aes.multiply(0x57, 0x13), 0xfeU);
}

TEST(Field, EveryProductOfSmallFieldsHasNoZeroDivisor) {
  for (const std::uint64_t q : {2U, 3U, 4U, 5U, 7U, 8U, 9U, 16U, 25U, 27U, 32U, 49U, 64U, 81U}) {
    const Field f = Field::of_order(q);
    for (Element a = 1; a < q; ++a) {
      std::vector<bool> hit(q);
      for (Element b = 0; b < q; ++b) hit[f.multiply(a, b)] = true;
      EXPECT_EQ(std::count(hit.begin(), hit.end(), true), static_cast<std::ptrdiff_t>(q)) << q << ' ' << a;
    }
  }
}

TEST(Field, EqualMeansOrderAndModulus) {
  const std::vector<std::uint64_t> conway = {1, 1, 0, 0, 1}, other = {1, 0, 0, 1, 1};
  EXPECT_EQ(Field::of_order(16), Field::with_modulus(16, conway));
  EXPECT_NE(Field::of_order(16), Field::with_modulus(16, other));
  EXPECT_NE(Field::of_order(16), Field::of_order(17));
  EXPECT_EQ(Field::of_order(17), Field::with_modulus(17, {}));
  EXPECT_EQ(Field::of_order(16).modulus_text(), "1,1,0,0,1");
}

#ifndef NDEBUG
TEST(FieldDeathTest, InverseOfZeroIsAProgrammersError) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(static_cast<void>(Field::of_order(4).inverse(0)), "a != 0");
}
#endif

}  // namespace
}  // namespace gforbit::galois
