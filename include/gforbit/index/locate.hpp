/// Answers about states from an orbit index.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gforbit/core/natural.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/index/file.hpp"

namespace gforbit::index {

/// Where a state is.
struct Place {
  std::uint64_t cycle = 0;           ///< row of the table of cycles
  std::uint64_t representative = 0;  ///< of that cycle, which the state is on or leads to
  std::uint64_t period = 0;
  std::uint64_t position = 0;  ///< steps from the representative to the state, or to its entry state
  std::uint64_t distance = 0;  ///< steps to the cycle; 0: the state is on it
  std::uint64_t entry = 0;     ///< the first state on the cycle; the state itself if it is on it
  friend bool operator==(const Place&, const Place&) = default;
};

/// Walks at most to the next distinguished state or once around a cycle without one, about q^d / M steps.
/// Thread-safe. A forged file gives a core::InputError or a wrong answer.
class Locator {
 public:
  Locator(const fsr::Register& reg, const OrbitView& view);

  /// Requires a state below q^d (asserted), as all others do. @throws core::InputError  the file contradicts
  /// the register
  [[nodiscard]] Place locate(std::uint64_t state) const;
  /// The places of many states, by some threads. Over GF(2) they walk side by side in vector lanes.
  [[nodiscard]] std::vector<Place> locate_all(std::span<const std::uint64_t> states, int threads) const;
  /// The state so many steps from the representative. @param position  below the period
  [[nodiscard]] std::uint64_t state_at(std::uint64_t cycle, std::uint64_t position) const;
  /// The state `steps` steps after `state`.
  [[nodiscard]] std::uint64_t jump(std::uint64_t state, const core::Natural& steps) const;
  /// Steps from one state to another, the fewest; nullopt: it is never reached.
  [[nodiscard]] std::optional<std::uint64_t> distance(std::uint64_t from, std::uint64_t to) const;

 private:
  [[nodiscard]] Place at_mark(std::uint64_t mark, std::uint64_t start, std::uint64_t steps) const;
  [[nodiscard]] Place in_front_of_cycle(Place place, std::uint64_t mark, std::uint64_t start,
                                        std::uint64_t steps) const;
  [[nodiscard]] Place unmarked(std::uint64_t start, std::uint64_t period) const;
  [[nodiscard]] std::uint64_t place_before(std::uint64_t row, std::uint64_t position) const;
  [[nodiscard]] std::uint64_t mark_in_order(std::uint64_t place) const;
  [[nodiscard]] IndexedCycle cycle(std::uint64_t row) const;

  void locate_in_lanes(std::span<const std::uint64_t> states, std::span<Place> places) const;

  fsr::Stepper step_;
  OrbitView view_;
  std::shared_ptr<const cycles::WalksToMarks> lanes_;  ///< where the register is one for them
};

}  // namespace gforbit::index
