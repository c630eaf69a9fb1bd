// Looking up the shipped table of factors (integer_factors_table.cpp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/cycles/integer_factors.hpp"

namespace gforbit::cycles {

/// The listed primes of Phi_index(base); empty where nothing is listed.
[[nodiscard]] std::vector<core::Natural> table_primes(std::uint64_t base, std::uint64_t index);

/// Whether all primes of Phi_index(base) are published, so that what the listed ones leave is a proven prime.
[[nodiscard]] bool table_is_complete(std::uint64_t base, std::uint64_t index);

/// Whether 2^n - 1 is known to be prime.
[[nodiscard]] bool is_mersenne_exponent(std::uint64_t n);

}  // namespace gforbit::cycles
