// The algebraic method, step by step: factoring polynomials, the factors of q^n - 1, whole maps, and the
// combination of distributions with many periods.
#include <benchmark/benchmark.h>

#include "gforbit/cycles/algebra.hpp"
#include "unit/cycles/random_linear.hpp"

namespace gforbit {
namespace {

using galois::Field;

Field field_of(const benchmark::State& state) {
  const auto q = static_cast<std::uint64_t>(state.range(0));
  if (q < Field::kMaxOrder) return Field::of_order(q);
  // The modulus of SNOW 3G's field: there is no Conway polynomial to look up.
  const std::vector<std::uint64_t> modulus{1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0,
                                           1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1};
  return Field::with_modulus(q, modulus);
}

/// Field and degree where all factors of q^n - 1 are known or easy.
void easy_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"q", "degree"});
  for (const auto& [q, degree] : {std::pair<std::int64_t, std::int64_t>{2, 32},
                                  {2, 128},
                                  {2, 1000},
                                  {3, 300},
                                  {5, 100},
                                  {256, 64},
                                  {std::int64_t{1} << 32, 16}}) {
    benchmark->Args({q, degree});
  }
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  easy_shapes(benchmark);
  benchmark->Args({2, 10000})->Args({2, 20000});
}

void factor_polynomial(benchmark::State& state) {
  const Field field = field_of(state);
  std::mt19937_64 random(1);
  for (auto _ : state) {
    const auto f = testing_support::random_monic(random, field, static_cast<int>(state.range(1)));
    benchmark::DoNotOptimize(cycles::factor_polynomial(field, f, {}));
  }
}

/// Everything that a register of a batch costs after the first one: the factors of q^n - 1 are remembered.
void map_by_algebra(benchmark::State& state) {
  const Field field = field_of(state);
  std::mt19937_64 random(1);
  cycles::IntegerFactorizer factorizer;
  for (auto _ : state) {
    const auto f = testing_support::random_monic(random, field, static_cast<int>(state.range(1)));
    benchmark::DoNotOptimize(
        cycles::map_by_algebra(testing_support::register_with(field, f), factorizer, {}));
  }
}

void factors_of_power_minus_one(benchmark::State& state) {
  for (auto _ : state) {
    cycles::IntegerFactorizer factorizer;
    benchmark::DoNotOptimize(factorizer.power_minus_one(static_cast<std::uint64_t>(state.range(0)),
                                                        static_cast<std::uint64_t>(state.range(1))));
  }
}

/// x^n + x^k + 1, primitive over GF(2): a register of n cells, from its feedback to the answer.
void map_trinomial(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0)), k = static_cast<std::size_t>(state.range(1));
  std::vector<galois::Element> f(n + 1, 0);
  f[0] = f[k] = f[n] = 1;
  const auto reg = testing_support::register_with(Field::of_order(2), f);
  for (auto _ : state) {
    cycles::IntegerFactorizer factorizer;
    const auto answer = cycles::map_by_algebra(reg, factorizer, {});
    if (!std::get<cycles::AlgebraicMap>(answer).is_primitive) state.SkipWithError("it is not primitive");
  }
}

/// All primitive trinomials whose degree is the exponent of a Mersenne prime, up to 132049, with k <= n/2.
/// @see  J. R. Heringa, H. W. J. Bloete and A. Compagner, Int. J. Mod. Phys. C 3 (1992), and the papers named
/// there
void mersenne_trinomials(benchmark::internal::Benchmark* benchmark) {
  const std::pair<int, std::vector<int>> trinomials[] = {{89, {38}},
                                                         {127, {1, 7, 15, 30, 63}},
                                                         {521, {32, 48, 158, 168}},
                                                         {607, {105, 147, 273}},
                                                         {1279, {216, 418}},
                                                         {2281, {715, 915, 1029}},
                                                         {3217, {67, 576}},
                                                         {4423, {271, 369, 370, 649, 1393, 1419, 2098}},
                                                         {9689, {84, 471, 1836, 2444, 4187}},
                                                         {19937, {881, 7083, 9842}},
                                                         {23209, {1530, 6619, 9739}},
                                                         {44497, {8575, 21034}},
                                                         {110503, {25230, 53719}},
                                                         {132049, {7000, 33912, 41469, 52549, 54454}}};
  benchmark->ArgNames({"n", "k"});
  for (const auto& [n, exponents] : trinomials) {
    for (const int k : exponents) benchmark->Args({n, k});
  }
}

/// A product of irreducible polynomials of prime degrees, whose orders are coprime: 2^range(0) periods.
void combine_periods(benchmark::State& state) {
  const Field field = Field::of_order(2);
  std::mt19937_64 random(1);
  std::vector<galois::Element> f{1};
  const int degrees[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59};
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    std::vector<galois::Element> factor;
    do {
      factor = testing_support::random_monic(random, field, degrees[i]);
    } while (
        !cycles::characteristic_factors(testing_support::register_with(field, factor), {})->is_irreducible());
    f = testing_support::product(field, f, factor);
  }
  cycles::IntegerFactorizer factorizer;
  const auto reg = testing_support::register_with(field, f);
  std::size_t periods = 0;
  for (auto _ : state)
    periods = std::get<cycles::AlgebraicMap>(cycles::map_by_algebra(reg, factorizer, {})).distribution.size();
  state.counters["periods"] = static_cast<double>(periods);
}

BENCHMARK(factor_polynomial)->Apply(shapes)->Unit(benchmark::kMillisecond);
BENCHMARK(map_trinomial)->Apply(mersenne_trinomials)->Unit(benchmark::kMillisecond);
BENCHMARK(map_by_algebra)->Apply(easy_shapes)->Unit(benchmark::kMillisecond);
BENCHMARK(factors_of_power_minus_one)
    ->ArgNames({"p", "n"})
    ->Args({2, 512})
    ->Args({2, 1200})
    ->Args({3, 660})
    ->Args({11, 60})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(combine_periods)->DenseRange(9, 17, 4)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gforbit
