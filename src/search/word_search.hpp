/// Words on a circle that obey a recurrence, many at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/cycles/simd.hpp"

namespace gforbit::search {

/// The sum of the monomials is 0 at every place of a word of `period` digits. Bit i of a mask: the digit i
/// places ahead.
struct WordProblem {
  int period = 0;
  /// Digits that are tried. If fewer than `period`, the digit so many places ahead stands alone in the sum:
  /// it follows from the ones before it.
  int free_digits = 0;
  std::uint64_t linear = 0;  ///< without that digit
  std::vector<std::uint64_t> products;
};

/// Whether a word other than zero obeys it.
/// @param level  available on this machine
[[nodiscard]] bool word_exists(const WordProblem& problem, cycles::SimdLevel level);

}  // namespace gforbit::search
