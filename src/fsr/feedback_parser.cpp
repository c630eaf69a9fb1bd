// Feedback::parse: the text becomes an expression, which is multiplied out, or made a sum of signed products.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "expansion.hpp"
#include "feedback_text.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/expression/parser.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "limits.hpp"
#include "signed_sum.hpp"

namespace gforbit::fsr {
namespace {

using expression::Node;
using expression::Op;

expression::Expression parsed(const galois::Field& field, int degree, std::string_view text) {
  const std::array cells{expression::Cells{.name = "x", .count = static_cast<std::uint64_t>(degree)}};
  return expression::parse_expression(text, field, cells);
}

/// Whether multiplying out can need more than kMaxExpandedTerms terms. Not where the text lists its terms.
bool may_be_long(const expression::Expression& expression) {
  constexpr std::size_t kMany = kMaxExpandedTerms + 1;
  const auto nodes = expression.nodes();
  if (std::ranges::none_of(nodes.first(nodes.size() - 1),
                           [](const Node& node) { return node.op == Op::sum; }))
    return false;
  std::vector<std::size_t> most;  // terms, by node
  for (const Node& node : nodes) {
    std::size_t terms = node.op == Op::sum ? 0 : 1;
    for (const expression::Id id : expression.operands(node)) {
      if (node.op == Op::sum) terms += most[id];
      if (node.op == Op::product) terms *= most[id];
      if (node.op == Op::power && most[id] > 1) terms = kMany;
      terms = std::min(terms, kMany);
    }
    most.push_back(terms);
  }
  return most.back() > kMaxExpandedTerms;
}

/// Whether the normal form is certain to have more than kMaxExpandedTerms terms: those of one product cannot
/// all cancel with others.
bool is_long(const std::vector<SignedProduct>& sum) {
  double most = 0, all = 0;
  for (const SignedProduct& product : sum) {
    const double terms = std::ldexp(1, std::popcount(product.cells & ~product.ones));
    most = std::max(most, terms);
    all += terms;
  }
  return 2 * most - all > static_cast<double>(kMaxExpandedTerms);
}

/// With a sum of signed products, if the normal form is too long. The decision is the same for the text of
/// the result. nullopt: no such sum was found, or there is no need of one.
std::optional<Feedback> by_products(const galois::Field& field, int degree,
                                    const expression::Expression& expression) {
  if (field.order() != 2 || degree > kMostSignedCells || !may_be_long(expression)) return std::nullopt;
  auto sum = signed_sum(expression);
  if (!sum) return std::nullopt;
  const bool certain = is_long(*sum);
  if (!certain) {
    if (auto terms = expanded(expression)) return Feedback::from_terms(field, degree, *std::move(terms));
  }
  auto feedback = Feedback::from_products(field, degree, *std::move(sum));
  if (certain || !feedback || feedback->has_terms()) return feedback;
  if (auto terms = expanded(parsed(field, degree, feedback->text())))
    return Feedback::from_terms(field, degree, *std::move(terms));
  return feedback;
}

Feedback made(const galois::Field& field, int degree, const expression::Expression& given,
              std::string_view what = "feedback") {
  const bool has_functions =
      std::ranges::any_of(given.nodes(), [](const Node& n) { return n.op >= Op::either; });
  const expression::Expression expression = has_functions ? arithmetic(given) : given;
  if (auto feedback = by_products(field, degree, expression)) return *std::move(feedback);
  if (auto terms = expanded(expression)) return Feedback::from_terms(field, degree, *std::move(terms));
  constexpr int kMostCellsOfProducts = 63;
  const char* const of_products = field.order() > 2 ? ""
                                  : degree > kMostCellsOfProducts
                                      ? "; sums of products of cells and complements are kept up to 63 cells"
                                      : ", also as a sum of products of cells and complements";
  throw core::InputError(fmt::format("{}: multiplied out it has more than {} terms, which is the limit{}",
                                     what, kMaxExpandedTerms, of_products));
}

}  // namespace

Feedback parse_function(const galois::Field& field, int degree, std::span<const expression::Cells> cells,
                        std::string_view what, std::string_view text) {
  return made(field, degree, expression::parse_expression(text, field, cells, what), what);
}

Feedback Feedback::parse(const galois::Field& field, int degree, std::string_view text) {
  check_degree(degree);
  return made(field, degree, parsed(field, degree, text));
}

Feedback Feedback::parse(const galois::Field& field, std::string_view text) {
  const auto expression = parsed(field, kMaxDegree, text);
  const auto highest = expression.highest_cell();
  if (!highest)
    throw core::InputError("feedback: it has no cell, so it does not say the degree: give the degree");
  return made(field, static_cast<int>(*highest) + 1, expression);
}

}  // namespace gforbit::fsr
