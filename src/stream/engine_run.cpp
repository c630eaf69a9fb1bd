// What a thread does with a run that it has claimed: terms are called here, without the lock.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine_impl.hpp"

namespace gforbit::stream {

namespace {

/// Errors of items, by option.
class RunContext final : public Context {
 public:
  RunContext(Engine::Impl& engine, const core::StopSignal& stop) : engine_(engine), stop_(stop) {}

  void enter(std::size_t node, TermMetrics& metrics) {
    node_ = node;
    metrics_ = &metrics;
  }
  void fail(std::uint64_t index, const std::string& message) override {
    ++metrics_->errors;
    if (engine_.options.on_error == OnError::skip) return;
    const std::lock_guard lock(engine_.letters_mutex);
    engine_.letters.push_back({index, static_cast<std::uint32_t>(node_), message});
    engine_.has_letters.store(true, std::memory_order_relaxed);
  }
  [[nodiscard]] const core::StopSignal& stop() const noexcept override { return stop_; }
  [[nodiscard]] const std::string& name() const { return engine_.graph.nodes()[node_].name; }

 private:
  Engine::Impl& engine_;
  const core::StopSignal& stop_;
  std::size_t node_ = 0;
  TermMetrics* metrics_ = nullptr;
};

/// Collects what a term emits.
class RunOutput final : public Output {
 public:
  explicit RunOutput(Run& run) : run_(run) {}
  void emit(Batch batch) override {
    items_ += batch.size;
    if (batch.size > 0) run_.out.push_back({std::move(batch), 0, 0, 0});
  }
  /// The watermark of everything emitted so far.
  void mark(std::uint64_t watermark) { run_.out.push_back({{}, watermark, 0, 0}); }
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }

 private:
  Run& run_;
  std::uint64_t items_ = 0;
};

std::uint64_t count_items(const std::vector<Message>& messages) {
  std::uint64_t items = 0;
  for (const Message& message : messages) items += message.batch.size;
  return items;
}

/// Items with the same time of arrival.
struct Arrival {
  std::uint64_t since, items;
};

std::vector<Arrival> arrivals(const std::vector<Message>& messages) {
  std::vector<Arrival> all;
  for (const Message& message : messages) {
    if (message.batch.size > 0) all.push_back({message.since, message.batch.size});
  }
  return all;
}

}  // namespace

void Engine::Impl::execute(Run& run, const core::StopSignal& stop) {
  Stage& stage = *run.stage;
  run.metrics.resize(stage.nodes.size());
  TermMetrics& m = run.metrics[0];
  Term& term = *graph.nodes()[stage.nodes[0]].term;
  const auto arrived = arrivals(run.taken);
  switch (stage.kind) {
    case Graph::Kind::source: {
      RunContext context(*this, stop);
      context.enter(stage.nodes[0], m);
      auto& source = static_cast<Source&>(term);
      Produced produced = source.produce(run.quantum, context);
      m.out = produced.batch.size;
      run.end = source.position();
      run.source_ended = produced.ended;
      run.out.push_back({std::move(produced.batch), run.end, 0, 0});
      break;
    }
    case Graph::Kind::stateless:
      return run_chain(run, stop);
    case Graph::Kind::stateful:
      run_stateful(run, stop);
      break;
    case Graph::Kind::join:
      run_join(run, stop);
      break;
    case Graph::Kind::delay:
      m.in = m.out = count_items(run.taken);
      run.out = std::move(run.taken);
      break;
    case Graph::Kind::sink:
      m.in = count_items(run.taken);
      if (static_cast<const Sink&>(term).kind() != SinkKind::discard) {
        for (Message& message : run.taken) {
          if (message.batch.size > 0) run.kept.push_back(std::move(message.batch));
        }
      }
      break;
  }
  const std::uint64_t now = options.clock();
  m.busy = now - run.begun;
  m.runs = 1;
  for (const Arrival& a : arrived) m.latency.add(now - std::min(now, a.since), a.items);
}

void Engine::Impl::run_chain(Run& run, const core::StopSignal& stop) {
  const Stage& stage = *run.stage;
  RunContext context(*this, stop);
  std::uint64_t now = run.begun;
  for (Message& message : run.taken) {
    Batch batch = std::move(message.batch);
    std::uint64_t since = message.since;
    for (std::size_t i = 0; i < stage.nodes.size() && batch.size > 0; ++i) {
      TermMetrics& m = run.metrics[i];
      context.enter(stage.nodes[i], m);
      const std::uint64_t in = batch.size, errors = m.errors;
      batch = static_cast<const Stateless&>(*graph.nodes()[stage.nodes[i]].term).apply(batch, context);
      const std::uint64_t before = std::exchange(now, options.clock());
      m.in += in;
      m.out += batch.size;
      const std::uint64_t lost = m.errors - errors;
      if (batch.size + lost < in) m.filtered += in - batch.size - lost;
      m.busy += now - before;
      m.latency.add(now - std::min(now, since), in);
      since = now;
    }
    run.out.push_back({std::move(batch), message.watermark, 0, 0});
  }
  for (TermMetrics& m : run.metrics) m.runs = 1;
}

void Engine::Impl::run_stateful(Run& run, const core::StopSignal& stop) {
  auto& term = static_cast<Stateful&>(*graph.nodes()[run.stage->nodes[0]].term);
  TermMetrics& m = run.metrics[0];
  RunContext context(*this, stop);
  context.enter(run.stage->nodes[0], m);
  RunOutput out(run);
  if (run.finish) term.finish(run.end, out, context);
  for (const Message& message : run.taken) {
    if (message.batch.size > 0 && !term.closed()) term.process(message.batch, out, context);
    if (message.watermark > 0) out.mark(message.watermark);
  }
  run.is_closed = term.closed();
  m.in = count_items(run.taken);
  m.out = out.items();
}

void Engine::Impl::run_join(Run& run, const core::StopSignal& stop) {
  Stage& stage = *run.stage;
  auto& term = static_cast<Join&>(*graph.nodes()[stage.nodes[0]].term);
  TermMetrics& m = run.metrics[0];
  RunContext context(*this, stop);
  context.enter(stage.nodes[0], m);
  RunOutput out(run);
  term.step(stage.inlets, out, context);
  std::uint64_t watermark = UINT64_MAX;
  for (const Inlet& inlet : stage.inlets) watermark = std::min(watermark, inlet.bound());
  if (watermark != UINT64_MAX) out.mark(watermark);
  run.is_closed = term.closed(stage.inlets);
  run.waits_for = term.waits_for(stage.inlets);
  m.out = out.items();
}

}  // namespace gforbit::stream
