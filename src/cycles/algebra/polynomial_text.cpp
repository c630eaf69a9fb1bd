#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "gforbit/cycles/polynomial.hpp"

namespace gforbit::cycles {

Coefficients characteristic_polynomial(const fsr::Feedback& feedback) {
  Coefficients polynomial = feedback.coefficients();
  for (auto& c : polynomial) c = feedback.field().negate(c);
  polynomial.push_back(1);
  return polynomial;
}

std::string polynomial_text(std::span<const galois::Element> polynomial) {
  std::string text;
  for (std::size_t i = polynomial.size(); i > 0; --i) {
    const galois::Element c = polynomial[i - 1];
    const std::size_t exponent = i - 1;
    if (c == 0) continue;
    if (!text.empty()) text += " + ";
    if (exponent == 0 || c != 1) text += fmt::format("{}", c);
    if (exponent == 0) continue;
    if (c != 1) text += '*';
    text += exponent == 1 ? "x" : fmt::format("x^{}", exponent);
  }
  return text.empty() ? "0" : text;
}

Coefficients reciprocal_polynomial(const galois::Field& field, std::span<const galois::Element> polynomial) {
  Coefficients result(polynomial.rbegin(), polynomial.rend());
  while (!result.empty() && result.back() == 0) result.pop_back();
  if (result.empty()) return result;
  const galois::Element scale = field.inverse(result.back());
  for (auto& c : result) c = field.multiply(c, scale);
  return result;
}

std::vector<Coefficients> companion_matrix(const galois::Field& field,
                                           std::span<const galois::Element> polynomial) {
  assert(polynomial.size() >= 2 && polynomial.back() == 1);
  const std::size_t d = polynomial.size() - 1;
  std::vector<Coefficients> rows(d, Coefficients(d, 0));
  for (std::size_t i = 0; i + 1 < d; ++i) rows[i][i + 1] = 1;
  for (std::size_t i = 0; i < d; ++i) rows[d - 1][i] = field.negate(polynomial[i]);
  return rows;
}

std::string matrix_text(std::span<const Coefficients> rows) {
  galois::Element largest = 0;
  for (const auto& row : rows) {
    for (const auto c : row) largest = std::max(largest, c);
  }
  const std::size_t width = fmt::formatted_size("{}", largest);
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += fmt::format("{}{:>{}}", i == 0 ? "" : " ", row[i], width);
    text += '\n';
  }
  return text;
}

}  // namespace gforbit::cycles
