#include "digits.hpp"

#include <array>
#include <cassert>

namespace gforbit::galois {
namespace {
constexpr std::size_t kMaxDigits = 32;  // 2^32 is the largest order
}

Element add_digits(Element a, Element b, std::uint64_t p) noexcept {
  Element sum = 0;
  for (std::uint64_t place = 1; (a | b) != 0; place *= p, a /= p, b /= p) {
    const std::uint64_t digit = a % p + b % p;
    sum += place * (digit < p ? digit : digit - p);
  }
  return sum;
}

Element negate_digits(Element a, std::uint64_t p) noexcept {
  Element negative = 0;
  for (std::uint64_t place = 1; a != 0; place *= p, a /= p) {
    const std::uint64_t digit = a % p;
    negative += place * (digit == 0 ? 0 : p - digit);
  }
  return negative;
}

Element multiply_digits(Element a, Element b, std::uint64_t p,
                        std::span<const std::uint64_t> modulus) noexcept {
  const std::size_t m = modulus.size() - 1;
  assert(m >= 2 && m <= kMaxDigits);
  std::array<std::uint64_t, kMaxDigits> right{};
  for (std::size_t j = 0; j < m; ++j, b /= p) right[j] = b % p;

  // m >= 2 means p < 2^16: a sum of 2m products of digits stays far below 2^64, so reduction mod p can wait.
  std::array<std::uint64_t, 2 * kMaxDigits> product{};
  for (std::size_t i = 0; i < m; ++i, a /= p) {
    const std::uint64_t left = a % p;
    for (std::size_t j = 0; j < m; ++j) product[i + j] += left * right[j];
  }
  for (std::size_t i = 2 * m - 2; i >= m; --i) {
    const std::uint64_t high = product[i] % p;
    for (std::size_t j = 0; j < m; ++j) product[i - m + j] += high * (p - modulus[j]);
  }
  Element value = 0;
  for (std::size_t i = m; i-- > 0;) value = value * p + product[i] % p;
  return value;
}

}  // namespace gforbit::galois
