#include "gforbit/stream/elements.hpp"

namespace gforbit::stream {

Elements Elements::of_bits(std::vector<std::uint64_t> words, std::uint64_t size) {
  assert(words.size() * 64 >= size);
  Elements result;
  result.words_ = std::make_shared<const std::vector<std::uint64_t>>(std::move(words));
  result.size_ = size;
  return result;
}

Elements Elements::of_symbols(std::vector<std::uint32_t> symbols) {
  Elements result;
  result.size_ = symbols.size();
  result.symbols_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(symbols));
  return result;
}

std::string Elements::text() const {
  std::string text;
  for (std::uint64_t i = 0; i < size_; ++i) {
    if (i > 0) text += ',';
    text += std::to_string((*this)[i]);
  }
  return text;
}

bool operator==(const Elements& a, const Elements& b) noexcept {
  if (a.size_ != b.size_) return false;
  for (std::uint64_t i = 0; i < a.size_; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

void ElementsBuilder::append(const Elements& part) {
  if (!packed_) {
    for (std::uint64_t i = 0; i < part.size(); ++i) push(part[i]);
    return;
  }
  words_.resize((size_ + part.size() + 63) / 64, 0);
  std::uint64_t at = size_;
  for_each_word(part, [&](std::uint64_t word, int n) {
    const std::uint64_t shift = at % 64;
    words_[at / 64] |= word << shift;
    if (shift > 0 && static_cast<std::uint64_t>(n) > 64 - shift) words_[at / 64 + 1] |= word >> (64 - shift);
    at += static_cast<std::uint64_t>(n);
  });
  size_ = at;
}

void ElementsBuilder::push(std::uint64_t element) {
  if (packed_) {
    if (size_ % 64 == 0) words_.push_back(0);
    words_.back() |= element << (size_ % 64);
  } else {
    symbols_.push_back(static_cast<std::uint32_t>(element));
  }
  ++size_;
}

Elements ElementsBuilder::take() {
  Elements result = packed_ ? Elements::of_bits(std::exchange(words_, {}), size_)
                            : Elements::of_symbols(std::exchange(symbols_, {}));
  size_ = 0;
  return result;
}

}  // namespace gforbit::stream
