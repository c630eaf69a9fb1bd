/// The order of bits in bytes.
#pragma once

#include <cstdint>

namespace gforbit::job_stream {

/// Reverses the bits of each byte.
[[nodiscard]] constexpr std::uint64_t with_bytes_reversed(std::uint64_t x) {
  x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
  x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
  return (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
}

}  // namespace gforbit::job_stream
