/// Images of sets of states over fields of 3 to 8 elements, many states in a word. Compiled twice
/// (packed_walk.hpp).
///
/// The bits of a word are the states that differ in the few oldest cells only. A block of q states, which
/// differ in the oldest cell, leads to the states of one column: the newest cell is the feedback, the others
/// are those of the block. So the blocks of q adjacent words lead to q words, one for each feedback, and the
/// image is made of them by masks: which blocks have this feedback at this oldest cell.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/scalar/packed_walk.hpp"
#include "peeling_tables.hpp"

namespace gforbit::cycles {

namespace {

/// The bits of `word` under `mask`, close together.
[[gnu::always_inline]] inline std::uint64_t extract_bits(std::uint64_t word, std::uint64_t mask) {
#if defined(__BMI2__)
  return _pext_u64(word, mask);
#else
  std::uint64_t bits = 0;
  for (int at = 0; mask != 0; mask &= mask - 1, ++at) bits |= (word >> std::countr_zero(mask) & 1) << at;
  return bits;
#endif
}

/// The states of a word: q^digits, as many as have room.
struct ImageWord {
  int digits = 0;
  std::uint64_t states = 1;
};
template <std::size_t kOrder>
inline constexpr ImageWord kImageWord = [] {
  ImageWord word;
  for (; word.states * kOrder <= 64; word.states *= kOrder) ++word.digits;
  return word;
}();

/// For each value a set of blocks, those of a word.
template <std::size_t kOrder>
using ValueMasks = std::array<std::uint64_t, kOrder>;

/// The sum of two elements; the fields of so few elements are prime or of characteristic 2.
template <std::size_t kOrder>
constexpr std::size_t sum_of(std::size_t a, std::size_t b) {
  return std::has_single_bit(kOrder) ? a ^ b : (a + b) % kOrder;
}

/// The feedback of the blocks of one word after another.
template <std::size_t kOrder>
class MaskedFeedback {
 public:
  using Masks = ValueMasks<kOrder>;

  /// @param step  has_image_words(); outlives this
  explicit MaskedFeedback(const PackedStep& step) : step_(step), low_cells_(low_cells(step)) {
    for (const PackedStep::Product& product : step.products) {
      Term term;
      bool has_oldest = false;
      for (std::size_t i = product.first; i < product.last; ++i) {
        term.push_back(make_factor(step, step.lookups[i]));
        has_oldest = has_oldest || term.back().has_oldest;
      }
      (has_oldest ? with_oldest_ : without_oldest_).push_back(std::move(term));
    }
  }

  [[nodiscard]] bool has_oldest() const noexcept { return !with_oldest_.empty(); }

  /// Of the terms without the oldest cell, for the word of blocks with this packed state, whose low cells are
  /// 0.
  [[nodiscard]] Masks rest(std::uint64_t packed) const noexcept {
    Masks sum{};
    sum[step_.constant] = ~std::uint64_t{0};
    for (const Term& term : without_oldest_) sum = sum_of_masks(sum, masks_of(term, packed, 0));
    return sum;
  }
  /// Of all terms, where the blocks have this oldest cell.
  [[nodiscard]] Masks with_oldest(Masks rest, std::uint64_t packed, std::uint64_t oldest) const noexcept {
    for (const Term& term : with_oldest_) rest = sum_of_masks(rest, masks_of(term, packed, oldest));
    return rest;
  }

 private:
  /// A look-up as masks: [key of the other cells][oldest cell, if it is one of them].
  struct Factor {
    std::uint64_t high = 0;  ///< mask of the packed state
    bool has_oldest = false;
    std::vector<Masks> masks;
  };
  using Term = std::vector<Factor>;

  /// Of the packed state: the oldest cell and those that tell the blocks of a word apart.
  static std::uint64_t low_cells(const PackedStep& step) {
    return (std::uint64_t{1} << (step.digit_bits * (1 + kImageWord<kOrder>.digits))) - 1;
  }

  [[nodiscard]] Factor make_factor(const PackedStep& step, const PackedStep::Lookup& lookup) const {
    const std::uint64_t digit = (std::uint64_t{1} << step.digit_bits) - 1;
    Factor factor{lookup.cells & ~low_cells_, (lookup.cells & digit) != 0, {}};
    const std::uint64_t keys = std::uint64_t{1} << std::popcount(factor.high);
    const std::uint64_t oldest_cells = factor.has_oldest ? kOrder : 1;
    factor.masks.resize(keys * oldest_cells);
    std::vector<std::uint64_t> blocks;
    for (std::uint64_t block = 0; block < kImageWord<kOrder>.states; ++block)
      blocks.push_back(step.pack(block) << step.digit_bits);
    std::uint64_t high = 0;  // all subsets of the mask, in increasing order
    for (std::uint64_t key = 0; key < keys; ++key, high = (high - factor.high) & factor.high) {
      if (!are_digits(high, step)) continue;
      for (std::uint64_t oldest = 0; oldest < oldest_cells; ++oldest) {
        Masks& masks = factor.masks[key * oldest_cells + oldest];
        for (std::size_t i = 0; i < blocks.size(); ++i) {
          const std::uint64_t at = gather_bits(high | blocks[i] | oldest, lookup);
          masks[step.values8[lookup.offset + at]] |= std::uint64_t{1} << i;
        }
      }
    }
    return factor;
  }

  static bool are_digits(std::uint64_t packed, const PackedStep& step) {
    for (; packed != 0; packed >>= step.digit_bits) {
      if ((packed & ((std::uint64_t{1} << step.digit_bits) - 1)) >= step.order) return false;
    }
    return true;
  }

