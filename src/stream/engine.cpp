#include "gforbit/stream/engine.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "engine_impl.hpp"

namespace gforbit::stream {

namespace {

/// Of a source's batch: small enough for the nearest caches and the allocator, and for packed bits, of
/// which a byte is eight items, larger.
constexpr std::uint64_t kMostBatchBytes = std::uint64_t{5} << 14, kMostPackedBytes = std::uint64_t{1} << 18;

constexpr std::uint64_t kManySiblings = 8;
constexpr std::uint64_t kLongestChain = 64;  ///< in fours of terms
constexpr std::uint64_t kRemote = 50;        ///< a remote term runs as long as a chain of so many fours

std::uint64_t most_bytes(const Batch& batch) {
  const auto* const elements = batch.columns.empty() ? nullptr : std::get_if<Elements>(&batch.columns[0]);
  return elements != nullptr && elements->packed() ? kMostPackedBytes : kMostBatchBytes;
}

}  // namespace

// ---- what is ready ----------------------------------------------------------------------------------------

bool Engine::Impl::has_work(const Stage& stage, std::uint64_t now) const {
  switch (stage.kind) {
    case Graph::Kind::source:
      return !paused;
    case Graph::Kind::stateless:
      return !stage.in[0]->queue.empty();
    case Graph::Kind::sink:
      return false;
    case Graph::Kind::stateful:
      return !stage.in[0]->queue.empty() || (stage.in[0]->ended && !stage.finish_called);
    case Graph::Kind::delay:
      return !stage.in[0]->queue.empty() && stage.in[0]->queue.front().since + stage.delay <= now;
    case Graph::Kind::join: {
      const Channel& decides = *stage.in[stage.waits_for];
      return !decides.queue.empty() || (decides.ended && !stage.inlets[stage.waits_for].ended);
    }
  }
  return false;
}

bool Engine::Impl::outputs_accept(const Stage& stage) noexcept {
  return std::ranges::none_of(stage.out, [](const Channel* c) { return c->is_full(); });
}

bool Engine::Impl::is_ready(const Stage& stage, std::uint64_t now) const {
  return !stage.finished && stage.running < stage.limit && has_work(stage, now) && outputs_accept(stage);
}

/// Ready stages go to the front, so that what is under way is finished first; sources wait until nothing else
/// is ready. One of many parallel stages goes behind the others, and so does a join of many: together they go
/// through what they read in waves, and the join takes what a wave puts out while it is still in the caches.
void Engine::Impl::offer(Stage& stage, std::uint64_t now) {
  const bool is_able = is_ready(stage, now);
  note_mode(stage, is_able, now);
  if (is_able && !stage.is_queued) {
    stage.is_queued = true;
    if (stage.kind == Graph::Kind::source) {
      ready_sources.push_back(&stage);
    } else if (std::max(stage.siblings, stage.in.size()) >= kManySiblings) {
      ready.push_back(&stage);
    } else {
      ready.push_front(&stage);
    }
  }
}

Stage* Engine::Impl::pick(std::uint64_t now) {
  if (!paused &&
      ((pause_at > 0 && now >= pause_at) || (options.pause_bytes > 0 && kept_bytes >= options.pause_bytes)))
    paused = true;
  for (Stage* const stage : delays) offer(*stage, now);
  for (std::deque<Stage*>* const list : {&ready, &ready_sources}) {
    while (!list->empty()) {
      Stage* const stage = list->front();
      list->pop_front();
      stage->is_queued = false;
      if (is_ready(*stage, now)) return stage;
      note_mode(*stage, false, now);
    }
  }
  return nullptr;
}

bool Engine::Impl::has_timers() const {
  return std::ranges::any_of(
      delays, [](const Stage* s) { return !s->finished && !s->in[0]->queue.empty() && outputs_accept(*s); });
}

void Engine::Impl::update_width() {
  std::uint64_t due = 0;
  for (const Stage* const stage : delays) {
    if (stage->finished || stage->in[0]->queue.empty()) continue;
    const std::uint64_t at = stage->in[0]->queue.front().since + stage->delay;
    if (due == 0 || at < due) due = at;
  }
  next_due.store(due, std::memory_order_relaxed);
  const int able = running + static_cast<int>(n_ready());
  width.store(over ? 1 : able > 0 ? able : due > 0 ? 0 : 1, std::memory_order_relaxed);
}

// ---- a run begins and ends --------------------------------------------------------------------------------

void Engine::Impl::claim(Stage& stage, Run& run, bool is_timed, std::uint64_t now) {
  run.stage = &stage;
  run.begun = now;
  run.quantum = stage.quantum;
  run.ticket = stage.next_ticket++;
  run.is_timed = is_timed;
  run.finish = run.source_ended = run.is_closed = false;
  run.oldest = UINT64_MAX;
  run.ended = 0;
  run.taken.clear();
  run.out.clear();
  run.passages.clear();
  run.tallies.assign(stage.nodes.size(), {});
  if (stage.kind == Graph::Kind::join) {
    absorb(stage, run);
  } else if (stage.kind != Graph::Kind::source) {
    take_messages(stage, run);
  }
  ++stage.running;
  ++running;
  offer(stage, now);
  for (Channel* const channel : stage.in) {
    if (channel->from != nullptr) offer(*channel->from, now);
  }
}

void Engine::Impl::take_messages(Stage& stage, Run& run) {
  Channel& channel = *stage.in[0];
  channel.count_time(run.begun);
  std::uint64_t taken = 0;
  while (!channel.queue.empty() && (taken < run.quantum || channel.queue.front().batch.size == 0)) {
    Message& front = channel.queue.front();
    if (stage.delay > 0 && front.since + stage.delay > run.begun) break;
    const std::uint64_t n = front.batch.size, free = run.quantum - std::min(taken, run.quantum);
    if (n > free) {
      const std::uint64_t share = front.bytes * free / n;
      run.taken.push_back({front.batch.slice(0, free), front.batch.indices[free], front.since, share});
      front.bytes -= share;
      channel.bytes -= share;
      front.batch = front.batch.slice(free, n - free);
      taken += free;
      channel.items -= free;
      break;
    }
    channel.bytes -= front.bytes;
    channel.items -= n;
    taken += n;
    run.taken.push_back(std::move(front));
    channel.queue.pop_front();
  }
  for (const Message& message : run.taken) {
    if (message.batch.size > 0) note_arrival(run, message);
  }
  if (stage.kind == Graph::Kind::stateful && run.taken.empty()) {
    run.finish = stage.finish_called = true;
    run.end = channel.end;
  }
}

void Engine::Impl::absorb(Stage& stage, Run& run) {
  for (std::size_t i = 0; i < stage.in.size(); ++i) {
    Channel& channel = *stage.in[i];
    Inlet& inlet = stage.inlets[i];
    std::uint64_t& came = metrics[stage.nodes[0]].in;
    channel.count_time(run.begun);
    while (!channel.queue.empty() && inlet.items < channel.capacity) {
      Message& front = channel.queue.front();
      inlet.watermark = std::max(inlet.watermark, front.watermark);
      if (front.batch.size > 0) {
        channel.bytes -= front.bytes;
        channel.items -= front.batch.size;
        inlet.items += front.batch.size;
        came += front.batch.size;
        note_arrival(run, front);
        inlet.batches.push_back(std::move(front.batch));
      }
      channel.queue.pop_front();
    }
    if (channel.ended && channel.queue.empty()) {
      inlet.ended = true;
      stage.end_seen = std::max(stage.end_seen, channel.end);
    }
  }
}

void Engine::Impl::adapt(Stage& stage, const Run& run, std::uint64_t now) const {
  if (options.batch_items > 0) return;
  const std::uint64_t wave = std::max<std::uint64_t>(1, stage.siblings / kManySiblings);
  // A chain of many terms runs longer: what a batch costs is paid by each of them.
  const std::uint64_t chain =
      stage.is_remote ? kRemote : std::clamp<std::uint64_t>(stage.nodes.size() / 4, 1, kLongestChain);
  const std::uint64_t short_run = chain * std::max<std::uint64_t>(10'000, 100'000 / wave);  // ns
  const std::uint64_t long_run = chain * std::max<std::uint64_t>(40'000, 1'000'000 / wave);
  const std::uint64_t spent = now - std::min(now, run.begun);
  if (spent > long_run && stage.quantum > 1) {
    stage.quantum /= 2;
  } else if (spent < short_run && stage.quantum < kMostQuantum && run.quantum == stage.quantum) {
    const bool large = stage.kind == Graph::Kind::source && !run.out.empty() &&
                       2 * run.out[0].batch.bytes() > most_bytes(run.out[0].batch);
    if (!large) stage.quantum *= 2;
  }
}

void Engine::Impl::deliver(Run& run, std::uint64_t now) {
  Stage& stage = *run.stage;
  --stage.running;
  --running;
  if (options.measures) account(run, now);
  adapt(stage, run, now);
  if (!stage.finished) {
    if (stage.kind == Graph::Kind::join) stage.waits_for = run.waits_for;
    if (stage.limit == 1) {
      push_all(stage, run.out, now);
    } else if (run.ticket != stage.next_delivery) {
      stage.undelivered.emplace(run.ticket, std::move(run.out));
    } else {
      push_all(stage, run.out, now);
      ++stage.next_delivery;
      for (auto first = stage.undelivered.begin();
           first != stage.undelivered.end() && first->first == stage.next_delivery;
           first = stage.undelivered.begin(), ++stage.next_delivery) {
        push_all(stage, first->second, now);
        stage.undelivered.erase(first);
      }
    }
    if (stage.kind == Graph::Kind::source && run.source_ended) {
      end_stage(stage, run.end, now);
    } else if (run.finish) {
      end_stage(stage, run.end, now);
    } else if (run.is_closed) {
      const bool early = stage.kind == Graph::Kind::stateful ||
                         static_cast<const Join&>(*graph.nodes()[stage.nodes[0]].term).is_aligned();
      end_stage(stage, early ? stage.next_index : stage.end_seen, now);
      close_inputs(stage, stage.next_index, now);
    }
  }
  settle(stage, now);
  offer(stage, now);
}

void Engine::Impl::push_all(Stage& stage, std::vector<Message>& messages, std::uint64_t now) {
  for (Message& message : messages) {
    if (message.batch.size > 0)
      stage.next_index = std::max(stage.next_index, message.batch.indices[message.batch.size - 1] + 1);
    for (std::size_t i = 0; i + 1 < stage.out.size(); ++i) push(*stage.out[i], message, now);
    if (!stage.out.empty()) push(*stage.out.back(), std::move(message), now);
  }
}

void Engine::Impl::push(Channel& channel, Message message, std::uint64_t now) {
  if (channel.closed) return;
  if (channel.to->kind == Graph::Kind::sink) return keep(*channel.to, std::move(message));
  if (message.batch.size == 0) {
    if (!channel.wants_watermark) return;
    if (!channel.queue.empty() && channel.queue.back().batch.size == 0) {
      channel.queue.back().watermark = std::max(channel.queue.back().watermark, message.watermark);
      return;
    }
  }
  const std::uint64_t items = message.batch.size, bytes = channel.is_weighed ? message.batch.bytes() : 0;
  channel.queue.push_back({std::move(message.batch), message.watermark, now, bytes});
  channel.count_time(now);
  channel.items += items;
  channel.bytes += bytes;
  channel.largest = std::max(channel.largest, channel.items);
  offer(*channel.to, now);
}

/// A sink has nothing to do that would be a run of its own: what comes to it is kept at once.
void Engine::Impl::keep(Stage& sink, Message message) {
  const std::size_t node = sink.nodes[0];
  if (message.batch.size == 0) return;
  TermMetrics& m = metrics[node];
  m.in += message.batch.size;
  ++m.runs;
  if (static_cast<const Sink&>(*graph.nodes()[node].term).kind() == SinkKind::discard) return;
  kept_bytes += message.batch.bytes();
  kept[sink_of[node]].push_back(std::move(message.batch));
}

// ---- the engine -------------------------------------------------------------------------------------------

void Engine::Impl::start(std::uint64_t now) {
  started = true;
  begun_at = seen_at = now;
  if (options.pause_after > 0) pause_at = now + options.pause_after;
  for (Channel& channel : channels) {
    for (Message& message : channel.queue) message.since = now;  // what load() found
  }
  for (Stage& stage : stages) {
    stage.mode_since = now;
    if (stage.kind == Graph::Kind::join)
      stage.waits_for = static_cast<Join&>(*graph.nodes()[stage.nodes[0]].term).waits_for(stage.inlets);
  }
  for (Stage& stage : stages) {
    settle(stage, now);
    offer(stage, now);
  }
}

Engine::Engine(Graph& graph, EngineOptions options)
    : impl_(std::make_unique<Impl>(graph, std::move(options))) {}
Engine::~Engine() = default;

int Engine::width() const noexcept {
  const int able = impl_->width.load(std::memory_order_relaxed);
  if (able > 0) return able;
  const std::uint64_t due = impl_->next_due.load(std::memory_order_relaxed);
  return due == 0 || impl_->options.clock() >= due ? 1 : 0;
}

bool Engine::work(const core::StopSignal& stop, std::uint64_t budget) {
  Impl& e = *impl_;
  Run run;
  int unread = 0;  // runs since the last look at the clock
  std::unique_lock lock(e.mutex);
  std::uint64_t now = e.options.clock();
  const std::uint64_t until = now + budget;
  if (!e.started) e.start(now);
  try {
    bool waited = false;
    for (;;) {
      if (stop.token().stop_requested()) e.over = true;  // the lock is held: no look
      if (e.over) break;
      Stage* const stage = e.pick(now);
      if (stage == nullptr) {
        if (e.running == 0) {
          e.come_to_rest(now);
          if (e.over) break;
          if (e.n_ready() > 0) continue;
        }
        if (std::exchange(waited, true)) break;
        ++e.sleeping;
        e.changed.wait_for(lock, std::chrono::microseconds(200));
        --e.sleeping;
        e.waited += e.options.clock() - now;
        now = e.options.clock();
        continue;
      }
      const bool is_timed = e.is_next_timed(*stage);
      if (is_timed && std::exchange(unread, 0) > 0) now = e.options.clock();
      e.claim(*stage, run, is_timed, now);
      e.update_width();
      if (e.sleeping > 0 && e.n_ready() > 0) e.changed.notify_one();
      lock.unlock();
      std::exception_ptr error;
      try {
        e.execute(run, stop);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      now = e.end_of(run, unread);
      if (error) {
        --run.stage->running;
        --e.running;
        std::rethrow_exception(error);
      }
      if (stop.token().stop_requested()) {  // what the term has put out may be a part only
        --run.stage->running;
        --e.running;
        e.over = true;
        break;
      }
      e.deliver(run, now);
      waited = false;
      if (e.sleeping > 0 && e.n_ready() > 0) e.changed.notify_one();
      if (now >= until) break;
    }
  } catch (...) {
    e.over = true;
    e.changed.notify_all();
    e.update_width();
    throw;
  }
  e.seen_at = std::max(e.seen_at, now);
  e.update_width();
  return !e.over;
}

bool Engine::ended() const noexcept {
  return impl_->open == 0;
}

std::vector<std::vector<Batch>> Engine::take_kept() {
  return std::exchange(impl_->kept, std::vector<std::vector<Batch>>(impl_->kept.size()));
}

std::vector<DeadLetter> Engine::take_dead_letters() {
  return std::exchange(impl_->letters, {});
}

std::uint64_t Engine::waited() const noexcept {
  return impl_->waited;
}

std::uint64_t Engine::source_items() const noexcept {
  std::uint64_t items = 0;
  for (const Stage& stage : impl_->stages) {
    if (stage.kind == Graph::Kind::source) items += stage.tallies[0].out;
  }
  return items;
}

std::vector<std::vector<Batch>> run(const Pipeline& pipeline, EngineOptions options) {
  Graph graph(pipeline);
  std::uint64_t ticks = 0;
  if (!options.clock) options.clock = [&ticks] { return ticks += 1000; };
  Engine engine(graph, options);
  while (engine.work({}, UINT64_MAX / 2)) {
  }
  return engine.take_kept();
}

}  // namespace gforbit::stream
