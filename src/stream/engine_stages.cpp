// How an engine is built from a graph, and how streams end: by their sources, or because no term reads them.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "engine_impl.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::stream {

namespace {

constexpr std::uint64_t kEdgeBytes = std::uint64_t{8} << 20, kLeastEdgeBytes = std::uint64_t{1} << 16;
constexpr std::uint64_t kMostEdgeItems = std::uint64_t{1} << 26;
constexpr std::uint64_t kMostEdgeBytes = std::uint64_t{1} << 30;

bool has_type(const Schema& schema, std::initializer_list<Type> types) {
  return std::ranges::any_of(schema.columns(), [&](const ColumnType& column) {
    return std::ranges::find(types, column.type) != types.end();
  });
}

bool is_remote(const Graph::Node& node) {
  return node.kind == Graph::Kind::stateless &&
         static_cast<const Stateless&>(*node.term).takes_large_batches();
}

bool is_packed(const Schema& schema) {
  return schema.size() == 1 && schema[0].type == Type::element && schema[0].field->order() == 2;
}

}  // namespace

// ---- construction -----------------------------------------------------------------------------------------

Engine::Impl::Impl(Graph& g, EngineOptions o) : graph(g), options(std::move(o)) {
  metrics.resize(graph.nodes().size());
  cutoffs.resize(graph.nodes().size(), UINT64_MAX);
  sink_of.resize(graph.nodes().size(), 0);
  kept.resize(graph.sinks().size());
  for (std::size_t i = 0; i < graph.sinks().size(); ++i) sink_of[graph.sinks()[i]] = i;
  for (const Graph::Edge& edge : graph.edges()) {
    const Schema& schema = graph.nodes()[edge.from].schema;
    Channel& channel = channels.emplace_back();
    channel.capacity = options.edge_capacity * (is_packed(schema) ? 64 : 1);
    channel.most_bytes = std::clamp(options.memory / 4 / graph.edges().size(), kLeastEdgeBytes, kEdgeBytes);
    channel.is_weighed = has_type(schema, {Type::text, Type::elements});
    channel.item_bits = is_packed(schema) ? 1 : 64 * (1 + schema.size());
  }
  build_stages();
  mark_watermarks();
  open = stages.size();
  std::uint64_t keeping = 0;  // terms that share a quarter of the memory
  for (const Graph::Node& node : graph.nodes()) keeping += node.kind == Graph::Kind::stateful ? 1 : 0;
  for (Graph::Node& node : graph.nodes()) {
    if (node.kind == Graph::Kind::stateful)
      static_cast<Stateful&>(*node.term).limit_memory(options.memory / 4 / keeping);
  }
}

void Engine::Impl::build_stages() {
  std::vector<Stage*> stage_of(graph.nodes().size(), nullptr);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Graph::Node& node = graph.nodes()[i];
    const auto can_fuse = [&](const Graph::Node& before) {
      return node.kind == Graph::Kind::stateless && before.kind == Graph::Kind::stateless &&
             before.outputs.size() == 1 && before.parallel == node.parallel && !is_remote(node) &&
             !is_remote(before);
    };
    if (node.inputs.size() == 1) {
      const std::size_t before = graph.edges()[node.inputs[0]].from;
      if (can_fuse(graph.nodes()[before])) {
        stage_of[i] = stage_of[before];
        stage_of[i]->nodes.push_back(i);
        continue;
      }
    }
    Stage& stage = stages.emplace_back();
    stage.kind = node.kind;
    stage.is_remote = is_remote(node);
    stage.nodes.push_back(i);
    stage.inlets.resize(node.kind == Graph::Kind::join ? node.inputs.size() : 0);
    if (node.kind == Graph::Kind::stateless)
      stage.limit = node.parallel > 0 ? node.parallel : options.threads;
    stage.quantum = options.batch_items > 0               ? options.batch_items
                    : node.kind == Graph::Kind::source    ? 1024
                    : node.kind == Graph::Kind::stateless ? 16
                                                          : kMostQuantum;
    if (node.kind == Graph::Kind::delay) {
      stage.delay = static_cast<std::uint64_t>(1e9 * static_cast<const Delay&>(*node.term).seconds());
      delays.push_back(&stage);
    }
    for (const std::size_t edge : node.inputs) {
      stage.in.push_back(&channels[edge]);
      channels[edge].to = &stage;
    }
    stage_of[i] = &stage;
  }
  for (Stage& stage : stages) {
    stage.tallies.resize(stage.nodes.size());
    for (const std::size_t edge : graph.nodes()[stage.nodes.back()].outputs) {
      stage.out.push_back(&channels[edge]);
      channels[edge].from = &stage;
    }
    for (Channel* const channel : stage.out)
      channel->to->siblings = std::max(channel->to->siblings, stage.out.size());
  }
}

