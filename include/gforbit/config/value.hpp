/// Values as people type them: numbers, sizes, times, lists, choices. Every parser reads the whole text or
/// throws ValueError, whose message is the rule alone; the caller, which knows the option or the line,
/// adds the place of the value.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"

namespace gforbit::config {

/// A text that breaks the rule of its value; what() is the rule ("expected an integer from 1 to 8").
struct ValueError : core::UsageError {
  using core::UsageError::UsageError;
};

inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// A decimal integer in [smallest, largest], without sign.
[[nodiscard]] std::uint64_t parse_natural(std::string_view text, std::uint64_t smallest = 0,
                                          std::uint64_t largest = kNoLimit);

/// Bytes: `4096`, `600M`, `1.5G`, `2GiB`. K, M, G, T are powers of 1024 however they are written; a size is
/// at least 1.
[[nodiscard]] std::uint64_t parse_size(std::string_view text);

/// A time: seconds (`90`, `0.5`) or parts from large to small (`15m`, `3h50m`, `1d`, `250ms`); only the last
/// part may have a fraction. Rounded up to milliseconds, at most 36500 days.
[[nodiscard]] std::chrono::milliseconds parse_duration(std::string_view text);

/// Slice `index` (1-based) of `count`.
struct Part {
  std::uint64_t index{1}, count{1};
  auto operator<=>(const Part&) const = default;
};

/// `I/N` with 1 <= I <= N.
[[nodiscard]] Part parse_part(std::string_view text);

/// Integers separated by commas, blanks around them allowed; the message names the position of a wrong
/// element.
[[nodiscard]] std::vector<std::uint64_t> parse_naturals(std::string_view text);

/// true|false|yes|no|on|off|1|0.
[[nodiscard]] bool parse_switch(std::string_view text);

/// The position of `text` in `names`; the message lists the names and offers the nearest.
[[nodiscard]] std::size_t parse_choice(std::string_view text, const std::vector<std::string>& names);

// The same as function objects, for the option tables.

[[nodiscard]] inline auto natural(std::uint64_t smallest = 0, std::uint64_t largest = kNoLimit) {
  return [=](std::string_view text) { return parse_natural(text, smallest, largest); };
}

/// One value of T for each name.
template <class T>
[[nodiscard]] auto one_of(std::vector<std::pair<std::string, T>> choices) {
  return [choices = std::move(choices)](std::string_view text) -> T {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) names.push_back(name);
    return choices[parse_choice(text, names)].second;
  };
}

/// One word that stands for a value (`off`, `all`), else what `parse` reads.
template <class T, class Parse>
[[nodiscard]] auto word_or(std::string word, T value, Parse parse) {
  return [=](std::string_view text) -> T { return text == word ? value : T(parse(text)); };
}

/// The name of a result file.
[[nodiscard]] inline auto result_file() {
  return [](std::string_view value) {
    if (value == "-") {
      throw ValueError(
          "a result file cannot be written to standard output: give it a name (./- for a file called -); "
          "'gforbit export' writes its tables to standard output");
    }
    return std::string(value);
  };
}

/// Any text that is not empty.
[[nodiscard]] inline auto text() {
  return [](std::string_view value) { return std::string(value); };
}

}  // namespace gforbit::config
