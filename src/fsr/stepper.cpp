#include "gforbit/fsr/stepper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "digit_step.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/fsr/system.hpp"
#include "system_step.hpp"

namespace gforbit::fsr {
namespace {

std::uint64_t checked_state_count(const Register& reg) {
  if (const auto states = reg.enumerable_state_count()) return *states;
  throw core::InputError(fmt::format("{}^{} states are too many to enumerate: the limit is 2^63",
                                     reg.field().order(), reg.degree()));
}

bool is_linear_in_x0(const Feedback& feedback) {
  if (feedback.field().order() == 2) return true;
  return std::ranges::all_of(feedback.terms(), [](const Term& term) {
    return term.factors.empty() || term.factors[0].cell != 0 || term.factors[0].exponent == 1;
  });
}

}  // namespace

Stepper::Stepper(const Register& reg)
    : field_(reg.field()),
      state_count_(checked_state_count(reg)),
      top_place_(state_count_ / field_.order()),
      previous_cost_(1) {
  if (const System* const system = reg.system()) {
    system_ = std::make_shared<const SystemStep>(*system);
    previous_cost_ = system_->previous_cost();
    return;
  }
  if (!is_linear_in_x0(reg.feedback())) previous_cost_ = field_.order();
  is_binary_ = field_.order() == 2;
  if (is_binary_) {
    compile_bits(reg.feedback());
  } else {
    digits_ = std::make_shared<const DigitStep>(reg.feedback());
  }
}

void Stepper::compile_bits(const Feedback& feedback) {
  top_bit_ = feedback.degree() - 1;
  std::vector<SignedProduct> products = signed_products(feedback);
  std::erase_if(products, [&](const SignedProduct& product) {
    if (product.cells == 0) constant_ ^= 1;
    if (std::has_single_bit(product.cells)) linear_mask_ ^= product.cells;
    return std::popcount(product.cells) <= 1;
  });
  products_ = std::make_shared<const std::vector<SignedProduct>>(std::move(products));
}

std::uint64_t Stepper::next_out_of_line(std::uint64_t state) const noexcept {
  if (system_) return system_->next(state);
  return digits_->without_oldest(state) + digits_->feedback(state) * top_place_;
}

galois::Element Stepper::feedback(std::uint64_t state) const noexcept {
  return digits_ ? digits_->feedback(state) : bit(state);
}

void Stepper::previous(std::uint64_t state, std::vector<std::uint64_t>& out,
                       const core::StopSignal& stop) const {
  assert(state < state_count_);
  if (system_) return system_->previous(state, out, stop);
  out.clear();
  const std::uint64_t q = field_.order();
  const galois::Element newest = state / top_place_;
  const std::uint64_t base = state % top_place_ * q;  // the oldest cell, which was dropped, is open
  if (previous_cost_ > 1) {
    constexpr galois::Element kEvaluationsPerLook = 1 << 16;
    for (galois::Element x0 = 0; x0 < q; ++x0) {
      if ((x0 + 1) % kEvaluationsPerLook == 0 && stop.stop_requested()) return;
      if (feedback(base + x0) == newest) out.push_back(base + x0);
    }
    return;
  }
  const galois::Element at_zero = feedback(base);
  const galois::Element slope = field_.subtract(feedback(base + 1), at_zero);
  if (slope != 0) {
    out.push_back(base + field_.multiply(field_.subtract(newest, at_zero), field_.inverse(slope)));
  } else if (at_zero == newest) {
    for (galois::Element x0 = 0; x0 < q; ++x0) out.push_back(base + x0);
  }
}

}  // namespace gforbit::fsr
