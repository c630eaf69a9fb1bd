/// The step map compiled for walks of many states at once in general registers: a state is its digits packed
/// in bits, the feedback a sum of a few values looked up in tables.
///
/// A table is indexed by the digits of some cells, gathered from the packed state, and holds the sum of all
/// terms in these cells. So x0 + x1*x15 over GF(3) is one look-up in a table of 2^6 bytes, whatever its terms
/// are. A term in too many cells for one table is a product of several look-ups.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "gforbit/core/divider.hpp"
#include "gforbit/fsr/cell_products.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::cycles {

struct PackedStep {
  enum class Sum { exclusive_or, modular, table };

  /// Adjacent bits of a state that a key takes over: (state >> right) & mask. For processors without an
  /// instruction that gathers bits.
  struct Run {
    int right = 0;
    std::uint64_t mask = 0;
  };
  struct Lookup {
    std::uint64_t cells = 0;  ///< mask of the packed state: the bits of the key
    std::size_t offset = 0;   ///< of the table in values8, values16 or values32
    std::vector<Run> runs;    ///< what gathers the key
  };
  /// The product of the look-ups [first, last).
  struct Product {
    std::size_t first = 0, last = 0;
  };

  std::uint64_t order = 0;      ///< q
  std::uint64_t states = 0;     ///< q^d
  std::uint64_t top_place = 0;  ///< q^(d-1)
  int digit_bits = 0;           ///< of a cell in a packed state
  int top_shift = 0;            ///< of the newest cell
  bool packed_is_index = false;
  core::Divider by_order{1};
  /// The packed digits of small numbers, below a power of q: pack() takes so many digits at a time.
  std::vector<std::uint64_t> chunks;
  core::Divider by_chunk{1};
  int chunk_bits = 0;
  Sum sum{};
  std::uint64_t constant = 0;
  std::vector<Product> products;
  std::vector<Lookup> lookups;
  /// The tables: bytes up to q = 256, then two, then four. Eight bytes may be read at the last value of each.
  std::vector<std::uint8_t> values8;
  std::vector<std::uint16_t> values16;
  std::vector<std::uint32_t> values32;
  // Where a product has several look-ups: a table up to q = 256; beyond, integers modulo a prime, else
  // logarithms.
  std::vector<std::uint8_t> multiply;  ///< [q][q]
  std::vector<std::uint16_t> logs,
      powers;                      ///< of a generator: logs[x] for x > 0, powers[n] for n < 2 (q - 1)
  std::vector<std::uint16_t> add;  ///< [q][q], where sums need a table

  /// Whether the feedback is the sum of a table of the oldest cell alone and one of any cells.
  [[nodiscard]] bool is_oldest_and_lookup() const noexcept {
    return order > 2 && constant == 0 && products.size() == 2 && lookups.size() == 2 &&
           lookups.front().cells == (std::uint64_t{1} << digit_bits) - 1;
  }
  bool oldest_is_itself = false;  ///< and the table of the oldest cell is the identity

  // q = 2: linear terms are a parity, products of many cells a comparison.
  std::uint64_t linear = 0;
  std::vector<fsr::SignedProduct> compared;
  std::vector<fsr::SignedProduct> products_of_bits;  ///< all products, also those that are looked up

  [[nodiscard]] std::uint64_t pack(std::uint64_t index) const;
  /// Whether the feedback is one value of one table: no sum, no product. Over GF(2) never.
  [[nodiscard]] bool is_one_lookup() const noexcept {
    return order > 2 && constant == 0 && products.size() == 1 && lookups.size() == 1;
  }

  /// False where a packed state has more than 64 bits, or a table would be too large.
  [[nodiscard]] static bool can_pack(const fsr::Register& reg);
  /// @return nullptr unless can_pack()
  [[nodiscard]] static std::shared_ptr<const PackedStep> compile(const fsr::Register& reg);
};

/// Products over GF(2) that a step in vectors takes at most.
inline constexpr std::size_t kMostProductsInVectors = 24;

/// Whether vectors are faster than general registers for this step (packed_walk_avx512.hpp).
[[nodiscard]] bool vectors_apply(const PackedStep& step);

/// Packed digits of states that are asked for in increasing order, most of them close to the last one.
class PackedCursor {
 public:
  PackedCursor(const PackedStep& step, std::uint64_t first)
      : step_(step),
        last_(first),
        packed_(step.pack(first)),
        digit_((std::uint64_t{1} << step.digit_bits) - 1) {}

  [[nodiscard]] std::uint64_t at(std::uint64_t index) noexcept {
    if (step_.packed_is_index) return index;
    const std::uint64_t further = index - last_;
    last_ = index;
    if (further >= step_.order) return packed_ = step_.pack(index);
    const std::uint64_t low = (packed_ & digit_) + further;
    if (low < step_.order) return packed_ += further;
    packed_ = (packed_ & ~digit_) + low - step_.order;
    int shift = step_.digit_bits;
    for (; (packed_ >> shift & digit_) == step_.order - 1; shift += step_.digit_bits)
      packed_ -= (step_.order - 1) << shift;
    return packed_ += std::uint64_t{1} << shift;
  }

 private:
  const PackedStep& step_;
  std::uint64_t last_, packed_, digit_;
};

/// The feedback of successive states over GF(2), 64 in a word and 8 words in a block: the nine oldest cells
/// are constant patterns there, the others the same for all of them.
class WordFeedback {
 public:
  static constexpr std::uint64_t kBlock = 8;

  explicit WordFeedback(const fsr::Feedback& feedback);

  /// Bit i: the feedback of state 64 word + i.
  [[nodiscard]] std::uint64_t operator()(std::uint64_t word) const noexcept {
    const std::uint64_t i = word % kBlock;
    std::uint64_t sum = always_.values[i] ^ sum_of_linear(word);
    for (const Part& part : parts_) sum ^= fsr::holds(part.cells, word) ? part.values[i] : 0;
    return sum;
  }

  /// The words first, ..., first + 7; first is a multiple of 8.
  /// @tparam Block  a vector of eight words
  template <class Block>
  [[nodiscard, gnu::always_inline]] Block block(std::uint64_t first) const noexcept {
    static_assert(sizeof(Block) == sizeof(Part::values));
    Block sum, part_values;
    std::memcpy(&sum, always_.values, sizeof sum);
    sum ^= sum_of_linear(first);
    for (const Part& part : parts_) {
      if (!fsr::holds(part.cells, first)) continue;
      std::memcpy(&part_values, part.values, sizeof part_values);
      sum ^= part_values;
    }
    return sum;
  }

 private:
  /// Products with the same factors above the nine oldest cells.
  struct Part {
    fsr::SignedProduct cells;  ///< bits of the word
    std::uint64_t values[kBlock] = {};
  };
  [[nodiscard]] std::uint64_t sum_of_linear(std::uint64_t word) const noexcept {
    std::uint64_t bits = word & linear_;
    bits ^= bits >> 32;
    bits ^= bits >> 16;
    bits ^= bits >> 8;
    bits ^= bits >> 4;
    return std::uint64_t{0} - (0x6996U >> (bits & 15) & 1);
  }

  Part always_;
  std::uint64_t linear_ = 0;
  std::vector<Part> parts_;
};

}  // namespace gforbit::cycles
