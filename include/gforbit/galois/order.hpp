/// The order of a field as people write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gforbit::galois {

/// `256`, `2^8` or `GF(256)`, `GF(2^8)`; nullopt: none of these, or above 2^64 - 1.
[[nodiscard]] std::optional<std::uint64_t> parse_order(std::string_view text);

}  // namespace gforbit::galois
