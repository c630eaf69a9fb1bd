#include "combinations.hpp"

#include <algorithm>

namespace gforbit::search {

__extension__ typedef unsigned __int128 Wide;

std::uint64_t product(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide exact = Wide{a} * b;
  return exact >= kTooMany ? kTooMany : static_cast<std::uint64_t>(exact);
}

std::uint64_t binomial(std::uint64_t n, std::uint64_t k) noexcept {
  if (k > n) return 0;
  k = std::min(k, n - k);
  Wide value = 1;
  for (std::uint64_t i = 1; i <= k; ++i) {
    value = value * (n - k + i) / i;  // exact: i consecutive factors
    if (value >= kTooMany) return kTooMany;
  }
  return static_cast<std::uint64_t>(value);
}

namespace {

/// The largest n with n over k at most `rank`, k >= 1.
std::uint64_t largest_element(std::uint64_t rank, std::uint64_t k) {
  std::uint64_t low = k - 1, high = k;
  while (binomial(high, k) <= rank) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (binomial(middle, k) <= rank ? low : high) = middle;
  }
  return low;
}

}  // namespace

std::vector<std::uint64_t> combination(std::uint64_t rank, std::uint64_t k) {
  std::vector<std::uint64_t> elements;
  for (; k > 0; --k) {
    elements.push_back(largest_element(rank, k));
    rank -= binomial(elements.back(), k);
  }
  return elements;
}

std::uint64_t combination_rank(const std::vector<std::uint64_t>& elements) noexcept {
  std::uint64_t rank = 0, k = elements.size();
  for (const std::uint64_t element : elements) rank += binomial(element, k--);
  return rank;
}

}  // namespace gforbit::search
