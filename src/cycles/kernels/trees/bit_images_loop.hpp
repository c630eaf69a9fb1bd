/// The loops of bit_images.hpp for vectors of some length; every file that includes this has its own flags.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "bit_images.hpp"

namespace gforbit::cycles {
namespace {

using u64 = std::uint64_t;

struct Vectors128 {
  using Block [[gnu::vector_size(16)]] = u64;
  using Halves [[gnu::vector_size(16)]] = std::uint32_t;
};
struct Vectors256 {
  using Block [[gnu::vector_size(32)]] = u64;
  using Halves [[gnu::vector_size(32)]] = std::uint32_t;
};
struct Vectors512 {
  using Block [[gnu::vector_size(64)]] = u64;
  using Halves [[gnu::vector_size(64)]] = std::uint32_t;
};

template <class Vectors>
struct Images {
  using Block = typename Vectors::Block;
  using Halves = typename Vectors::Halves;
  static constexpr u64 kWords = sizeof(Block) / sizeof(u64);
  static constexpr int kWordDigits = 6, kLowDigits = kWordDigits + std::countr_zero(kWords);

  [[gnu::always_inline]] static Block load(const u64* from) {
    Block block;
    std::memcpy(&block, from, sizeof block);
    return block;
  }
  [[gnu::always_inline]] static void store(u64* to, Block block) { std::memcpy(to, &block, sizeof block); }

  [[gnu::always_inline]] static void count(Block& counts, Block bits) {
#if defined(__AVX512VPOPCNTDQ__)
    for (u64 w = 0; w < kWords; ++w) counts[w] += static_cast<u64>(std::popcount(u64{bits[w]}));
#else
    // Sums of pairs, of fours, of bytes, of all (Warren, Hacker's Delight, 5-1).
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
    bits += bits >> 8;
    bits += bits >> 16;
    bits += bits >> 32;
    counts += bits & 0x7f;
#endif
  }
  static u64 sum_of(Block counts) {
    u64 sum = 0;
    for (u64 w = 0; w < kWords; ++w) sum += counts[w];
    return sum;
  }
  [[gnu::always_inline]] static u64 all_if_odd(u64 bits) {
    return u64{0} - static_cast<u64>(__builtin_parityll(bits));
  }

  /// A sum in a tile: what the tile decides is decided, the rest depends on the number of a vector there.
  class LocalSum {
   public:
    LocalSum(const PlacedSum& sum, const ImageTile& tile) : tile_(tile), linear_(local(sum.linear)) {
      always_ = load(sum.always.values) ^ all_if_odd(tile.first & sum.linear);
      const u64 inside = (tile.columns - 1) | (tile.rows - 1) << tile.row_digit;
      for (const PlacedSum::Part& part : sum.parts) {
        if (((tile.first & part.index.cells) ^ part.index.ones) & ~inside) continue;
        if ((part.index.cells & inside) == 0) {
          always_ ^= load(part.values);
        } else {
          parts_.push_back({load(part.values), local(part.index.cells), local(part.index.ones)});
        }
      }
    }
    [[gnu::always_inline]] Block operator()(u64 vector) const {
      Block sum = always_ ^ all_if_odd(vector & linear_);
      for (const Part& part : parts_) sum ^= (vector & part.digits) == part.ones ? part.values : Block{};
      return sum;
    }

   private:
    struct Part {
      Block values;
      u64 digits, ones;
    };
    /// Digits of an index in the bitmap as digits of the number in the tile.
    [[nodiscard]] u64 local(u64 digits) const {
      const u64 row = tile_.rows > 1 ? digits >> tile_.row_digit & (tile_.rows - 1) : 0;
      return (digits & (tile_.columns - 1)) | row * tile_.columns;
    }

    const ImageTile& tile_;
    Block always_;
    u64 linear_;
    std::vector<Part> parts_;
  };

  /// Both of a pair in one vector.
  template <int kDigit>
  [[gnu::always_inline]] static Block image_inside(Block set, Block feedback, Block& counts) {
    const Block to_lower = set & ~feedback, to_upper = set & feedback;
    if constexpr (kDigit < kWordDigits) {
      constexpr int kShift = 1 << kDigit;
      constexpr u64 kFirst = ~u64{0} / ((u64{1} << kShift) + 1);
      const Block lower = to_lower >> kShift, upper = to_upper >> kShift;
      count(counts, ((to_lower & lower) | (to_upper & upper)) & kFirst);
      return ((to_lower | lower) & kFirst) | ((to_upper | upper) & kFirst) << kShift;
    } else {
      constexpr u64 kOther = u64{1} << (kDigit - kWordDigits);
      Block order, first;
      for (u64 w = 0; w < kWords; ++w) {
        order[w] = w ^ kOther;
        first[w] = (w & kOther) == 0 ? ~u64{0} : 0;
      }
      const Block lower = __builtin_shuffle(to_lower, order), upper = __builtin_shuffle(to_upper, order);
      count(counts, ((to_lower & lower) | (to_upper & upper)) & first);
      return ((to_lower | lower) & first) | ((to_upper | upper) & ~first);
    }
  }

