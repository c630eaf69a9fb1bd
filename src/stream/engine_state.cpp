// An engine at rest as bytes: what another run of the same pipeline goes on from.
#include <utility>

#include "engine_impl.hpp"

namespace gforbit::stream {

namespace {

void put_inlet(core::ByteWriter& out, const Inlet& inlet) {
  out.put(inlet.watermark).put(inlet.ended).put(static_cast<std::uint64_t>(inlet.batches.size()));
  for (std::size_t i = 0; i < inlet.batches.size(); ++i) {
    const Batch& batch = inlet.batches[i];
    put_batch(out, i == 0 ? batch.slice(inlet.first, batch.size - inlet.first) : batch);
  }
}

Inlet get_inlet(core::ByteReader& in) {
  Inlet inlet;
  inlet.watermark = in.get<std::uint64_t>();
  inlet.ended = in.get<bool>();
  const auto n = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < n; ++i) {
    inlet.batches.push_back(get_batch(in));
    inlet.items += inlet.batches.back().size;
  }
  return inlet;
}

void put_channel(core::ByteWriter& out, const Channel& channel) {
  out.put(channel.ended).put(channel.end).put(channel.closed).put(channel.capacity).put(channel.most_bytes);
  out.put(static_cast<std::uint64_t>(channel.queue.size()));
  for (const Message& message : channel.queue) {
    out.put(message.watermark);
    put_batch(out, message.batch);
  }
}

void get_channel(core::ByteReader& in, Channel& channel) {
  channel.ended = in.get<bool>();
  channel.end = in.get<std::uint64_t>();
  channel.closed = in.get<bool>();
  channel.capacity = in.get<std::uint64_t>();
  channel.most_bytes = in.get<std::uint64_t>();
  const auto n = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto watermark = in.get<std::uint64_t>();
    channel.queue.push_back({get_batch(in), watermark, 0, 0});
    Message& message = channel.queue.back();
    message.bytes = channel.is_weighed ? message.batch.bytes() : 0;
    channel.items += message.batch.size;
    channel.largest = std::max(channel.largest, channel.items);
    channel.bytes += message.bytes;
  }
}

}  // namespace

void Engine::save(core::ByteWriter& out) const {
  for (const Stage& stage : impl_->stages) {
    const Term& term = *impl_->graph.nodes()[stage.nodes[0]].term;
    out.put(stage.finished).put(stage.finish_called).put(stage.end_seen).put(stage.next_index);
    if (stage.kind == Graph::Kind::source) static_cast<const Source&>(term).save(out);
    if (stage.kind == Graph::Kind::stateful) static_cast<const Stateful&>(term).save(out);
    if (stage.kind != Graph::Kind::join) continue;
    static_cast<const Join&>(term).save(out);
    for (const Inlet& inlet : stage.inlets) put_inlet(out, inlet);
  }
  for (const Channel& channel : impl_->channels) put_channel(out, channel);
}

void Engine::load(core::ByteReader& in) {
  for (Stage& stage : impl_->stages) {
    Term& term = *impl_->graph.nodes()[stage.nodes[0]].term;
    stage.finished = in.get<bool>();
    if (stage.finished) --impl_->open;
    stage.finish_called = in.get<bool>();
    stage.end_seen = in.get<std::uint64_t>();
    stage.next_index = in.get<std::uint64_t>();
    if (stage.kind == Graph::Kind::source) static_cast<Source&>(term).load(in);
    if (stage.kind == Graph::Kind::stateful) static_cast<Stateful&>(term).load(in);
    if (stage.kind != Graph::Kind::join) continue;
    static_cast<Join&>(term).load(in);
    for (Inlet& inlet : stage.inlets) inlet = get_inlet(in);
  }
  for (Channel& channel : impl_->channels) get_channel(in, channel);
}

}  // namespace gforbit::stream
