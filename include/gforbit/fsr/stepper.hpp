/// The step map on state indices: the scalar reference that every fast kernel is tested against.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::fsr {

class DigitStep;   // q > 2: src/fsr/digit_step.hpp
class SystemStep;  // src/fsr/system_step.hpp

/// One step and its inverse images on state indices, compiled from a register of at most 2^63 states.
/// Immutable and thread-safe after construction; cheap to copy (shared tables).
class Stepper {
 public:
  /// @throws core::InputError  more than 2^63 states
  explicit Stepper(const Register& reg);

  [[nodiscard]] std::uint64_t state_count() const noexcept { return state_count_; }  ///< q^d

  /// The state after `state`: (s_1, ..., s_{d-1}, f(s_0, ..., s_{d-1})), or as system.hpp says.
  /// Requires state < state_count() (asserted).
  [[nodiscard]] std::uint64_t next(std::uint64_t state) const noexcept {
    assert(state < state_count_);
    return is_binary_ ? state >> 1 | bit(state) << top_bit_ : next_out_of_line(state);
  }

  /// Clears `out` and fills it with every state whose next state is `state`, in increasing order (0 to q of
  /// them). Cost: previous_cost() evaluations.
  /// @param stop  asked every few milliseconds; `out` is incomplete once it has stopped the search
  void previous(std::uint64_t state, std::vector<std::uint64_t>& out,
                const core::StopSignal& stop = {}) const;
  /// 1 where x0 occurs only to the first power, else q; of a system as many as the cells that a step drops
  /// have values.
  [[nodiscard]] std::uint64_t previous_cost() const noexcept { return previous_cost_; }

 private:
  /// The feedback for q = 2, where a state index is the bits of its cells: the sum of linear terms is a
  /// parity under a mask, a product a comparison.
  [[nodiscard]] std::uint64_t bit(std::uint64_t state) const noexcept {
    auto sum = constant_ ^ static_cast<std::uint64_t>(__builtin_parityll(state & linear_mask_));
    for (const SignedProduct& product : *products_) sum ^= static_cast<std::uint64_t>(holds(product, state));
    return sum;
  }
  [[nodiscard]] std::uint64_t next_out_of_line(std::uint64_t state) const noexcept;
  [[nodiscard]] galois::Element feedback(std::uint64_t state) const noexcept;
  void compile_bits(const Feedback& feedback);

  galois::Field field_;
  std::uint64_t state_count_;
  std::uint64_t top_place_;  // q^(d-1), the weight of the newest cell
  std::uint64_t previous_cost_;
  bool is_binary_ = false;  // q = 2, and no system

  // q = 2
  int top_bit_ = 0;  // d - 1
  std::uint64_t constant_ = 0, linear_mask_ = 0;
  std::shared_ptr<const std::vector<SignedProduct>> products_;
  // q > 2
  std::shared_ptr<const DigitStep> digits_;
  // systems
  std::shared_ptr<const SystemStep> system_;
};

}  // namespace gforbit::fsr
