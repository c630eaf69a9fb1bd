// Vectors of 128 bits, in what every compiler has: SSE2 on x86-64, NEON on AArch64.

#include "bitsliced_level.hpp"
#include "system_level.hpp"

namespace gforbit::cycles::bitsliced {

namespace {

struct Vectors128 {
  typedef unsigned long long Vec __attribute__((vector_size(16), may_alias));
};

struct Sse2 : PlainIsa<Vectors128> {
  static bool any(Vec v) { return (v[0] | v[1]) != 0; }
  /// Bit w: word w is not 0.
  static std::uint8_t words_set(Vec v) { return static_cast<std::uint8_t>((v[0] != 0) | (v[1] != 0) << 1); }

  /// Of each word: sums of neighboring fields of 1, 2, 4, ... bits.
  static Vec popcount(Vec v) {
    v = v - ((v >> 1) & 0x5555555555555555);
    v = (v & 0x3333333333333333) + ((v >> 2) & 0x3333333333333333);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
    v += v >> 8;
    v += v >> 16;
    v += v >> 32;
    return v & 0xff;
  }
};

}  // namespace

constinit const LevelFunctions kSse2Functions = level_functions<Sse2>();
constinit const SystemFunctions kSse2SystemFunctions = system_functions<Sse2>();

}  // namespace gforbit::cycles::bitsliced
