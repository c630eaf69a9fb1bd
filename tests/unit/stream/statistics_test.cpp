// Every test of SP 800-22 against the worked examples of NIST SP 800-22 rev. 1a: the small ones in the text,
// the first 100 binary digits of pi, and the first 10^6 of pi and e (appendix B), whose digits are computed
// here.
#include <gmp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <random>
#include <string>
#include <vector>

#include "gforbit/stream/register_sequence.hpp"
#include "gforbit/stream/statistics.hpp"
#include "seed.hpp"

namespace gforbit::stream {
namespace {

Elements bits(const std::string& digits) {
  ElementsBuilder builder(true);
  for (const char c : digits) {
    if (c == '0' || c == '1') builder.push(static_cast<std::uint64_t>(c - '0'));
  }
  return builder.take();
}

/// An integer with RAII, for binary splitting.
class Integer {
 public:
  explicit Integer(unsigned long value = 0) { mpz_init_set_ui(value_, value); }
  ~Integer() { mpz_clear(value_); }
  Integer(const Integer&) = delete;
  Integer& operator=(const Integer&) = delete;
  operator mpz_ptr() { return value_; }  // NOLINT: stands for the integer in calls of GMP

 private:
  mpz_t value_;
};

constexpr unsigned long kDigits = 1000000;

/// The first 10^6 binary digits of value / 2^k, which lies in [2, 4).
Elements first_digits(mpz_ptr value) {
  char* const text = mpz_get_str(nullptr, 2, value);
  const std::string digits = std::string(text).substr(0, kDigits);
  void (*release)(void*, std::size_t) = nullptr;
  mp_get_memory_functions(nullptr, nullptr, &release);
  release(text, std::char_traits<char>::length(text) + 1);
  return bits(digits);
}

/// e = sum of 1 / k! over (a, b]: p / q with q = (a + 1) ... b.
void split_e(unsigned long a, unsigned long b, mpz_ptr p, mpz_ptr q) {
  if (b - a == 1) {
    mpz_set_ui(p, 1);
    mpz_set_ui(q, b);
    return;
  }
  const unsigned long middle = (a + b) / 2;
  Integer p2, q2;
  split_e(a, middle, p, q);
  split_e(middle, b, p2, q2);
  mpz_mul(p, p, q2);
  mpz_add(p, p, p2);
  mpz_mul(q, q, q2);
}

/// The series of D. and G. Chudnovsky for 1 / pi.
void split_pi(unsigned long a, unsigned long b, mpz_ptr p, mpz_ptr q, mpz_ptr t) {
  if (b - a == 1) {
    mpz_set_ui(p, 6 * a - 5);
    mpz_mul_ui(p, p, 2 * a - 1);
    mpz_mul_ui(p, p, 6 * a - 1);
    mpz_set_ui(q, a);
    mpz_pow_ui(q, q, 3);
    mpz_mul_ui(q, q, 10939058860032000UL);
    Integer linear(a);
    mpz_mul_ui(linear, linear, 545140134UL);
    mpz_add_ui(linear, linear, 13591409UL);
    mpz_mul(t, p, linear);
    if (a % 2 == 1) mpz_neg(t, t);
    return;
  }
  const unsigned long middle = (a + b) / 2;
  Integer p2, q2, t2;
  split_pi(a, middle, p, q, t);
  split_pi(middle, b, p2, q2, t2);
  mpz_mul(t, t, q2);
  mpz_mul(t2, t2, p);
  mpz_add(t, t, t2);
  mpz_mul(p, p, p2);
  mpz_mul(q, q, q2);
}

const Elements& digits_of_e() {
  static const Elements kE = [] {
    Integer p, q;
    split_e(0, 90000, p, q);
    mpz_add(p, p, q);
    mpz_mul_2exp(p, p, kDigits + 64);
    mpz_tdiv_q(p, p, q);
    return first_digits(p);
  }();
  return kE;
}

const Elements& digits_of_pi() {
  static const Elements kPi = [] {
    Integer p, q, t, root;
    split_pi(1, 22000, p, q, t);
    // pi = 426880 sqrt(10005) q / (13591409 q + t)
    mpz_set_ui(root, 10005);
    mpz_mul_2exp(root, root, 2 * (kDigits + 64));
    mpz_sqrt(root, root);
    mpz_mul_ui(root, root, 426880);
    mpz_mul(root, root, q);
    mpz_mul_ui(q, q, 13591409);
    mpz_add(q, q, t);
    mpz_tdiv_q(root, root, q);
    return first_digits(root);
  }();
  return kPi;
}

/// The square root of 2 or 3, which lie in [1, 2).
Elements digits_of_root(unsigned long n) {
  Integer root(n);
  mpz_mul_2exp(root, root, 2 * (kDigits + 64));
  mpz_sqrt(root, root);
  return first_digits(root);
}

constexpr double kSix = 1.5e-6;  ///< the examples have six decimals

TEST(Statistics, DigitsAreThoseOfTheText) {
  const Elements pi = digits_of_pi().slice(0, 100);
  EXPECT_EQ(pi, bits("1100100100001111110110101010001000100001011010001100"
                     "001000110100110001001100011001100010100010111000"));
  EXPECT_EQ(digits_of_e().slice(0, 20), bits("10101101111110000101"));
  EXPECT_EQ(digits_of_e().size(), kDigits);
}

TEST(Statistics, SmallExamplesOfTheText) {
  EXPECT_NEAR(frequency(bits("1011010101")).p_value, 0.527089, kSix);
  EXPECT_NEAR(block_frequency(bits("0110011010"), 3).p_value, 0.801252, kSix);
  EXPECT_NEAR(runs(bits("1001101011")).p_value, 0.147232, kSix);
  const auto two = serial(bits("0011011101"), 3);
  EXPECT_NEAR(two[0].value, 1.6, 1e-12);
  EXPECT_NEAR(two[0].p_value, 0.808792, kSix);
  EXPECT_NEAR(two[1].value, 0.8, 1e-12);
  EXPECT_NEAR(two[1].p_value, 0.670320, kSix);
  EXPECT_NEAR(approximate_entropy(bits("0100110101"), 3).p_value, 0.261961, kSix);
  EXPECT_NEAR(cumulative_sums(bits("1011010111"))[0].p_value, 0.4116588, kSix);
  EXPECT_EQ(linear_complexity_of_bits(bits("1101011110001")), 4U);
}

TEST(Statistics, LongestRunOf128Bits) {
  const Elements sequence = bits(
      "11001100000101010110110001001100111000000000001001001101010100010001001111010110"
      "100000001101011111001100111001101101100010110010");
  const Statistic s = longest_run(sequence);
  EXPECT_NEAR(s.value, 4.882457, kSix);
  EXPECT_NEAR(s.p_value, 0.180609, kSix);
}

TEST(Statistics, HundredDigitsOfPi) {
  const Elements pi = digits_of_pi().slice(0, 100);
  EXPECT_NEAR(frequency(pi).p_value, 0.109599, kSix);
  EXPECT_NEAR(block_frequency(pi, 10).p_value, 0.706438, kSix);
  EXPECT_NEAR(runs(pi).p_value, 0.500798, kSix);
  EXPECT_NEAR(approximate_entropy(pi, 2).p_value, 0.235301, kSix);
  EXPECT_NEAR(cumulative_sums(pi)[0].p_value, 0.219194, kSix);
  EXPECT_NEAR(cumulative_sums(pi)[1].p_value, 0.114866, kSix);
}

TEST(Statistics, MillionDigitsOfPiAndE) {
  const Elements &pi = digits_of_pi(), &e = digits_of_e();
  const auto expect = [&](const char* name, auto statistic, double of_pi, double of_e) {
    EXPECT_NEAR(statistic(pi), of_pi, kSix) << name << " of pi";
    EXPECT_NEAR(statistic(e), of_e, kSix) << name << " of e";
  };
  expect(
      "frequency", [](const Elements& s) { return frequency(s).p_value; }, 0.578211, 0.953749);
  expect(
      "block_frequency", [](const Elements& s) { return block_frequency(s, 128).p_value; }, 0.380615,
      0.211072);
  expect(
      "cumulative_sums forward", [](const Elements& s) { return cumulative_sums(s)[0].p_value; }, 0.628308,
      0.669887);
  expect(
      "cumulative_sums backward", [](const Elements& s) { return cumulative_sums(s)[1].p_value; }, 0.663369,
      0.724266);
  expect(
      "runs", [](const Elements& s) { return runs(s).p_value; }, 0.419268, 0.561917);
  expect(
      "longest_run", [](const Elements& s) { return longest_run(s).p_value; }, 0.024390, 0.718945);
  expect(
      "approximate_entropy", [](const Elements& s) { return approximate_entropy(s, 10).p_value; }, 0.361595,
      0.700073);
  expect(
      "serial", [](const Elements& s) { return serial(s, 16)[0].p_value; }, 0.143005, 0.766182);
  expect(
      "linear_complexity", [](const Elements& s) { return linear_complexity_test(s, 500).p_value; }, 0.255475,
      0.826335);
}

/// The other seven tests, whose figures for pi, e and the roots of 2 and 3 appendix B of SP 800-22 has.
TEST(Statistics, MillionDigitsOfFourNumbers) {
  const std::array<Elements, 4> numbers{digits_of_pi(), digits_of_e(), digits_of_root(2), digits_of_root(3)};
  const auto expect = [&](const char* name, auto p_value, std::array<double, 4> expected) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      EXPECT_NEAR(p_value(numbers[i]), expected[i], kSix) << name << " of number " << i;
  };
  expect("rank", [](const Elements& s) { return matrix_rank(s).p_value; },
         {0.083553, 0.306156, 0.823810, 0.314498});
  expect("spectral", [](const Elements& s) { return spectral(s).p_value; },
         {0.010186, 0.847187, 0.581909, 0.776046});
  expect("non_overlapping_template",
         [](const Elements& s) { return non_overlapping_templates(s, 9, 8)[0].p_value; },
         {0.165757, 0.078790, 0.569461, 0.532235});
  expect("overlapping_template", [](const Elements& s) { return overlapping_template(s, 9).p_value; },
         {0.296897, 0.110434, 0.791982, 0.082716});
  expect("universal", [](const Elements& s) { return universal(s).p_value; },
         {0.669012, 0.282568, 0.130805, 0.165981});
  expect("random_excursions", [](const Elements& s) { return random_excursions(s)[4].p_value; },
         {0.844143, 0.786868, 0.216235, 0.783283});
  expect("random_excursions_variant",
         [](const Elements& s) { return random_excursions_variant(s)[8].p_value; },
         {0.760966, 0.826009, 0.566118, 0.155066});
  expect("frequency", [](const Elements& s) { return frequency(s).p_value; },
         {0.578211, 0.953749, 0.811881, 0.610051});
  expect("linear_complexity", [](const Elements& s) { return linear_complexity_test(s, 500).p_value; },
         {0.255475, 0.826335, 0.317127, 0.346469});
}

TEST(Statistics, SmallExamplesOfTheOtherTests) {
  // By the definition. The text counts a value of the spectrum less in both (4 and 46).
  EXPECT_NEAR(spectral(bits("1001010011")).p_value, 0.468160, kSix);
  EXPECT_NEAR(spectral(digits_of_pi().slice(0, 100)).p_value, 0.646355, kSix);
  EXPECT_EQ(aperiodic_templates(3), (std::vector<std::uint32_t>{1, 3, 4, 6}));
  EXPECT_EQ(aperiodic_templates(9).size(), 148U);
  const Statistic of_001 = non_overlapping_templates(bits("10100100101110010110"), 3, 2)[0];
  EXPECT_NEAR(of_001.value, 2.133333, kSix);
  EXPECT_NEAR(of_001.p_value, 0.344154, kSix);
  const Statistic ranks = matrix_rank(digits_of_e().slice(0, 100000));
  EXPECT_NEAR(ranks.value, 1.2619656, kSix);
  EXPECT_NEAR(ranks.p_value, 0.532069, kSix);
  EXPECT_NEAR(overlapping_template(digits_of_e(), 9).value, 8.965859, kSix);
  // Section 2.8.4 has the exact shares, after K. Hamano and T. Kaneko, IEICE Transactions A90, 2007.
  const std::array<double, 6> published{0.364091, 0.185659, 0.139381, 0.100571, 0.0704323, 0.139865};
  const auto shares = shares_of_ones(9, 1032, true);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(shares[i], published[i], kSix) << i;
  EXPECT_THROW(static_cast<void>(random_excursions(digits_of_pi().slice(0, 10000))), Inapplicable);
}

/// Lengths with small and with large factors, odd ones too, against the definition.
TEST(Statistics, SpectrumOfAnyLength) {
  const Elements whole = digits_of_e();
  for (const std::uint64_t n : {2, 3, 60, 101, 202, 359, 1000, 2 * 521}) {
    const Elements part = whole.slice(1000, n);
    std::uint64_t below = 0;
    for (std::uint64_t k = 0; k < n / 2; ++k) {
      std::complex<double> sum = 0;
      for (std::uint64_t i = 0; i < n; ++i)
        sum +=
            std::polar(part[i] != 0 ? 1.0 : -1.0,
                       -2 * 3.14159265358979323846 * static_cast<double>(i * k % n) / static_cast<double>(n));
      below += std::norm(sum) < std::log(20) * static_cast<double>(n) ? 1 : 0;
    }
    const double d = (static_cast<double>(below) - 0.475 * static_cast<double>(n)) /
                     std::sqrt(static_cast<double>(n) * 0.95 * 0.05 / 4);
    EXPECT_NEAR(spectral(part).value, d, 1e-9) << n;
  }
}

TEST(Statistics, RegularAndConstantBitsInManyBlocks) {
  const std::vector<std::uint64_t> alternating(20000, 0x5555555555555555), ones(20000, ~std::uint64_t{0});
  const Elements regular = Elements::of_bits(alternating, 64 * 20000),
                 constant = Elements::of_bits(ones, 64 * 20000);
  for (const std::uint64_t m : {8, 16, 64, 128}) {
    EXPECT_EQ(block_frequency(regular, m).p_value, 1) << m;
    EXPECT_EQ(block_frequency(constant, m).p_value, 0) << m;
  }
  for (const int m : {12, 16}) {
    EXPECT_EQ(serial(constant, m)[0].p_value, 0);
    EXPECT_EQ(approximate_entropy(constant, m).p_value, 0);
  }
}

TEST(Statistics, MoreOfE) {
  const auto two = serial(digits_of_e(), 2);
  EXPECT_NEAR(two[0].p_value, 0.843764, kSix);
  EXPECT_NEAR(two[1].p_value, 0.561915, kSix);
  const auto complexity = linear_complexity_test(digits_of_e(), 1000);
  EXPECT_NEAR(complexity.value, 2.700348, kSix);
  EXPECT_NEAR(complexity.p_value, 0.845406, kSix);
}

/// A. Menezes, P. van Oorschot, S. Vanstone, Handbook of Applied Cryptography, example 5.31.
TEST(Statistics, AutocorrelationOfTheHandbook) {
  std::string digits;
  for (int i = 0; i < 4; ++i) digits += "1110001100010001010011101111001001001001";
  EXPECT_NEAR(autocorrelation(bits(digits), 8).value, 3.8933, 5e-5);
}

TEST(Statistics, DoNotDependOnWhereBitsBegin) {
  const Elements whole = digits_of_e();
  for (const std::uint64_t first : {1, 7, 63, 64, 100}) {
    const Elements part = whole.slice(first, 7000);
    ElementsBuilder copy(true);
    for (std::uint64_t i = 0; i < part.size(); ++i) copy.push(part[i]);
    const Elements own = copy.take();
    EXPECT_EQ(frequency(part).p_value, frequency(own).p_value);
    EXPECT_EQ(runs(part).value, runs(own).value);
    EXPECT_EQ(longest_run(part).value, longest_run(own).value);
    EXPECT_EQ(serial(part, 5)[0].value, serial(own, 5)[0].value);
    EXPECT_EQ(cumulative_sums(part)[1].value, cumulative_sums(own)[1].value);
    EXPECT_EQ(autocorrelation(part, 13).value, autocorrelation(own, 13).value);
    EXPECT_EQ(linear_complexity_of_bits(part), linear_complexity_of_bits(own));
    EXPECT_EQ(smallest_period(part), smallest_period(own));
  }
}

// ---- registers --------------------------------------------------------------------------------------------

/// The sequence by the definition.
std::vector<galois::Element> by_definition(const fsr::Feedback& feedback, std::vector<galois::Element> cells,
                                           std::size_t n) {
  std::vector<galois::Element> sequence;
  for (std::size_t i = 0; i < n; ++i) {
    sequence.push_back(cells[0]);
    cells.push_back(feedback.evaluate(cells));
    cells.erase(cells.begin());
  }
  return sequence;
}

TEST(RegisterSequence, IsThatOfTheDefinition) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const std::uint64_t q : {2, 3, 4, 9, 257}) {
    const auto field = galois::Field::of_order(q);
    for (const std::size_t degree : {1, 2, 5, 67}) {
      std::vector<std::uint64_t> coefficients(degree), cells(degree);
      core::Natural state = 0;
      for (std::size_t i = degree; i-- > 0;) {
        coefficients[i] = random() % q;
        cells[i] = random() % q;
        state = state * q + cells[i];
      }
      const auto feedback = fsr::Feedback::linear(field, coefficients);
      const auto expected = by_definition(feedback, cells, 3000);
      for (const std::uint64_t skipped : {0, 1, 700}) {
        RegisterSequence sequence(feedback, state);
        if (skipped > 0) sequence.skip(skipped);
        for (std::size_t at = skipped; at < expected.size();) {
          const Elements part = sequence.next(100);
          for (std::uint64_t i = 0; i < part.size() && at < expected.size(); ++i, ++at)
            ASSERT_EQ(part[i], expected[at]) << "q " << q << " degree " << degree << " at " << at;
        }
      }
    }
  }
}

