/// Statistical tests of bit sequences after NIST SP 800-22 rev. 1a (sections 2.x), and statistics of
/// sequences over any field. Pure functions.
///
/// A p-value is the probability that a perfect random bit source gives a sequence less random than this one;
/// below 0.01 randomness is rejected by custom. Where a sequence is too short for a test the result is
/// std::invalid_argument, with the rule. All of them look at `stop` every few milliseconds and throw Stopped
/// when it says so.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "gforbit/stream/berlekamp_massey.hpp"
#include "gforbit/stream/elements.hpp"

namespace gforbit::stream {

/// A statistic was given up before its end.
struct Stopped {};

/// The sequence is long enough, but the test says nothing about it.
struct Inapplicable : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

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
/// 2.5: chi^2 of the ranks of matrices of 32 x 32 bits. n >= 1024.
[[nodiscard]] Statistic matrix_rank(const Elements& bits, const StopLook& stop = {});
/// 2.6: how far the number of values of the spectrum below its 95 % bound is from what is expected, in
/// standard deviations. 2 <= n <= 2^24.
[[nodiscard]] Statistic spectral(const Elements& bits, const StopLook& stop = {});
/// The templates of m bits whose occurrences do not overlap, first bit most significant, increasing.
[[nodiscard]] std::vector<std::uint32_t> aperiodic_templates(int m);
/// 2.7: chi^2 of the occurrences of each of these templates in `blocks` blocks. 2 <= m <= 16.
[[nodiscard]] std::vector<Statistic> non_overlapping_templates(const Elements& bits, int m,
                                                               std::uint64_t blocks,
                                                               const StopLook& stop = {});
/// How likely it is that m ones in a row occur 0, 1, ..., 4 and more times in so many random bits, overlaps
/// counted. @param exact  else by the approximation that NIST's program has
[[nodiscard]] std::array<double, 6> shares_of_ones(int m, std::uint64_t length, bool exact);
/// 2.8: chi^2 of the numbers of m ones in a row in blocks of 1032 bits. 2 <= m <= 16.
[[nodiscard]] Statistic overlapping_template(const Elements& bits, int m, bool exact = false,
                                             const StopLook& stop = {});
/// 2.9: mean of log2 of the distance between equal blocks. n >= 387840.
[[nodiscard]] Statistic universal(const Elements& bits, const StopLook& stop = {});
/// 2.14: chi^2 of the visits of a cycle of the walk to the states -4 to -1 and 1 to 4.
/// @throws Inapplicable  there are fewer than 500 cycles
[[nodiscard]] std::vector<Statistic> random_excursions(const Elements& bits, const StopLook& stop = {});
/// 2.15: visits to the states -9 to -1 and 1 to 9. @throws Inapplicable
[[nodiscard]] std::vector<Statistic> random_excursions_variant(const Elements& bits,
                                                               const StopLook& stop = {});
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
