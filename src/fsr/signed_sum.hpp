// Sums of signed products over GF(2): made short, decided upon, and made from expressions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gforbit/expression/expression.hpp"
#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::fsr {

using SignedSum = std::vector<SignedProduct>;

/// Makes the sum shorter: of two products that differ only in one cell, which is x, 1 + x or missing, the sum
/// is the product with the third of these, and equal products cancel. Afterwards no such pair is left. The
/// result does not depend on the order.
void merge(SignedSum& sum);

[[nodiscard]] galois::Element value_at(const SignedSum& sum, std::uint64_t state) noexcept;

/// Products of few cells first, the constant last.
void sort_for_text(SignedSum& sum);
[[nodiscard]] std::string text_of(const SignedSum& sum);

/// The sum of these cells, and 1.
struct AffineSum {
  std::uint64_t cells = 0;
  bool constant = false;
};

/// What Feedback keeps: merged; 1 + x alone is two products; x0 is in a product of its own if the sum changes
/// with x0 everywhere, and in none if it does nowhere. A sum that is affine is recognized.
/// @return nullopt: not decided in a few million operations
[[nodiscard]] std::optional<std::variant<SignedSum, AffineSum>> normal_sum(SignedSum sum);

/// nullopt: too many products, here or on the way.
/// @param expression  over GF(2), of sums and products of cells below kMostSignedCells
[[nodiscard]] std::optional<SignedSum> signed_sum(const expression::Expression& expression);

}  // namespace gforbit::fsr
