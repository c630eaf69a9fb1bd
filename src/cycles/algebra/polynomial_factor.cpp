#include <algorithm>
#include <bit>
#include <cassert>
#include <ranges>

#include "gforbit/cycles/polynomial.hpp"
#include "polynomial_split.hpp"

namespace gforbit::cycles {
namespace {

/// Bits of a polynomial up to which one product or greatest common divisor takes less than two seconds,
/// measured over GF(4) and GF(256).
constexpr unsigned kMaxBits = 1 << 16;
/// Degree over GF(2), where arithmetic is faster: 0.4 s.
constexpr int kMaxBinaryDegree = 1 << 18;

}  // namespace

int max_factored_degree(const galois::Field& field) {
  if (field.order() == 2) return kMaxBinaryDegree;
  return static_cast<int>(kMaxBits / static_cast<unsigned>(std::bit_width(field.order() - 1)));
}

std::optional<std::vector<PolynomialFactor>> factor_polynomial(const galois::Field& field,
                                                               std::span<const galois::Element> polynomial,
                                                               const AlgebraControl& control,
                                                               std::vector<PolynomialFactor>* found) {
  assert(polynomial.size() >= 2 && polynomial.back() == 1);
  assert(can_factor(field, static_cast<int>(polynomial.size()) - 1));
  return with_ring(field, [&](const auto& ring) -> std::optional<std::vector<PolynomialFactor>> {
    PolynomialSplitter splitter(ring, control);
    const bool all = splitter.split(ring.make(polynomial));
    std::vector<PolynomialFactor> factors;
    for (const auto& [factor, multiplicity] : splitter.factors())
      factors.push_back({ring.coefficients(factor), multiplicity});
    std::ranges::sort(
        factors,
        [](const Coefficients& a, const Coefficients& b) {
          if (a.size() != b.size()) return a.size() < b.size();
          return std::ranges::lexicographical_compare(a | std::views::reverse, b | std::views::reverse);
        },
        &PolynomialFactor::coefficients);
    if (all) return factors;
    if (found != nullptr) *found = std::move(factors);
    return std::nullopt;
  });
}

}  // namespace gforbit::cycles
