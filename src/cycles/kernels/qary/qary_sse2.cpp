// Vectors of 128 bits, in what every compiler has: SSE2 on x86-64, NEON on AArch64.

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "qary_bytes.hpp"
#include "qary_level.hpp"
#include "qary_plain.hpp"
#include "qary_words.hpp"

namespace gforbit::cycles::qary {

namespace {

struct Bits128 {
  typedef unsigned long long Vec __attribute__((vector_size(16), may_alias));
};
struct Bytes128 {
  typedef std::uint8_t Vec __attribute__((vector_size(16), may_alias));
};
struct Halves128 {
  typedef std::uint16_t Vec __attribute__((vector_size(16), may_alias));
};
struct Words128 {
  typedef std::uint32_t Vec __attribute__((vector_size(16), may_alias));
};

/// Bit i: element i of v is 0.
template <class Vec>
std::uint64_t zero_elements(Vec v) {
  std::uint64_t mask = 0;
  for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); ++i) mask |= static_cast<std::uint64_t>(v[i] == 0) << i;
  return mask;
}

using Bits = PlainBits<Bits128>;

struct Bytes16 : PlainElements<Bytes128> {
  static constexpr bool kAffine = false, kLookup = true;
  static Vec add_saturated(Vec a, Vec b) {
    const Vec sum = a + b;
    return sum | static_cast<Vec>(sum < a);
  }
  static Vec subtract_saturated(Vec a, Vec b) { return a - min(a, b); }
#if defined(__SSE2__)
  static std::uint64_t zero_lanes(Vec v) {
    return static_cast<std::uint64_t>(_mm_movemask_epi8(_mm_cmpeq_epi8((__m128i)v, _mm_setzero_si128())));
  }
#else
  static std::uint64_t zero_lanes(Vec v) {
    return zero_elements(v);
  }
#endif

  // A lane at a time: there is no shuffle.
  static const std::uint8_t* table16(const std::uint8_t* table) {
    return table;
  }
  static const std::uint8_t* table128(const std::uint8_t* table) {
    return table;
  }
  static const std::uint8_t* table256(const std::uint8_t* table) {
    return table;
  }
  static Vec lookup16(const std::uint8_t* table, Vec v) {
    return lookup256(table, v);
  }
  static Vec lookup128(const std::uint8_t* table, Vec v) {
    return lookup256(table, v);
  }
  static Vec lookup256(const std::uint8_t* table, Vec v) {
    alignas(Vec) std::uint8_t lanes[sizeof(Vec)];
    *reinterpret_cast<Vec*>(lanes) = v;
    for (std::uint8_t& lane : lanes) lane = table[lane];
    return *reinterpret_cast<const Vec*>(lanes);
  }
};

struct Halves8 : PlainElements<Halves128> {
  using Element = std::uint16_t;
#if defined(__SSE2__)
  static Vec multiply_high(Vec a, Vec b) {
    return (Vec)_mm_mulhi_epu16((__m128i)a, (__m128i)b);
  }
  static std::uint64_t zero_lanes(Vec v) {
    const __m128i zero = _mm_cmpeq_epi16((__m128i)v, _mm_setzero_si128());
    return static_cast<std::uint64_t>(_mm_movemask_epi8(_mm_packs_epi16(zero, _mm_setzero_si128())));
  }
#else
  static Vec multiply_high(Vec a, Vec b) {
    Vec high{};
    for (unsigned i = 0; i < 8; ++i) high[i] = static_cast<std::uint16_t>(std::uint32_t{a[i]} * b[i] >> 16);
    return high;
  }
  static std::uint64_t zero_lanes(Vec v) {
    return zero_elements(v);
  }
#endif
};

struct Words4 : PlainElements<Words128> {
  using Element = std::uint32_t;
  static Vec multiply_high(Vec a, Vec b) {
    using Doubles = Bits128::Vec;
    const Doubles even = ((Doubles)a & 0xffffffff) * ((Doubles)b & 0xffffffff);
    const Doubles odd = ((Doubles)a >> 32) * ((Doubles)b >> 32);
    return (Vec)((even >> 32) | (odd & 0xffffffff00000000));
  }
  static std::uint64_t zero_lanes(Vec v) { return zero_elements(v); }
};

}  // namespace

constinit const LevelFunctions kSse2Functions =
    level_functions<Bytes<Bytes16>, Words<Halves8>, Words<Words4>, Bits>();

}  // namespace gforbit::cycles::qary
