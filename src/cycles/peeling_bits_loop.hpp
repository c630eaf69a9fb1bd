/// The passes of peeling_bits.hpp, compiled for each vector level.
#pragma once

#include <bit>
#include <cstring>

#include "peeling_bits.hpp"

namespace gforbit::cycles {
namespace {

using u64 = std::uint64_t;
using Block [[gnu::vector_size(64)]] = u64;
using Halves [[gnu::vector_size(64)]] = std::uint32_t;
constexpr u64 kWords = WordFeedback::kBlock;

[[gnu::always_inline]] inline Block load(const u64* from) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  return block;
}
[[gnu::always_inline]] inline void store(u64* to, Block block) {
  std::memcpy(to, &block, sizeof block);
}

/// Bit 2i: bit 2i or 2i + 1 of x.
[[gnu::always_inline]] inline Block pairs(Block x) {
  return (x | x >> 1) & 0x5555555555555555;
}

/// Of each word the even bits to its lower half, the odd ones to the upper half (Warren, Hacker's Delight,
/// 7-2); then all lower halves, which lead to four words of the lower half of the states, before all upper
/// ones.
[[gnu::always_inline]] inline Block targets(Block x) {
  const auto exchange = [&x](u64 mask, int shift) {
    const Block t = (x ^ x >> shift) & mask;
    x ^= t ^ t << shift;
  };
  exchange(0x2222222222222222, 1);
  exchange(0x0c0c0c0c0c0c0c0c, 2);
  exchange(0x00f000f000f000f0, 4);
  exchange(0x0000ff000000ff00, 8);
  exchange(0x00000000ffff0000, 16);
  Halves halves;
  std::memcpy(&halves, &x, sizeof x);
  constexpr Halves kOrder{0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15};
  halves = __builtin_shuffle(halves, kOrder);
  std::memcpy(&x, &halves, sizeof x);
  return x;
}

/// Writes targets; returns how many states they are.
[[gnu::always_inline]] inline u64 put(u64* words, u64 j, u64 half, Block states) {
  u64 w[kWords];
  std::memcpy(w, &states, sizeof states);
  std::memcpy(words + j, w, sizeof states / 2);
  std::memcpy(words + j + half, w + kWords / 2, sizeof states / 2);
  int count = 0;
  for (const u64 word : w) count += std::popcount(word);
  return static_cast<u64>(count);
}

u64 find_first_level(const BitPass& pass) {
  u64 found = 0;
  for (u64 j = pass.begin; j < pass.end; j += kWords / 2) {
    const Block f = pass.feedback.block<Block>(2 * j);
    found += put(pass.level, j, pass.half, ~targets(pairs(~f) | pairs(f) << 1));
    store(pass.remaining + 2 * j, ~Block{});
  }
  return found;
}

u64 take_level(const BitPass& pass) {
  u64 found = 0;
  for (u64 j = pass.begin; j < pass.end; j += kWords / 2) {
    u64 any = 0;
    for (u64 i = 0; i < kWords; ++i) any |= pass.level[2 * j + i];
    if (any == 0) continue;
    const Block f = pass.feedback.block<Block>(2 * j), taken = load(pass.level + 2 * j);
    const Block remain = load(pass.remaining + 2 * j) & ~taken;
    store(pass.remaining + 2 * j, remain);
    store(pass.level + 2 * j, Block{});
    const Block reached = pairs(taken & ~f) | pairs(taken & f) << 1;
    const Block kept = pairs(remain & ~f) | pairs(remain & f) << 1;
    found += put(pass.next, j, pass.half, targets(reached & ~kept));
  }
  return found;
}

}  // namespace
}  // namespace gforbit::cycles
