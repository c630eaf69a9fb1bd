// Predecessors over GF(2), eight states at a time. Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include <immintrin.h>

#include "backward_bits.hpp"

namespace gforbit::cycles {

namespace {

__m512i set(std::uint64_t value) {
  return _mm512_set1_epi64(static_cast<long long>(value));
}

__mmask8 value_at(const BackwardBits::Sum& sum, __m512i states) {
  __mmask8 value = sum.constant ? 0xff : 0;
  for (const fsr::SignedProduct& product : sum.products) {
    const __m512i cells = _mm512_and_si512(states, set(product.cells));
    value = _kxor_mask8(value, _mm512_cmpeq_epi64_mask(cells, set(product.ones)));
  }
  return value;
}

}  // namespace

Predecessors predecessors_avx512(const BackwardBits& bits, const std::uint64_t* level, std::size_t count,
                                 std::uint64_t* next) {
  constexpr std::size_t kLanes = 8;
  const __m512i mask = set(bits.mask), one = set(1);
  const __m512i newest = set(std::uint64_t{1} << (bits.degree - 1));
  std::size_t found = 0, with_some = 0;
  for (std::size_t i = 0; i < count; i += kLanes) {
    const auto lanes = static_cast<__mmask8>(count - i >= kLanes ? 0xff : (1U << (count - i)) - 1);
    const __m512i states = _mm512_maskz_loadu_epi64(lanes, level + i);
    const __m512i first = _mm512_and_si512(_mm512_slli_epi64(states, 1), mask);
    const __mmask8 zero_differs =
        _kxor_mask8(value_at(bits.feedback, first), _mm512_test_epi64_mask(states, newest));
    const __mmask8 one_differs = _kxor_mask8(zero_differs, value_at(bits.difference, first));
    const __mmask8 without = _kandn_mask8(zero_differs, lanes), with = _kandn_mask8(one_differs, lanes);
    _mm512_storeu_si512(next + found, _mm512_maskz_compress_epi64(without, first));
    found += static_cast<std::size_t>(_mm_popcnt_u32(without));
    _mm512_storeu_si512(next + found, _mm512_maskz_compress_epi64(with, _mm512_or_si512(first, one)));
    found += static_cast<std::size_t>(_mm_popcnt_u32(with));
    with_some += static_cast<std::size_t>(_mm_popcnt_u32(_kor_mask8(without, with)));
  }
  return {found, count - with_some};
}

}  // namespace gforbit::cycles

#endif
