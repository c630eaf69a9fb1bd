// Feedback functions: construction from coefficients and terms, canonical text, evaluation. Reading text is
// in feedback_parser.cpp, the normal form in normal_form.cpp, sums of signed products in signed_sum.cpp.
#include "gforbit/fsr/feedback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <stdexcept>
#include <variant>

#include "gforbit/core/error.hpp"
#include "limits.hpp"
#include "normal_form.hpp"
#include "signed_sum.hpp"

namespace gforbit::fsr {

std::uint64_t Term::degree() const noexcept {
  std::uint64_t sum = 0;
  for (const Factor& factor : factors) sum += factor.exponent;
  return sum;
}

Feedback Feedback::linear(const galois::Field& field, std::span<const std::uint64_t> coefficients) {
  if (coefficients.empty()) throw core::InputError("a linear feedback needs at least one coefficient");
  check_degree(coefficients.size());
  std::vector<Term> terms;
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    if (!field.contains(coefficients[i])) {
      throw core::InputError(
          fmt::format("coefficient c{} = {} is {}", i, coefficients[i], not_an_element(field)));
    }
    if (coefficients[i] != 0) terms.push_back({coefficients[i], {{static_cast<int>(i), 1}}});
  }
  return {field, static_cast<int>(coefficients.size()), std::move(terms)};
}

Feedback Feedback::from_terms(const galois::Field& field, int degree, std::vector<Term> terms) {
  check_degree(degree);
  for (Term& term : terms) {
    if (!field.contains(term.coefficient)) {
      throw core::InputError(fmt::format("coefficient {} is {}", term.coefficient, not_an_element(field)));
    }
    for (const Factor& factor : term.factors) {
      if (factor.cell < 0 || factor.cell >= degree) throw core::InputError(no_such_cell(factor.cell, degree));
    }
    normalize(field, term.factors);
  }
  collect(field, terms);
  return {field, degree, std::move(terms)};
}

std::optional<Feedback> Feedback::from_products(const galois::Field& field, int degree,
                                                std::vector<SignedProduct> products) {
  assert(field.order() == 2 && degree >= 1 && degree <= kMostSignedCells);
  auto sum = normal_sum(std::move(products));
  if (!sum) return std::nullopt;
  if (const auto affine = std::get_if<AffineSum>(&*sum)) {
    std::vector<Term> terms;
    for (int cell = 0; cell < degree; ++cell) {
      if ((affine->cells >> cell & 1) != 0) terms.push_back({1, {{cell, 1}}});
    }
    if (affine->constant) terms.push_back({1, {}});
    return Feedback(field, degree, std::move(terms));
  }
  Feedback feedback(field, degree, {});
  feedback.products_ = std::get<std::vector<SignedProduct>>(*std::move(sum));
  return feedback;
}

std::span<const Term> Feedback::terms() const {
  if (!has_terms()) throw std::logic_error("a feedback that is not multiplied out was asked for its terms");
  return terms_;
}

bool Feedback::reads_oldest() const {
  return (cells_of(products_) & 1) != 0 || std::ranges::any_of(terms_, [](const Term& term) {
           return !term.factors.empty() && term.factors[0].cell == 0;
         });
}

bool Feedback::oldest_stands_alone() const {
  bool alone = false;
  for (const SignedProduct& product : products_) {
    if ((product.cells & 1) == 0) continue;
    if (product.cells != 1) return false;
    alone = true;
  }
  for (const Term& term : terms_) {
    if (term.factors.empty() || term.factors[0].cell != 0) continue;
    if (term.factors.size() > 1) return false;
    alone = true;
  }
  return alone;
}

FeedbackKind Feedback::kind() const noexcept {
  if (!has_terms()) return FeedbackKind::nonlinear;
  const bool has_constant = !terms_.empty() && terms_.back().factors.empty();
  const std::size_t others = terms_.size() - (has_constant ? 1 : 0);
  if (others > 0 && terms_[others - 1].degree() > 1) return FeedbackKind::nonlinear;
  return has_constant ? FeedbackKind::affine : FeedbackKind::linear;
}

std::vector<galois::Element> Feedback::coefficients() const {
  assert(kind() != FeedbackKind::nonlinear);
  std::vector<galois::Element> coefficients(static_cast<std::size_t>(degree_), 0);
  for (const Term& term : terms_) {
    if (!term.factors.empty())
      coefficients[static_cast<std::size_t>(term.factors[0].cell)] = term.coefficient;
  }
  return coefficients;
}

galois::Element Feedback::constant() const noexcept {
  if (!has_terms()) return value_at(products_, 0);
  return !terms_.empty() && terms_.back().factors.empty() ? terms_.back().coefficient : 0;
}

std::string Feedback::text() const {
  if (!has_terms()) return text_of(products_);
  if (terms_.empty()) return "0";
  std::string text;
  const auto out = std::back_inserter(text);
  for (const Term& term : terms_) {
    if (!text.empty()) text += " + ";
    const bool show_coefficient = term.coefficient != 1 || term.factors.empty();
    if (show_coefficient) fmt::format_to(out, "{}", term.coefficient);
    bool first = !show_coefficient;
    for (const Factor& factor : term.factors) {
      if (!first) text += '*';
      first = false;
      fmt::format_to(out, "x{}", factor.cell);
      if (factor.exponent != 1) fmt::format_to(out, "^{}", factor.exponent);
    }
  }
  return text;
}

galois::Element Feedback::evaluate(std::span<const galois::Element> state) const {
  assert(state.size() == static_cast<std::size_t>(degree_));
  if (!has_terms()) {
    std::uint64_t bits = 0;
    for (std::size_t cell = 0; cell < state.size(); ++cell) bits |= state[cell] << cell;
    return value_at(products_, bits);
  }
  return value_at(field_, terms_, state);
}

galois::Element value_at(const galois::Field& field, std::span<const Term> terms,
                         std::span<const galois::Element> cells) {
  galois::Element sum = 0;
  for (const Term& term : terms) {
    galois::Element product = term.coefficient;
    for (const Factor& factor : term.factors) {
      const galois::Element cell = cells[static_cast<std::size_t>(factor.cell)];
      product = field.multiply(product, field.power(cell, factor.exponent));
    }
    sum = field.add(sum, product);
  }
  return sum;
}

}  // namespace gforbit::fsr
