/// Predecessors over GF(2) of many states at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::cycles {

/// The predecessors of s are 2s mod N and 2s mod N + 1, as far as their feedback is the newest cell of s.
class BackwardBits {
 public:
  /// @param reg  over GF(2), of at most 2^63 states
  explicit BackwardBits(const fsr::Register& reg);

  struct Sum {
    std::vector<fsr::SignedProduct> products;
    bool constant = false;
  };
  int degree;
  std::uint64_t mask;  ///< N - 1
  Sum feedback;        ///< with x0 = 0
  Sum difference;      ///< by which it differs with x0 = 1
};

/// What next_levels() may write beyond the last predecessor.
inline constexpr std::size_t kBackwardSlack = 8;

struct Predecessors {
  std::size_t count = 0;   ///< of predecessors
  std::size_t leaves = 0;  ///< states of the level that have none
};

/// Writes the predecessors of a level.
/// @param next  room for 2 count + kBackwardSlack states
[[nodiscard]] Predecessors predecessors_plain(const BackwardBits& bits, const std::uint64_t* level,
                                              std::size_t count, std::uint64_t* next);
#if defined(__x86_64__)
[[nodiscard]] Predecessors predecessors_avx512(const BackwardBits& bits, const std::uint64_t* level,
                                               std::size_t count, std::uint64_t* next);
#endif

}  // namespace gforbit::cycles
