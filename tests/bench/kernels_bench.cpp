// Steps per second of the kernels, one core: by field, degree, feedback and vector level, through the
// interface that the ranges of a run use. `gforbit_bench --benchmark_filter=segments` and so on choose.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>

#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/qary.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit {
namespace {

struct Case {
  std::uint64_t q;
  int degree;
  const char* feedback;
};

constexpr Case kCases[] = {
    {2, 36, "x0 + x3 + x5*x9"},      {2, 36, "x0 + x2 + x7 + x13*x20 + x19 + x24 + x4*x11*x26"},
    {2, 40, "x0 + x13 + x2*x29"},    {3, 23, "2*x0 + x3 + x5*x9"},
    {4, 18, "2*x0 + x3 + x5*x9"},    {5, 16, "2*x0 + x3 + x5*x9"},
    {7, 13, "3*x0 + x3 + x5*x9"},    {8, 12, "3*x0 + x3 + x5*x9"},
    {9, 12, "4*x0 + x3 + x5*x9"},    {16, 9, "7*x0 + x3 + x5*x6"},
    {256, 5, "7*x0 + x1 + x2*x3"},   {257, 5, "7*x0 + x1 + x2*x3"},
    {65521, 3, "7*x0 + x1 + x1*x2"},
};

struct Setting {
  fsr::Register reg;
  std::uint64_t states, marks;
  std::unique_ptr<cycles::Kernel> kernel;
  [[nodiscard]] std::uint64_t steps_per_mark() const { return states / marks; }
  /// As a run cuts its walks: hardly any is as long.
  [[nodiscard]] std::uint64_t walk_limit() const { return 32 * steps_per_mark(); }
};

fsr::Register register_of(const Case& chosen) {
  return fsr::Register(
      fsr::Feedback::parse(galois::Field::of_order(chosen.q), chosen.degree, chosen.feedback));
}

/// The marks of a run.
std::uint64_t marks_of(const fsr::Register& reg) {
  constexpr std::uint64_t kMemory = std::uint64_t{1} << 30, kBytesPerMark = 9;
  const bool bits = reg.field().order() == 2;
  return (bits ? cycles::bitsliced_marks(reg, kMemory, kBytesPerMark)
               : cycles::qary_marks(reg, kMemory, kBytesPerMark))
      .value();
}

/// What segments count on their way beside their length.
enum class Count { states_of_classes, nothing };

std::unique_ptr<cycles::Kernel> make_kernel(const fsr::Register& reg, std::uint64_t states,
                                            std::uint64_t marks, cycles::SimdLevel level, Count count) {
  constexpr unsigned kClassDigits = 8, kQaryClassDigits = 4;
  if (level == cycles::SimdLevel::scalar) {
    return cycles::make_scalar_kernel(fsr::Stepper(reg), cycles::Partition(states, marks, kClassDigits));
  }
  if (reg.field().order() == 2) {
    const auto partition = count == Count::nothing ? cycles::Partition(states, marks, 0, marks)
                                                   : cycles::bitsliced_partition(reg, marks);
    return cycles::make_bitsliced_kernel(reg, marks, partition, level, 0);
  }
  const cycles::Partition partition(states, marks, kQaryClassDigits, cycles::qary_coarse(reg, marks));
  return cycles::make_qary_kernel(reg, marks, partition, level);
}

/// Case and level of this benchmark, named in its label.
Setting setting(benchmark::State& state, Count count = Count::states_of_classes) {
  const Case& chosen = kCases[state.range(0)];
  const auto level = static_cast<cycles::SimdLevel>(state.range(1));
  state.SetLabel(fmt::format("GF({}), d = {}, {}, {}", chosen.q, chosen.degree, chosen.feedback,
                             cycles::simd_name(level)));
  fsr::Register reg = register_of(chosen);
  const auto states = *reg.enumerable_state_count(), marks = marks_of(reg);
  auto kernel = make_kernel(reg, states, marks, level, count);
  return {std::move(reg), states, marks, std::move(kernel)};
}

void report(benchmark::State& state, std::uint64_t steps) {
  state.counters["steps/s"] = benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
}

/// Walks of one range of a large register: some times what the kernel asks for at least.
std::uint64_t walks_of_a_range(const Setting& s) {
  constexpr std::uint64_t kFewest = 256, kTimes = 4;
  return std::max(kFewest, kTimes * s.kernel->least_steps() / s.steps_per_mark());
}

void run_segments(benchmark::State& state, const Setting& s) {
  const std::uint64_t size = std::min(walks_of_a_range(s), s.marks);
  std::uint64_t first = 0, steps = 0;
  for (auto _ : state) {
    const core::StateRange range{{first}, {first + size}};
    cycles::SegmentBlock block(range);
    cycles::Findings findings;
    s.kernel->segments(range, s.walk_limit(), block, findings, {});
    steps += findings.steps;
    first = first + 2 * size <= s.marks ? first + size : 0;
  }
  report(state, steps);
}

void segments(benchmark::State& state) {
  run_segments(state, setting(state));
}

/// Over GF(2): as where all cycles are known to have a mark.
void segments_only(benchmark::State& state) {
  run_segments(state, setting(state, Count::nothing));
}

/// From the marks upwards, where the walks are longest.
void leaders(benchmark::State& state) {
  const Setting s = setting(state);
  const std::uint64_t size = std::min(walks_of_a_range(s), s.states - s.marks);
  std::uint64_t first = s.marks, steps = 0;
  for (auto _ : state) {
    cycles::Findings findings;
    s.kernel->leaders({{first}, {first + size}}, s.states, s.walk_limit(), findings, {});
    steps += findings.steps;
    first = first + 2 * size <= s.states ? first + size : s.marks;
  }
  report(state, steps);
}

void cases_of(benchmark::internal::Benchmark* benchmark, bool (*chosen)(const Case&)) {
  benchmark->ArgNames({"case", "level"});
  for (const auto level : cycles::simd_levels()) {
    for (std::size_t i = 0; i < std::size(kCases); ++i) {
      if (cycles::simd_available(level) && chosen(kCases[i]))
        benchmark->Args({static_cast<std::int64_t>(i), static_cast<std::int64_t>(level)});
    }
  }
}

void all_cases(benchmark::internal::Benchmark* benchmark) {
  cases_of(benchmark, [](const Case&) { return true; });
}

void binary_cases(benchmark::internal::Benchmark* benchmark) {
  cases_of(benchmark, [](const Case& chosen) { return chosen.q == 2; });
}

BENCHMARK(segments)->Apply(all_cases)->Unit(benchmark::kMillisecond);
BENCHMARK(segments_only)->Apply(binary_cases)->Unit(benchmark::kMillisecond);
BENCHMARK(leaders)->Apply(all_cases)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gforbit
