/// The shortest linear register that puts out a given sequence: the algorithm of Berlekamp and Massey (J. L.
/// Massey, Shift-register synthesis and BCH decoding, IEEE Transactions on Information Theory 15, 1969).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "gforbit/galois/field.hpp"
#include "gforbit/stream/elements.hpp"

namespace gforbit::stream {

using StopLook = std::function<bool()>;  ///< true: give up

struct ShortestRegister {
  std::uint64_t length = 0;  ///< the linear complexity L
  /// Connection polynomial 1 + c_1 x + ... + c_L x^L: s_j = -(c_1 s_{j-1} + ... + c_L s_{j-L}) for j >= L.
  std::vector<galois::Element> connection;
};

/// O(n^2) field operations; of bits O(n^2 / 64) word operations and, for long sequences, 8 n bytes. nullopt:
/// stopped.
[[nodiscard]] std::optional<ShortestRegister> shortest_register(const Elements& sequence,
                                                                const galois::Field& field,
                                                                const StopLook& stop = {});

/// The linear complexity over GF(2): O(n^2 / 64) word operations. nullopt: stopped.
[[nodiscard]] std::optional<std::uint64_t> linear_complexity_of_bits(const Elements& bits,
                                                                     const StopLook& stop = {});

}  // namespace gforbit::stream
