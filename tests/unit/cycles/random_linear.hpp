// Random linear and affine registers, those among them that the formulas of the algebraic method are about.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "gforbit/fsr/register.hpp"
#include "unit/cycles/random_polynomial.hpp"

namespace gforbit::testing_support {

/// The register with this monic characteristic polynomial, and a constant.
inline fsr::Register register_with(const galois::Field& field, const std::vector<galois::Element>& polynomial,
                                   galois::Element constant = 0) {
  std::vector<fsr::Term> terms{{constant, {}}};
  for (std::size_t i = 0; i + 1 < polynomial.size(); ++i) {
    terms.push_back({field.negate(polynomial[i]), {{static_cast<int>(i), 1}}});
  }
  return fsr::Register(
      fsr::Feedback::from_terms(field, static_cast<int>(polynomial.size()) - 1, std::move(terms)));
}

/// Few irreducible factors with high multiplicity. x - 1 and x are frequent. 1 where no factor fits.
inline std::vector<galois::Element> polynomial_with_repeated_factors(std::mt19937_64& random,
                                                                     const galois::Field& field,
                                                                     std::size_t largest_degree) {
  std::vector<galois::Element> f{1};
  for (int tries = 0; tries < 20; ++tries) {
    std::vector<galois::Element> factor;
    switch (random() % 4) {
      case 0:
        factor = {0, 1};
        break;
      case 1:
        factor = {minus_one(field), 1};
        break;
      default:
        factor = random_monic(random, field, 1 + static_cast<int>(random() % 3));
    }
    for (std::uint64_t e = 1 + random() % 5; e > 0 && f.size() + factor.size() - 2 <= largest_degree; --e) {
      f = product(field, f, factor);
    }
  }
  return f;
}

}  // namespace gforbit::testing_support
