/// One step of eight packed states in vectors of 64-bit lanes; included by files that are compiled for
/// AVX-512.
#pragma once

#include <immintrin.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "packed_step.hpp"

// Every file that includes this has its own copies of these functions.
namespace gforbit::cycles {
namespace {

struct VectorState {
  __m512i packed, index;
};

[[gnu::always_inline]] inline __m512i set(std::uint64_t value) {
  return _mm512_set1_epi64(static_cast<long long>(value));
}

/// GF(2): each linear term and each product is a test under a mask.
/// @tparam kTaps, kProducts  how many there are, -1: any number
template <int kTaps, int kProducts>
class VectorBits {
 public:
  static constexpr bool kPackedIsIndex = true;

  explicit VectorBits(const PackedStep& step)
      : constant_(step.constant != 0 ? 0xff : 0), top_(_mm512_set1_epi64(1LL << step.top_shift)) {
    if constexpr (kTaps < 0) {
      taps_[0] = set(step.linear);
    } else {
      __m512i* tap = taps_;
      for (std::uint64_t rest = step.linear; rest != 0; rest &= rest - 1) *tap++ = set(rest & (~rest + 1));
    }
    for (const fsr::SignedProduct& product : step.products_of_bits)
      products_[n_products_++] = {set(product.cells), set(product.ones)};
  }

  [[gnu::always_inline]] VectorState next(VectorState s) const {
    __mmask8 sum = constant_;
    if constexpr (kTaps < 0) {
      sum = _kxor_mask8(sum, parity(_mm512_and_si512(s.index, taps_[0])));
    } else {
#pragma GCC unroll 8
      for (int i = 0; i < kTaps; ++i) sum = _kxor_mask8(sum, _mm512_test_epi64_mask(s.index, taps_[i]));
    }
    if constexpr (kProducts < 0) {
      for (int i = 0; i < n_products_; ++i) sum = _kxor_mask8(sum, contains(s.index, products_[i]));
    } else {
#pragma GCC unroll 8
      for (int i = 0; i < kProducts; ++i) sum = _kxor_mask8(sum, contains(s.index, products_[i]));
    }
    const __m512i shifted = _mm512_srli_epi64(s.index, 1);
    const __m512i next = _mm512_mask_or_epi64(shifted, sum, shifted, top_);
    return {next, next};
  }

 private:
  struct Product {
    __m512i cells, ones;
  };
  [[gnu::always_inline]] static __mmask8 contains(__m512i index, const Product& product) {
    return _mm512_cmpeq_epi64_mask(_mm512_and_si512(index, product.cells), product.ones);
  }
  static __mmask8 parity(__m512i v) {
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 32));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 16));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 8));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 4));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 2));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 1));
    return _mm512_test_epi64_mask(v, _mm512_set1_epi64(1));
  }

  __mmask8 constant_;
  __m512i top_;
  __m512i taps_[kTaps > 0 ? kTaps : 1];  ///< one each, or all in one mask
  Product products_[kProducts > 0 ? kProducts : kMostProductsInVectors];
  int n_products_ = 0;
};

template <class Value>
const Value* values_of(const PackedStep& step) {
  if constexpr (sizeof(Value) == 1) return step.values8.data();
  if constexpr (sizeof(Value) == 2) return step.values16.data();
  if constexpr (sizeof(Value) == 4) return step.values32.data();
}

/// Eight bytes are read for each entry; tables end with padding.
template <class Entry>
[[gnu::always_inline]] inline __m512i gather(const Entry* table, __m512i at) {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << (8 * sizeof(Entry))) - 1;
  return _mm512_and_si512(_mm512_i64gather_epi64(at, table, static_cast<int>(sizeof(Entry))), set(kMask));
}

