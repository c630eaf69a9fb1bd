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
void shapes(benchmark::internal::Benchmark* benchmark) {
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
BENCHMARK(map_by_algebra)->Apply(shapes)->Unit(benchmark::kMillisecond);
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
