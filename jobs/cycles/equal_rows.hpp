/// Which rows are equal, found with a hash a row: hashes are compared first, and only where two agree are the
/// keys themselves made and looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gforbit::job_cycles {

/// For each row the first row with an equal key: the row itself, or an earlier one.
/// @param hashes  one a row, fewer than 2^32; equal keys have equal hashes. 32 bits are enough to look at few
///                keys more than once, and half the memory
/// @param key_of  the key of a row; called once for each row whose hash is not unique
/// @note  cost O(n log n); 8 bytes a row and the distinct keys of one hash
[[nodiscard]] std::vector<std::uint32_t> first_equal_rows(
    std::span<const std::uint32_t> hashes, const std::function<std::string(std::uint64_t)>& key_of);

}  // namespace gforbit::job_cycles