/// A new digit comes in, the oldest goes out. An index is divided by an odd q without a remainder, so by a
/// multiplication with the inverse of q modulo 2^64.
/// @tparam kPackedIsIndex  q is a power of two
template <bool kPackedIsIndex>
class VectorShift {
 public:
  explicit VectorShift(const PackedStep& step)
      : bits_(set(static_cast<std::uint64_t>(step.digit_bits))),
        top_(set(static_cast<std::uint64_t>(step.top_shift))),
        digit_(set((std::uint64_t{1} << step.digit_bits) - 1)),
        inverse_(set(inverse_of(step.order))),
        top_place_(set(step.top_place)) {}

  [[gnu::always_inline]] VectorState operator()(VectorState s, __m512i digit) const {
    const __m512i packed =
        _mm512_or_si512(_mm512_srlv_epi64(s.packed, bits_), _mm512_sllv_epi64(digit, top_));
    if constexpr (kPackedIsIndex) return {packed, packed};
    const __m512i oldest = _mm512_and_si512(s.packed, digit_);
    const __m512i rest = _mm512_mullo_epi64(_mm512_sub_epi64(s.index, oldest), inverse_);
    return {packed, _mm512_add_epi64(rest, _mm512_mullo_epi64(digit, top_place_))};
  }

 private:
  /// Newton's iteration doubles the bits that are right.
  static std::uint64_t inverse_of(std::uint64_t odd) {
    std::uint64_t inverse = odd;
    for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
    return inverse;
  }

  __m512i bits_, top_, digit_, inverse_, top_place_;
};

/// How the oldest cell enters the feedback beside one table of the other cells.
enum class Oldest {
  in_table,   ///< the table knows it, too
  itself,     ///< as a summand
  looked_up,  ///< as a summand that is looked up
};

/// Larger fields, where one table holds the feedback, or all but a summand that is a function of the oldest
/// cell: x0 + c*x1*x5, x0^3 + x1*x2 and the like.
template <class Value, PackedStep::Sum kSum, Oldest kOldest>
class VectorLookup {
 public:
  static constexpr bool kPackedIsIndex = kSum == PackedStep::Sum::exclusive_or;
  static constexpr std::size_t kMostRuns = 3;

  explicit VectorLookup(const PackedStep& step)
      : shift_(step),
        order_(set(step.order)),
        digit_(set((std::uint64_t{1} << step.digit_bits) - 1)),
        oldest_(values_of<Value>(step) + step.lookups.front().offset),
        values_(values_of<Value>(step) + step.lookups.back().offset),
        add_(step.add.data()) {
    for (std::size_t i = 0; i < kMostRuns; ++i) {
      const std::vector<PackedStep::Run>& runs = step.lookups.back().runs;
      right_[i] = set(i < runs.size() ? static_cast<std::uint64_t>(runs[i].right) : 0);
      mask_[i] = set(i < runs.size() ? runs[i].mask : 0);
    }
  }

  [[gnu::always_inline]] VectorState next(VectorState s) const {
    __m512i key = _mm512_and_si512(_mm512_srlv_epi64(s.packed, right_[0]), mask_[0]);
#pragma GCC unroll 4
    for (std::size_t i = 1; i < kMostRuns; ++i)
      key = _mm512_or_si512(key, _mm512_and_si512(_mm512_srlv_epi64(s.packed, right_[i]), mask_[i]));
    const __m512i value = gather(values_, key);
    if constexpr (kOldest == Oldest::in_table) return shift_(s, value);
    __m512i oldest = _mm512_and_si512(s.packed, digit_);
    if constexpr (kOldest == Oldest::looked_up) oldest = gather(oldest_, oldest);
    return shift_(s, sum(oldest, value));
  }

 private:
  [[gnu::always_inline]] __m512i sum(__m512i a, __m512i b) const {
    if constexpr (kSum == PackedStep::Sum::exclusive_or) return _mm512_xor_si512(a, b);
    if constexpr (kSum == PackedStep::Sum::modular) {
      const __m512i sum = _mm512_add_epi64(a, b);
      return _mm512_min_epu64(sum, _mm512_sub_epi64(sum, order_));
    }
    return gather(add_, _mm512_add_epi64(_mm512_mullo_epi64(a, order_), b));
  }

