#include "stream/units.hpp"

namespace gforbit::job_stream {

core::Bytes UnitResult::bytes() const {
  core::ByteWriter out;
  core::Field<UnitResult>::write(out, *this);
  return out.put(errors).take();
}

UnitResult UnitResult::read(std::span<const std::byte> bytes) {
  core::ByteReader in(bytes);
  auto result = core::Field<UnitResult>::read(in);
  if (!in.at_end()) result.errors = in.get<std::uint64_t>();
  if (!in.at_end()) core::fail_corrupt("has bytes behind its last field");
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
