/// Natural numbers of any size, for counts of states and cycles of registers far too large to enumerate.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "gforbit/core/bytes.hpp"

namespace gforbit::core {

using Natural = boost::multiprecision::cpp_int;

/// The exact value in decimal digits.
[[nodiscard]] std::string decimal(const Natural& n);

/// The value where it fits 64 bits, else 0: the rule of every count column that has a `_decimal` twin.
[[nodiscard]] std::uint64_t u64_or_zero(const Natural& n);

/// The value of decimal digits; at least one.
[[nodiscard]] Natural natural(std::string_view digits);

/// As bytes: eight and a mark where it fits 64 bits, else digits.
void put_natural(ByteWriter& out, const Natural& n);
[[nodiscard]] Natural get_natural(ByteReader& in);

/// q^d. Cost: O(log d) multiplications.
[[nodiscard]] Natural power(std::uint64_t q, unsigned d);

}  // namespace gforbit::core
