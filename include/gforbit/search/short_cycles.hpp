/// Short cycles of a feedback function, found without walking.
///
/// A cycle whose period divides p is a word of p digits on a circle that obeys the recurrence with the
/// indices of all cells taken modulo p. Multiplying all places by a number prime to p permutes the words, so
/// that the cells in use can be brought close together. Where one of them then stands alone at the end of the
/// window that holds them all (in no product), it follows from the others: all words that obey the recurrence
/// are found among 2^s words, s the number of the other cells of the window. Hundreds are tried at once, a
/// bit each.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/cycles/simd.hpp"
#include "gforbit/search/family.hpp"

namespace gforbit::search {

/// Immutable and thread-safe.
class ShortCycles {
 public:
  /// @param level  available on this machine
  explicit ShortCycles(cycles::SimdLevel level);

  static constexpr int kLongest = 60;

  /// Whether there is a cycle besides the zero state whose period divides `period`, from 1 to kLongest.
  [[nodiscard]] bool exist(const Function& function, int period) const;

  /// The same if fewer than `most` words must be tried, else false.
  [[nodiscard]] bool exist_at_cost(const Function& function, int period, double most) const;

 private:
  cycles::SimdLevel level_;
  /// By period: for each multiplier the image of each place.
  std::vector<std::vector<std::vector<std::uint8_t>>> multipliers_;
};

}  // namespace gforbit::search
