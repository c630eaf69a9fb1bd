// Random registers for the tests of this room, and the definition of a step, written down as plainly as
// possible.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/state.hpp"

namespace gforbit::fsr::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// Uniform in [0, bound).
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine_);
  }
  int below(int bound) { return static_cast<int>(below(static_cast<std::uint64_t>(bound))); }
  std::mt19937_64& engine() { return engine_; }

  /// Up to `terms` terms of up to four factors, in no normal form.
  std::vector<Term> terms(const galois::Field& field, int degree, int terms) {
    const std::uint64_t q = field.order();
    std::vector<Term> sum;
    for (int i = below(terms + 1); i > 0; --i) {
      Term term{below(q), {}};
      for (int k = below(5); k > 0; --k)
        term.factors.push_back({below(degree), below(3) == 0 ? below(3 * q) : 1});
      sum.push_back(term);
    }
    return sum;
  }
  Feedback feedback(const galois::Field& field, int degree, int terms_at_most) {
    return Feedback::from_terms(field, degree, terms(field, degree, terms_at_most));
  }

 private:
  std::mt19937_64 engine_;
};

/// The step, by its definition.
inline std::uint64_t step(const Feedback& feedback, std::uint64_t state) {
  const std::uint64_t q = feedback.field().order();
  auto cells = cells_of(state, q, feedback.degree());
  const galois::Element newest = feedback.evaluate(cells);
  cells.erase(cells.begin());
  cells.push_back(newest);
  return index_of(cells, q);
}

/// The sum of the terms as they stand, without any normal form.
inline galois::Element value(const galois::Field& field, const std::vector<Term>& terms,
                             const std::vector<galois::Element>& state) {
  galois::Element sum = 0;
  for (const Term& term : terms) {
    galois::Element product = term.coefficient;
    for (const Factor& factor : term.factors) {
      const galois::Element cell = state[static_cast<std::size_t>(factor.cell)];
      product = field.multiply(product, field.power(cell, factor.exponent));
    }
    sum = field.add(sum, product);
  }
  return sum;
}

/// Whether every state is the next state of one; small registers only.
inline bool is_bijection(const Feedback& feedback) {
  const std::uint64_t states = Register(feedback).enumerable_state_count().value();
  std::vector<bool> hit(states);
  for (std::uint64_t s = 0; s < states; ++s) {
    const std::uint64_t t = step(feedback, s);
    if (hit[t]) return false;
    hit[t] = true;
  }
  return true;
}

}  // namespace gforbit::fsr::test
