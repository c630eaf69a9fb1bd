// Which fields exist, which modulus they get, and what a refused one is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/galois/field.hpp"

namespace gforbit::galois {
namespace {

std::vector<std::uint64_t> prime_divisors(std::uint64_t n) {
  std::vector<std::uint64_t> primes;
  for (std::uint64_t r = 2; r * r <= n; ++r) {
    if (n % r != 0) continue;
    primes.push_back(r);
    while (n % r == 0) n /= r;
  }
  if (n > 1) primes.push_back(n);
  return primes;
}

/// The root a of the modulus generates the multiplicative group.
bool root_is_primitive(const Field& f) {
  const std::uint64_t order = f.order() - 1;
  if (f.power(f.characteristic(), order) != 1) return false;
  for (const auto r : prime_divisors(order)) {
    if (f.power(f.characteristic(), order / r) == 1) return false;
  }
  return true;
}

TEST(Modulus, EveryConwayPolynomialUpTo65536HasAPrimitiveRoot) {
  int fields = 0;
  for (std::uint64_t p = 2; p * p <= 65536; ++p) {
    if (prime_divisors(p).size() != 1 || prime_divisors(p)[0] != p) continue;
    int m = 2;
    for (std::uint64_t q = p * p; q <= 65536; q *= p, ++m) {
      const Field f = Field::of_order(q);
      ++fields;
      ASSERT_EQ(f.order(), q);
      ASSERT_EQ(f.characteristic(), p);
      ASSERT_EQ(f.extension_degree(), m);
      ASSERT_TRUE(root_is_primitive(f)) << q << ": " << f.modulus_text();
    }
  }
  EXPECT_EQ(fields, 54 + 12 + 6 + 4 + 3 + 2 + 2 + 2 + 2 + 1 + 1 + 1 + 1 + 1 +
                        1);  // primes up to 65536^(1/m), m = 2..16
}

TEST(Modulus, EveryBinaryFieldUpTo2To32HasADefault) {
  for (int m = 2; m <= 32; ++m) {
    const Field f = Field::of_order(std::uint64_t{1} << m);
    EXPECT_EQ(f.extension_degree(), m);
    EXPECT_TRUE(root_is_primitive(f)) << f.modulus_text();
  }
}

TEST(Modulus, ARootThatIsNotPrimitiveIsFine) {
  const std::vector<std::uint64_t> rijndael = {1, 1, 0, 1, 1, 0, 0, 0, 1};
  const Field f = Field::with_modulus(256, rijndael);
  EXPECT_FALSE(root_is_primitive(f));
  EXPECT_EQ(f.power(2, 51), 1U);
  EXPECT_EQ(f.modulus_text(), "1,1,0,1,1,0,0,0,1");
}

/// Over GF(p) the number of monic irreducible polynomials of degree 2 is p (p - 1) / 2, of degree 3 p (p^2 -
/// 1) / 3.
TEST(Modulus, AsManyModuliAreAcceptedAsIrreduciblePolynomialsExist) {
  for (const std::uint64_t p : {2U, 3U, 5U, 7U}) {
    std::uint64_t quadratic = 0, cubic = 0;
    const auto accepted = [](std::uint64_t q, const std::vector<std::uint64_t>& modulus) {
      try {
        static_cast<void>(Field::with_modulus(q, modulus));
        return true;
      } catch (const core::InputError&) {
        return false;
      }
    };
    for (std::uint64_t a = 0; a < p; ++a) {
      for (std::uint64_t b = 0; b < p; ++b) {
        quadratic += accepted(p * p, {a, b, 1});
        for (std::uint64_t c = 0; c < p; ++c) cubic += accepted(p * p * p, {a, b, c, 1});
      }
    }
    EXPECT_EQ(quadratic, p * (p - 1) / 2);
    EXPECT_EQ(cubic, p * (p * p - 1) / 3);
  }
}

/// The message of the InputError that the construction ends with; empty if there is none.
std::string refusal(std::uint64_t q, std::optional<std::vector<std::uint64_t>> modulus = {}) {
  try {
    static_cast<void>(modulus ? Field::with_modulus(q, *modulus) : Field::of_order(q));
  } catch (const core::InputError& error) {
    EXPECT_EQ(error.status(), core::ExitStatus::input);
    return error.what();
  }
  return {};
}

using testing::HasSubstr;

TEST(FieldErrors, Order) {
  EXPECT_EQ(refusal(12), "field order 12 is not a prime power");
  for (const std::uint64_t q : {0U, 1U, 6U, 100U, 65535U, 4294967295U}) {
    EXPECT_EQ(refusal(q), "field order " + std::to_string(q) + " is not a prime power");
    EXPECT_EQ(refusal(q, std::vector<std::uint64_t>{1, 1, 1}), refusal(q));
  }
  EXPECT_THAT(refusal((std::uint64_t{1} << 32) + 15), HasSubstr("field order 4294967311 is too large"));
  EXPECT_THAT(refusal(~std::uint64_t{0}), HasSubstr("the largest order is 4294967296"));
}

TEST(FieldErrors, Modulus) {
  EXPECT_EQ(refusal(7, {{1, 1}}), "GF(7) is a prime field: it takes no modulus");
  EXPECT_EQ(refusal(8, {{1, 1, 1}}), "modulus of GF(8) needs 4 coefficients, low to high; got 3");
  EXPECT_EQ(refusal(8, {std::vector<std::uint64_t>{}}),
            "modulus of GF(8) needs 4 coefficients, low to high; got 0");
  EXPECT_EQ(refusal(4, {{1, 0, 1}}), "modulus 1,0,1 of GF(4) is reducible over GF(2)");
  EXPECT_EQ(refusal(9, {{0, 1, 1}}), "modulus 0,1,1 of GF(9) is reducible over GF(3)");
  EXPECT_THAT(refusal(4, {{1, 1, 5}}), HasSubstr("modulus coefficient 5 (position 2) is not in 0..1"));
  EXPECT_THAT(refusal(27, {{3, 1, 1, 1}}), HasSubstr("modulus coefficient 3 (position 0) is not in 0..2"));
  EXPECT_THAT(refusal(9, {{1, 0, 2}}), HasSubstr("modulus 1,0,2 of GF(9) is not monic"));
  EXPECT_THAT(refusal(8, {{1, 1, 0, 0}}), HasSubstr("modulus 1,1,0,0 of GF(8) is not monic"));
  EXPECT_EQ(refusal(8, {{1, 1, 0, 1}}), "");
}

// Whether they left memory behind is for LeakSanitizer to say.
TEST(Fields, MadeByThreadsThatEnd) {
  for (int round = 0; round < 3; ++round) {
    std::thread([] { EXPECT_EQ(Field::of_order(3 * 3 * 3).order(), 27u); }).join();
  }
}

}  // namespace
}  // namespace gforbit::galois
