/// Numbers as people read them in a log: two or three digits that matter and a unit.
#pragma once

#include <cstdint>
#include <string>

namespace gforbit::sys {

/// "0.5", "7.3", "950", "1.2e4", "1.2e11": two significant digits, whole numbers below 1000 kept exact.
/// Negative and non-finite values come out as "?".
[[nodiscard]] std::string quantity_text(double value);

/// "0.42 s", "3.2 s", "12 s", "3 min 20 s", "2 h 5 min", "3 d 4 h": the two largest units, rounded to the
/// smaller one. Negative and non-finite values come out as "?".
[[nodiscard]] std::string duration_text(double seconds);

/// "512 B", "1.5 KiB", "23.4 GiB": powers of 1024, one decimal.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

}  // namespace gforbit::sys
