// The scoring job: what a call of a warm worker costs beside the solver's own work, builtins, and the scores
// of outputs.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "gforbit/scoring/builtins.hpp"
#include "gforbit/scoring/differs.hpp"
#include "gforbit/solvers/helper.hpp"
#include "scoring/messages.hpp"

namespace gforbit {
namespace {

using scoring::Grid;

Grid colored(std::mt19937& random, int rows, int columns) {
  Grid grid(rows, columns);
  for (auto& cell : grid.cells()) cell = random() % 2 == 0 ? 0 : static_cast<scoring::Color>(random() % 10);
  return grid;
}

/// Three demos and a test of 12 x 12 cells, as in the middle of the ARC training set.
scoring::Task task() {
  std::mt19937 random(1);
  scoring::Task made{"bench", {}, {}};
  for (int i = 0; i < 4; ++i) {
    scoring::Sample sample{colored(random, 12, 12), colored(random, 12, 12)};
    (i < 3 ? made.demos : made.tests).push_back(std::move(sample));
  }
  return made;
}

/// Request written, sent, answered by a worker that does nothing else, reply read: one call after the other.
void call_of_a_warm_worker(benchmark::State& state) {
  solvers::Helper helper = solvers::Helper::start();
  helper.set_slots(1);
  const auto program = helper.define({.command = {GFORBIT_TEST_SOLVER, "reply"}, .limits = {.wall_s = 10}});
  const scoring::Task asked = task();
  const job_scoring::Requests requests(asked, false);
  std::vector<double> times;
  std::uint64_t id = 0;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    ++id;
    helper.submit({id, program, requests.text(id, 3)});
    std::optional<solvers::Outcome> outcome;
    while (!(outcome = helper.next(std::chrono::milliseconds(100)))) continue;
    benchmark::DoNotOptimize(job_scoring::reply_from_text(outcome->reply, id, false));
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  state.counters["median_us"] = 1e6 * *middle;
}

void write_request(benchmark::State& state) {
  const scoring::Task asked = task();
  const job_scoring::Requests requests(asked, false);
  for (auto _ : state) benchmark::DoNotOptimize(requests.text(1, 3));
}

/// One operation on one grid each, over all builtins in turn.
void builtin_operations(benchmark::State& state) {
  const scoring::Task asked = task();
  std::vector<scoring::DemoImage> demos;
  for (const auto& demo : asked.demos) demos.push_back({&demo.input, &*demo.output});
  for (auto _ : state) {
    for (const auto& builtin : scoring::builtins())
      benchmark::DoNotOptimize(builtin.apply(asked.tests[0].input, demos));
  }
  state.counters["operations"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(scoring::builtins().size()),
      benchmark::Counter::kIsRate);
}

/// Each builtin alone.
void builtin(benchmark::State& state) {
  const scoring::Task asked = task();
  std::vector<scoring::DemoImage> demos;
  for (const auto& demo : asked.demos) demos.push_back({&demo.input, &*demo.output});
  const auto& operation = scoring::builtins()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(std::string(operation.name));
  for (auto _ : state) benchmark::DoNotOptimize(operation.apply(asked.tests[0].input, demos));
}

/// All compositions of two on one task with its four samples; operations: samples by compositions.
void enumeration(benchmark::State& state) {
  const scoring::Task asked = task();
  const std::uint64_t n = scoring::composition_count(2);
  for (auto _ : state) {
    scoring::TaskImages images(asked, false);
    for (std::uint64_t i = 0; i < n; ++i)
      benchmark::DoNotOptimize(images.apply(scoring::composition_at(i)).size());
  }
  state.counters["operations"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(n * asked.n_samples()),
                         benchmark::Counter::kIsRate);
}

void differs_of_an_output(benchmark::State& state) {
  const scoring::Task asked = task();
  const auto& sample = asked.tests[0];
  const scoring::ExpectedFeatures features(sample.input, *sample.output);
  scoring::DifferCounts counts{};
  for (auto _ : state) {
    features.add(asked.demos[0].input, counts);
    benchmark::DoNotOptimize(counts);
  }
}

BENCHMARK(call_of_a_warm_worker)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(write_request)->Unit(benchmark::kMicrosecond);
BENCHMARK(builtin_operations)->Unit(benchmark::kMicrosecond);
BENCHMARK(builtin)
    ->DenseRange(0, static_cast<int>(scoring::builtins().size()) - 1)
    ->Unit(benchmark::kNanosecond);
BENCHMARK(enumeration)->Unit(benchmark::kMillisecond);
BENCHMARK(differs_of_an_output)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gforbit
