#include "polynomial_gf2_words.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gforbit::cycles {
namespace {

using Word = std::uint64_t;
using Words = std::span<Word>;
using ConstWords = std::span<const Word>;

/// Up to this many words of the shorter factor, blocks are faster than Karatsuba's three products.
constexpr std::size_t kBlockWords = 16;

/// product += a b for one word each, four bits of b at a time.
void add_word_product(Word a, Word b, Word& low, Word& high) {
  std::array<Word, 16> multiples{0, a & (~Word{0} >> 3)};  // without the bits that a shift would lose
  for (std::size_t u = 2; u < 16; u += 2) {
    multiples[u] = multiples[u / 2] << 1;
    multiples[u + 1] = multiples[u] ^ multiples[1];
  }
  Word l = multiples[b & 15], h = 0;
  for (unsigned bit = 4; bit < 64; bit += 4) {
    const Word m = multiples[b >> bit & 15];
    l ^= m << bit;
    h ^= m >> (64 - bit);
  }
  for (unsigned bit = 61; bit < 64; ++bit) {
    const Word mask = -(a >> bit & 1);
    l ^= b << bit & mask;
    h ^= b >> (64 - bit) & mask;
  }
  low ^= l;
  high ^= h;
}

void multiply_block_portable(ConstWords a, ConstWords b, Words product) {
  std::ranges::fill(product, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j)
      add_word_product(a[i], b[j], product[i + j], product[i + j + 1]);
  }
}

/// The bits of `half`, a zero after each.
Word spread(std::uint32_t half) {
  Word s = half;
  s = (s | s << 16) & 0x0000ffff0000ffff;
  s = (s | s << 8) & 0x00ff00ff00ff00ff;
  s = (s | s << 4) & 0x0f0f0f0f0f0f0f0f;
  s = (s | s << 2) & 0x3333333333333333;
  return (s | s << 1) & 0x5555555555555555;
}

void square_portable(ConstWords a, Words square) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    square[2 * i] = spread(static_cast<std::uint32_t>(a[i]));
    square[2 * i + 1] = spread(static_cast<std::uint32_t>(a[i] >> 32));
  }
}

#if defined(__x86_64__)

bool has_carryless() noexcept {
  static const bool has = __builtin_cpu_supports("pclmul") != 0;
  return has;
}

__m128i one_word(Word w) {
  return _mm_cvtsi64_si128(static_cast<long long>(w));
}

__m128i two_words(ConstWords words, std::size_t pair) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(words.data() + 2 * pair));
}

void store_added(Word* to, __m128i value) {
  auto* const place = reinterpret_cast<__m128i*>(to);
  _mm_storeu_si128(place, _mm_xor_si128(_mm_loadu_si128(place), value));
}

/// product += (last word of a) b.
[[gnu::target("pclmul")]] void add_last_word(ConstWords a, ConstWords b, Words product) {
  const __m128i last = one_word(a.back());
  Word* to = product.data() + a.size() - 1;
  for (const Word w : b) store_added(to++, _mm_clmulepi64_si128(last, one_word(w), 0));
}

/// By antidiagonals of blocks of two words, so that the sums stay in registers.
[[gnu::target("pclmul")]] void multiply_block_carryless(ConstWords a, ConstWords b, Words product) {
  std::ranges::fill(product, 0);
  const std::size_t pairs_a = a.size() / 2, pairs_b = b.size() / 2;
  for (std::size_t diagonal = 0; pairs_a > 0 && pairs_b > 0 && diagonal < pairs_a + pairs_b - 1; ++diagonal) {
    __m128i low = _mm_setzero_si128(), middle = low, high = low;
    const std::size_t first = diagonal < pairs_b ? 0 : diagonal - pairs_b + 1;
    for (std::size_t i = first; i <= std::min(diagonal, pairs_a - 1); ++i) {
      const __m128i x = two_words(a, i), y = two_words(b, diagonal - i);
      low = _mm_xor_si128(low, _mm_clmulepi64_si128(x, y, 0x00));
      high = _mm_xor_si128(high, _mm_clmulepi64_si128(x, y, 0x11));
      middle = _mm_xor_si128(
          middle, _mm_xor_si128(_mm_clmulepi64_si128(x, y, 0x01), _mm_clmulepi64_si128(x, y, 0x10)));
    }
    Word* const to = product.data() + 2 * diagonal;
    store_added(to, _mm_xor_si128(low, _mm_slli_si128(middle, 8)));
    store_added(to + 2, _mm_xor_si128(high, _mm_srli_si128(middle, 8)));
  }
  if (a.size() % 2 == 1) add_last_word(a, b, product);
  if (b.size() % 2 == 1) add_last_word(b, a.first(2 * pairs_a), product);
}

