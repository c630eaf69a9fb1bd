// AVX-512 with VBMI, which permutes bytes across a vector, and GFNI, which multiplies bytes by matrices over
// GF(2). Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include "qary_avx512.hpp"

namespace gforbit::cycles::qary {

namespace {

struct ByteLanes : Avx512Bytes {
  static constexpr bool kAffine = true, kLookup = true;

  struct Half {
    __m512i v[2];
  };
  struct Whole {
    Half low, high;
  };
  static Vec table16(const std::uint8_t* table) { return repeat16(table); }
  static Half table128(const std::uint8_t* table) {
    return {{_mm512_loadu_si512(table), _mm512_loadu_si512(table + 64)}};
  }
  static Whole table256(const std::uint8_t* table) { return {table128(table), table128(table + 128)}; }
  static Vec lookup16(Vec table, Vec v) { return shuffle(table, v); }
  static Vec lookup128(const Half& table, Vec v) {
    return (Vec)_mm512_permutex2var_epi8(table.v[0], (__m512i)v, table.v[1]);
  }
  static Vec lookup256(const Whole& table, Vec v) {
    return (Vec)_mm512_mask_mov_epi8((__m512i)lookup128(table.low, v), _mm512_movepi8_mask((__m512i)v),
                                     (__m512i)lookup128(table.high, v));
  }

  static __m512i matrix(const std::uint8_t* rows) {
    return _mm512_broadcastq_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows)));
  }
  static Vec affine(Vec v, __m512i matrix) {
    return (Vec)_mm512_gf2p8affine_epi64_epi8((__m512i)v, matrix, 0);
  }
};

}  // namespace

constinit const LevelFunctions kAvx512VbmiFunctions = avx512_functions<ByteLanes>();

}  // namespace gforbit::cycles::qary

#endif
