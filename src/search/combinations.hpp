/// Sets of numbers in colexicographic order: the largest element decides first.
#pragma once

#include <cstdint>
#include <vector>

namespace gforbit::search {

/// Stands for 2^63 and more.
inline constexpr std::uint64_t kTooMany = std::uint64_t{1} << 63;

/// n over k, or kTooMany.
[[nodiscard]] std::uint64_t binomial(std::uint64_t n, std::uint64_t k) noexcept;

/// a * b, or kTooMany.
[[nodiscard]] std::uint64_t product(std::uint64_t a, std::uint64_t b) noexcept;

/// The k numbers of the set with this rank among the sets of k numbers, largest first.
[[nodiscard]] std::vector<std::uint64_t> combination(std::uint64_t rank, std::uint64_t k);

/// Its rank. @param elements  largest first
[[nodiscard]] std::uint64_t combination_rank(const std::vector<std::uint64_t>& elements) noexcept;

}  // namespace gforbit::search
