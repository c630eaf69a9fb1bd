#include "permutation.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <random>
#include <unordered_map>
#include <utility>

namespace gforbit::fsr {
namespace {
constexpr std::uint64_t kSampleAbove = 1 << 20;  // below, the whole bitmap is cheaper than a hash table
}  // namespace

PermutationTest::PermutationTest(const galois::Field& field, std::vector<std::uint64_t> exponents,
                                 core::StopSignal stop)
    : field_(field), exponents_(std::move(exponents)), look_(std::move(stop)) {}

std::optional<bool> PermutationTest::operator()(std::span<const galois::Element> coefficients) {
  const std::uint64_t q = field_.order();
  const auto zeros = std::ranges::count(coefficients, galois::Element{0});
  const auto occurring = static_cast<std::ptrdiff_t>(coefficients.size()) - zeros;
  if (occurring == 0) return false;
  if (occurring == 1) {
    const auto place =
        std::ranges::find_if(coefficients, [](auto c) { return c != 0; }) - coefficients.begin();
    return std::gcd(exponents_[static_cast<std::size_t>(place)], q - 1) == 1;
  }
  if (q > kSampleAbove) {
    const auto collides = sample_collides(coefficients);
    if (collides != false) return collides ? std::optional(false) : std::nullopt;
  }

  hit_.assign(q, false);
  for (galois::Element x = 0; x < q; ++x) {
    if (look_.stop_before(coefficients.size())) return std::nullopt;
    const galois::Element y = value(coefficients, x);
    if (hit_[y]) return false;
    hit_[y] = true;
  }
  return true;
}

galois::Element PermutationTest::value(std::span<const galois::Element> coefficients,
                                       galois::Element x) const {
  galois::Element sum = 0;
  for (std::size_t k = 0; k < coefficients.size(); ++k) {
    if (coefficients[k] == 0) continue;
    sum = field_.add(sum, field_.multiply(coefficients[k], field_.power(x, exponents_[k])));
  }
  return sum;
}

/// Among some 4 sqrt(q) random elements two have one value almost surely if the values are like those of a
/// random map (birthday paradox). Only "true" is a proof; it spares the bitmap of a large field.
std::optional<bool> PermutationTest::sample_collides(std::span<const galois::Element> coefficients) {
  const std::uint64_t q = field_.order();
  std::mt19937_64 random(q);
  std::uniform_int_distribution<galois::Element> element(0, q - 1);
  std::unordered_map<galois::Element, galois::Element> argument_of;
  for (std::uint64_t i = std::uint64_t{4} << (static_cast<int>(std::bit_width(q)) / 2); i > 0; --i) {
    if (look_.stop_before(coefficients.size())) return std::nullopt;
    const galois::Element x = element(random);
    if (argument_of.try_emplace(value(coefficients, x), x).first->second != x) return true;
  }
  return false;
}

}  // namespace gforbit::fsr
