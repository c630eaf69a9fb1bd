// The algebraic method against enumeration of every state, against theorems, and on published registers.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <thread>

#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/whole.hpp"
#include "unit/cycles/random_linear.hpp"
#include "unit/cycles/random_polynomial.hpp"

namespace gforbit::cycles {
namespace {

using core::Natural;
using galois::Field;
using testing_support::minus_one;
using testing_support::polynomial_with_repeated_factors;
using testing_support::product;
using testing_support::random_monic;
using testing_support::register_with;

AlgebraicMap mapped(const fsr::Register& reg) {
  IntegerFactorizer factorizer;
  return std::get<AlgebraicMap>(map_by_algebra(reg, factorizer, {}));
}

using PeriodCounts = std::map<Natural, Natural>;

void expect_as_enumerated(const fsr::Register& reg) {
  SCOPED_TRACE(testing::Message() << "GF(" << reg.field().order() << ") modulus "
                                  << reg.field().modulus_text() << ", " << reg.degree()
                                  << " cells: " << reg.feedback().text());
  const auto map = mapped(reg);
  const bool nonsingular = map.characteristic.singular_part() == 0;
  EXPECT_EQ(fsr::is_nonsingular(reg.feedback()), nonsingular);
  const fsr::Stepper step(reg);
  const auto all = nonsingular ? map_bijection(step, 0, {}) : map_functional_graph(step, 0, {});
  PeriodCounts expected;
  for (const auto& [period, cycles] : all->cycles.distribution()) expected[period] = cycles;
  EXPECT_EQ(map.distribution, expected);
  EXPECT_EQ(map.transient_states, all->transient_states);
  EXPECT_EQ(map.max_transient_length, all->max_transient_length);
  EXPECT_EQ(map.n_cycles(), all->cycles.cycles());
}

TEST(MapByAlgebra, AgreesWithEnumeration) {
  std::mt19937_64 random(20240501);
  constexpr double kStates = 10000;
  for (const std::uint64_t q :
       {2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 25, 27, 32, 49, 64, 81, 101, 121, 256, 1024, 9973}) {
    const Field field = Field::of_order(q);
    const auto largest = static_cast<std::size_t>(std::log(kStates) / std::log(static_cast<double>(q)));
    for (int i = 0; i < 100; ++i) {
      const int d = 1 + static_cast<int>(random() % largest);
      const auto f = i % 2 == 0 ? random_monic(random, field, d)
                                : polynomial_with_repeated_factors(random, field, largest);
      if (f.size() < 2) continue;
      expect_as_enumerated(register_with(field, f));
      expect_as_enumerated(register_with(field, f, 1 + random() % (q - 1)));
    }
  }
}

TEST(MapByAlgebra, AgreesWithEnumerationWhereTheModulusIsNotPrimitive) {
  std::mt19937_64 random(20240502);
  const std::vector<std::uint64_t> aes{1, 1, 0, 1, 1, 0, 0, 0, 1}, nine{1, 0, 1}, sixteen{1, 1, 1, 1, 1};
  for (const auto& field :
       {Field::with_modulus(256, aes), Field::with_modulus(9, nine), Field::with_modulus(16, sixteen)}) {
    for (int i = 0; i < 40; ++i) {
      const auto f = polynomial_with_repeated_factors(random, field, field.order() == 256 ? 2 : 3);
      if (f.size() < 2) continue;
      expect_as_enumerated(register_with(field, f));
      expect_as_enumerated(register_with(field, f, 1 + random() % (field.order() - 1)));
    }
  }
}

// Every linear and affine register over GF(2) with up to 6 cells, over GF(3) with up to 4.
TEST(MapByAlgebra, AgreesWithEnumerationForAllSmallRegisters) {
  for (const auto& [q, largest] : {std::pair<std::uint64_t, int>{2, 6}, {3, 4}}) {
    const Field field = Field::of_order(q);
    for (int d = 1; d <= largest; ++d) {
      const auto count = static_cast<std::uint64_t>(core::power(q, static_cast<unsigned>(d)));
      for (std::uint64_t i = 0; i < count; ++i) {
        Coefficients f;
        for (std::uint64_t rest = i; f.size() < static_cast<std::size_t>(d); rest /= q) f.push_back(rest % q);
        f.push_back(1);
        for (galois::Element b = 0; b < q; ++b) expect_as_enumerated(register_with(field, f, b));
      }
    }
  }
}

// Primitive: the zero state and one cycle of all others. Irreducible of order e: the zero state and (q^d -
// 1)/e cycles.
TEST(MapByAlgebra, KnowsIrreduciblePolynomials) {
  std::mt19937_64 random(20240503);
  int primitive = 0;
  for (const auto& field : testing_support::sample_fields()) {
    for (int i = 0; i < 150; ++i) {
      const auto f = random_monic(random, field, 1 + static_cast<int>(random() % 6));
      const auto reg = register_with(field, f);
      if (!characteristic_factors(reg, {})->is_irreducible() || f[0] == 0) continue;
      const auto map = mapped(reg);
      const Natural others = reg.state_count() - 1;
      PeriodCounts expected{{1, 1}};
      expected[map.order] += others / map.order;
      EXPECT_EQ(map.distribution, expected) << polynomial_text(f);
      EXPECT_EQ(map.is_primitive, map.order == others);
      primitive += map.is_primitive;
    }
  }
  EXPECT_GT(primitive, 100);
}

// x^d - 1: the step is a cyclic shift, and the cycles of period e | d are the Lyndon words of length e.
TEST(MapByAlgebra, CountsNecklaces) {
  for (const auto& [q, d] : {std::pair<std::uint64_t, unsigned>{2, 720},
                             {2, 1024},
                             {3, 243},
                             {4, 210},
                             {5, 300},
                             {9, 90},
                             {257, 64},
                             {65536, 60}}) {
    const Field field = Field::of_order(q);
    Coefficients f(d + 1, 0);
    f[0] = minus_one(field);
    f[d] = 1;
    const auto map = mapped(register_with(field, f));
    PeriodCounts expected;
    for (unsigned e = 1; e <= d; ++e) {
      if (d % e != 0) continue;
      Natural words = core::power(q, e);  // minus those with a smaller period
      for (const auto& [period, cycles] : expected) {
        if (e % static_cast<unsigned>(period) == 0) words -= period * cycles;
      }
      if (words > 0) expected[e] = words / e;
    }
    EXPECT_EQ(map.distribution, expected) << q << " " << d;
    EXPECT_EQ(map.order, d);
  }
}

/// a b, both [d][d].
std::vector<Coefficients> product_of_matrices(const Field& field, const std::vector<Coefficients>& a,
                                              const std::vector<Coefficients>& b) {
  std::vector<Coefficients> c(a.size(), Coefficients(a.size(), 0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a.size(); ++j) {
      for (std::size_t k = 0; k < a.size(); ++k)
        c[i][j] = field.add(c[i][j], field.multiply(a[i][k], b[k][j]));
    }
  }
  return c;
}

// A^(t + r) = A^t for the first time, A the companion matrix, found by multiplying it out.
TEST(CharacteristicFactors, KnowsWhenThePowersOfTheMatrixRepeat) {
  std::mt19937_64 random(20240507);
  for (const std::uint64_t q : {2, 3, 4, 5, 9}) {
    const Field field = Field::of_order(q);
    for (int i = 0; i < 12; ++i) {
      const auto f = polynomial_with_repeated_factors(random, field, q == 2 ? 8 : 4);
      if (f.size() < 2) continue;
      const auto characteristic = mapped(register_with(field, f)).characteristic;
      const auto a = companion_matrix(field, f);
      std::map<std::vector<Coefficients>, std::size_t> seen;
      auto power = a;  // a^1, a^2, ...
      std::size_t n = 1;
      while (seen.emplace(power, n).second) {
        power = product_of_matrices(field, power, a);
        ++n;
      }
      // The first power looked at is a^1, and a nonsingular matrix repeats from a^0 on.
      EXPECT_EQ(seen.at(power), std::max(1u, characteristic.singular_part())) << polynomial_text(f);
      EXPECT_EQ(n - seen.at(power), characteristic.power_period(field.characteristic()))
          << polynomial_text(f);
    }
  }
}

TEST(MapByAlgebra, KnowsThatNilpotentRegistersFallIntoOneState) {
  const Field field = Field::of_order(7);
  Coefficients f(51, 0);
  f[50] = 1;
  for (const galois::Element b : {0, 3}) {
    const auto map = mapped(register_with(field, f, b));
    EXPECT_EQ(map.distribution, (PeriodCounts{{1, 1}}));
    EXPECT_EQ(map.transient_states, core::power(7, 50) - 1);
    EXPECT_EQ(map.max_transient_length, 50u);
    EXPECT_EQ(map.order, 0);
    EXPECT_FALSE(map.is_primitive);
  }
}

// Primitive trinomials over GF(2): N. Zierler and J. Brillhart, On primitive trinomials (mod 2), Inform. and
// Control 13 (1968); N. Zierler, Primitive trinomials whose degree is a Mersenne exponent, Inform. and
// Control 15 (1969); Y. Kurita and M. Matsumoto, Primitive t-nomials (t = 3, 5) over GF(2) whose degree is a
// Mersenne exponent <= 44497, Math. Comp. 56 (1991).
TEST(MapByAlgebra, KnowsPrimitiveTrinomials) {
  for (const auto& [d, k] : {std::pair<std::size_t, std::size_t>{89, 38},
                             {127, 1},
                             {250, 103},
                             {521, 32},
                             {607, 105},
                             {1279, 216},
                             {9689, 84},
                             {19937, 881},
                             {23209, 1530},
                             {44497, 8575}}) {
    Coefficients f(d + 1, 0);
    f[0] = f[k] = f[d] = 1;
    const auto map = mapped(register_with(Field::of_order(2), f));
    EXPECT_TRUE(map.is_primitive) << d;
    EXPECT_EQ(map.max_period(), (Natural(1) << d) - 1);
  }
}

// The answer is complete, and says what it rests on: (p^19 - 1)/(p - 1) has a prime factor too long for a
// proof.
TEST(MapByAlgebra, SaysWhatItRestsOn) {
  const Field field = Field::of_order(4294966639);
  std::mt19937_64 random(20240509);
  Coefficients f;
  do {
    f = random_monic(random, field, 19);
  } while (!characteristic_factors(register_with(field, f), {})->is_irreducible());
  const auto map = mapped(register_with(field, f));
  ASSERT_EQ(map.probable_primes.size(), 1u);
  EXPECT_GT(msb(map.probable_primes[0]), kMostProvenBits);
  EXPECT_EQ(Natural(map.order % map.probable_primes[0]), 0);
  EXPECT_NE(map.reservation().find("rests on a probable prime"), std::string::npos) << map.reservation();
  EXPECT_TRUE(mapped(register_with(field, {1, 1, 1})).reservation().empty());
}

/// Writes down what it hears.
class Witness final : public AlgebraListener {
 public:
  void doing(const std::string& what, const std::string& detail) override {
    steps_.push_back(what + ": " + detail);
  }
  void proven(const Unresolved& so_far) override { proven_.push_back(so_far); }
  [[nodiscard]] const std::vector<Unresolved>& proven() const { return proven_; }
  [[nodiscard]] bool heard(const std::string& text) const {
    return std::ranges::any_of(steps_,
                               [&](const auto& step) { return step.find(text) != std::string::npos; });
  }

