// The step of a system on state indices: floor(s / q) moves all cells, and the cells with an update are then
// replaced by its value.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "digit_step.hpp"
#include "gforbit/core/divider.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/signed_products.hpp"
#include "gforbit/fsr/system.hpp"

namespace gforbit::fsr {

class SystemStep {
 public:
  /// At most 2^63 states.
  explicit SystemStep(const System& system);

  [[nodiscard]] std::uint64_t next(std::uint64_t state) const noexcept {
    return is_binary_ ? next_of_bits(state) : next_of_digits(state);
  }
  /// As Stepper::previous(): all values of the dropped cells are tried.
  void previous(std::uint64_t state, std::vector<std::uint64_t>& out, const core::StopSignal& stop) const;
  /// Values of the dropped cells; 2^63 stands for more.
  [[nodiscard]] std::uint64_t previous_cost() const noexcept { return combinations_; }

 private:
  /// q = 2: a parity under a mask and a sum of products.
  struct BitUpdate {
    std::uint64_t constant, linear;
    std::size_t first, last;  ///< in products_
    int cell;
  };
  struct DigitUpdate {
    DigitStep value;
    std::uint64_t place;        ///< q^cell
    core::Divider by_neighbor;  ///< q^(cell + 1); of the last cell of all not used
    bool has_neighbor;
  };

  [[nodiscard]] std::uint64_t next_of_bits(std::uint64_t state) const noexcept;
  [[nodiscard]] std::uint64_t next_of_digits(std::uint64_t state) const noexcept;

  std::uint64_t q_;
  bool is_binary_;
  std::uint64_t combinations_ = 1;
  std::vector<std::uint64_t> places_;  // of the dropped cells
  std::vector<std::pair<std::uint64_t, std::uint64_t>>
      copied_;  // places: of a copied cell, of the one above it

  std::uint64_t kept_ = 0;  // bits of floor(s / 2) that stay
  std::vector<BitUpdate> bits_;
  std::vector<SignedProduct> products_;

  core::Divider by_q_;
  std::vector<DigitUpdate> digits_;
};

}  // namespace gforbit::fsr
