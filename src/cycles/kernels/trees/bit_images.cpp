#include "bit_images.hpp"

#include <array>
#include <bit>
#include <map>
#include <utility>

namespace gforbit::cycles {

namespace {

/// Of a word: the places whose digit is 1.
constexpr int kWordDigits = 6;
constexpr std::array<std::uint64_t, kWordDigits> kPatterns{0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc,
                                                           0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00,
                                                           0xffff0000ffff0000, 0xffffffff00000000};

class SumBuilder {
 public:
  explicit SumBuilder(int low_digits) : low_digits_(low_digits) {}

  /// Adds the product of these digits of the place.
  void add(const fsr::SignedProduct& digits) {
    const std::uint64_t low = digits.cells & ((std::uint64_t{1} << low_digits_) - 1);
    const fsr::SignedProduct index{digits.cells >> low_digits_, digits.ones >> low_digits_};
    if (low == 0 && std::has_single_bit(index.cells) && index.ones != 0) {
      sum_.linear ^= index.cells;
      return;
    }
    PlacedSum::Part& part = index.cells == 0 ? sum_.always : parts_[index];
    part.index = index;
    std::uint64_t pattern = ~std::uint64_t{0};
    for (int i = 0; i < kWordDigits; ++i) {
      const std::uint64_t ones = kPatterns[static_cast<std::size_t>(i)];
      if (low >> i & 1) pattern &= (digits.ones >> i & 1) != 0 ? ones : ~ones;
    }
    const fsr::SignedProduct word{low >> kWordDigits, (low & digits.ones) >> kWordDigits};
    for (std::uint64_t w = 0; w < PlacedSum::kWords; ++w) part.values[w] ^= fsr::holds(word, w) ? pattern : 0;
  }

  [[nodiscard]] PlacedSum sum() {
    for (const auto& [index, part] : parts_) sum_.parts.push_back(part);
    return std::move(sum_);
  }

 private:
  int low_digits_;
  PlacedSum sum_;
  std::map<fsr::SignedProduct, PlacedSum::Part> parts_;
};

}  // namespace

ImagePass place_image(std::span<const fsr::SignedProduct> feedback, int degree, int turn, int low_digits) {
  const int digit = turn % degree;
  const bool inside = digit < low_digits;
  const std::uint64_t places = (std::uint64_t{1} << degree) - 1;
  const auto turned = [&](std::uint64_t cells) {
    return (cells << digit | cells >> (degree - digit)) & places;
  };
  SumBuilder without(low_digits), with(low_digits);
  for (const fsr::SignedProduct& product : feedback) {
    fsr::SignedProduct digits{turned(product.cells), turned(product.ones)};
    const std::uint64_t oldest = digits.cells & std::uint64_t{1} << digit;
    if (inside || oldest == 0) {
      without.add(digits);
      continue;
    }
    // 1 + x0 is 1 first, and differs as x0 does.
    const bool complement = (digits.ones & oldest) == 0;
    digits = {digits.cells ^ oldest, digits.ones & ~oldest};
    if (complement) without.add(digits);
    with.add(digits);
  }
  return {digit, without.sum(), with.sum()};
}

ImageFunctions image_functions([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512)
    return __builtin_cpu_supports("avx512vpopcntdq") ? kAvx512PopcountImages : kAvx512Images;
  if (level == SimdLevel::avx2) return kAvx2Images;
#endif
  return kPlainImages;
}

}  // namespace gforbit::cycles
