// Looking up the shipped table of factors (integer_factors_table.cpp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/cycles/integer_factors.hpp"

namespace gforbit::cycles {

/// The listed primes of Phi_index(base); empty where nothing is listed.
[[nodiscard]] std::vector<core::Natural> table_primes(std::uint64_t base, std::uint64_t index);

/// Whether n is listed as the exponent of a prime 2^n - 1 beyond the table.
[[nodiscard]] bool is_mersenne_exponent(std::uint64_t n);

}  // namespace gforbit::cycles
