// Vectors of 256 bits: AVX2, with the bit instructions of BMI2. Compiled with flags of its own
// (CMakeLists.txt).
#if defined(__x86_64__)

#include <immintrin.h>

#include "bitsliced_level.hpp"
#include "system_level.hpp"

namespace gforbit::cycles::bitsliced {

namespace {

struct Vectors256 {
  using Vec = __m256i;
};

struct Avx2 : PlainIsa<Vectors256> {
  static bool any(__m256i v) { return _mm256_testz_si256(v, v) == 0; }
  /// Bit w: word w is not 0.
  static std::uint8_t words_set(__m256i v) {
    const __m256i zero_words = _mm256_cmpeq_epi64(v, _mm256_setzero_si256());
    return static_cast<std::uint8_t>(_mm256_movemask_pd(_mm256_castsi256_pd(zero_words)) ^ 15);
  }

  /// Of each word: the two halves of each byte looked up, the bytes of a word summed.
  static __m256i popcount(__m256i v) {
    const __m256i counts = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_shuffle_epi8(counts, v & nibble);
    const __m256i high = _mm256_shuffle_epi8(counts, _mm256_srli_epi16(v, 4) & nibble);
    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
  }
};

}  // namespace

constinit const LevelFunctions kAvx2Functions = level_functions<Avx2>();
constinit const SystemFunctions kAvx2SystemFunctions = system_functions<Avx2>();

}  // namespace gforbit::cycles::bitsliced

#endif