void Engine::Impl::mark_watermarks() {
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) {
    const bool passes_on =
        stage->kind == Graph::Kind::join ||
        std::ranges::any_of(stage->out, [](const Channel* c) { return c->wants_watermark; });
    for (Channel* const channel : stage->in) channel->wants_watermark = passes_on;
  }
}

// ---- the end of streams -----------------------------------------------------------------------------------

/// Ends a stage that has nothing to say at the end, once all that came before is out.
void Engine::Impl::settle(Stage& stage, std::uint64_t now) {
  const bool quiet = stage.kind == Graph::Kind::stateless || stage.kind == Graph::Kind::sink ||
                     stage.kind == Graph::Kind::delay;
  if (!quiet || stage.finished || stage.running > 0) return;
  const Channel& channel = *stage.in[0];
  if (channel.ended && channel.queue.empty()) end_stage(stage, channel.end, now);
}

void Engine::Impl::end_stage(Stage& stage, std::uint64_t end, std::uint64_t now) {
  if (stage.finished) return;
  stage.finished = true;
  --open;
  note_mode(stage, false, now);
  for (Channel* const channel : stage.out) {
    channel->ended = true;
    channel->end = end;
    settle(*channel->to, now);
    offer(*channel->to, now);
  }
}

void Engine::Impl::close_inputs(Stage& stage, std::uint64_t cutoff, std::uint64_t now) {
  for (Channel* const channel : stage.in) {
    channel->closed = true;
    channel->cutoff = cutoff;
    channel->count_time(now);
    channel->queue.clear();
    channel->items = channel->bytes = 0;
    Stage& before = *channel->from;
    const bool wanted = std::ranges::any_of(before.out, [](const Channel* c) { return !c->closed; });
    if (wanted) {
      offer(before, now);  // the edge that has just been emptied may have held it up
    } else if (!before.finished) {
      before.finished = true;
      --open;
      note_mode(before, false, now);
      std::uint64_t last = 0;
      for (const Channel* const out : before.out) last = std::max(last, out->cutoff);
      for (const std::size_t node : before.nodes) cutoffs[node] = last;
      close_inputs(before, last, now);
    }
  }
}

/// How far a term got beyond what was wanted of it depends on time; its errors there do not count.
void Engine::Impl::drop_unwanted_letters() {
  const std::lock_guard lock(letters_mutex);
  std::erase_if(letters, [&](const DeadLetter& letter) { return letter.index >= cutoffs[letter.node]; });
  std::ranges::stable_sort(letters, {}, [](const DeadLetter& l) { return std::pair(l.index, l.node); });
  has_letters = !letters.empty();
}

void Engine::Impl::throw_first_letter() {
  drop_unwanted_letters();
  if (letters.empty()) return;
  const DeadLetter& first = letters.front();
  throw ItemError(
      fmt::format("term '{}', item {}: {}", graph.nodes()[first.node].name, first.index, first.message));
}

/// Nothing runs and nothing is ready: the end, a barrier, a timer to wait for, or edges that are too small.
void Engine::Impl::come_to_rest(std::uint64_t now) {
  if (has_timers()) return;
  // Sources paused at the first error, but all items before it came to their end: the error with the smallest
  // index is the same whatever came first.
  if (options.on_error == OnError::fail && has_letters.load(std::memory_order_relaxed)) throw_first_letter();
  if (open == 0 || paused) {
    over = true;
  } else if (grow_edges()) {
    for (Stage& stage : stages) offer(stage, now);
  }
  if (over) changed.notify_all();
}

bool Engine::Impl::grow_edges() {
  bool grown = false;
  for (Channel& channel : channels) {
    if (!channel.is_full()) continue;
    const bool many = channel.items >= channel.capacity, large = channel.bytes >= channel.most_bytes;
    const std::uint64_t held = channel.is_weighed ? channel.bytes : channel.items / 8 * channel.item_bits;
    if ((many && channel.capacity >= kMostEdgeItems) ||
        held >= std::min(kMostEdgeBytes, options.memory / 4)) {
      throw core::InputError(
          fmt::format("term '{}': one of its inputs is {} items ahead of another and still waits; inputs "
                      "that come from one "
                      "source must not come at so different rates",
                      graph.nodes()[channel.to->nodes[0]].name, channel.items));
    }
    if (many) channel.capacity = channel.items * 2;
    if (large) channel.most_bytes *= 2;
    grown = true;
  }
  if (!grown) throw core::InternalError("a pipeline is stuck although no edge is full");
  return grown;
}

}  // namespace gforbit::stream
