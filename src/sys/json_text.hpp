/// The two JSON values a log line is made of. The module needs no parser and no document, so it links no JSON
/// library.
#pragma once

#include <string>
#include <string_view>

namespace gforbit::sys {

/// `text` in quotes, escaped (RFC 8259). Bytes that are not UTF-8 (host and file names may be anything)
/// become U+FFFD, so that a line is always valid JSON.
[[nodiscard]] std::string json_string(std::string_view text);

/// The shortest decimal that reads back as `number`; null where it is not finite.
[[nodiscard]] std::string json_number(double number);

}  // namespace gforbit::sys