 private:
  std::vector<std::string> steps_;
  std::vector<Unresolved> proven_;
};

TEST(MapByAlgebra, TellsWhatItDoesAndWhatItHasProven) {
  const Field field = Field::of_order(11);  // 11^89 - 1 has a composite cofactor
  Coefficients f(98, 0);
  f[97] = 1;
  f[1] = field.negate(1);
  f[0] = field.negate(2);
  const auto reg = register_with(field, f);
  Witness witness;
  std::stop_source source;
  IntegerFactorizer factorizer;
  static_cast<void>(
      map_by_algebra(reg, factorizer, AlgebraControl(source.get_token(), &witness), Search::none));
  EXPECT_TRUE(witness.heard("factoring the characteristic polynomial of degree 97: "));
  EXPECT_TRUE(witness.heard("computing the order of a factor of degree 89: "));
  ASSERT_GE(witness.proven().size(), 2u);
  EXPECT_EQ(witness.proven()[0].proven.characteristic.polynomial, f);
  EXPECT_TRUE(witness.proven()[0].proven.characteristic.factors.empty());
  EXPECT_EQ(witness.proven()[1].proven.characteristic.factors.size(), 3u);
  EXPECT_EQ(witness.proven()[1].proven.characteristic.factors[0].order, 0);
}

// configs/cycles/snow3g.ini and zuc.ini say where these come from.
TEST(MapByAlgebra, KnowsTheRegistersOfStreamCiphers) {
  const std::vector<std::uint64_t> modulus{1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0,
                                           1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1};
  const Field field = Field::with_modulus(std::uint64_t{1} << 32, modulus);
  std::vector<galois::Element> snow(16, 0);
  snow[0] = 2;
  snow[2] = 1;
  snow[11] = field.inverse(2);
  EXPECT_EQ(snow[11], 3459980697u);
  const auto snow_map = mapped(fsr::Register(fsr::Feedback::linear(field, snow)));
  EXPECT_TRUE(snow_map.is_primitive);
  EXPECT_EQ(snow_map.max_period(), (Natural(1) << 512) - 1);

  std::vector<galois::Element> zuc(16, 0);
  zuc[0] = 1 + (1 << 8);
  zuc[4] = 1 << 20;
  zuc[10] = 1 << 21;
  zuc[13] = 1 << 17;
  zuc[15] = 1 << 15;
  EXPECT_TRUE(mapped(fsr::Register(fsr::Feedback::linear(Field::of_order(2147483647), zuc))).is_primitive);
}

/// The product of an irreducible polynomial over GF(2) of each of these degrees.
Coefficients product_of_irreducibles(std::mt19937_64& random, const std::vector<int>& degrees) {
  const Field field = Field::of_order(2);
  Coefficients f{1};
  for (const int r : degrees) {
    Coefficients factor;
    do {
      factor = random_monic(random, field, r);
    } while (!characteristic_factors(register_with(field, factor), {})->is_irreducible());
    f = product(field, f, factor);
  }
  return f;
}

// Coprime orders 2^r - 1, r prime: each subset of the factors has a period of its own.
TEST(MapByAlgebra, CombinesManyPeriods) {
  std::mt19937_64 random(20240504);
  const auto f =
      product_of_irreducibles(random, {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59});
  const auto map = mapped(register_with(Field::of_order(2), f));
  EXPECT_EQ(map.distribution.size(), 1u << 17);
  EXPECT_EQ(map.distribution.begin()->first, 1);
}

TEST(MapByAlgebra, SaysWhereThereAreTooManyPeriodsAndKeepsTheOrder) {
  std::mt19937_64 random(20240508);
  const auto f = product_of_irreducibles(
      random, {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71});
  IntegerFactorizer factorizer;
  const auto answer = map_by_algebra(register_with(Field::of_order(2), f), factorizer, {});
  const auto& unresolved = std::get<Unresolved>(answer);
  EXPECT_EQ(unresolved.reason, Unresolved::Reason::too_large);
  EXPECT_NE(unresolved.message.find("524288 distinct periods"), std::string::npos) << unresolved.message;
  EXPECT_TRUE(unresolved.proven.distribution.empty());
  EXPECT_GT(unresolved.period_divisor, 0);
  EXPECT_EQ(unresolved.period_divisor, unresolved.period_multiple);
}

// 1 + x + ... + x^(r-1), 2 a primitive root modulo the prime r: irreducible of order r. So the order does not
// depend on the factors of 2^2538 - 1 that nobody knows.
TEST(MapByAlgebra, NeedsNoFactorsThatTheOrderDoesNotDependOn) {
  const Coefficients f(2539, 1);
  const auto reg = register_with(Field::of_order(2), f);
  ASSERT_FALSE(IntegerFactorizer().power_minus_one(2, 2538).complete());
  const auto map = mapped(reg);
  EXPECT_TRUE(map.characteristic.is_irreducible());
  EXPECT_EQ(map.order, 2539);
}

// Irreducible; 2^1207 - 1 has a composite cofactor of 337 digits that has resisted everybody since 1925.
Coefficients resisting_trinomial() {
  Coefficients f(1208, 0);
  f[0] = f[273] = f[1207] = 1;
  return f;
}

TEST(MapByAlgebra, ReportsWhatResists) {
  const auto reg = register_with(Field::of_order(2), resisting_trinomial());
  IntegerFactorizer factorizer;
  const auto answer = map_by_algebra(reg, factorizer, {}, Search::none);
  const auto& unresolved = std::get<Unresolved>(answer);
  EXPECT_EQ(unresolved.reason, Unresolved::Reason::resisting);
  EXPECT_EQ(unresolved.proven.characteristic.polynomial, resisting_trinomial());
  EXPECT_TRUE(unresolved.proven.characteristic.is_irreducible());
  EXPECT_EQ(core::decimal(unresolved.cofactor).size(), 337u);
  EXPECT_EQ(unresolved.number, "2^1207 - 1");
  EXPECT_FALSE(unresolved.is_not_primitive);
  Natural known = unresolved.cofactor;
  for (const auto& power : unresolved.known_primes) known *= power.prime;
  EXPECT_EQ(known, (Natural(1) << 1207) - 1);
  EXPECT_NE(unresolved.message.find("2^1207 - 1"), std::string::npos) << unresolved.message;
  EXPECT_NE(unresolved.message.find("(337 digits)"), std::string::npos) << unresolved.message;

  const Natural all = (Natural(1) << 1207) - 1;
  EXPECT_EQ(Natural(all % unresolved.cofactor), 0);
  EXPECT_EQ(unresolved.period_divisor * unresolved.cofactor, unresolved.period_multiple);
  EXPECT_EQ(Natural(all % unresolved.period_multiple), 0);
  EXPECT_EQ(unresolved.proven.distribution, (PeriodCounts{{1, 1}}));
}

// 11^89 - 1 resists, but a root of norm 1 has an order that divides (11^89 - 1) / 10.
TEST(MapByAlgebra, DisprovesPrimitivityWithoutTheOrder) {
  const Field field = Field::of_order(11);
  std::mt19937_64 random(20240510);
  for (const galois::Element norm : {1, 2}) {  // 2 generates the field
    Coefficients f;
    do {
      f = random_monic(random, field, 89);
      f[0] = field.negate(norm);
    } while (!characteristic_factors(register_with(field, f), {})->is_irreducible());
    IntegerFactorizer factorizer;
    const auto answer = map_by_algebra(register_with(field, f), factorizer, {}, Search::none);
    EXPECT_EQ(std::get<Unresolved>(answer).is_not_primitive, norm == 1);
  }
}

// The search runs until somebody stops it. No clock: the stop comes when the first answer is there, and the
// search of the other register, which never ends by itself, must see it.
TEST(MapByAlgebra, SearchesUntilItIsStopped) {
  const Field field = Field::of_order(2);
  std::stop_source source;
  std::variant<AlgebraicMap, Unresolved> answer;
  std::jthread search([&] {
    IntegerFactorizer factorizer;
    answer = map_by_algebra(register_with(field, resisting_trinomial()), factorizer, source.get_token());
  });
  mapped(register_with(field, {1, 1, 0, 1}));
  source.request_stop();
  search.join();
  EXPECT_NE(std::get<Unresolved>(answer).reason, Unresolved::Reason::too_large);
}

// What is known of the easy factors is not lost: x^2 (x - 1)^2 (x^3 + x + 1) times the trinomial above,
// linear and affine.
TEST(MapByAlgebra, KeepsWhatIsProvenBesideWhatResists) {
  const Field field = Field::of_order(2);
  const Coefficients easy = product(field, {0, 0, 1, 0, 1}, {1, 1, 0, 1});
  for (const galois::Element b : {0, 1}) {
    IntegerFactorizer factorizer;
    const auto reg = register_with(field, product(field, easy, resisting_trinomial()), b);
    const auto answer = map_by_algebra(reg, factorizer, {}, Search::none);
    const auto& proven = std::get<Unresolved>(answer).proven;
    EXPECT_EQ(proven.distribution, mapped(register_with(field, easy, b)).distribution) << b;
    EXPECT_EQ(proven.transient_states, reg.state_count() - (reg.state_count() >> 2));
    EXPECT_EQ(proven.max_transient_length, 2u);
    ASSERT_EQ(proven.characteristic.factors.size(), 4u);
    EXPECT_EQ(proven.characteristic.factors[2].order, 7);
    EXPECT_EQ(proven.characteristic.factors[3].order, 0);
    EXPECT_EQ(Natural(std::get<Unresolved>(answer).period_divisor % 14), 0);
  }
}

TEST(MapByAlgebra, SaysWhatItDoesNotAttempt) {
  Coefficients f((1 << 18) + 2, 0);
  f.front() = f.back() = 1;
  const auto reg = register_with(Field::of_order(2), f);
  EXPECT_FALSE(characteristic_factors(reg, {}));
  IntegerFactorizer factorizer;
  const auto answer = map_by_algebra(reg, factorizer, {});
  EXPECT_EQ(std::get<Unresolved>(answer).reason, Unresolved::Reason::too_large);
  EXPECT_NE(std::get<Unresolved>(answer).message.find("degree 262145"), std::string::npos);
  EXPECT_NE(std::get<Unresolved>(answer).message.find("up to degree 262144 over GF(2)"), std::string::npos);
}

TEST(MapByAlgebra, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  std::mt19937_64 random(20240505);
  IntegerFactorizer factorizer;
  const auto answer =
      map_by_algebra(register_with(Field::of_order(3), random_monic(random, Field::of_order(3), 40)),
                     factorizer, source.get_token());
  EXPECT_EQ(std::get<Unresolved>(answer).reason, Unresolved::Reason::stopped);
}

// One factorizer for all threads, and FLINT in each of them.
TEST(MapByAlgebra, IsThreadSafe) {
  std::vector<fsr::Register> registers;
  std::mt19937_64 random(20240506);
  for (const auto& field : testing_support::sample_fields()) {
    for (int i = 0; i < 3; ++i) registers.push_back(register_with(field, random_monic(random, field, 6)));
  }
  IntegerFactorizer factorizer;
  const auto distributions = [&] {
    std::vector<PeriodCounts> result;
    for (const auto& reg : registers) {
      result.push_back(std::get<AlgebraicMap>(map_by_algebra(reg, factorizer, {})).distribution);
    }
    return result;
  };
  std::vector<std::vector<PeriodCounts>> found(4);
  {
    std::vector<std::jthread> team;
    for (auto& mine : found) team.emplace_back([&mine, &distributions] { mine = distributions(); });
  }
  const auto expected = distributions();
  for (const auto& each : found) EXPECT_EQ(each, expected);
}

}  // namespace
}  // namespace gforbit::cycles
