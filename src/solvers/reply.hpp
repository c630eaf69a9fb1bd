/// As much of a worker's lines as the helper must understand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gforbit::solvers {

/// The `id` of a JSON object; nothing where there is none or the line is no such object up to it.
[[nodiscard]] std::optional<std::uint64_t> reply_id(const std::string& line);

/// {"ready": true}, further keys allowed.
[[nodiscard]] bool says_ready(const std::string& line);

}  // namespace gforbit::solvers