  VectorShift<kPackedIsIndex> shift_;
  __m512i order_, digit_;
  const Value *oldest_, *values_;
  const std::uint16_t* add_;
  __m512i right_[kMostRuns], mask_[kMostRuns];
};

/// Larger fields: sums and products of values that are looked up.
template <class Value, bool kIsIndex>
class VectorDigits {
 public:
  static constexpr bool kPackedIsIndex = kIsIndex;

  explicit VectorDigits(const PackedStep& step)
      : step_(&step), shift_(step), values_(values_of<Value>(step)) {}

  [[gnu::always_inline]] VectorState next(VectorState s) const {
    const PackedStep& step = *step_;
    const __m512i order = set(step.order);
    __m512i sum = set(step.constant);
    for (const PackedStep::Product& product : step.products) {
      __m512i value = look_up(s.packed, step.lookups[product.first]);
      for (std::size_t i = product.first + 1; i < product.last; ++i) {
        const __m512i factor = look_up(s.packed, step.lookups[i]);
        const __m512i place = _mm512_add_epi64(_mm512_mullo_epi64(value, order), factor);
        value = gather(step.multiply.data(), place);
      }
      if (step.sum == PackedStep::Sum::exclusive_or) {
        sum = _mm512_xor_si512(sum, value);
      } else if (step.sum == PackedStep::Sum::modular) {
        sum = _mm512_add_epi64(sum, value);
        sum = _mm512_min_epu64(sum, _mm512_sub_epi64(sum, order));
      } else {
        sum = gather(step.add.data(), _mm512_add_epi64(_mm512_mullo_epi64(sum, order), value));
      }
    }
    return shift_(s, sum);
  }

 private:
  [[gnu::always_inline]] __m512i look_up(__m512i packed, const PackedStep::Lookup& lookup) const {
    __m512i key = _mm512_setzero_si512();
    for (const PackedStep::Run& run : lookup.runs) {
      const __m512i moved = _mm512_srli_epi64(packed, static_cast<unsigned>(run.right));
      key = _mm512_or_si512(key, _mm512_and_si512(moved, set(run.mask)));
    }
    return gather(values_ + lookup.offset, key);
  }

  const PackedStep* step_;
  VectorShift<kIsIndex> shift_;
  const Value* values_;
};

/// Calls `use(walker)` with the fastest walker for this step, q > 2.
template <class Value, PackedStep::Sum kSum, class Use>
void with_vector_digits(const PackedStep& step, Use&& use) {
  using enum Oldest;
  constexpr std::size_t kMostRuns = VectorLookup<Value, kSum, in_table>::kMostRuns;
  const bool few_runs = !step.lookups.empty() && step.lookups.back().runs.size() <= kMostRuns;
  if (few_runs && step.is_one_lookup()) return use(VectorLookup<Value, kSum, in_table>(step));
  if (few_runs && step.is_oldest_and_lookup()) {
    if (step.oldest_is_itself) return use(VectorLookup<Value, kSum, itself>(step));
    return use(VectorLookup<Value, kSum, looked_up>(step));
  }
  use(VectorDigits<Value, kSum == PackedStep::Sum::exclusive_or>(step));
}

template <class Value, class Use>
void with_vector_digits(const PackedStep& step, Use&& use) {
  switch (step.sum) {
    case PackedStep::Sum::exclusive_or:
      return with_vector_digits<Value, PackedStep::Sum::exclusive_or>(step, use);
    case PackedStep::Sum::modular:
      return with_vector_digits<Value, PackedStep::Sum::modular>(step, use);
    case PackedStep::Sum::table:
      return with_vector_digits<Value, PackedStep::Sum::table>(step, use);
  }
}

template <class Use>
void with_vector_digits(const PackedStep& step, Use&& use) {
  if (step.order <= 256) return with_vector_digits<std::uint8_t>(step, use);
  if (step.order <= 65536) return with_vector_digits<std::uint16_t>(step, use);
  with_vector_digits<std::uint32_t>(step, use);
}

}  // namespace
}  // namespace gforbit::cycles
