// Products of polynomials over GF(2) as arrays of words, 64 coefficients a word: what all arithmetic of
// BinaryRing rests on. Karatsuba's method above blocks of some words, which the processor's carry-less
// multiplication (PCLMULQDQ) does where it has one.
#pragma once

#include <cstdint>
#include <span>

namespace gforbit::cycles {

/// How the words of a block are multiplied.
enum class WordProduct : bool {
  portable,  ///< shifts and tables
  carryless  ///< the processor's instruction
};

/// The fastest one of this processor.
[[nodiscard]] WordProduct best_word_product() noexcept;

/// product = a b. `product` has size(a) + size(b) words and overlaps neither. Cost: 0.05 ms for 45000
/// coefficients each.
void multiply_words(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                    std::span<std::uint64_t> product, WordProduct by = best_word_product());

/// square = a^2, 2 size(a) words: the coefficients with zeros between.
void square_words(std::span<const std::uint64_t> a, std::span<std::uint64_t> square);

/// a += b x^shift. Requires that a has the words for it.
void add_shifted(std::span<std::uint64_t> a, std::span<const std::uint64_t> b, std::size_t shift);

}  // namespace gforbit::cycles
