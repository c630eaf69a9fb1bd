/// A walk that takes several steps at once: as many new cells as no monomial looks at.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/search/family.hpp"

namespace gforbit::search {

/// The highest cell in use.
[[nodiscard]] inline int highest_cell(const Function& function) {
  std::uint64_t used = function.linear;
  for (const std::uint64_t product : function.products) used |= product;
  return static_cast<int>(std::bit_width(used)) - 1;
}

/// The function or its reverse, whichever allows more steps at once.
[[nodiscard]] inline Function faster_direction(const Function& function) {
  Function backwards = reversed(function);
  return highest_cell(backwards) < highest_cell(function) ? backwards : function;
}

class WordWalk {
 public:
  /// @param word_bits      of the words that hold a state and the new cells
  /// @param fixed_zeros    the state 1 is looked for where so many cells are zero whatever the step; fewer
  ///                       if there are not that many
  WordWalk(const Function& function, int word_bits, int fixed_zeros)
      : n_(function.degree),
        at_once_(std::clamp(n_ - highest_cell(function), 1,
                            std::max(1, std::min(n_ - 1 - fixed_zeros, word_bits - n_)))) {
    for (std::uint64_t rest = function.linear & ~std::uint64_t{1}; rest != 0; rest &= rest - 1)
      linear_.push_back(std::countr_zero(rest));
    for (std::uint64_t mask : function.products) {
      factors_of_.push_back(std::popcount(mask));
      for (; mask != 0; mask &= mask - 1) factors_.push_back(std::countr_zero(mask));
    }
  }

  [[nodiscard]] int degree() const noexcept { return n_; }
  [[nodiscard]] int steps() const noexcept { return at_once_; }
  [[nodiscard]] const std::vector<int>& linear() const noexcept { return linear_; }  ///< without x0
  [[nodiscard]] const std::vector<int>& factors_of() const noexcept { return factors_of_; }
  [[nodiscard]] const std::vector<int>& factors() const noexcept { return factors_; }

  [[nodiscard]] std::uint64_t state_mask() const noexcept { return (std::uint64_t{1} << n_) - 1; }
  [[nodiscard]] std::uint64_t new_cells() const noexcept { return (std::uint64_t{1} << at_once_) - 1; }
  /// Cells that are zero now if the state 1 comes after 1 to steps() steps.
  [[nodiscard]] std::uint64_t zero_before_one() const noexcept {
    return state_mask() & ~((std::uint64_t{2} << at_once_) - 1);
  }

  /// The state and after it the cells of the next steps().
  [[nodiscard]] std::uint64_t window(std::uint64_t state) const noexcept {
    std::uint64_t sum = state;
    for (const int cell : linear_) sum ^= state >> cell;
    const int* factor = factors_.data();
    for (const int factors : factors_of_) {
      std::uint64_t product = state >> *factor++;
      for (int i = 1; i < factors; ++i) product &= state >> *factor++;
      sum ^= product;
    }
    return state | (sum & new_cells()) << n_;
  }

  /// After how many of the steps of a window the state is 1; 0: after none.
  [[nodiscard]] int one_in(std::uint64_t window) const noexcept {
    for (int i = 1; i <= at_once_; ++i) {
      if ((window >> i & state_mask()) == 1) return i;
    }
    return 0;
  }

  /// Steps from the state 1 until it comes back, of which `steps` were taken and led to `state`; 0 if `stop`
  /// was requested first.
  [[nodiscard]] std::uint64_t period_of_one(std::uint64_t state, std::uint64_t steps,
                                            const core::StopSignal& stop) const {
    constexpr std::uint64_t kStopMask = (1 << 20) - 1;
    const std::uint64_t zero_in_all = zero_before_one();
    for (std::uint64_t turn = 1;; ++turn) {
      const std::uint64_t next = window(state);
      if ((state & zero_in_all) == 0) {
        if (const int after = one_in(next); after > 0) return steps + static_cast<std::uint64_t>(after);
      }
      state = next >> at_once_;
      steps += static_cast<std::uint64_t>(at_once_);
      if ((turn & kStopMask) == 0 && stop.stop_requested()) return 0;
    }
  }

 private:
  int n_, at_once_;
  std::vector<int> linear_, factors_of_, factors_;
};

}  // namespace gforbit::search
