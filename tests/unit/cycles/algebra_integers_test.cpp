// The prime factors of p^n - 1: algebraic identities, every line of the table, the search.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/miller_rabin.hpp>
#include <cmath>
#include <random>
#include <set>

#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/integer_factors.hpp"

namespace gforbit::cycles {
namespace {

using core::Natural;

Natural product(const Factorization& factors) {
  Natural result = 1;
  for (const auto& [prime, exponent, proven] : factors.primes)
    result *= boost::multiprecision::pow(prime, exponent);
  for (const auto& composite : factors.composites) result *= composite.value;
  return result;
}

std::vector<std::uint64_t> primes_below(std::uint64_t n) {
  std::vector<std::uint64_t> primes;
  for (std::uint64_t r = 2; r < n; ++r) {
    if (std::ranges::none_of(primes, [&](auto s) { return r % s == 0; })) primes.push_back(r);
  }
  return primes;
}

TEST(IsPrime, AgreesWithTheSieve) {
  const auto primes = primes_below(5000);
  const std::set<std::uint64_t> known(primes.begin(), primes.end());
  for (std::uint64_t n = 0; n < 5000; ++n) EXPECT_EQ(is_prime(Natural(n)), known.contains(n)) << n;
}

TEST(IsPrime, AgreesWithMillerRabin) {
  std::mt19937_64 random(20240301);
  for (int i = 0; i < 3000; ++i) {
    const Natural n = ((Natural(random()) << 64 | random()) >> (random() % 100)) | 1;
    if (n == 1) continue;
    EXPECT_EQ(is_prime(n), miller_rabin_test(n, 25)) << n;
  }
}

TEST(IsPrime, RejectsPseudoprimes) {
  // Carmichael numbers; strong pseudoprimes to all prime bases up to 17, 23, 37 and 41 (G. Jaeschke; Y. Jiang
  // and Y. Deng; J. Sorenson and J. Webster); the square of 2^64 - 59.
  for (const auto* text :
       {"561", "1729", "341550071728321", "3825123056546413051", "318665857834031151167461",
        "3317044064679887385961981", "340282366920938461286658806734041124249"}) {
    EXPECT_FALSE(is_prime(core::natural(text))) << text;
  }
}

Natural mersenne(unsigned n) {
  return (Natural(1) << n) - 1;
}

// Of any size; composite numbers of this form pass every strong test to the base 2.
TEST(IsPrime, TestsLongNumbers) {
  EXPECT_TRUE(is_prime(mersenne(4423)));
  for (const unsigned n : {83u, 1237u, 4259u}) EXPECT_FALSE(is_prime(mersenne(n))) << n;
  EXPECT_FALSE(is_prime(mersenne(4253) * mersenne(607)));
  EXPECT_FALSE(is_prime(mersenne(2203) * mersenne(2203)));
}

TEST(IntegerFactorizer, SaysWhatIsNotProven) {
  // (11^n - 1) / 10 is prime for n = 139 and n = 907 (OEIS A005808), of 477 and 3135 bits.
  const auto largest = [](std::uint64_t n) {
    const auto factors = IntegerFactorizer().power_minus_one(11, n);
    EXPECT_TRUE(factors.complete());
    return factors.primes.back();
  };
  EXPECT_EQ(largest(139).prime, (core::power(11, 139) - 1) / 10);
  EXPECT_TRUE(largest(139).proven);
  EXPECT_EQ(largest(907).prime, (core::power(11, 907) - 1) / 10);
  EXPECT_FALSE(largest(907).proven);
  // Published ones are proven, and so are the Mersenne primes.
  EXPECT_TRUE(IntegerFactorizer().power_minus_one(3, 541).primes.back().proven);
  EXPECT_TRUE(IntegerFactorizer().power_minus_one(2, 44497).primes.back().proven);
}

/// Asks for a stop when it hears a detail that contains `text`.
class StopAt final : public AlgebraListener {
 public:
  explicit StopAt(std::string text) : text_(std::move(text)) {}
  void doing(const std::string& what, const std::string& detail) override {
    heard_ = heard_ || (what + ": " + detail).find(text_) != std::string::npos;
    if (heard_) source_.request_stop();
  }
  void proven(const Unresolved&) override {}
  [[nodiscard]] AlgebraControl control() { return {source_.get_token(), this}; }
  [[nodiscard]] bool heard() const { return heard_; }

