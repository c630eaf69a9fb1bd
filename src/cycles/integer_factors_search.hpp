// The search for factors that are in no table: perfect powers, the p - 1 method, elliptic curves.
#pragma once

#include <optional>

#include "gforbit/core/stop_signal.hpp"

#include "integer_factors_fmpz.hpp"

namespace gforbit::cycles {

/// A factor of the odd composite n, neither 1 nor n and not always prime; nullopt if `stop` was requested
/// first. The primes of n are 1 modulo `index`. It never gives up by itself. The same arguments find the same
/// factor.
[[nodiscard]] std::optional<Integer> find_factor(const Integer& n, std::uint64_t index,
                                                 const core::StopSignal& stop);

}  // namespace gforbit::cycles
