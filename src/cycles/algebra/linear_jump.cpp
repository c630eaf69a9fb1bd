#include "gforbit/cycles/linear_jump.hpp"

#include <cassert>

#include "gforbit/cycles/polynomial.hpp"
#include "polynomial_rings.hpp"
#include "recurrence.hpp"

namespace gforbit::cycles {

Coefficients recurrence_polynomial(const fsr::Feedback& feedback) {
  const galois::Field& field = feedback.field();
  Coefficients f = characteristic_polynomial(feedback);
  if (feedback.constant() == 0) return f;
  Coefficients product(f.size() + 1, 0);
  for (std::size_t i = 0; i < f.size(); ++i) {
    product[i + 1] = field.add(product[i + 1], f[i]);
    product[i] = field.add(product[i], field.negate(f[i]));
  }
  return product;
}

namespace {

/// x^e modulo a polynomial, low to high.
Coefficients power_of_x(const galois::Field& field, const Coefficients& modulus, const core::Natural& e) {
  return with_ring(field, [&](const auto& ring) {
    using Ring = std::remove_cvref_t<decltype(ring)>;
    const typename Ring::Residues residues(ring, ring.make(modulus));
    return Coefficients(ring.coefficients(power(residues, residues.x(), Integer(e), {}).value()));
  });
}

}  // namespace

std::vector<galois::Element> state_after(const fsr::Feedback& feedback,
                                         std::span<const galois::Element> state, const core::Natural& steps) {
  assert(feedback.kind() != fsr::FeedbackKind::nonlinear);
  const galois::Field& field = feedback.field();
  const std::size_t d = state.size();
  if (steps == 0) return {state.begin(), state.end()};
  const Coefficients power = power_of_x(field, recurrence_polynomial(feedback), steps);
  const auto coefficients = feedback.coefficients();
  std::vector<galois::Element> cells(state.begin(), state.end());
  while (cells.size() + 1 < power.size() + d) {
    galois::Element next = feedback.constant();
    const std::size_t first = cells.size() - d;
    for (std::size_t i = 0; i < d; ++i) {
      if (coefficients[i] != 0) next = field.add(next, field.multiply(coefficients[i], cells[first + i]));
    }
    cells.push_back(next);
  }
  std::vector<galois::Element> after(d, 0);
  for (std::size_t i = 0; i < power.size(); ++i) {
    if (power[i] == 0) continue;
    for (std::size_t j = 0; j < d; ++j)
      after[j] = field.add(after[j], field.multiply(power[i], cells[i + j]));
  }
  return after;
}

}  // namespace gforbit::cycles
