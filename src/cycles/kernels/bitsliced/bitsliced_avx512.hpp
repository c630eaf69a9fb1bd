/// Vectors of 512 bits: AVX-512, where any function of three vectors is one instruction.
///
/// The base level needs F, BW, DQ and VL. Counting bits is one instruction with VPOPCNTDQ, which came years
/// later, so there are two builds of this level.
#pragma once

#include <immintrin.h>

#include "bitsliced_level.hpp"

namespace gforbit::cycles::bitsliced {

template <bool kHasPopcount>
struct Avx512 {
  using Vec = __m512i;
  static constexpr bool kManyRegisters = true;

  // The truth table of f(a, b, c) as a number: f of these three.
  static constexpr int kA = 0xf0, kB = 0xcc, kC = 0xaa;
  static constexpr int kAll = 0xff;

  static Vec or3(Vec a, Vec b, Vec c) { return _mm512_ternarylogic_epi64(a, b, c, kA | kB | kC); }
  static Vec xor3(Vec a, Vec b, Vec c) { return _mm512_ternarylogic_epi64(a, b, c, kA ^ kB ^ kC); }
  static Vec xor_and(Vec a, Vec b, Vec c) { return _mm512_ternarylogic_epi64(a, b, c, kA ^ (kB & kC)); }
  static Vec and_or3(Vec a, Vec b, Vec c) { return _mm512_ternarylogic_epi64(a, b, c, kA & (kB | kC)); }
  static Vec or_and(Vec a, Vec b, Vec c) { return _mm512_ternarylogic_epi64(a, b, c, kA | (kB & kC)); }
  static Vec or_and_or(Vec a, Vec b, Vec c, Vec d) { return a | and_or3(b, c, d); }
  static Vec andnot3(Vec a, Vec b, Vec c) { return _mm512_ternarylogic_epi64(a, b, c, kA & kB & ~kC); }
  static Vec less2(Vec a, Vec b, Vec c1, Vec c2) {
    const Vec u = ~b & c2;
    return _mm512_ternarylogic_epi64(a, u, c1, ((~kA & kB) | (kC & (~kA | kB))) & kAll);
  }
  static bool any(Vec v) { return _mm512_test_epi64_mask(v, v) != 0; }
  /// Bit w: word w is not 0.
  static std::uint8_t words_set(Vec v) { return static_cast<std::uint8_t>(_mm512_test_epi64_mask(v, v)); }

  /// Of each word; without the instruction, the two halves of each byte are looked up and the bytes of a word
  /// summed.
  static Vec popcount(Vec v) {
    if constexpr (kHasPopcount) {
      return _mm512_popcnt_epi64(v);
    } else {
      const Vec counts = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);
      const Vec nibble = _mm512_set1_epi8(15);
      const Vec low = _mm512_shuffle_epi8(counts, v & nibble);
      const Vec high = _mm512_shuffle_epi8(counts, _mm512_srli_epi16(v, 4) & nibble);
      return _mm512_sad_epu8(_mm512_add_epi8(low, high), _mm512_setzero_si512());
    }
  }
};

}  // namespace gforbit::cycles::bitsliced
