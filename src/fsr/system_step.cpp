#include "system_step.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <utility>

namespace gforbit::fsr {

SystemStep::SystemStep(const System& system) : q_(system.field().order()), is_binary_(q_ == 2), by_q_(q_) {
  std::vector<std::uint64_t> place_of;
  for (std::uint64_t cell = 0, place = 1; cell < static_cast<std::uint64_t>(system.degree()); ++cell) {
    place_of.push_back(place);
    if (cell + 1 < static_cast<std::uint64_t>(system.degree())) place *= q_;
  }
  const auto dropped = system.dropped_cells();
  for (const int cell : dropped) {
    places_.push_back(place_of[static_cast<std::size_t>(cell)]);
    combinations_ = combinations_ > kMaxStateCount / q_ ? kMaxStateCount : combinations_ * q_;
  }
  for (int cell = 1; cell < system.degree(); ++cell) {
    if (std::ranges::binary_search(dropped, cell)) continue;
    const auto at = static_cast<std::size_t>(cell);
    copied_.emplace_back(place_of[at - 1], place_of[at]);
    if (is_binary_) kept_ |= place_of[at - 1];
  }
  for (const System::Update& update : system.updates()) {
    const auto cell = static_cast<std::size_t>(update.cell);
    if (!is_binary_) {
      const bool has_neighbor = update.cell + 1 < system.degree();
      digits_.push_back({DigitStep(update.value), place_of[cell],
                         core::Divider(has_neighbor ? place_of[cell + 1] : 1), has_neighbor});
      continue;
    }
    BitUpdate bits{0, 0, products_.size(), 0, update.cell};
    for (const SignedProduct& product : signed_products(update.value)) {
      if (product.cells == 0) {
        bits.constant ^= 1;
      } else if (std::has_single_bit(product.cells)) {
        bits.linear ^= product.cells;
      } else {
        products_.push_back(product);
      }
    }
    bits.last = products_.size();
    bits_.push_back(bits);
  }
}

std::uint64_t SystemStep::next_of_bits(std::uint64_t state) const noexcept {
  std::uint64_t next = state >> 1 & kept_;
  for (const BitUpdate& update : bits_) {
    std::uint64_t sum =
        update.constant ^ static_cast<std::uint64_t>(__builtin_parityll(state & update.linear));
    for (std::size_t i = update.first; i < update.last; ++i)
      sum ^= static_cast<std::uint64_t>(holds(products_[i], state));
    next |= sum << update.cell;
  }
  return next;
}

std::uint64_t SystemStep::next_of_digits(std::uint64_t state) const noexcept {
  std::uint64_t next = by_q_.quotient(state);
  for (const DigitUpdate& update : digits_) {
    std::uint64_t moved = 0;
    if (update.has_neighbor) {
      const std::uint64_t rest = update.by_neighbor.quotient(state);
      moved = rest - by_q_.quotient(rest) * q_;
    }
    next += (update.value.feedback(state) - moved) * update.place;  // modulo 2^64
  }
  return next;
}

void SystemStep::previous(std::uint64_t state, std::vector<std::uint64_t>& out,
                          const core::StopSignal& stop) const {
  out.clear();
  std::uint64_t candidate = 0;
  if (is_binary_) {
    candidate = (state & kept_) << 1;
  } else {
    for (const auto& [below, place] : copied_) candidate += state / below % q_ * place;
  }
  constexpr std::uint64_t kStepsPerLook = 1 << 16;
  std::vector<std::uint64_t> digits(places_.size(), 0);
  for (std::uint64_t tried = 1;; ++tried) {
    if (tried % kStepsPerLook == 0 && stop.stop_requested()) return;
    if (next(candidate) == state) out.push_back(candidate);
    std::size_t i = 0;
    for (; i < digits.size() && digits[i] == q_ - 1; ++i) {
      candidate -= digits[i] * places_[i];
      digits[i] = 0;
    }
    if (i == digits.size()) return;
    ++digits[i];
    candidate += places_[i];
  }
}

}  // namespace gforbit::fsr
