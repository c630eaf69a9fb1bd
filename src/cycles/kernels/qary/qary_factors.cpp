#include "qary_factors.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace gforbit::cycles::qary {

namespace {

using Coefficients = std::vector<galois::Element>;

/// Divides by x - root as often as that is possible.
std::uint64_t divide_out(const galois::Field& field, Coefficients& polynomial, galois::Element root) {
  for (std::uint64_t multiplicity = 0;; ++multiplicity) {
    if (polynomial.size() < 2) return multiplicity;
    Coefficients quotient(polynomial.size() - 1);
    galois::Element carry = 0;
    for (std::size_t i = polynomial.size(); i-- > 0;) {
      carry = field.add(polynomial[i], field.multiply(carry, root));
      if (i > 0) quotient[i - 1] = carry;
    }
    if (carry != 0) return multiplicity;  // the value at the root
    polynomial = std::move(quotient);
  }
}

/// @return nullopt  unless the function is a product of at most as many powers as it has terms
std::optional<std::vector<ShiftedPower>> shifted_powers(const galois::Field& field,
                                                        const fsr::CellFunction& function) {
  constexpr std::uint64_t kMostDegree = 64, kMostRootsTried = 1 << 16;
  const std::uint64_t degree = function.powers.back().exponent;
  if (function.is_power()) return {{{function.cell, 0, degree}}};
  if (degree > kMostDegree) return std::nullopt;
  Coefficients polynomial(degree + 1, 0);
  for (const fsr::Power& power : function.powers) polynomial[power.exponent] = power.coefficient;
  if (degree == 1) return {{{function.cell, polynomial.front(), 1}}};
  if (field.order() > kMostRootsTried) return std::nullopt;
  std::vector<ShiftedPower> powers;
  for (galois::Element root = 0; root < field.order() && polynomial.size() > 1; ++root) {
    if (const std::uint64_t exponent = divide_out(field, polynomial, root); exponent > 0)
      powers.push_back({function.cell, field.negate(root), exponent});
  }
  if (polynomial.size() > 1 || powers.size() > function.powers.size()) return std::nullopt;
  return powers;
}

}  // namespace

std::vector<ShiftedProduct> shifted_products(const fsr::Feedback& feedback) {
  const galois::Field& field = feedback.field();
  std::vector<ShiftedProduct> sum;
  for (const fsr::CellProduct& product : fsr::cell_products(feedback)) {
    std::vector<ShiftedProduct> parts{{product.coefficient, {}}};
    for (const fsr::CellFunction& function : product.functions) {
      if (const auto powers = shifted_powers(field, function)) {
        for (ShiftedProduct& part : parts)
          part.factors.insert(part.factors.end(), powers->begin(), powers->end());
        continue;
      }
      std::vector<ShiftedProduct> multiplied;
      for (const ShiftedProduct& part : parts) {
        for (const fsr::Power& power : function.powers) {
          multiplied.push_back(part);
          ShiftedProduct& next = multiplied.back();
          next.coefficient = field.multiply(next.coefficient, power.coefficient);
          if (power.exponent > 0) next.factors.push_back({function.cell, 0, power.exponent});
        }
      }
      parts = std::move(multiplied);
    }
    std::ranges::move(parts, std::back_inserter(sum));
  }
  return sum;
}

}  // namespace gforbit::cycles::qary
