#include "place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::expression {
namespace {

constexpr std::size_t kContext = 24;  ///< bytes of the text shown on either side of an error

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const std::size_t length = core::utf8_length(text);
    if (byte < 0x20 || byte == 0x7f || length == 0) {
      line += fmt::format("\\x{:02x}", byte);
      text.remove_prefix(1);
    } else {
      line += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return line;
}

std::string shortened(std::string_view token) {
  return token.size() <= kContext ? printable(token) : printable(token.substr(0, kContext)) + "...";
}

void fail_at(std::string_view what, std::string_view text, std::size_t start, std::size_t length,
             std::string_view message) {
  std::size_t left = start > kContext ? start - kContext : 0;
  while (left > 0 && continues_character(text[left])) --left;
  std::size_t right = std::min(text.size(), start + length + kContext);
  while (right < text.size() && continues_character(text[right])) ++right;
  const std::string mark = length == 0 ? "end" : shortened(text.substr(start, length));
  throw core::InputError(fmt::format(
      "{}, character {}: {}; in '{}{}[{}]{}{}'", what, characters(text.substr(0, start)) + 1, message,
      left > 0 ? "..." : "", printable(text.substr(left, start - left)), mark,
      printable(text.substr(start + length, right - start - length)), right < text.size() ? "..." : ""));
}

}  // namespace gforbit::expression