  [[nodiscard]] const Masks& masks_of(const Factor& factor, std::uint64_t packed,
                                      std::uint64_t oldest) const noexcept {
    const std::uint64_t key = extract_bits(packed, factor.high);
    return factor.masks[factor.has_oldest ? key * kOrder + oldest : key];
  }

  [[nodiscard]] Masks masks_of(const Term& term, std::uint64_t packed, std::uint64_t oldest) const noexcept {
    Masks product = masks_of(term.front(), packed, oldest);
    for (std::size_t i = 1; i < term.size(); ++i)
      product = product_of_masks(product, masks_of(term[i], packed, oldest));
    return product;
  }

  [[nodiscard, gnu::always_inline]] static Masks sum_of_masks(const Masks& left,
                                                              const Masks& right) noexcept {
    Masks result{};
    for (std::size_t a = 0; a < kOrder; ++a) {
      for (std::size_t b = 0; b < kOrder; ++b) result[sum_of<kOrder>(a, b)] |= left[a] & right[b];
    }
    return result;
  }
  [[nodiscard]] Masks product_of_masks(const Masks& left, const Masks& right) const noexcept {
    Masks result{};
    for (std::size_t a = 0; a < kOrder; ++a) {
      for (std::size_t b = 0; b < kOrder; ++b) result[step_.multiply[a * kOrder + b]] |= left[a] & right[b];
    }
    return result;
  }

  const PackedStep& step_;
  std::uint64_t low_cells_;
  std::vector<Term> without_oldest_, with_oldest_;
};

/// Images of a set, word by word.
template <std::size_t kOrder>
class ImageWords {
  using Masks = ValueMasks<kOrder>;

 public:
  static constexpr std::uint64_t kStates = kImageWord<kOrder>.states;  ///< of a word
  /// A word with all states.
  static constexpr std::uint64_t kFull = ~std::uint64_t{0} >> (64 - kStates);

  /// @param step  outlives this
  explicit ImageWords(const PackedStep& step)
      : step_(step), row_words_(step.top_place / kStates), feedback_(step) {}

  /// Words of the states with one newest cell.
  [[nodiscard]] std::uint64_t row_words() const noexcept { return row_words_; }

  /// The words [begin, end) of all rows of the image. @return its states there
  /// @param set  nullptr: all states
  [[nodiscard]] std::uint64_t make(const std::uint64_t* set, std::uint64_t* image, std::uint64_t begin,
                                   std::uint64_t end) const {
    PackedCursor cursor(step_, begin * kStates);
    std::uint64_t states = 0;
    for (std::uint64_t w = begin; w < end; ++w) {
      const std::uint64_t* const from = set == nullptr ? nullptr : set + w * kOrder;
      Masks values{};
      if (from == nullptr || !are_empty(from)) {
        const std::uint64_t packed = cursor.at(w * kStates) << step_.digit_bits;
        values = feedback_.rest(packed);
        if (feedback_.has_oldest()) {
          values = image_by_oldest(from, packed, values);
        } else {
          const std::uint64_t blocks = any_oldest(from);
          for (std::uint64_t& value : values) value &= blocks;
        }
      }
      for (std::uint64_t row = 0; row < kOrder; ++row) {
        image[row * row_words_ + w] = values[row];
        states += static_cast<std::uint64_t>(std::popcount(values[row]));
      }
    }
    return states;
  }

 private:
  /// The states of a word whose oldest cell is 0.
  static constexpr std::uint64_t kOldest0 = [] {
    std::uint64_t states = 0;
    for (std::uint64_t s = 0; s < kStates; s += kOrder) states |= std::uint64_t{1} << s;
    return states;
  }();

  [[nodiscard]] bool are_empty(const std::uint64_t* words) const noexcept {
    std::uint64_t any = 0;
    for (std::uint64_t i = 0; i < kOrder; ++i) any |= words[i];
    return any == 0;
  }

  /// The blocks with a state in the set.
  [[nodiscard]] std::uint64_t any_oldest(const std::uint64_t* from) const noexcept {
    if (from == nullptr) return kFull;
    std::uint64_t blocks = 0;
    for (std::uint64_t i = 0; i < kOrder; ++i) {
      std::uint64_t any = from[i];
      for (std::uint64_t x = 1; x < kOrder; ++x) any |= from[i] >> x;
      blocks |= extract_bits(any, kOldest0) << (i * (kStates / kOrder));
    }
    return blocks;
  }

  /// The blocks whose state with this oldest cell is in the set.
  [[nodiscard]] std::uint64_t with_oldest(const std::uint64_t* from, std::uint64_t oldest) const noexcept {
    if (from == nullptr) return kFull;
    std::uint64_t blocks = 0;
    for (std::uint64_t i = 0; i < kOrder; ++i)
      blocks |= extract_bits(from[i], kOldest0 << oldest) << (i * (kStates / kOrder));
    return blocks;
  }

  [[nodiscard]] Masks image_by_oldest(const std::uint64_t* from, std::uint64_t packed,
                                      const Masks& rest) const noexcept {
    Masks image{};
    for (std::uint64_t x = 0; x < kOrder; ++x) {
      const std::uint64_t blocks = with_oldest(from, x);
      const Masks masks = feedback_.with_oldest(rest, packed, x);
      for (std::uint64_t value = 0; value < kOrder; ++value) image[value] |= masks[value] & blocks;
    }
    return image;
  }

  const PackedStep& step_;
  std::uint64_t row_words_;
  MaskedFeedback<kOrder> feedback_;
};

}  // namespace
}  // namespace gforbit::cycles