[[gnu::target("pclmul")]] void square_carryless(ConstWords a, Words square) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const __m128i word = one_word(a[i]);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(square.data() + 2 * i), _mm_clmulepi64_si128(word, word, 0));
  }
}

#else

bool has_carryless() noexcept {
  return false;
}
void multiply_block_carryless(ConstWords a, ConstWords b, Words product) {
  multiply_block_portable(a, b, product);
}
void square_carryless(ConstWords a, Words square) {
  square_portable(a, square);
}

#endif

void add(Words to, ConstWords a) {
  for (std::size_t i = 0; i < a.size(); ++i) to[i] ^= a[i];
}

class Multiplier {
 public:
  Multiplier(WordProduct by, std::size_t words)
      : by_(by), scratch_(words > kBlockWords ? 10 * words + 256 : 0) {}

  void multiply(ConstWords a, ConstWords b, Words product) { multiply(a, b, product, scratch_); }

 private:
  /// A level takes two words of `scratch` for each word of its factors, and the next level half as many.
  void multiply(ConstWords a, ConstWords b, Words product, Words scratch) const {
    if (a.size() < b.size()) std::swap(a, b);
    if (b.size() <= kBlockWords) {
      (by_ == WordProduct::carryless ? multiply_block_carryless : multiply_block_portable)(a, b, product);
      return;
    }
    if (a.size() > b.size()) return multiply_uneven(a, b, product, scratch);
    // (a1 X + a0) (b1 X + b0) = a1 b1 X^2 + ((a1 + a0) (b1 + b0) - a1 b1 - a0 b0) X + a0 b0
    const std::size_t half = (a.size() + 7) / 8 * 4, rest = a.size() - half;  // blocks are of whole pairs
    const auto a0 = a.first(half), a1 = a.subspan(half), b0 = b.first(half), b1 = b.subspan(half);
    const Words sum_a = scratch.first(half), sum_b = scratch.subspan(half, half);
    const Words middle = scratch.subspan(2 * half, 2 * half), deeper = scratch.subspan(4 * half);
    std::ranges::copy(a0, sum_a.begin());
    std::ranges::copy(b0, sum_b.begin());
    add(sum_a, a1);
    add(sum_b, b1);
    multiply(sum_a, sum_b, middle, deeper);
    multiply(a0, b0, product.first(2 * half), deeper);
    multiply(a1, b1, product.subspan(2 * half, 2 * rest), deeper);
    add(middle, product.first(2 * half));
    add(middle, product.subspan(2 * half));
    add(product.subspan(half), middle.first(std::min(2 * half, product.size() - half)));
  }

  /// Pieces of a that are as long as b, and what is left.
  void multiply_uneven(ConstWords a, ConstWords b, Words product, Words scratch) const {
    std::ranges::fill(product, 0);
    const Words part = scratch.first(2 * b.size()), deeper = scratch.subspan(2 * b.size());
    for (std::size_t begin = 0; begin < a.size(); begin += b.size()) {
      const auto piece = a.subspan(begin, std::min(b.size(), a.size() - begin));
      const Words words = part.first(piece.size() + b.size());
      multiply(piece, b, words, deeper);
      add(product.subspan(begin), words);
    }
  }

  WordProduct by_;
  std::vector<Word> scratch_;
};

}  // namespace

WordProduct best_word_product() noexcept {
  return has_carryless() ? WordProduct::carryless : WordProduct::portable;
}

void multiply_words(ConstWords a, ConstWords b, Words product, WordProduct by) {
  assert(product.size() == a.size() + b.size());
  Multiplier(by, std::min(a.size(), b.size())).multiply(a, b, product);
}

void square_words(ConstWords a, Words square) {
  assert(square.size() == 2 * a.size());
  (has_carryless() ? square_carryless : square_portable)(a, square);
}

void add_shifted(Words a, ConstWords b, std::size_t shift) {
  const std::size_t words = shift / 64, bits = shift % 64;
  if (b.empty()) return;
  const Words to = a.subspan(words);
  if (bits == 0) return add(to, b);
  to[0] ^= b[0] << bits;
  for (std::size_t i = 1; i < b.size(); ++i) to[i] ^= b[i] << bits | b[i - 1] >> (64 - bits);
  const Word carry = b.back() >> (64 - bits);
  if (carry != 0) to[b.size()] ^= carry;
}

}  // namespace gforbit::cycles
