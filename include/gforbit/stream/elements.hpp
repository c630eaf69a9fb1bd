/// Sequences of field elements: what a register puts out, and what statistics read. Over GF(2) a bit an
/// element, otherwise 32 bits. A sequence is a view of shared storage, so a window is cut out without
/// copying.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gforbit::stream {

/// Immutable; cheap to copy; thread-safe. Whether it is packed depends on the field alone: packed for q = 2.
class Elements {
 public:
  using Words = std::shared_ptr<const std::vector<std::uint64_t>>;
  using Symbols = std::shared_ptr<const std::vector<std::uint32_t>>;

  Elements() = default;  ///< no bits
  /// The first `size` bits of `words`, the least significant first.
  static Elements of_bits(std::vector<std::uint64_t> words, std::uint64_t size);
  static Elements of_symbols(std::vector<std::uint32_t> symbols);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool packed() const noexcept { return !symbols_; }
  [[nodiscard]] std::uint64_t operator[](std::uint64_t i) const noexcept {
    assert(i < size_);
    const std::uint64_t at = offset_ + i;
    return symbols_ ? (*symbols_)[at] : (*words_)[at / 64] >> (at % 64) & 1;
  }
  /// Bits [first, first + 64), the first one least significant; 0 beyond the end. Packed only; first <
  /// size().
  [[nodiscard]] std::uint64_t word(std::uint64_t first) const noexcept {
    assert(packed() && first < size_);
    const std::uint64_t at = offset_ + first, shift = at % 64;
    const std::uint64_t* const w = words_->data() + at / 64;
    std::uint64_t bits = w[0] >> shift;
    const std::uint64_t left = size_ - first;
    if (shift > 0 && left > 64 - shift) bits |= w[1] << (64 - shift);
    return left >= 64 ? bits : bits & ((std::uint64_t{1} << left) - 1);
  }
  /// The words themselves where the sequence begins at a word, else nullptr. Bits beyond the end are
  /// anything.
  [[nodiscard]] const std::uint64_t* aligned_words() const noexcept {
    return packed() && words_ && offset_ % 64 == 0 ? words_->data() + offset_ / 64 : nullptr;
  }
  [[nodiscard]] Elements slice(std::uint64_t first, std::uint64_t n) const noexcept {
    assert(first + n <= size_);
    Elements part = *this;
    part.offset_ += first;
    part.size_ = n;
    return part;
  }
  /// "1,0,1"
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Elements& a, const Elements& b) noexcept;

 private:
  Words words_;
  Symbols symbols_;
  std::uint64_t offset_ = 0, size_ = 0;
};

/// Makes a sequence by appending.
class ElementsBuilder {
 public:
  explicit ElementsBuilder(bool packed) : packed_(packed) {}
  void append(const Elements& part);
  void push(std::uint64_t element);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool packed() const noexcept { return packed_; }
  /// What was appended; the builder is empty again.
  [[nodiscard]] Elements take();

 private:
  bool packed_;
  std::uint64_t size_ = 0;
  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> symbols_;
};

/// Calls `action(word, n)` for 64 bits after the other; n < 64 for the last one, whose other bits are 0.
template <class Action>
void for_each_word(const Elements& bits, Action&& action) {
  const std::uint64_t whole = bits.size() / 64;
  if (const std::uint64_t* const words = bits.aligned_words()) {
    for (std::uint64_t i = 0; i < whole; ++i) action(words[i], 64);
  } else {
    for (std::uint64_t i = 0; i < whole; ++i) action(bits.word(64 * i), 64);
  }
  if (const auto rest = static_cast<int>(bits.size() % 64); rest > 0) action(bits.word(64 * whole), rest);
}

}  // namespace gforbit::stream
