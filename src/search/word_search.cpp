#include "word_search.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace gforbit::search {

namespace {

constexpr int kMostDigits = 64;

/// Offsets of the monomials, one after the other.
struct Program {
  std::vector<std::uint8_t> linear;
  std::vector<std::vector<std::uint8_t>> products;
};

std::vector<std::uint8_t> offsets_of(std::uint64_t mask) {
  std::vector<std::uint8_t> offsets;
  for (; mask != 0; mask &= mask - 1) offsets.push_back(static_cast<std::uint8_t>(std::countr_zero(mask)));
  return offsets;
}

Program program_of(const WordProblem& problem) {
  Program program{offsets_of(problem.linear), {}};
  for (const std::uint64_t mask : problem.products) program.products.push_back(offsets_of(mask));
  return program;
}

/// 64 words: the digits 0 to 5 of word i are the bits of i.
constexpr std::array<std::uint64_t, 6> kCounting = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc,
                                                    0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00,
                                                    0xffff0000ffff0000, 0xffffffff00000000};

/// A digit of so many words, in 64-bit pieces that the compiler makes vectors of.
template <int kPieces>
struct Plane {
  std::uint64_t piece[kPieces];
};

template <int kPieces>
[[gnu::always_inline]] inline void sum_at(const Program& program, const Plane<kPieces>* digits,
                                          Plane<kPieces>& sum) {
  for (int i = 0; i < kPieces; ++i) sum.piece[i] = 0;
  for (const std::uint8_t offset : program.linear) {
    for (int i = 0; i < kPieces; ++i) sum.piece[i] ^= digits[offset].piece[i];
  }
  for (const auto& factors : program.products) {
    Plane<kPieces> product = digits[factors.front()];
    for (std::size_t f = 1; f < factors.size(); ++f) {
      for (int i = 0; i < kPieces; ++i) product.piece[i] &= digits[factors[f]].piece[i];
    }
    for (int i = 0; i < kPieces; ++i) sum.piece[i] ^= product.piece[i];
  }
}

/// Whether the lowest `size` bits, bit 0 first, can begin a word that is the smallest of its rotations.
bool can_begin_smallest_rotation(std::uint64_t bits, int size) {
  for (int i = 1, period = 1; i < size; ++i) {
    const bool bit = (bits >> i & 1) != 0, before = (bits >> (i - period) & 1) != 0;
    if (before && !bit) return false;
    if (bit && !before) period = i + 1;
  }
  return true;
}

/// The free digits of the words of a block.
template <int kPieces>
[[gnu::always_inline]] inline void load(Plane<kPieces>* digits, int free_digits, std::uint64_t block) {
  constexpr int kPieceDigits = std::countr_zero(static_cast<unsigned>(kPieces));
  for (int digit = 0; digit < free_digits; ++digit) {
    for (int i = 0; i < kPieces; ++i) {
      const std::uint64_t number = digit < 6                  ? 0
                                   : digit < 6 + kPieceDigits ? static_cast<std::uint64_t>(i) >> (digit - 6)
                                                              : block >> (digit - 6 - kPieceDigits);
      digits[digit].piece[i] = digit < 6 ? kCounting[static_cast<std::size_t>(digit)] : 0 - (number & 1);
    }
  }
}

template <int kPieces>
[[gnu::always_inline]] inline bool search(const WordProblem& problem) {
  const Program program = program_of(problem);
  const int period = problem.period, free_digits = problem.free_digits;
  constexpr int kBlockDigits = 6 + std::countr_zero(static_cast<unsigned>(kPieces));
  const std::uint64_t blocks =
      free_digits > kBlockDigits ? std::uint64_t{1} << (free_digits - kBlockDigits) : 1;
  // Where there are fewer words than bits, the first ones.
  const std::uint64_t words_of_piece =
      free_digits >= 6 ? ~std::uint64_t{0} : (std::uint64_t{1} << (std::uint64_t{1} << free_digits)) - 1;
  const int pieces = free_digits >= kBlockDigits ? kPieces : free_digits <= 6 ? 1 : 1 << (free_digits - 6);
  Plane<kPieces> digits[2 * kMostDigits];
  Plane<kPieces> sum;
  for (std::uint64_t block = 0; block < blocks; ++block) {
    // Rotations of a word obey the recurrence too: one is tried, the smallest from the digits of the block
    // on.
    if (!can_begin_smallest_rotation(block, free_digits - kBlockDigits)) continue;
    load(digits, free_digits, block);
    Plane<kPieces> alive;
    for (int i = 0; i < kPieces; ++i) alive.piece[i] = i < pieces ? words_of_piece : 0;
    if (block == 0) alive.piece[0] &= ~std::uint64_t{1};  // the zero word
    for (int place = 0; place + free_digits < period; ++place)
      sum_at(program, digits + place, digits[place + free_digits]);
    for (int digit = 0; digit < free_digits; ++digit) digits[period + digit] = digits[digit];
    // The digit that stands alone is part of the sum again.
    const bool one_alone = free_digits < period;
    for (int place = one_alone ? period - free_digits : 0; place < period; ++place) {
      sum_at(program, digits + place, sum);
      std::uint64_t any = 0;
      for (int i = 0; i < kPieces; ++i) {
        if (one_alone) sum.piece[i] ^= digits[place + free_digits].piece[i];
        alive.piece[i] &= ~sum.piece[i];
      }
      for (int i = 0; i < kPieces; ++i) any |= alive.piece[i];
      if (any == 0) break;
      if (place == period - 1) return true;
    }
    if (free_digits == 0) return false;  // all digits follow: the word is zero
  }
  return false;
}

/// The widest of these for the number of words.
[[gnu::always_inline]] inline bool search_in_blocks(const WordProblem& problem) {
  if (problem.free_digits <= 6) return search<1>(problem);
  return problem.free_digits <= 10 ? search<8>(problem) : search<32>(problem);
}

bool search_plain(const WordProblem& problem) {
  return search_in_blocks(problem);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] bool search_avx2(const WordProblem& problem) {
  return search_in_blocks(problem);
}

[[gnu::target("avx512f,prefer-vector-width=512")]] bool search_avx512(const WordProblem& problem) {
  return search_in_blocks(problem);
}
#endif

}  // namespace

bool word_exists(const WordProblem& problem, [[maybe_unused]] cycles::SimdLevel level) {
#if defined(__x86_64__)
  if (level == cycles::SimdLevel::avx512) return search_avx512(problem);
  if (level == cycles::SimdLevel::avx2) return search_avx2(problem);
#endif
  return search_plain(problem);
}

}  // namespace gforbit::search
