// Period distributions of the blocks of a linear map, and their combination.
#pragma once

#include <optional>
#include <vector>

#include "gforbit/core/stop_signal.hpp"

#include "integer_factors_fmpz.hpp"

namespace gforbit::cycles {

struct PeriodCount {
  Integer period, cycles;
};

/// Increasing periods.
using Distribution = std::vector<PeriodCount>;

/// The least power of c that is >= n.
[[nodiscard]] std::uint64_t least_power(std::uint64_t c, std::uint64_t n);

/// Multiplication by x modulo p^e, p irreducible of degree n and of this order, over GF(q) of characteristic
/// c.
[[nodiscard]] Distribution power_block(std::uint64_t q, std::uint64_t c, unsigned n, const Integer& order,
                                       unsigned e);

/// s -> x s + b modulo (x - 1)^e with b(1) != 0.
[[nodiscard]] Distribution shift_block(std::uint64_t q, std::uint64_t c, unsigned e);

/// All pairs of a state of a and a state of b. nullopt if `stop` was requested, or if the result has more
/// than `limit` distinct periods. Cost: size(a) size(b) products; memory: the same until equal periods are
/// merged.
[[nodiscard]] std::optional<Distribution> combined(const Distribution& a, const Distribution& b,
                                                   std::size_t limit, const core::StopSignal& stop);

}  // namespace gforbit::cycles
