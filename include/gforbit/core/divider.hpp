/// Division of numbers below 2^63 by a constant without a division instruction (Granlund and Montgomery,
/// "Division by Invariant Integers using Multiplication", PLDI 1994, theorem 4.2). With 2^(L-1) < D <= 2^L
/// and M = ceil(2^(63+L) / D), floor(n / D) = floor(n M / 2^(63+L)) for all n < 2^63, and M < 2^64 unless D
/// = 1.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

namespace gforbit::core {

__extension__ using Uint128 = unsigned __int128;

class Divider {
 public:
  /// @param divisor  in [1, 2^63]
  explicit Divider(std::uint64_t divisor) {
    assert(divisor >= 1 && divisor <= std::uint64_t{1} << 63);
    if (divisor == 1) {
      pass_ = ~std::uint64_t{0};
      return;
    }
    const int bits = static_cast<int>(std::bit_width(divisor - 1));
    const Uint128 scale = Uint128{1} << (63 + bits);
    multiplier_ = static_cast<std::uint64_t>((scale + divisor - 1) / divisor);
    shift_ = bits - 1;
  }

  /// floor(n / divisor), n < 2^63.
  [[nodiscard]] std::uint64_t quotient(std::uint64_t n) const noexcept {
    const auto high = static_cast<std::uint64_t>((Uint128{n} * multiplier_) >> 64);
    return (high + (n & pass_)) >> shift_;
  }

 private:
  std::uint64_t multiplier_ = 0;
  std::uint64_t pass_ = 0;  // all ones for the divisor 1, whose multiplier would not fit
  int shift_ = 0;
};

}  // namespace gforbit::core
