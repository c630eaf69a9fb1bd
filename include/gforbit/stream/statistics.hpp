/// Statistical tests of bit sequences after NIST SP 800-22 rev. 1a (sections 2.x), and statistics of
/// sequences over any field. Pure functions.
///
/// A p-value is the probability that a perfect random bit source gives a sequence less random than this one;
/// below 0.01 randomness is rejected by custom. Where a sequence is too short for a test the result is
/// std::invalid_argument, with the rule. All of them look at `stop` every few milliseconds and throw Stopped
/// when it says so.
#pragma once

#include <cstdint>
#include <vector>

#include "gforbit/stream/berlekamp_massey.hpp"
#include "gforbit/stream/elements.hpp"

namespace gforbit::stream {

/// A statistic was given up before its end.
struct Stopped {};

struct Statistic {
  double value = 0;    ///< of the test statistic
  double p_value = 0;  ///< NaN: none
};

/// 2.1: |ones - zeros| / sqrt(n).
[[nodiscard]] Statistic frequency(const Elements& bits, const StopLook& stop = {});
/// 2.2: chi^2 of the shares of ones in blocks of m bits.
[[nodiscard]] Statistic block_frequency(const Elements& bits, std::uint64_t m, const StopLook& stop = {});
/// 2.3: the number of runs. p = 0 where the frequency test fails beforehand.
[[nodiscard]] Statistic runs(const Elements& bits, const StopLook& stop = {});
/// 2.4: chi^2 of the longest run of ones in blocks of 8, 128 or 10^4 bits (by n). n >= 128.
[[nodiscard]] Statistic longest_run(const Elements& bits, const StopLook& stop = {});
/// 2.11: del psi^2_m and del^2 psi^2_m of overlapping patterns of m bits. 2 <= m <= 24.
[[nodiscard]] std::vector<Statistic> serial(const Elements& bits, int m, const StopLook& stop = {});
/// 2.12: chi^2 of the approximate entropy of patterns of m and m + 1 bits. 1 <= m <= 24.
[[nodiscard]] Statistic approximate_entropy(const Elements& bits, int m, const StopLook& stop = {});
/// 2.13: largest |partial sum| forward and backward.
[[nodiscard]] std::vector<Statistic> cumulative_sums(const Elements& bits, const StopLook& stop = {});
/// Handbook of Applied Cryptography 5.4.4 (v): (2 A - (n - lag)) / sqrt(n - lag), A the number of bits that
/// differ from the one `lag` before; two-sided p-value. 1 <= lag <= n / 2.
[[nodiscard]] Statistic autocorrelation(const Elements& bits, std::uint64_t lag, const StopLook& stop = {});
/// 2.10: chi^2 of the linear complexities of blocks of m bits. 500 <= m <= 5000 and 200 blocks are advised.
[[nodiscard]] Statistic linear_complexity_test(const Elements& bits, std::uint64_t m,
                                               const StopLook& stop = {});

/// Smallest p > 0 with s[i + p] = s[i] wherever both are in the sequence; its length if there is none (0 for
/// no elements). O(n) time, 4 bytes an element; at most 2^32 of them.
[[nodiscard]] std::uint64_t smallest_period(const Elements& sequence, const StopLook& stop = {});

}  // namespace gforbit::stream
