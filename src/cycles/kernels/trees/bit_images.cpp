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
  void add(std::uint64_t digits) {
    const std::uint64_t index = digits >> low_digits_, low = digits ^ index << low_digits_;
    if (low == 0 && std::has_single_bit(index)) {
      sum_.linear ^= index;
      return;
    }
    PlacedSum::Part& part = index == 0 ? sum_.always : parts_[index];
    part.index = index;
    std::uint64_t pattern = ~std::uint64_t{0};
    for (int i = 0; i < kWordDigits; ++i) {
      if (low >> i & 1) pattern &= kPatterns[static_cast<std::size_t>(i)];
    }
    const std::uint64_t word_digits = low >> kWordDigits;
    for (std::uint64_t w = 0; w < PlacedSum::kWords; ++w)
      part.values[w] ^= (w & word_digits) == word_digits ? pattern : 0;
  }

  [[nodiscard]] PlacedSum sum() {
    for (const auto& [index, part] : parts_) sum_.parts.push_back(part);
    return std::move(sum_);
  }

 private:
  int low_digits_;
  PlacedSum sum_;
  std::map<std::uint64_t, PlacedSum::Part> parts_;
};

}  // namespace

ImagePass place_image(const fsr::Feedback& feedback, int turn, int low_digits) {
  const int degree = feedback.degree(), digit = turn % degree;
  const bool inside = digit < low_digits;
  SumBuilder without(low_digits), with(low_digits);
  for (const fsr::Term& term : feedback.terms()) {
    std::uint64_t digits = 0;
    for (const fsr::Factor& factor : term.factors)
      digits |= std::uint64_t{1} << ((factor.cell + turn) % degree);
    const std::uint64_t oldest = digits & std::uint64_t{1} << digit;
    if (inside || oldest == 0) {
      without.add(digits);
    } else {
      with.add(digits ^ oldest);
    }
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
