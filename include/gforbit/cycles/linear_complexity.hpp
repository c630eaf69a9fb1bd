/// The linear complexity of periodic sequences over GF(q): the length of the shortest linear register that
/// puts out the sequence.
#pragma once

#include <cstdint>
#include <span>

#include "gforbit/galois/field.hpp"

namespace gforbit::cycles {

/// That of the sequence that repeats these N elements. It is N - deg gcd(S, x^N - 1), S the polynomial with
/// these coefficients, because S / (1 - x^N) in lowest terms has the connection polynomial of the register as
/// its denominator (R. A. Rueppel, Analysis and Design of Stream Ciphers, 1986). Requires elements of the
/// field, one at least. Cost: N = 65536 over GF(2) some 30 ms, over other fields some seconds at most.
[[nodiscard]] std::uint64_t linear_complexity(const galois::Field& field,
                                              std::span<const galois::Element> period);

}  // namespace gforbit::cycles
