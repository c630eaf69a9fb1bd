// The smallest state of a cycle of a linear or affine register.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "discrete_log.hpp"
#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::cycles {

/// The sequences that obey the shortest recurrence of a cycle, as a register of its own, which may have fewer
/// cells. Its states are the newest cells of the states; the older ones follow from them. So its states are
/// in the order of those.
class ShortRegister {
 public:
  using Cells = std::vector<galois::Element>;

  /// @param polynomial  of the shortest recurrence without constant; not x - 1 or 1
  /// @param state       on the cycle
  ShortRegister(const fsr::Feedback& feedback, const Coefficients& polynomial,
                std::span<const galois::Element> state);

  [[nodiscard]] core::Natural state_count() const;
  /// The state of the register that was given whose newest cells are the state of this index.
  [[nodiscard]] Cells state(std::uint64_t index) const;
  /// The steps from the state that was given to the smallest one of its cycle. @throws Unanswered
  [[nodiscard]] core::Natural steps_to_smallest(const core::Natural& period, const Watch& watch) const;

 private:
  [[nodiscard]] std::uint64_t by_indices(std::uint64_t period, const Watch& watch) const;
  [[nodiscard]] std::uint64_t by_cells(std::uint64_t period, const Watch& watch) const;
  [[nodiscard]] std::size_t degree() const { return polynomial_.size() - 1; }

  galois::Field field_;
  Cells state_;
  Coefficients polynomial_;  ///< of the recurrence with a constant
  galois::Element constant_ = 0;
};

}  // namespace gforbit::cycles
