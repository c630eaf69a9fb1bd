#include "normal_form.hpp"

#include <algorithm>

namespace gforbit::fsr {
namespace {

/// By degree, then by cells and exponents; the constant, whose degree is 0, last.
bool canonically_before(const Term& a, const Term& b) {
  const auto degree_a = a.degree(), degree_b = b.degree();
  if (degree_a == 0 || degree_b == 0) return degree_b == 0 && degree_a != 0;
  return degree_a != degree_b ? degree_a < degree_b : a.factors < b.factors;
}

}  // namespace

void normalize(const galois::Field& field, std::vector<Factor>& factors) {
  const std::uint64_t q = field.order();
  std::ranges::sort(factors, {}, &Factor::cell);
  std::size_t kept = 0;
  for (const Factor& factor : factors) {
    const std::uint64_t exponent = reduced_exponent(factor.exponent, q);
    if (exponent == 0) continue;
    if (kept > 0 && factors[kept - 1].cell == factor.cell) {
      factors[kept - 1].exponent = reduced_exponent(factors[kept - 1].exponent + exponent, q);
    } else {
      factors[kept++] = {factor.cell, exponent};
    }
  }
  factors.resize(kept);
}

void collect(const galois::Field& field, std::vector<Term>& terms) {
  std::ranges::sort(terms, canonically_before);
  std::size_t kept = 0;
  for (std::size_t first = 0; first < terms.size();) {
    galois::Element sum = 0;
    std::size_t last = first;
    for (; last < terms.size() && terms[last].factors == terms[first].factors; ++last) {
      sum = field.add(sum, terms[last].coefficient);
    }
    if (sum != 0) {
      if (kept != first) terms[kept].factors = std::move(terms[first].factors);
      terms[kept++].coefficient = sum;
    }
    first = last;
  }
  terms.resize(kept);
}

}  // namespace gforbit::fsr
