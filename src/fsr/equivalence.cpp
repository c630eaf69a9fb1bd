#include "gforbit/fsr/equivalence.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace gforbit::fsr {

namespace {

using galois::Element;
using galois::Field;
using Terms = std::vector<Term>;

constexpr std::uint64_t kMostMaps = 256;       // of the cells; twice as many images with reversal
constexpr std::uint64_t kMostProducts = 4096;  // terms before they are collected, under a shift of the cells

Terms terms_of(const Feedback& f) {
  return {f.terms().begin(), f.terms().end()};
}

/// x -> c x:  f'(x) = c f(x / c).
Feedback scaled(const Feedback& f, Element c) {
  const Field& field = f.field();
  const Element inverse = field.inverse(c);
  Terms terms = terms_of(f);
  for (Term& term : terms) {
    const std::uint64_t degree = term.degree();
    term.coefficient = field.multiply(term.coefficient, degree == 0 ? c : field.power(inverse, degree - 1));
  }
  return Feedback::from_terms(field, f.degree(), std::move(terms));
}

/// x -> x^p.
Feedback frobenius(const Feedback& f) {
  const Field& field = f.field();
  Terms terms = terms_of(f);
  for (Term& term : terms) term.coefficient = field.power(term.coefficient, field.characteristic());
  return Feedback::from_terms(field, f.degree(), std::move(terms));
}

/// Coefficients of (x + b)^n, low to high.
std::vector<Element> power_of_sum(const Field& field, Element b, std::uint64_t n) {
  std::vector<Element> coefficients{1};
  for (std::uint64_t i = 0; i < n; ++i) {
    coefficients.push_back(0);
    for (std::size_t k = coefficients.size(); k-- > 0;) {
      const Element below = k > 0 ? coefficients[k - 1] : 0;
      coefficients[k] = field.add(field.multiply(coefficients[k], b), below);
    }
  }
  return coefficients;
}

/// x -> x + b:  f'(x) = f(x - b) + b.
Feedback shifted(const Feedback& f, Element b) {
  const Field& field = f.field();
  Terms all{{b, {}}};
  for (const Term& term : f.terms()) {
    Terms products{{term.coefficient, {}}};
    for (const Factor& factor : term.factors) {
      const auto coefficients = power_of_sum(field, field.negate(b), factor.exponent);
      Terms longer;
      for (const Term& product : products) {
        for (std::size_t e = 0; e < coefficients.size(); ++e) {
          Term next{field.multiply(product.coefficient, coefficients[e]), product.factors};
          next.factors.push_back({factor.cell, e});
          if (next.coefficient != 0) longer.push_back(std::move(next));
        }
      }
      products = std::move(longer);
    }
    all.insert(all.end(), products.begin(), products.end());
  }
  return Feedback::from_terms(field, f.degree(), std::move(all));
}

std::uint64_t products_when_shifted(const Feedback& f) {
  std::uint64_t sum = 0;
  for (const Term& term : f.terms()) {
    std::uint64_t products = 1;
    for (const Factor& factor : term.factors)
      products = std::min(products * (factor.exponent + 1), kMostProducts + 1);
    sum += products;
  }
  return sum;
}

using Products = std::vector<SignedProduct>;

Products products_of(const Feedback& f) {
  return {f.products().begin(), f.products().end()};
}

std::optional<Feedback> complemented_products(const Feedback& f) {
  Products products = products_of(f);
  for (SignedProduct& product : products) product.ones ^= product.cells;
  products.push_back({});
  return Feedback::from_products(f.field(), f.degree(), std::move(products));
}

std::optional<Feedback> reversed_products(const Feedback& f) {
  if (!f.oldest_stands_alone()) return std::nullopt;
  const auto backwards = [&](std::uint64_t cells) {
    std::uint64_t result = 0;
    for (; cells != 0; cells &= cells - 1)
      result |= std::uint64_t{1} << (f.degree() - std::countr_zero(cells));
    return result;
  };
  Products products = products_of(f);
  for (SignedProduct& product : products) {
    if ((product.cells & 1) == 0) product = {backwards(product.cells), backwards(product.ones)};
  }
  return Feedback::from_products(f.field(), f.degree(), std::move(products));
}

/// Calls `look` with the images of f under the maps of the cells.
template <class Look>
void for_each_image(Feedback f, Look&& look) {
  if (!f.has_terms()) {
    look(f);
    if (const auto complement = complemented_products(f)) look(*complement);
    return;
  }
  const Field field = f.field();
  const std::uint64_t q = field.order();
  const auto m = static_cast<std::uint64_t>(field.extension_degree());
  const bool scale = q <= kMostMaps && (q - 1) * m <= kMostMaps;
  const bool shift = scale && q * (q - 1) * m <= kMostMaps && products_when_shifted(f) <= kMostProducts;
  for (std::uint64_t i = 0; i < m; ++i) {
    if (i > 0) f = frobenius(f);
    for (Element b = 0; b < (shift ? q : 1); ++b) {
      const Feedback moved = b == 0 ? f : shifted(f, b);
      look(moved);
      for (Element c = 2; scale && c < q; ++c) look(scaled(moved, c));
    }
  }
}

}  // namespace

/// The register that runs backwards: with s_d = a s_0 + g(s_1, ..., s_{d-1}), from s_d, ..., s_1 to
/// s_0 = (s_d - g) / a.
std::optional<Feedback> reversed(const Feedback& f) {
  if (!f.has_terms()) return reversed_products(f);
  const Field& field = f.field();
  Terms terms = terms_of(f);
  Element a = 0;
  for (Term& term : terms) {
    if (term.factors.empty() || term.factors[0].cell != 0) continue;
    if (term.factors.size() > 1 || term.factors[0].exponent > 1) return std::nullopt;
    a = term.coefficient;
  }
  if (a == 0) return std::nullopt;
  const Element inverse = field.inverse(a);
  for (Term& term : terms) {
    const bool oldest = !term.factors.empty() && term.factors[0].cell == 0;
    term.coefficient = oldest ? inverse : field.negate(field.multiply(inverse, term.coefficient));
    for (Factor& factor : term.factors) factor.cell = oldest ? 0 : f.degree() - factor.cell;
  }
  return Feedback::from_terms(field, f.degree(), std::move(terms));
}

std::optional<Feedback> complemented(const Feedback& feedback) {
  if (!feedback.has_terms()) return complemented_products(feedback);
  if (products_when_shifted(feedback) > kMostProducts) return std::nullopt;
  return shifted(feedback, 1);
}

std::string equivalence_key(const Feedback& feedback) {
  std::string key;
  const auto look = [&](const Feedback& image) {
    std::string text = image.text();
    if (key.empty() || text < key) key = std::move(text);
  };
  for_each_image(feedback, look);
  if (const auto backwards = reversed(feedback)) for_each_image(*backwards, look);
  return key;
}

}  // namespace gforbit::fsr
