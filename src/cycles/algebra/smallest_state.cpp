#include "smallest_state.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

namespace {

constexpr std::uint64_t kBetweenChecks = 1 << 16;

/// The polynomial divided by x - 1, which is a factor.
Coefficients without_root_one(const galois::Field& field, const Coefficients& polynomial) {
  Coefficients quotient(polynomial.size() - 1);
  galois::Element carry = 0;
  for (std::size_t i = quotient.size(); i > 0; --i) {
    carry = field.add(carry, polynomial[i]);
    quotient[i - 1] = carry;
  }
  return quotient;
}

/// a is a smaller state than b: the newest cell comes first.
bool is_smaller(std::span<const galois::Element> a, std::span<const galois::Element> b) {
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

}  // namespace

ShortRegister::ShortRegister(const fsr::Feedback& feedback, const Coefficients& polynomial,
                             std::span<const galois::Element> state)
    : field_(feedback.field()), state_(state.begin(), state.end()), polynomial_(polynomial) {
  if (feedback.constant() == 0) return;
  // A sequence that obeys a recurrence with a constant obeys the one of x - 1 times its polynomial.
  polynomial_ = without_root_one(field_, polynomial);
  assert(degree() > 0);
  Cells cells = state_;
  cells.push_back(feedback.evaluate(state));
  for (std::size_t i = 0; i <= degree(); ++i)
    constant_ = field_.add(constant_, field_.multiply(polynomial_[i], cells[i]));
}

core::Natural ShortRegister::state_count() const {
  return core::power(field_.order(), static_cast<unsigned>(degree()));
}

ShortRegister::Cells ShortRegister::state(std::uint64_t index) const {
  Cells cells(state_.size(), 0);
  const std::size_t first = cells.size() - degree();
  for (std::size_t i = first; i < cells.size(); ++i, index /= field_.order())
    cells[i] = index % field_.order();
  const galois::Element scale = field_.inverse(polynomial_[0]);
  for (std::size_t i = first; i > 0; --i) {
    galois::Element sum = constant_;
    for (std::size_t k = 1; k <= degree(); ++k) {
      if (polynomial_[k] != 0) sum = field_.subtract(sum, field_.multiply(polynomial_[k], cells[i - 1 + k]));
    }
    cells[i - 1] = field_.multiply(scale, sum);
  }
  return cells;
}

core::Natural ShortRegister::steps_to_smallest(const core::Natural& period, const Watch& watch) const {
  const auto steps = static_cast<std::uint64_t>(period);
  return state_count() <= fsr::kMaxStateCount ? by_indices(steps, watch) : by_cells(steps, watch);
}

std::uint64_t ShortRegister::by_indices(std::uint64_t period, const Watch& watch) const {
  std::vector<fsr::Term> terms{{constant_, {}}};
  for (std::size_t i = 0; i < degree(); ++i)
    terms.push_back({field_.negate(polynomial_[i]), {{static_cast<int>(i), 1}}});
  const fsr::Stepper step(
      fsr::Register(fsr::Feedback::from_terms(field_, static_cast<int>(degree()), std::move(terms))));
  std::uint64_t state = 0;
  for (std::size_t i = state_.size(); i > state_.size() - degree(); --i)
    state = state * field_.order() + state_[i - 1];
  std::uint64_t smallest = state, steps = 0;
  for (std::uint64_t i = 1; i < period; ++i) {
    if (i % kBetweenChecks == 0) watch.check();
    state = step.next(state);
    if (state >= smallest) continue;
    smallest = state;
    steps = i;
  }
  return steps;
}

std::uint64_t ShortRegister::by_cells(std::uint64_t period, const Watch& watch) const {
  std::vector<std::pair<std::size_t, galois::Element>> terms;
  for (std::size_t i = 0; i < degree(); ++i) {
    if (polynomial_[i] != 0) terms.emplace_back(i, field_.negate(polynomial_[i]));
  }
  const std::size_t room = 2 * degree() + kBetweenChecks;
  Cells cells(state_.end() - static_cast<std::ptrdiff_t>(degree()), state_.end());
  Cells smallest = cells;
  std::uint64_t steps = 0;
  for (std::uint64_t i = 1; i < period; ++i) {
    if (cells.size() >= room) {
      watch.check();
      cells.erase(cells.begin(), cells.end() - static_cast<std::ptrdiff_t>(degree()));
    }
    const galois::Element* const state = &cells[cells.size() - degree()];
    galois::Element next = constant_;
    for (const auto& [cell, c] : terms) next = field_.add(next, field_.multiply(c, state[cell]));
    cells.push_back(next);
    const auto window = std::span(cells).last(degree());
    if (next > smallest.back() || !is_smaller(window, smallest)) continue;
    smallest.assign(window.begin(), window.end());
    steps = i;
  }
  return steps;
}

}  // namespace gforbit::cycles
