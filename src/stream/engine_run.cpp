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

  void enter(std::size_t node, Tally& tally) {
    node_ = node;
    tally_ = &tally;
  }
  void fail(std::uint64_t index, const std::string& message) override { fail_record(index, message, {}); }
  void fail_row(const Batch& in, std::size_t row, const std::string& message) override {
    fail_record(in.indices[row], message,
                engine_.options.on_error == OnError::dead_letter ? record(in, row) : std::string());
  }
  /// Of an item that is left out only its place is kept: for its number.
  void fail_record(std::uint64_t index, const std::string& message, const std::string& record) override {
    ++tally_->errors;
    const bool counts_only = engine_.options.on_error == OnError::skip;
    const std::lock_guard lock(engine_.letters_mutex);
    engine_.letters.push_back(
        {index, static_cast<std::uint32_t>(node_), counts_only ? "" : message, counts_only ? "" : record});
    engine_.has_letters.store(true, std::memory_order_relaxed);
  }
  [[nodiscard]] const core::StopSignal& stop() const noexcept override { return stop_; }
  [[nodiscard]] const std::string& name() const { return engine_.graph.nodes()[node_].name; }

 private:
  [[nodiscard]] std::string record(const Batch& in, std::size_t row) const {
    constexpr std::uint64_t kMostElements = 64;
    const Graph::Node& node = engine_.graph.nodes()[node_];
    const Graph::Node& before = engine_.graph.nodes()[engine_.graph.edges()[node.inputs[0]].from];
    return text_of_row(before.schema, in, row, kMostElements);
  }

  Engine::Impl& engine_;
  const core::StopSignal& stop_;
  std::size_t node_ = 0;
  Tally* tally_ = nullptr;
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

/// One batch of all of them.
void join_messages(std::vector<Message>& messages) {
  std::vector<Batch> parts;
  std::uint64_t watermark = 0;
  for (Message& message : messages) {
    watermark = std::max(watermark, message.watermark);
    if (message.batch.size > 0) parts.push_back(std::move(message.batch));
  }
  messages.clear();
  messages.push_back({parts.empty() ? Batch() : concatenate(parts), watermark, 0, 0});
}

std::uint64_t count_items(const std::vector<Message>& messages) {
  std::uint64_t items = 0;
  for (const Message& message : messages) items += message.batch.size;
  return items;
}

}  // namespace

void Engine::Impl::execute(Run& run, const core::StopSignal& stop) {
  Stage& stage = *run.stage;
  Tally& tally = run.tallies[0];
  switch (stage.kind) {
    case Graph::Kind::source: {
      RunContext context(*this, stop);
      context.enter(stage.nodes[0], tally);
      auto& source = static_cast<Source&>(*graph.nodes()[stage.nodes[0]].term);
      Produced produced = source.produce(run.quantum, context);
      tally.out = produced.batch.size;
      run.end = source.position();
      run.source_ended = produced.ended;
      run.out.push_back({std::move(produced.batch), run.end, 0, 0});
      break;
    }
    case Graph::Kind::stateless:
      run_chain(run, stop);
      break;
    case Graph::Kind::stateful:
      run_stateful(run, stop);
      break;
    case Graph::Kind::join:
      run_join(run, stop);
      break;
    case Graph::Kind::delay:
      tally.in = tally.out = count_items(run.taken);
      std::swap(run.out, run.taken);
      break;
    case Graph::Kind::sink:
      break;
  }
  run.taken.clear();  // here, without the lock
}

void Engine::Impl::run_chain(Run& run, const core::StopSignal& stop) {
  const Stage& stage = *run.stage;
  if (stage.is_remote && run.taken.size() > 1) join_messages(run.taken);
  RunContext context(*this, stop);
  const bool reads_clock = run.is_timed && stage.nodes.size() > 1;
  std::uint64_t now = run.begun;
  std::size_t arrival = 0;  // in run.passages
  for (Message& message : run.taken) {
    Batch batch = std::move(message.batch);
    std::uint64_t since = 0;
    for (std::size_t i = 0; i < stage.nodes.size() && batch.size > 0; ++i) {
      Tally& tally = run.tallies[i];
      context.enter(stage.nodes[i], tally);
      const std::uint64_t in = batch.size, errors = tally.errors;
      batch = static_cast<const Stateless&>(*graph.nodes()[stage.nodes[i]].term).apply(batch, context);
      tally.in += in;
      tally.out += batch.size;
      const std::uint64_t lost = tally.errors - errors;
      if (batch.size + lost < in) tally.filtered += in - batch.size - lost;
      if (!reads_clock) continue;
      const std::uint64_t before = std::exchange(now, options.clock());
      tally.busy += now - before;
      if (i == 0) {
        run.passages[arrival++].until = now;
      } else {
        run.passages.push_back({i, since, now, in});
      }
      since = now;
    }
    run.out.push_back({std::move(batch), message.watermark, 0, 0});
  }
  if (reads_clock) run.ended = now;
}

void Engine::Impl::run_stateful(Run& run, const core::StopSignal& stop) {
  auto& term = static_cast<Stateful&>(*graph.nodes()[run.stage->nodes[0]].term);
  Tally& tally = run.tallies[0];
  RunContext context(*this, stop);
  context.enter(run.stage->nodes[0], tally);
  RunOutput out(run);
  if (run.finish) term.finish(out, context);
  for (const Message& message : run.taken) {
    if (message.batch.size > 0 && !term.closed()) term.process(message.batch, out, context);
    const std::uint64_t watermark = std::min(message.watermark, term.holds_back().value_or(UINT64_MAX));
    if (watermark > 0) out.mark(watermark);
  }
  run.is_closed = term.closed();
  tally.in = count_items(run.taken);
  tally.out = out.items();
}

void Engine::Impl::run_join(Run& run, const core::StopSignal& stop) {
  Stage& stage = *run.stage;
  auto& term = static_cast<Join&>(*graph.nodes()[stage.nodes[0]].term);
  Tally& tally = run.tallies[0];
  RunContext context(*this, stop);
  context.enter(stage.nodes[0], tally);
  RunOutput out(run);
  term.step(stage.inlets, out, context);
  std::uint64_t watermark = UINT64_MAX;
  for (const Inlet& inlet : stage.inlets) watermark = std::min(watermark, inlet.bound());
  if (watermark != UINT64_MAX) out.mark(watermark);
  run.is_closed = term.closed(stage.inlets);
  run.waits_for = term.waits_for(stage.inlets);
  tally.out = out.items();
}

}  // namespace gforbit::stream
