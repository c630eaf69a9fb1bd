#include "normal_form.hpp"

#include <algorithm>

namespace gforbit::fsr {
namespace {

/// A term and its degree, which is asked for many times while terms are sorted.
struct Keyed {
  std::uint64_t degree;
  Term term;
};

/// By degree, then by cells and exponents; the constant, whose degree is 0, last.
bool canonically_before(const Keyed& a, const Keyed& b) {
  if (a.degree == 0 || b.degree == 0) return b.degree == 0 && a.degree != 0;
  return a.degree != b.degree ? a.degree < b.degree : a.term.factors < b.term.factors;
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
  std::vector<Keyed> keyed;
  keyed.reserve(terms.size());
  for (Term& term : terms) keyed.push_back({term.degree(), std::move(term)});
  if (!std::ranges::is_sorted(keyed, canonically_before)) std::ranges::sort(keyed, canonically_before);
  std::size_t kept = 0;
  for (std::size_t first = 0; first < keyed.size();) {
    galois::Element sum = 0;
    std::size_t last = first;
    for (; last < keyed.size() && keyed[last].term.factors == keyed[first].term.factors; ++last) {
      sum = field.add(sum, keyed[last].term.coefficient);
    }
    if (sum != 0) terms[kept++] = {sum, std::move(keyed[first].term.factors)};
    first = last;
  }
  terms.resize(kept);
}

}  // namespace gforbit::fsr
