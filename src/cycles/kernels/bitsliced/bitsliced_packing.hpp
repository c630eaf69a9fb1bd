/// Lanes loaded with successive words, and those that are still alive packed together.
#pragma once

#include "bitsliced_steps.hpp"
#include "kernels/lane_packing.hpp"

namespace gforbit::cycles::bitsliced {

template <class Isa>
struct LanePacking : Steps<Isa> {
  using Base = Steps<Isa>;
  using Base::all;
  using Base::kCounting;
  using Base::vectors;
  using typename Base::u64;
  using typename Base::Vec;

  static int log2(int n) { return 31 - __builtin_clz(static_cast<unsigned>(n)); }

  static void load_block(Lanes& lanes, u64 prefix, u64 first, u64 last) {
    const int lane_bits = 6 + log2(lanes.words);
    lanes.next_row = lanes.history;
    u64* word = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int i = 0; i < lane_bits && i < lanes.degree; ++i) {
      for (int w = 0; w < lanes.words; ++w)
        *word++ = i < 6 ? kCounting[i] : u64{0} - (static_cast<u64>(w) >> (i - 6) & 1);
    }
    Vec* to = vectors(word);
    for (int i = lane_bits; i < lanes.degree; ++i) {
      const Vec bit = all((prefix >> (i - lane_bits) & 1) != 0);
      for (int v = 0; v < lanes.vectors; ++v) *to++ = bit;
    }
    for (int w = 0; w < lanes.words; ++w) lanes.alive[w] = below(last, w) & ~below(first, w);
  }

  /// Bits of word `w` for the lanes below `count`.
  static u64 below(u64 count, int w) {
    const u64 begin = 64 * static_cast<u64>(w);
    return count <= begin ? 0 : count - begin >= 64 ? ~u64{0} : (u64{1} << (count - begin)) - 1;
  }

  static void pack(const Lanes& lanes, LaneQueue& queue) {
    const u64* const rows =
        lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int w = 0; w < lanes.words; ++w) {
      if (lanes.alive[w] == 0) continue;
      queue.count += static_cast<u64>(append_word(rows + w, lanes.words, lanes.degree, 0, 1, lanes.alive[w],
                                                  {queue.words, queue.capacity}, queue.count));
    }
  }

  static void unpack(Lanes& lanes, LaneQueue& queue) {
    const u64 capacity = 64 * static_cast<u64>(lanes.words);
    const u64 taken = queue.count < capacity ? queue.count : capacity;
    const int words = static_cast<int>((taken + 63) / 64);
    const int rest = static_cast<int>((queue.count - taken + 63) / 64);
    lanes.next_row = lanes.history;
    u64* to = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int i = 0; i < lanes.degree; ++i, to += lanes.words) {
      u64* from = queue.words + static_cast<std::int64_t>(i) * queue.capacity;
      for (int w = 0; w < words; ++w) to[w] = from[w];
      for (int w = words; w < lanes.words; ++w) to[w] = 0;
      for (int w = 0; w < rest; ++w) from[w] = from[words + w];
    }
    for (int w = 0; w < lanes.words; ++w) lanes.alive[w] = below(taken, w);
    queue.count -= taken;
  }
};

}  // namespace gforbit::cycles::bitsliced
