/// What the JSON library says of malformed texts, for messages.
#pragma once

#include <string_view>

namespace gforbit::core {

/// The reason in an exception's what(), which is
/// `[json.exception...] <place>: syntax error ... - <reason>; last read: '<token>'; expected ...` or
/// `[json.exception...] <reason>`: without its number and without the token, which may have megabytes.
[[nodiscard]] inline std::string_view json_reason(std::string_view what) {
  constexpr std::size_t kLongest = 200;
  if (const auto bracket = what.find("] "); bracket != std::string_view::npos)
    what.remove_prefix(bracket + 2);
  return what.substr(0, what.find("; last read: '")).substr(0, kLongest);
}

}  // namespace gforbit::core
