// Readers of single values. Sizes and times are computed exactly (core::Natural): no rounding, no overflow to
// think of.
#include "gforbit/config/value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>

#include "gforbit/config/suggestion.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::config {

namespace {

constexpr std::size_t kLongestNumber = 40;  // digits enough for every value in range

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// A decimal fraction: digits / 10^scale.
struct Decimal {
  core::Natural digits;
  unsigned scale{};
};

// Takes `12` or `12.5` from the front of `text`.
std::optional<Decimal> take_decimal(std::string_view& text) {
  std::string digits;
  std::optional<unsigned> scale;
  std::size_t used = 0;
  for (; used < text.size() && used < kLongestNumber; ++used) {
    const char c = text[used];
    if (is_digit(c)) {
      digits += c;
      if (scale) ++*scale;
    } else if (c == '.' && !scale && !digits.empty()) {
      scale = 0;
    } else {
      break;
    }
  }
  if (digits.empty() || scale == 0U) return std::nullopt;
  if (used < text.size() && is_digit(text[used])) return std::nullopt;
  text.remove_prefix(used);
  // A leading zero would make cpp_int read an octal number.
  const auto first = digits.find_first_not_of('0');
  return Decimal{core::Natural(first == std::string::npos ? "0" : digits.substr(first)), scale.value_or(0)};
}

// Takes the letters at the front of `text`, in lower case.
std::string take_letters(std::string_view& text) {
  std::string letters;
  while (!text.empty() && lower(text.front()) >= 'a' && lower(text.front()) <= 'z') {
    letters += lower(text.front());
    text.remove_prefix(1);
  }
  return letters;
}

core::Natural power_of_ten(unsigned n) {
  return core::power(10, n);
}

}  // namespace

std::uint64_t parse_natural(std::string_view text, std::uint64_t smallest, std::uint64_t largest) {
  const auto value = core::parse_u64(text);
  if (value && *value >= smallest && *value <= largest) return *value;
  if (largest == kNoLimit && smallest > 0 && (!value || *value < smallest)) {
    throw ValueError(fmt::format("expected an integer of at least {} (and below 2^64)", smallest));
  }
  throw ValueError(largest == kNoLimit ? "expected an integer from 0 to 2^64 - 1"
                                       : fmt::format("expected an integer from {} to {}", smallest, largest));
}

std::uint64_t parse_size(std::string_view text) {
  static const std::string kRule =
      "expected a size of at least 1 byte and below 2^64 such as 600M or 1.5G (K, M, G, T: powers of 1024; "
      "without "
      "a unit: bytes)";
  const auto number = take_decimal(text);
  const std::string unit = take_letters(text);
  if (!number || !text.empty()) throw ValueError(kRule);

  constexpr std::string_view kPrefixes = "kmgt";
  unsigned shift = 0;
  if (unit.empty() || unit == "b") {
    if (number->scale > 0) throw ValueError(kRule);
  } else {
    const auto prefix = kPrefixes.find(unit.front());
    const auto rest = std::string_view(unit).substr(1);
    if (prefix == std::string_view::npos || !(rest.empty() || rest == "b" || rest == "ib"))
      throw ValueError(kRule);
    shift = 10 * (static_cast<unsigned>(prefix) + 1);
  }
  const core::Natural bytes = (number->digits << shift) / power_of_ten(number->scale);
  if (bytes == 0 || bytes > kNoLimit) throw ValueError(kRule);
  return static_cast<std::uint64_t>(bytes);
}

std::chrono::milliseconds parse_duration(std::string_view text) {
  static const std::string kRule =
      "expected a time such as 90 (seconds), 0.5, 15m, 3h50m or 1d (d, h, m, s, ms from large to small; at "
      "most 36500d)";
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  constexpr std::array<Unit, 5> kUnits{
      {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
  constexpr std::uint64_t kLongest = 36500 * kUnits[0].milliseconds;

  core::Natural total = 0;
  std::uint64_t previous = kNoLimit;
  for (bool first = true; first || !text.empty(); first = false) {
    const auto number = take_decimal(text);
    const std::string name = take_letters(text);
    if (!number || (name.empty() && !(first && text.empty()))) throw ValueError(kRule);
    if (number->scale > 0 && !text.empty()) throw ValueError(kRule);
    std::uint64_t unit = name.empty() ? 1'000 : 0;
    for (const auto& candidate : kUnits) {
      if (candidate.name == name) unit = candidate.milliseconds;
    }
    if (unit == 0 || unit >= previous) throw ValueError(kRule);
    previous = unit;
    const core::Natural divisor = power_of_ten(number->scale);
    total += (number->digits * unit + divisor - 1) / divisor;
  }
  if (total > kLongest) throw ValueError(kRule);
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

Part parse_part(std::string_view text) {
  const auto cut = text.find('/');
  if (cut != std::string_view::npos) {
    const auto index = core::parse_u64(text.substr(0, cut));
    const auto count = core::parse_u64(text.substr(cut + 1));
    if (index && count && *index >= 1 && *index <= *count) return {*index, *count};
  }
  throw ValueError("expected I/N with 1 <= I <= N, such as 3/16");
}

std::vector<std::uint64_t> parse_naturals(std::string_view text) {
  std::vector<std::uint64_t> values;
  for (const auto piece : core::split(text, ',')) {
    const auto element = core::trimmed(piece);
    const auto value = core::parse_u64(element);
    if (!value) {
      throw ValueError(
          element.empty()
              ? fmt::format("element {} is empty: expected integers separated by commas", values.size() + 1)
              : fmt::format("element {} is {}: expected an integer from 0 to 2^64 - 1", values.size() + 1,
                            core::quoted(element, 24)));
    }
    values.push_back(*value);
  }
  return values;
}

bool parse_switch(std::string_view text) {
  static const std::vector<std::string> kNames{"true", "false", "yes", "no", "on", "off", "1", "0"};
  return parse_choice(text, kNames) % 2 == 0;
}

std::size_t parse_choice(std::string_view text, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return i;
  }
  throw ValueError(fmt::format("expected one of {}{}", fmt::join(names, ", "), suggestion(text, names)));
}

}  // namespace gforbit::config