 private:
  std::string text_;
  std::stop_source source_;
  bool heard_ = false;
};

// 2^44501 - 1 has no small factor; its test would take half a minute.
TEST(IntegerFactorizer, StopsInATestAndCallsNothingComposite) {
  StopAt stop("is it prime? 44501 bits");
  IntegerFactorizer factorizer;
  const auto factors = factorizer.power_minus_one(2, 44501, stop.control());
  EXPECT_TRUE(stop.heard());
  ASSERT_EQ(factors.composites.size(), 1u);
  EXPECT_FALSE(factors.composites[0].tested);
  EXPECT_EQ(factorizer.divide(factors.composites[0], stop.control()).composites, factors.composites);
}

TEST(IntegerFactorizer, KnowsThePrimesThatItFound) {
  IntegerFactorizer factorizer;
  EXPECT_TRUE(factorizer.known_primes(13, 59).empty());
  const auto factors = factorizer.power_minus_one(13, 59);
  ASSERT_EQ(factors.composites.size(), 1u);
  EXPECT_EQ(factorizer.known_primes(13, 59), factors.primes);
  const auto parts = factorizer.split(factors.composites[0], {});
  ASSERT_TRUE(parts.complete());
  EXPECT_EQ(factorizer.known_primes(13, 59).size(), factors.primes.size() + parts.primes.size());
}

TEST(CyclotomicValue, MultipliesToThePower) {
  for (const std::uint64_t x : {2u, 3u, 10u, 65537u}) {
    for (std::uint64_t n = 1; n <= 60; ++n) {
      Natural all = 1;
      for (std::uint64_t k = 1; k <= n; ++k) {
        if (n % k == 0) all *= cyclotomic_value(k, x);
      }
      EXPECT_EQ(all, core::power(x, static_cast<unsigned>(n)) - 1) << x << "^" << n;
    }
  }
}

TEST(AurifeuillianFactors, MultiplyToTheValueWhereTheyShould) {
  for (const auto p : primes_below(60)) {
    for (std::uint64_t k = 1; k <= 6 * p + 3; ++k) {
      const bool exists =
          p % 4 == 1 ? k % p == 0 && k / p % 2 == 1 : k % (2 * p) == 0 && k / (2 * p) % 2 == 1;
      const auto halves = aurifeuillian_factors(k, p);
      // Phi_4(2) = 5, Phi_12(2) = 13 and Phi_6(3) = 7 are prime: one half is 1.
      const bool one = cyclotomic_value(k, p) < 14;
      ASSERT_EQ(halves.has_value(), exists && !one) << k << ", " << p;
      if (!halves) continue;
      EXPECT_LT(1, halves->first);
      EXPECT_LT(halves->first, halves->second);
      EXPECT_EQ(halves->first * halves->second, cyclotomic_value(k, p)) << k << ", " << p;
    }
  }
}

TEST(AurifeuillianFactors, OfTwoAreThoseThatEulerAndAurifeuilleFound) {
  // 2^58 + 1 = 5 * 107367629 * 536903681 (A. Aurifeuille, 1871); 5 = Phi_4(2).
  const auto halves = aurifeuillian_factors(116, 2);
  ASSERT_TRUE(halves);
  EXPECT_EQ(halves->first, 107367629);
  EXPECT_EQ(halves->second, 536903681);
}

TEST(FactorTable, LinesAreInOrderAndDivide) {
  std::pair<std::uint64_t, std::uint64_t> last{0, 0};
  for (const auto& [base, index, primes] : factor_table()) {
    EXPECT_LT(last, std::pair(base, index));
    last = {base, index};
    EXPECT_FALSE(primes.empty());
    EXPECT_TRUE(std::ranges::is_sorted(primes));
    Natural rest = cyclotomic_value(index, base);
    for (const auto& prime : primes) {
      EXPECT_EQ(Natural(rest % prime), 0) << base << " " << index << " " << prime;
      rest /= prime;
    }
    EXPECT_GT(rest, 1) << base << " " << index;
  }
}

// Every number p^n - 1 of the published ranges: complete, made of primes, and their product.
// power_minus_one() divides by the table's primes and tests what is left; here the test is repeated on every
// factor, and up to 128 bits by another method.
TEST(FactorTable, CompletesItsRanges) {
  const std::pair<std::uint64_t, std::uint64_t> ranges[] = {{2, 1206}, {3, 676}, {5, 470}, {7, 378}};
  for (const auto& [p, last] : ranges) {
    IntegerFactorizer factorizer;
    std::set<Natural> seen;
    for (std::uint64_t n = 1; n <= last; ++n) {
      const auto factors = factorizer.power_minus_one(p, n);
      ASSERT_TRUE(factors.complete()) << p << "^" << n << " - 1";
      ASSERT_EQ(product(factors), core::power(p, static_cast<unsigned>(n)) - 1) << p << "^" << n << " - 1";
      for (const auto& [prime, exponent, proven] : factors.primes) {
        if (!seen.insert(prime).second) continue;
        ASSERT_TRUE(is_prime(prime)) << prime << " of " << p << "^" << n << " - 1";
        if (msb(prime) < 128) {
          ASSERT_TRUE(miller_rabin_test(prime, 5)) << prime << " of " << p << "^" << n << " - 1";
        }
      }
    }
  }
}

// 2^n - 1 is prime exactly if s -> s^2 - 2, n - 2 times from 4, ends in 0 (Lucas, Lehmer).
TEST(FactorTable, MersenneNumbersArePrime) {
  const auto exponents = mersenne_exponents();
  EXPECT_EQ(exponents.size(), 52u);
  EXPECT_EQ(exponents.back(), 136279841u);
  EXPECT_TRUE(std::ranges::is_sorted(exponents));
  for (const auto n : exponents) {
    if (n == 2) continue;    // 3; the test below is for odd exponents
    if (n > 4500) continue;  // the longer ones take seconds; they were run once up to 44497
    const Natural modulus = (Natural(1) << n) - 1;
    Natural s = 4;
    for (std::uint64_t i = 2; i < n; ++i) {
      s = s * s - 2;
      s = (s & modulus) + (s >> n);
      if (s >= modulus) s -= modulus;
    }
    EXPECT_EQ(s, 0) << n;
  }
}

TEST(IntegerFactorizer, FactorsPowersOfAnyPrime) {
  std::mt19937_64 random(20240302);
  IntegerFactorizer factorizer;
  for (const std::uint64_t p : {2u, 3u, 11u, 13u, 31u, 257u, 65537u, 2147483647u, 4294967291u}) {
    for (std::uint64_t n = 1; static_cast<double>(n) * std::log2(p) < 110; ++n) {
      auto factors = factorizer.power_minus_one(p, n);
      EXPECT_EQ(product(factors), core::power(p, static_cast<unsigned>(n)) - 1);
      for (const auto& composite : factors.composites) {
        EXPECT_FALSE(is_prime(composite.value));
        const auto parts = factorizer.split(composite, {});
        EXPECT_TRUE(parts.complete());
        EXPECT_EQ(product(parts), composite.value);
        for (const auto& [prime, exponent, proven] : parts.primes) {
          EXPECT_TRUE(is_prime(prime));
          EXPECT_EQ(boost::multiprecision::integer_modulus(prime, composite.index), 1 % composite.index);
        }
      }
      // Asked again: the same answer from memory.
      EXPECT_EQ(factorizer.power_minus_one(p, n).primes, factors.primes);
    }
  }
}

TEST(IntegerFactorizer, SplitsProductsOfKnownPrimes) {
  std::mt19937_64 random(20240303);
  const auto random_prime = [&](unsigned bits) {
    while (true) {
      const Natural n = (Natural(random() >> (64 - bits))) | 1 | Natural(1) << (bits - 1);
      if (is_prime(n)) return n;
    }
  };
  IntegerFactorizer factorizer;
  for (int i = 0; i < 20; ++i) {
    const Natural a = random_prime(33), b = random_prime(36), c = random_prime(40);
    for (const Natural& n :
         {Natural(a * b), Natural(a * b * c), Natural(a * a * a), Natural(b * b), Natural(a * a * b)}) {
      SCOPED_TRACE(n);
      const auto factors = factorizer.split({n, 1}, {});
      EXPECT_TRUE(factors.complete());
      EXPECT_EQ(product(factors), n);
      EXPECT_TRUE(
          std::ranges::all_of(factors.primes, [](const auto& power) { return is_prime(power.prime); }));
    }
  }
}

TEST(IntegerFactorizer, ReportsWhatResistsWhenStopped) {
  std::stop_source source;
  source.request_stop();
  IntegerFactorizer factorizer;
  const Natural n =
      core::natural("1000000000000000000000000000057") * core::natural("1000000000000000000000000000099");
  const auto stopped = factorizer.split({n, 1}, source.get_token());
  EXPECT_FALSE(stopped.complete());
  EXPECT_EQ(product(stopped), n);
  // An answer that was cut short is not remembered as the answer.
  const Natural easy = core::natural("4294967291") * core::natural("18446744073709551557");
  EXPECT_FALSE(factorizer.split({easy, 1}, source.get_token()).complete());
  EXPECT_TRUE(factorizer.split({easy, 1}, {}).complete());
}

}  // namespace
}  // namespace gforbit::cycles
