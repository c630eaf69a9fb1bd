/// Vectors of 512 bits: AVX-512 with F, BW, DQ and VL; the tables of bytes come apart, because better ones
/// need more.
#pragma once

#include <immintrin.h>

#include "qary_bytes.hpp"
#include "qary_level.hpp"
#include "qary_plain.hpp"
#include "qary_words.hpp"

namespace gforbit::cycles::qary {

// Unnamed: the files that include this are compiled with different flags, so nothing of it may be shared.
namespace {

struct Bits512 {
  typedef unsigned long long Vec __attribute__((vector_size(64), may_alias));
};
struct Bytes512 {
  typedef std::uint8_t Vec __attribute__((vector_size(64), may_alias));
};
struct Halves512 {
  typedef std::uint16_t Vec __attribute__((vector_size(64), may_alias));
};
struct Words512 {
  typedef std::uint32_t Vec __attribute__((vector_size(64), may_alias));
};

struct Avx512Bits {
  using Vec = Bits512::Vec;
  static Vec all(bool bit) { return bit ? ~Vec{} : Vec{}; }
  /// The function of three bits with this truth table: bit 4 a + 2 b + c is its value.
  template <int kTruth>
  static Vec function(Vec a, Vec b, Vec c) {
    return (Vec)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, kTruth);
  }
};

struct Avx512Bytes {
  using Vec = Bytes512::Vec;
  static Vec min(Vec a, Vec b) { return (Vec)_mm512_min_epu8((__m512i)a, (__m512i)b); }
  static Vec add_saturated(Vec a, Vec b) { return (Vec)_mm512_adds_epu8((__m512i)a, (__m512i)b); }
  static Vec subtract_saturated(Vec a, Vec b) { return (Vec)_mm512_subs_epu8((__m512i)a, (__m512i)b); }
  static Vec shuffle(Vec table, Vec v) { return (Vec)_mm512_shuffle_epi8((__m512i)table, (__m512i)v); }
  static Vec repeat16(const std::uint8_t* table) {
    return (Vec)_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table)));
  }
  static std::uint64_t zero_lanes(Vec v) { return _mm512_testn_epi8_mask((__m512i)v, (__m512i)v); }
};

struct Avx512Halves : PlainElements<Halves512> {
  using Element = std::uint16_t;
  static Vec multiply_high(Vec a, Vec b) { return (Vec)_mm512_mulhi_epu16((__m512i)a, (__m512i)b); }
  static std::uint64_t zero_lanes(Vec v) { return _mm512_testn_epi16_mask((__m512i)v, (__m512i)v); }
};

struct Avx512Words : PlainElements<Words512> {
  using Element = std::uint32_t;
  static Vec multiply_high(Vec a, Vec b) {
    using Doubles = Bits512::Vec;
    const __m512i even = _mm512_mul_epu32((__m512i)a, (__m512i)b);
    const __m512i odd = _mm512_mul_epu32((__m512i)((Doubles)a >> 32), (__m512i)((Doubles)b >> 32));
    return (Vec)_mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
  }
  static std::uint64_t zero_lanes(Vec v) { return _mm512_testn_epi32_mask((__m512i)v, (__m512i)v); }
};

/// @tparam ByteLanes  Avx512Bytes with tables
template <class ByteLanes>
constexpr LevelFunctions avx512_functions() {
  return level_functions<Bytes<ByteLanes>, Words<Avx512Halves>, Words<Avx512Words>, Avx512Bits>();
}

}  // namespace

}  // namespace gforbit::cycles::qary
