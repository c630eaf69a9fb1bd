#include "stream/units.hpp"

#include <type_traits>

namespace gforbit::job_stream {

static_assert(std::is_trivially_copyable_v<stream::TermMetrics>, "metrics travel as bytes");

core::Bytes UnitBody::bytes() const {
  core::ByteWriter out;
  out.put(row).put(number).put_text(text).put(batch_items).put(edge_capacity).put(memory).put(on_error);
  out.put(cut).put(begin).put(end).put_array(place);
  out.put(pause_ns).put(pause_bytes).put_array(state);
  return out.take();
}

UnitBody UnitBody::read(std::span<const std::byte> bytes) {
  core::ByteReader in(bytes);
  UnitBody unit;
  unit.row = in.get<std::uint64_t>();
  unit.number = in.get<std::uint64_t>();
  unit.text = in.get_text();
  unit.batch_items = in.get<std::uint64_t>();
  unit.edge_capacity = in.get<std::uint64_t>();
  unit.memory = in.get<std::uint64_t>();
  unit.on_error = in.get<stream::OnError>();
  unit.cut = in.get<bool>();
  unit.begin = in.get<std::uint64_t>();
  unit.end = in.get<std::uint64_t>();
  unit.place = in.get_array<std::byte>();
  unit.pause_ns = in.get<std::uint64_t>();
  unit.pause_bytes = in.get<std::uint64_t>();
  unit.state = in.get_array<std::byte>();
  return unit;
}

core::Bytes UnitResult::bytes() const {
  core::ByteWriter out;
  out.put(ended).put(items).put(elapsed_s).put_array(state).put_array(rows).put_array(metrics);
  out.put(errors);
  return out.take();
}

UnitResult UnitResult::read(std::span<const std::byte> bytes) {
  core::ByteReader in(bytes);
  UnitResult result;
  result.ended = in.get<bool>();
  result.items = in.get<std::uint64_t>();
  result.elapsed_s = in.get<double>();
  result.state = in.get_array<std::byte>();
  result.rows = in.get_array<std::byte>();
  result.metrics = in.get_array<stream::TermMetrics>();
  if (!in.at_end()) result.errors = in.get<std::uint64_t>();  // of earlier versions: not known
  return result;
}

core::Bytes put_rows(const UnitRows& rows) {
  core::ByteWriter out;
  out.put(static_cast<std::uint64_t>(rows.kept.size()));
  for (const auto& batches : rows.kept) {
    out.put(static_cast<std::uint8_t>(batches.empty() ? 0 : 1));
    if (!batches.empty()) put_batch(out, stream::concatenate(batches));
  }
  out.put(static_cast<std::uint64_t>(rows.letters.size()));
  for (const stream::DeadLetter& letter : rows.letters)
    out.put(letter.index).put(letter.node).put_text(letter.message);
  for (const stream::DeadLetter& letter : rows.letters) out.put_text(letter.record);
  return out.take();
}

UnitRows get_rows(std::span<const std::byte> bytes) {
  core::ByteReader in(bytes);
  UnitRows rows;
  rows.kept.resize(in.get_count());
  for (auto& batches : rows.kept) {
    if (in.get<std::uint8_t>() == 1) batches.push_back(stream::get_batch(in));
  }
  const auto letters = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < letters; ++i) {
    stream::DeadLetter letter;
    letter.index = in.get<std::uint64_t>();
    letter.node = in.get<std::uint32_t>();
    letter.message = in.get_text();
    rows.letters.push_back(std::move(letter));
  }
  if (in.at_end()) return rows;  // of earlier versions: without records
  for (stream::DeadLetter& letter : rows.letters) letter.record = in.get_text();
  return rows;
}

}  // namespace gforbit::job_stream