  template <int kDigit>
  static u64 make_inside(const ImageTile& tile, const ImagePass& pass) {
    const LocalSum feedback(pass.feedback, tile);
    Block counts{};
    for (u64 v = 0; v < tile.rows * tile.columns; ++v) {
      u64* const at = tile.words + v * kWords;
      store(at, image_inside<kDigit>(load(at), feedback(v), counts));
    }
    return sum_of(counts);
  }

  /// @param distance  of the two vectors that have the pairs
  static u64 make_across(const ImageTile& tile, const ImagePass& pass, u64 distance) {
    const LocalSum feedback(pass.feedback, tile), difference(pass.difference, tile);
    Block counts{};
    for (u64 begin = 0; begin < tile.rows * tile.columns; begin += 2 * distance) {
      for (u64 v = begin; v < begin + distance; ++v) {
        u64 *const at = tile.words + v * kWords, *const other_at = at + distance * kWords;
        const Block first = load(at), second = load(other_at);
        const Block f = feedback(v), differs = difference(v), g = f ^ differs;
        store(at, (first & ~f) | (second & ~g));
        store(other_at, (first & f) | (second & g));
        count(counts, first & second & ~differs);
      }
    }
    return sum_of(counts);
  }

  template <int... kDigits>
  static constexpr auto inside_functions(std::integer_sequence<int, kDigits...>) {
    return std::array{&make_inside<kDigits>...};
  }

  static void make_images(const ImageTile& tile, std::span<const ImagePass> passes, u64* collisions) {
    constexpr auto kInside = inside_functions(std::make_integer_sequence<int, kLowDigits>());
    for (const ImagePass& pass : passes) {
      const int index_digit = pass.digit - kLowDigits;
      if (index_digit < 0) {
        *collisions++ += kInside[static_cast<std::size_t>(pass.digit)](tile, pass);
      } else if (tile.columns >> index_digit > 1) {
        *collisions++ += make_across(tile, pass, u64{1} << index_digit);
      } else {
        *collisions++ += make_across(tile, pass, tile.columns << (index_digit - tile.row_digit));
      }
    }
  }

  /// Of each word the even bits to its lower half, the odd ones to the upper half (Warren, Hacker's Delight,
  /// 7-2); then all lower halves before all upper ones.
  [[gnu::always_inline]] static Block unshuffle(Block x) {
    const auto exchange = [&x](u64 mask, int shift) {
      const Block t = (x ^ x >> shift) & mask;
      x ^= t ^ t << shift;
    };
    exchange(0x2222222222222222, 1);
    exchange(0x0c0c0c0c0c0c0c0c, 2);
    exchange(0x00f000f000f000f0, 4);
    exchange(0x0000ff000000ff00, 8);
    exchange(0x00000000ffff0000, 16);
    Halves halves, order;
    for (std::uint32_t i = 0; i < 2 * kWords; ++i)
      order[i] = 2 * i < 2 * kWords ? 2 * i : 2 * i + 1 - 2 * static_cast<std::uint32_t>(kWords);
    std::memcpy(&halves, &x, sizeof x);
    halves = __builtin_shuffle(halves, order);
    std::memcpy(&x, &halves, sizeof x);
    return x;
  }

  static void append(u64 word, u64 bits, std::vector<u64>& found) {
    for (; bits != 0; bits &= bits - 1) found.push_back(64 * word + static_cast<u64>(std::countr_zero(bits)));
  }

  static u64 find_level(const LevelSearch& search, std::vector<u64>& found) {
    const ImageTile everything{nullptr, 0, 2 * search.half / kWords, 1, 0};
    const LocalSum feedback(search.feedback, everything);
    Block counts{};
    for (u64 j = search.begin; j < search.end; j += kWords / 2) {
      const Block set = load(search.words + 2 * j), f = feedback(2 * j / kWords);
      count(counts, set);
      u64 image[kWords];
      Block unused{};
      // In the lower bit of a pair whether one leads to the lower half of the states, in the upper bit
      // whether one leads to the upper half.
      store(image, unshuffle(image_inside<0>(set, f, unused)));
      for (u64 i = 0; i < kWords / 2; ++i) {
        append(j + i, search.words[j + i] & ~image[i], found);
        append(j + search.half + i, search.words[j + search.half + i] & ~image[kWords / 2 + i], found);
      }
    }
    return sum_of(counts);
  }

  [[nodiscard]] static constexpr ImageFunctions functions() {
    return {kLowDigits, make_images, find_level};
  }
};

}  // namespace
}  // namespace gforbit::cycles
