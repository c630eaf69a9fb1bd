/// Passes of peeling over GF(2): 512 states in a few operations.
///
/// The states 2u and 2u + 1 lead to u, if the feedback is 0, or to u + N/2. So the words 2j and 2j + 1 of a
/// bitmap of states lead to the words j and j + N/128. Bits in pairs are joined and taken together by an
/// unshuffle. The loops are plain; the compiler makes vectors of eight words of them, for each vector level
/// in a file of its own.
#pragma once

#include <cstdint>

#include "gforbit/cycles/simd.hpp"
#include "packed_step.hpp"

namespace gforbit::cycles {

/// Bitmaps of all states; a multiple of 16 words each.
struct BitPass {
  const WordFeedback& feedback;
  std::uint64_t half;        ///< words of half of the states
  std::uint64_t* remaining;  ///< with the level at hand
  std::uint64_t* level;      ///< at hand
  std::uint64_t* next;       ///< zero before a pass
  std::uint64_t begin, end;  ///< words of the lower half that the pass leads to: multiples of 4
};

/// Both return the number of states found.
struct BitPassFunctions {
  /// States without predecessors become the level at hand; all states remain.
  std::uint64_t (*find_first_level)(const BitPass& pass);
  /// A state is of the next level if a state of this level leads to it and none that remains. What `level`
  /// and `remaining` say of the states that lead to this part is brought up to date.
  std::uint64_t (*take_level)(const BitPass& pass);
};

[[nodiscard]] BitPassFunctions bit_pass_functions(SimdLevel level) noexcept;

extern const BitPassFunctions kPlainBitPasses, kAvx2BitPasses, kAvx512BitPasses;

}  // namespace gforbit::cycles
