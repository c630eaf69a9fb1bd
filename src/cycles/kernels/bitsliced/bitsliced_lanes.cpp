#include "bitsliced_lanes.hpp"

#include <algorithm>
#include <cassert>

namespace gforbit::cycles::bitsliced {

namespace {

/// What the rows may take: they should stay in the first-level cache, and the longer they are, the less often
/// the state is copied to their front.
constexpr int kRowBytes = 24 * 1024;

}  // namespace

const LevelFunctions& functions_of(SimdLevel level) {
  assert(simd_available(level));
  switch (level) {
#if defined(__x86_64__)
    case SimdLevel::avx512:
      return __builtin_cpu_supports("avx512vpopcntdq") ? kAvx512PopcountFunctions : kAvx512Functions;
    case SimdLevel::avx2:
      return kAvx2Functions;
#endif
    default:
      return kSse2Functions;
  }
}

AlignedWords::AlignedWords(std::size_t count) : words_(new (kAlignment) std::uint64_t[count]()) {}

LaneMemory::LaneMemory(const Tape& tape, const LevelFunctions& level, int history) {
  lanes.instructions = tape.instructions.data();
  lanes.instruction_count = static_cast<int>(tape.instructions.size());
  lanes.operands = tape.operands.data();
  lanes.degree = tape.degree;
  lanes.history = std::max(tape.degree, history);
  lanes.vectors = tape.vectors;
  lanes.wide = tape.wide;
  lanes.words = tape.vectors * level.words;
  const int row_bytes = 8 * lanes.words;
  // Whole pairs of groups from the end of the state to the end of the memory.
  const int pairs = std::max(2 * lanes.history, kRowBytes / row_bytes - lanes.history) / (2 * kGroup);
  lanes.capacity = lanes.history + std::max(pairs, 2) * 2 * kGroup;
  rows_ = AlignedWords(static_cast<std::size_t>(lanes.capacity + kSlackRows) *
                       static_cast<std::size_t>(lanes.words));
  alive_ = AlignedWords(static_cast<std::size_t>(lanes.words));
  lanes.rows = rows_.data();
  lanes.alive = alive_.data();
}

QueueMemory::QueueMemory(const Lanes& like)
    : words_(static_cast<std::size_t>(like.degree) * static_cast<std::size_t>(2 * like.words)) {
  queue.words = words_.data();
  queue.capacity = 2 * like.words;
}

std::uint64_t state_of(const Lanes& lanes, int lane) {
  const std::uint64_t* word =
      lanes.rows + static_cast<std::ptrdiff_t>(lanes.next_row - lanes.degree) * lanes.words + lane / 64;
  std::uint64_t state = 0;
  for (int i = 0; i < lanes.degree; ++i, word += lanes.words) state |= (*word >> (lane % 64) & 1) << i;
  return state;
}

}  // namespace gforbit::cycles::bitsliced
