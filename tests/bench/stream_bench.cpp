// Items a second of pipelines on one core, and what parallel terms cost: by their number, and against a
// thread for each. `gforbit_bench --benchmark_filter=Stream`.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gforbit/stream/engine.hpp"
#include "gforbit/stream/library.hpp"
#include "gforbit/stream/register_sequence.hpp"
#include "gforbit/stream/statistics.hpp"

namespace gforbit::stream {
namespace {

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

/// Processor time of this thread.
std::uint64_t thread_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

void run_all(const Pipeline& pipeline, int threads) {
  Graph graph(pipeline);
  EngineOptions options;
  options.threads = threads;
  options.clock = now_ns;
  Engine engine(graph, options);
  std::vector<std::jthread> team;
  for (int i = 1; i < threads; ++i) {
    team.emplace_back([&] {
      while (engine.work({}, 2'000'000)) {
      }
    });
  }
  while (engine.work({}, 2'000'000)) {
  }
}

void StreamPipeline(benchmark::State& state, const std::string& text, double items) {
  const Pipeline pipeline = parse(text, builtin_library());
  for (auto _ : state) run_all(pipeline, 1);
  state.counters["items/s"] = benchmark::Counter(items, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(StreamPipeline, pass_through_of_three,
                  "range(5e7) * select(value) * rename(x=value) * rename(y=x) * discard", 5e7);
BENCHMARK_CAPTURE(StreamPipeline, index_through_three,
                  "range(5e7) * add_index * select(value) * rename(x=value) * discard", 5e7);
BENCHMARK_CAPTURE(StreamPipeline, map, "range(2e7) * map(y = 2*value + 1) * discard", 2e7);
BENCHMARK_CAPTURE(StreamPipeline, filter, "range(2e7) * filter(value % 3 == 0) * discard", 2e7);
BENCHMARK_CAPTURE(StreamPipeline, zip, "range(2e7) * (map(y = value) | map(z = -value)) * zip * discard",
                  2e7);
BENCHMARK_CAPTURE(
    StreamPipeline, monobit_of_a_register,
    "register(field=2, coefficients=1:0:0:1:0:0:0, length=4e9) * window(65536) * frequency * discard", 4e9);

constexpr double kBitTerms = 6.5e9;  ///< bits times terms
const char* const kRegister = "register(field=2, coefficients=1:0:0:1:0:0:0";

std::string parallel_runs(std::uint64_t terms, std::uint64_t window, std::uint64_t windows) {
  std::string text = fmt::format("{}, length={}) * window({}) * (runs", kRegister, windows * window, window);
  for (std::uint64_t i = 1; i < terms; ++i) text += " | runs";
  return text + ") * discard";
}

void StreamParallelTerms(benchmark::State& state) {
  const auto terms = static_cast<std::uint64_t>(state.range(0));
  const auto window = static_cast<std::uint64_t>(state.range(1));
  const double item_terms = kBitTerms / static_cast<double>(window);
  const auto windows = static_cast<std::uint64_t>(item_terms) / terms;
  const Pipeline pipeline = parse(parallel_runs(terms, window, windows), builtin_library());
  for (auto _ : state) run_all(pipeline, static_cast<int>(state.range(2)));
  state.counters["item-terms/s"] =
      benchmark::Counter(item_terms, benchmark::Counter::kIsIterationInvariantRate);
}
// A second is one of all threads' processor time, so that others on the machine do not count.
BENCHMARK(StreamParallelTerms)
    ->ArgNames({"terms", "bits", "threads"})
    ->ArgsProduct({{20, 200}, {4096, 65536}, {1, 2}})
    ->MeasureProcessCPUTime();

/// What measuring takes: the same pipeline with metrics and the clock, and with neither (ticks for a clock),
/// in turns. `overhead` is how much longer the shortest of the first takes than the shortest of the second.
void StreamMeasuring(benchmark::State& state, const std::string& text, std::uint64_t batch_items) {
  const Pipeline pipeline = parse(text, builtin_library());
  std::uint64_t ticks = 0;
  const auto processor_time = [&](bool measures) {
    Graph graph(pipeline);
    EngineOptions options;
    options.batch_items = batch_items;  // and not by time, so that both do the same
    options.measures = measures;
    options.clock = measures ? Clock(now_ns) : Clock([&ticks] { return ticks += 1000; });
    Engine engine(graph, options);
    const std::uint64_t begin = thread_ns();
    while (engine.work({}, 2'000'000)) {
    }
    return thread_ns() - begin;
  };
  std::uint64_t with = UINT64_MAX, without = UINT64_MAX;
  for (auto _ : state) {
    with = std::min(with, processor_time(true));
    without = std::min(without, processor_time(false));
  }
  state.counters["overhead"] = static_cast<double>(with) / static_cast<double>(without) - 1;
}
BENCHMARK_CAPTURE(StreamMeasuring, pass_through_of_three,
                  "range(1e7) * select(value) * rename(x=value) * rename(y=x) * discard", 8192);
BENCHMARK_CAPTURE(StreamMeasuring, index_through_three,
                  "range(1e7) * add_index * select(value) * rename(x=value) * discard", 8192);
BENCHMARK_CAPTURE(StreamMeasuring, zip, "range(1e7) * (map(y = value) | map(z = -value)) * zip * discard",
                  8192);
BENCHMARK_CAPTURE(StreamMeasuring, two_hundred_terms, parallel_runs(200, 4096, 2000), 2'000'000);

/// A bounded queue whose users block: the usual edge of a runner with a thread for each term.
class BlockingQueue {
 public:
  void push(std::shared_ptr<const Elements> item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return items_.size() < 64; });
    items_.push_back(std::move(item));
    changed_.notify_all();
  }
  std::shared_ptr<const Elements> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !items_.empty(); });
    auto item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<const Elements>> items_;
};

/// The same work with a thread for each term.
void StreamThreadPerTerm(benchmark::State& state) {
  const auto terms = static_cast<std::size_t>(state.range(0));
  const auto window = static_cast<std::uint64_t>(state.range(1));
  const double item_terms = kBitTerms / static_cast<double>(window);
  const auto windows = static_cast<std::uint64_t>(item_terms) / terms;
  const auto feedback =
      fsr::Feedback::linear(galois::Field::of_order(2), std::vector<std::uint64_t>{1, 0, 0, 1, 0, 0, 0});
  for (auto _ : state) {
    std::deque<BlockingQueue> queues(terms);
    std::vector<std::jthread> threads;
    for (BlockingQueue& queue : queues) {
      threads.emplace_back([&queue] {
        while (const auto item = queue.pop()) benchmark::DoNotOptimize(runs(*item));
      });
    }
    RegisterSequence sequence(feedback, 1);
    for (std::uint64_t i = 0; i < windows; ++i) {
      const auto item = std::make_shared<const Elements>(sequence.next(window));
      for (BlockingQueue& queue : queues) queue.push(item);
    }
    for (BlockingQueue& queue : queues) queue.push(nullptr);
  }
  state.counters["item-terms/s"] =
      benchmark::Counter(item_terms, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(StreamThreadPerTerm)
    ->ArgNames({"terms", "bits"})
    ->ArgsProduct({{20, 200}, {4096, 65536}})
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace gforbit::stream
