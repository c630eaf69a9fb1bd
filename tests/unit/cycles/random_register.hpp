// Random registers for the tests of kernels and mappings.
#pragma once

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::testing_support {

/// (1 + 2*x3)*(x4^2 + x4)*...: a function of each of some cells, multiplied out to at most some hundred
/// terms.
inline std::string random_cell_product(std::mt19937_64& random, std::uint64_t q, int degree, int first_cell) {
  std::string text = fmt::format("{}", 1 + random() % (q - 1));
  int factors = 0;
  for (int cell = first_cell; cell < degree && factors < 6; ++cell) {
    if (random() % 3 == 0) continue;
    ++factors;
    text += fmt::format("*({} + {}*x{}", random() % q, random() % q, cell);
    text += fmt::format(" + x{}^{})", cell, 1 + random() % (q - 1));
  }
  return text;
}

/// A random sum of products of cells, at most 4 nonlinear terms; beyond GF(2) sometimes with a product of
/// sums.
inline std::string random_polynomial(std::mt19937_64& random, std::uint64_t q, int degree, int first_cell) {
  const auto below = [&](std::uint64_t n) { return random() % n; };
  std::string text = fmt::format("{}", below(q));
  for (std::uint64_t t = 0; t < 2 + below(4); ++t) {
    text += fmt::format(" + {}", 1 + below(q - 1));
    for (std::uint64_t f = 0; f < 1 + below(3) && first_cell < degree; ++f) {
      const auto cell = first_cell + static_cast<int>(below(static_cast<std::uint64_t>(degree - first_cell)));
      const std::uint64_t exponent = 1 + below(q - 1);
      text += exponent == 1 ? fmt::format("*x{}", cell) : fmt::format("*x{}^{}", cell, exponent);
    }
  }
  if (q > 2 && random() % 3 == 0) text += " + " + random_cell_product(random, q, degree, first_cell);
  return text;
}

/// Over GF(2), kept as a sum of products of up to 9 cells and complements: sometimes so many that scalar
/// steps look them up.
/// @param first_cell  1: x0 alone is added
inline fsr::Register random_products(std::mt19937_64& random, int degree, int first_cell) {
  std::vector<fsr::SignedProduct> products;
  if (first_cell > 0) products.push_back({1, 1});
  const std::uint64_t cells = (std::uint64_t{1} << degree) - (std::uint64_t{1} << first_cell);
  const std::uint64_t count = random() % 6 == 0 ? 40 : 2 + random() % 4;
  for (std::uint64_t t = 0; t < count; ++t) {
    fsr::SignedProduct product;
    for (std::uint64_t f = count > 6 ? 9 : random() % 9 + 1; f > 0; --f)
      product.cells |= std::uint64_t{1} << (random() % static_cast<unsigned>(degree)) & cells;
    product.ones = product.cells & random();
    products.push_back(product);
  }
  return fsr::Register(fsr::Feedback::from_products(galois::Field::of_order(2), degree, products).value());
}

/// The same register by its normal form.
inline fsr::Register multiplied_out(const fsr::Register& reg) {
  return fsr::Register(fsr::Feedback::parse(reg.field(), reg.degree(), reg.feedback().text()));
}

/// c*x0 + g(x1, ...): always nonsingular.
inline fsr::Register random_nonsingular(std::mt19937_64& random, std::uint64_t q, int degree) {
  if (q == 2 && random() % 2 == 0) return random_products(random, degree, 1);
  const auto text =
      fmt::format("{}*x0 + {}", 1 + random() % (q - 1), random_polynomial(random, q, degree, 1));
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, text));
}

/// Anything; mostly singular.
inline fsr::Register random_register(std::mt19937_64& random, std::uint64_t q, int degree) {
  if (q == 2 && random() % 2 == 0) return random_products(random, degree, 0);
  return fsr::Register(
      fsr::Feedback::parse(galois::Field::of_order(q), degree, random_polynomial(random, q, degree, 0)));
}

/// Field order and degree pairs with few thousand states.
inline std::vector<std::pair<std::uint64_t, int>> small_shapes() {
  return {{2, 1}, {2, 2}, {2, 5}, {2, 11}, {3, 1},  {3, 7},  {4, 5},
          {5, 4}, {7, 3}, {8, 4}, {9, 3},  {16, 3}, {25, 2}, {257, 1}};
}

}  // namespace gforbit::testing_support
