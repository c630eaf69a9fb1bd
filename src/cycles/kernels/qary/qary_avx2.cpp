// Vectors of 256 bits: AVX2. Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include <immintrin.h>

#include "qary_bytes.hpp"
#include "qary_level.hpp"
#include "qary_plain.hpp"
#include "qary_words.hpp"

namespace gforbit::cycles::qary {

namespace {

struct Bits256 {
  typedef unsigned long long Vec __attribute__((vector_size(32), may_alias));
};
struct Bytes256 {
  typedef std::uint8_t Vec __attribute__((vector_size(32), may_alias));
};
struct Halves256 {
  typedef std::uint16_t Vec __attribute__((vector_size(32), may_alias));
};
struct Words256 {
  typedef std::uint32_t Vec __attribute__((vector_size(32), may_alias));
};

using Bits = PlainBits<Bits256>;

struct Bytes32 : ShuffledTables<Bytes32, Bytes256> {
  using Vec = Bytes256::Vec;
  static constexpr bool kAffine = false, kLookup = false;
  static Vec min(Vec a, Vec b) { return (Vec)_mm256_min_epu8((__m256i)a, (__m256i)b); }
  static Vec add_saturated(Vec a, Vec b) { return (Vec)_mm256_adds_epu8((__m256i)a, (__m256i)b); }
  static Vec subtract_saturated(Vec a, Vec b) { return (Vec)_mm256_subs_epu8((__m256i)a, (__m256i)b); }
  static Vec shuffle(Vec table, Vec v) { return (Vec)_mm256_shuffle_epi8((__m256i)table, (__m256i)v); }
  static Vec repeat16(const std::uint8_t* table) {
    return (Vec)_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table)));
  }
  static std::uint64_t zero_lanes(Vec v) {
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8((__m256i)v, _mm256_setzero_si256())));
  }
};

struct Halves16 : PlainElements<Halves256> {
  using Element = std::uint16_t;
  static Vec multiply_high(Vec a, Vec b) { return (Vec)_mm256_mulhi_epu16((__m256i)a, (__m256i)b); }
  static std::uint64_t zero_lanes(Vec v) {
    const __m256i zero = _mm256_cmpeq_epi16((__m256i)v, _mm256_setzero_si256());
    const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(zero), _mm256_extracti128_si256(zero, 1));
    return static_cast<std::uint64_t>(_mm_movemask_epi8(bytes));
  }
};

struct Words8 : PlainElements<Words256> {
  using Element = std::uint32_t;
  static Vec multiply_high(Vec a, Vec b) {
    const __m256i x = (__m256i)a, y = (__m256i)b;
    const __m256i even = _mm256_mul_epu32(x, y);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(y, 32));
    return (Vec)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
  }
  static std::uint64_t zero_lanes(Vec v) {
    const __m256i zero = _mm256_cmpeq_epi32((__m256i)v, _mm256_setzero_si256());
    return static_cast<std::uint64_t>(_mm256_movemask_ps(_mm256_castsi256_ps(zero)));
  }
};

}  // namespace

constinit const LevelFunctions kAvx2Functions =
    level_functions<Bytes<Bytes32>, Words<Halves16>, Words<Words8>, Bits>();

}  // namespace gforbit::cycles::qary

#endif
