/// Feedbacks over GF(2) as sums of signed products: what the kernels for GF(2) are made from. A product of n
/// factors 1 + x has 2^n monomials, but is one comparison of a state under a mask.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// Cells that a signed product can have.
inline constexpr int kMostSignedCells = 63;

/// Whether the product is 1 at the state of this index.
[[nodiscard, gnu::always_inline]] constexpr bool holds(const SignedProduct& product,
                                                       std::uint64_t state) noexcept {
  return (state & product.cells) == product.ones;
}

/// A sum with the value of the feedback: few products, found from its terms where it has these. A product of
/// one cell is x and not 1 + x.
/// @param feedback  over GF(2), of at most kMostSignedCells cells (asserted)
[[nodiscard]] std::vector<SignedProduct> signed_products(const Feedback& feedback);

/// Calls `use` with the cells of each monomial of the product, which are one for each set of its complements.
template <class Use>
void for_each_monomial(const SignedProduct& product, Use&& use) {
  const std::uint64_t complements = product.cells & ~product.ones;
  std::uint64_t chosen = 0;
  do {
    use(product.ones | chosen);
    chosen = (chosen - complements) & complements;  // the next set, empty after the last
  } while (chosen != 0);
}

/// The cells that occur.
[[nodiscard]] std::uint64_t cells_of(std::span<const SignedProduct> products) noexcept;

}  // namespace gforbit::fsr
