// Vectors of 128 bits, in what every compiler has: SSE2 on x86-64, NEON on AArch64.

#include "bitsliced_level.hpp"

namespace gforbit::cycles::bitsliced {

namespace {

struct Vectors128 {
  typedef unsigned long long Vec __attribute__((vector_size(16), may_alias));
};

struct Sse2 : PlainIsa<Vectors128> {
  static bool any(Vec v) { return (v[0] | v[1]) != 0; }
  /// Bit w: word w is not 0.
  static std::uint8_t words_set(Vec v) { return static_cast<std::uint8_t>((v[0] != 0) | (v[1] != 0) << 1); }

  /// Of each word: sums of neighbouring fields of 1, 2, 4, ... bits.
  static Vec popcount(Vec v) {
    v = v - ((v >> 1) & 0x5555555555555555);
    v = (v & 0x3333333333333333) + ((v >> 2) & 0x3333333333333333);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
    v += v >> 8;
    v += v >> 16;
    v += v >> 32;
    return v & 0xff;
  }

  /// Packs the bits under a mask together, lowest first: six rounds in which bits move by 1, 2, 4, ..., as
  /// far as the mask has holes below them (Hacker's Delight, 7-4).
  struct Packing {
    std::uint64_t mask, move[6];
  };
  static Packing packing(std::uint64_t mask) {
    Packing p{mask, {}};
    std::uint64_t holes = ~mask << 1;
    for (int round = 0; round < 6; ++round) {
      std::uint64_t parity = holes;
      for (int s = 1; s < 64; s *= 2) parity ^= parity << s;
      p.move[round] = parity & mask;
      mask = (mask ^ p.move[round]) | p.move[round] >> (1 << round);
      holes &= ~parity;
    }
    return p;
  }
  static std::uint64_t pack(std::uint64_t bits, const Packing& p) {
    bits &= p.mask;
    for (int round = 0; round < 6; ++round) {
      const std::uint64_t moved = bits & p.move[round];
      bits = (bits ^ moved) | moved >> (1 << round);
    }
    return bits;
  }
  /// The inverse: spreads the lowest bits over the mask.
  static std::uint64_t unpack(std::uint64_t bits, const Packing& p) {
    for (int round = 5; round >= 0; --round) {
      const std::uint64_t moved = bits << (1 << round);
      bits = (bits & ~p.move[round]) | (moved & p.move[round]);
    }
    return bits & p.mask;
  }
};

}  // namespace

constinit const LevelFunctions kSse2Functions = level_functions<Sse2>();

}  // namespace gforbit::cycles::bitsliced
