/// Small helpers for reading text that people typed: exact numbers, nearest names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gforbit::core {

/// The whole of `text` as a decimal natural number without sign; nullopt for anything else, overflow
/// included.
[[nodiscard]] std::optional<std::uint64_t> parse_u64(std::string_view text);

/// "0 registers", "1 register", "2 registers".
[[nodiscard]] std::string counted(std::uint64_t n, std::string_view noun);

/// `text` without leading and trailing blanks, tabs and line ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// `text` cut at every `separator`; n separators give n + 1 pieces.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The candidate nearest to `name` in edit distance, if it is near enough to be a likely misspelling
/// (distance at most a third of the longer length); for "did you mean".
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      std::span<const std::string> candidates);

/// At most `limit` bytes of `text` on one line for an error message: control characters escaped, "..." where
/// cut.
[[nodiscard]] std::string quoted(std::string_view text, std::size_t limit = 60);

/// Bytes of the character that `text` begins with; 0 where it is none (RFC 3629: no overlong forms, no
/// surrogates, nothing beyond U+10FFFF). Not of an empty text.
[[nodiscard]] std::size_t utf8_length(std::string_view text);
/// Where the first byte is that is no UTF-8; nullopt: it all is.
[[nodiscard]] std::optional<std::size_t> first_not_utf8(std::string_view text);

/// `text` as valid UTF-8 without zero bytes: what is neither becomes U+FFFD. For texts of foreign origin that
/// go to a file.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace gforbit::core
