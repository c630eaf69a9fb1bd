/// Expressions multiplied out.
#pragma once

#include <optional>
#include <vector>

#include "gforbit/expression/expression.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// The normal form; nullopt: it, or a product on the way to it, has too many terms. A sum may have as many as
/// it has operands, other parts kMaxExpandedTerms.
/// @param expression  of sums, products and powers
[[nodiscard]] std::optional<std::vector<Term>> expanded(const expression::Expression& expression);

}  // namespace gforbit::fsr
