// Whether large numbers are prime.
#pragma once

#include <optional>

#include "gforbit/cycles/algebra_control.hpp"

#include "integer_factors_fmpz.hpp"

namespace gforbit::cycles {

/// Whether n passes the Baillie-PSW test; proven below 2^64. nullopt if a stop was requested.
/// @param base  of whose powers, less one, n is a divisor: such numbers pass a strong test to that base
/// whether
///              they are prime or not, so another one is taken. 0: any
/// Cost: a millisecond for 1000 bits, 30 s for 45000 bits.
[[nodiscard]] std::optional<bool> is_probable_prime(const Integer& n, std::uint64_t base,
                                                    const AlgebraControl& control);

/// Whether a number that passes the test is proven to be prime: up to kMostProvenBits. Cost: half a second at
/// most.
[[nodiscard]] bool is_proven_prime(const Integer& n);

}  // namespace gforbit::cycles
