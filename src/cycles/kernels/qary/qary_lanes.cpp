#include "qary_lanes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gforbit::cycles::qary {

namespace {

/// What the rows may take: they should stay in the first-level cache.
constexpr int kMemoryBytes = 24 * 1024;
constexpr int kFewestGroups = 8;

}  // namespace

const LevelFunctions& functions_of(SimdLevel level) {
  assert(level != SimdLevel::scalar && simd_available(level));
  switch (level) {
#if defined(__x86_64__)
    case SimdLevel::avx512:
      return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("gfni") ? kAvx512VbmiFunctions
                                                                                    : kAvx512Functions;
    case SimdLevel::avx2:
      return kAvx2Functions;
#endif
    default:
      return kSse2Functions;
  }
}

AlignedBytes::AlignedBytes(std::size_t count) : bytes_(new (kAlignment) std::uint8_t[count]()) {}

LaneMemory::LaneMemory(const Tape& tape, const LaneFunctions& functions)
    : functions_(functions),
      code_(tape.code),
      kind_(tape.kind),
      lanes_a_word_(std::min(64, functions.vector_lanes)),
      lanes_a_word_log2_(std::countr_zero(static_cast<unsigned>(lanes_a_word_))),
      vector_bits_log2_(std::countr_zero(8U * static_cast<unsigned>(functions.vector_bytes))),
      row_bytes_(tape.vectors * functions.planes * functions.vector_bytes) {
  lanes.instructions = tape.instructions.data();
  lanes.instruction_count = static_cast<int>(tape.instructions.size());
  lanes.tables = tape.tables.data();
  lanes.arithmetic = tape.arithmetic;
  lanes.degree = tape.degree;
  lanes.vectors = tape.vectors;
  lanes.mask_words = lane_count() / lanes_a_word_;
  lanes.capacity =
      tape.degree + std::max(kFewestGroups, (kMemoryBytes / row_bytes_ - tape.degree) / kGroup) * kGroup;
  lanes.next_row = tape.degree;
  rows_ = AlignedBytes(static_cast<std::size_t>(lanes.capacity) * static_cast<std::size_t>(row_bytes_));
  alive_ = AlignedBytes(sizeof(std::uint64_t) * static_cast<std::size_t>(lanes.mask_words));
  lanes.rows = rows_.data();
  lanes.alive = alive_.words();
}

void LaneMemory::rewind() noexcept {
  std::memmove(lanes.rows, lanes.rows + (lanes.next_row - lanes.degree) * row_bytes_,
               static_cast<std::size_t>(lanes.degree * row_bytes_));
  lanes.next_row = lanes.degree;
}

}  // namespace gforbit::cycles::qary
