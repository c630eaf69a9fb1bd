// The search for factors that are in no table: perfect powers, the p - 1 method, elliptic curves.
#pragma once

#include <optional>
#include <string>

#include "gforbit/cycles/algebra_control.hpp"

#include "integer_factors_fmpz.hpp"

namespace gforbit::cycles {

/// A factor of the odd composite n, neither 1 nor n and not always prime; nullopt if a stop was requested
/// first. The primes of n are 1 modulo `index`; n divides Phi_index(base), or base is 0. It never gives up by
/// itself. The same arguments find the same factor.
/// @param what  told to a listener
[[nodiscard]] std::optional<Integer> find_factor(const Integer& n, std::uint64_t index, std::uint64_t base,
                                                 const AlgebraControl& control, const std::string& what);

}  // namespace gforbit::cycles
