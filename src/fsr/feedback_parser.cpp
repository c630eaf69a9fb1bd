// Feedback::parse: the text becomes an expression, which is multiplied out.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "expansion.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/expression/parser.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "limits.hpp"

namespace gforbit::fsr {
namespace {

expression::Expression parsed(const galois::Field& field, int degree, std::string_view text) {
  const std::array cells{expression::Cells{.name = "x", .count = static_cast<std::uint64_t>(degree)}};
  return expression::parse_expression(text, field, cells);
}

std::vector<Term> terms_of(const expression::Expression& expression) {
  if (auto terms = expanded(expression)) return *std::move(terms);
  throw core::InputError(fmt::format("feedback: multiplied out it has more than {} terms, which is the limit",
                                     kMaxExpandedTerms));
}

}  // namespace

Feedback Feedback::parse(const galois::Field& field, int degree, std::string_view text) {
  check_degree(degree);
  return {field, degree, terms_of(parsed(field, degree, text))};
}

Feedback Feedback::parse(const galois::Field& field, std::string_view text) {
  const auto expression = parsed(field, kMaxDegree, text);
  const auto highest = expression.highest_cell();
  if (!highest)
    throw core::InputError("feedback: it has no cell, so it does not say the degree: give the degree");
  return {field, static_cast<int>(*highest) + 1, terms_of(expression)};
}

}  // namespace gforbit::fsr
