// Pipelines from text, run in this process, and what arrives at their sinks as text.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gforbit/stream/engine.hpp"
#include "gforbit/stream/library.hpp"

namespace gforbit::stream::test {

inline std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

/// "index:value,value index:value,value ..." of the items of a sink.
inline std::string text(const std::vector<Batch>& batches) {
  std::string all;
  for (const Batch& batch : batches) {
    for (std::size_t row = 0; row < batch.size; ++row) {
      all += (all.empty() ? "" : " ") + std::to_string(batch.indices[row]) + ":";
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        if (c > 0) all += ",";
        const Value value = batch.value(c, row);
        if (const auto* const i = std::get_if<std::int64_t>(&value)) all += std::to_string(*i);
        if (const auto* const r = std::get_if<double>(&value)) all += std::to_string(*r);
        if (const auto* const n = std::get_if<std::uint64_t>(&value)) all += std::to_string(*n);
        if (std::holds_alternative<Null>(value)) all += "null";
        if (const auto* const t = std::get_if<std::string>(&value)) all += *t;
        if (const auto* const e = std::get_if<Elements>(&value)) all += "[" + e->text() + "]";
      }
    }
  }
  return all;
}

struct Ran {
  std::vector<std::string> sinks;
  std::vector<DeadLetter> letters;
  std::vector<TermMetrics> metrics;
  bool ended = false;
};

/// Runs a graph on some threads.
inline Ran run_graph(Engine& engine, int threads) {
  std::vector<std::thread> team;
  std::exception_ptr error;
  std::mutex mutex;
  for (int i = 0; i < threads; ++i) {
    team.emplace_back([&] {
      try {
        while (engine.work({}, 1'000'000)) {
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
      }
    });
  }
  for (std::thread& thread : team) thread.join();
  if (error) std::rethrow_exception(error);
  Ran ran;
  for (const auto& batches : engine.take_kept()) ran.sinks.push_back(text(batches));
  ran.letters = engine.take_dead_letters();
  ran.metrics = engine.metrics();
  ran.ended = engine.ended();
  return ran;
}

inline Ran run_pipeline(const Pipeline& pipeline, int threads = 1, EngineOptions options = {}) {
  Graph graph(pipeline);
  options.threads = threads;
  options.clock = now_ns;
  Engine engine(graph, options);
  return run_graph(engine, threads);
}

inline Ran run_text(const std::string& pipeline, int threads = 1, EngineOptions options = {}) {
  return run_pipeline(parse(pipeline, builtin_library()), threads, options);
}

/// What arrives at the only sink.
inline std::string result(const std::string& pipeline, int threads = 1, EngineOptions options = {}) {
  return run_text(pipeline, threads, options).sinks.at(0);
}

}  // namespace gforbit::stream::test
