/// Binary prenecklaces: words that are the beginning of a word which is the smallest of its rotations.
/// Smallest states of cycles are prenecklaces, read from the newest cell (Fredricksen and Maiorana 1978;
/// Duval 1983).
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>

namespace gforbit::cycles::bitsliced {

/// Digit i of a word of `length` digits, the most significant one first.
[[nodiscard]] constexpr unsigned digit(std::uint64_t word, int length, int i) {
  return static_cast<unsigned>(word >> (length - 1 - i) & 1);
}

/// The first `count` digits of `word`, repeated to `length` digits: the smallest prenecklace that begins with
/// them, if they are a Lyndon word.
[[nodiscard]] constexpr std::uint64_t repeat_prefix(std::uint64_t word, int length, int count) {
  assert(count > 0 && count <= length);
  std::uint64_t prefix = word >> (length - count);
  while (count < length) {
    const int more = count < length - count ? count : length - count;
    prefix = prefix << more | prefix >> (count - more);
    count += more;
  }
  return prefix;
}

/// The smallest prenecklace of `length` digits (at most 63) that is not less than `word`.
[[nodiscard]] constexpr std::uint64_t prenecklace_from(std::uint64_t word, int length) {
  int period = 1;
  for (int i = 1; i < length; ++i) {
    const unsigned now = digit(word, length, i), before = digit(word, length, i - period);
    if (now == before) continue;
    if (now > before) {
      period = i + 1;
      continue;
    }
    // No prenecklace begins like this. The digits before are the first `period` ones repeated; going on like
    // that is the next larger way.
    return repeat_prefix(word, length, period);
  }
  return word;
}

/// The next prenecklace after the prenecklace `word`; none after the word of ones.
[[nodiscard]] constexpr std::optional<std::uint64_t> next_prenecklace(std::uint64_t word, int length) {
  const int trailing_ones = __builtin_ctzll(~word);
  if (trailing_ones >= length) return std::nullopt;
  return repeat_prefix(word | std::uint64_t{1} << trailing_ones, length, length - trailing_ones);
}

}  // namespace gforbit::cycles::bitsliced