TEST(RegisterSequence, BerlekampMasseyFindsTheRegister) {
  const auto field = galois::Field::of_order(9);
  const auto feedback = fsr::Feedback::linear(field, std::vector<std::uint64_t>{1, 0, 5, 0, 7});
  RegisterSequence sequence(feedback, 1);
  const auto found = shortest_register(sequence.next(60), field);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->length, 5U);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(field.negate(found->connection[5 - i]), feedback.coefficients()[i]);
}

TEST(BerlekampMassey, LooksAtTheStopByTheWorkOfItsSteps) {
  // Steps cost what the sequence is long: here some 1e7 field operations in all, and 1e5 between looks.
  const auto field = galois::Field::of_order(3);
  RegisterSequence sequence(fsr::Feedback::parse(field, 20, "x0+x3+x5*x9"), 1);
  std::uint64_t looks = 0;
  const StopLook count = [&] {
    ++looks;
    return false;
  };
  EXPECT_TRUE(shortest_register(sequence.next(6000), field, count));
  EXPECT_GE(looks, 50U);
}

TEST(SmallestPeriod, OfCyclesAndOthers) {
  EXPECT_EQ(smallest_period(bits("0110110")), 3U);
  EXPECT_EQ(smallest_period(bits("0000")), 1U);
  EXPECT_EQ(smallest_period(bits("0001")), 4U);
  EXPECT_EQ(smallest_period(bits("")), 0U);
}

}  // namespace
}  // namespace gforbit::stream
