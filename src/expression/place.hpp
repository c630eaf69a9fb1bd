/// Errors at a place of a text.
#pragma once

#include <string>
#include <string_view>

namespace gforbit::expression {

/// One line that any log can take: control characters and bytes that are no UTF-8 as \xNN.
[[nodiscard]] std::string printable(std::string_view text);

/// A long token keeps its beginning.
[[nodiscard]] std::string shortened(std::string_view token);

/// @throws core::InputError  always
[[noreturn]] void fail_at(std::string_view what, std::string_view text, std::size_t start, std::size_t length,
                          std::string_view message);

}  // namespace gforbit::expression
