/// Messages on the socket between rank and helper: a length, a kind, a body.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "gforbit/core/bytes.hpp"

namespace gforbit::solvers {

enum class FrameKind : std::uint8_t { program, slots, call, cancel, recall, outcome };

inline core::Bytes frame(FrameKind kind, const core::Bytes& body) {
  core::ByteWriter out;
  out.put(static_cast<std::uint64_t>(body.size() + 1)).put(kind);
  core::Bytes bytes = out.take();
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

/// Takes the first whole message off `received`: kind and body.
inline std::optional<std::pair<FrameKind, core::Bytes>> take_frame(core::Bytes& received) {
  std::uint64_t size = 0;
  if (received.size() < sizeof size) return std::nullopt;
  std::memcpy(&size, received.data(), sizeof size);
  if (received.size() - sizeof size < size) return std::nullopt;
  const auto body = received.begin() + sizeof size;
  const auto end = body + static_cast<std::ptrdiff_t>(size);
  std::pair<FrameKind, core::Bytes> result{static_cast<FrameKind>(*body), core::Bytes(body + 1, end)};
  received.erase(received.begin(), end);
  return result;
}

}  // namespace gforbit::solvers
