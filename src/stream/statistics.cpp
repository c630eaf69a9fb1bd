#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>

#include "gforbit/core/zeroed_allocator.hpp"
#include "statistics_parts.hpp"

namespace gforbit::stream {

using namespace bits;

namespace {

double normal_cdf(double x) {
  return 0.5 * erfc(-x / std::sqrt(2.0));
}

/// In steps that every vector unit has, so that the compiler takes several words at a time.
std::uint64_t population(std::uint64_t x) {
  x -= x >> 1 & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
  x += x >> 8;
  x += x >> 16;
  x += x >> 32;
  return x & 0x7f;
}

std::uint64_t count_ones_of_stretch(const Elements& sequence) {
  std::uint64_t ones = 0;
  const std::uint64_t whole = sequence.size() / 64;
  if (const std::uint64_t* const words = sequence.aligned_words()) {
    for (std::uint64_t i = 0; i < whole; ++i) ones += population(words[i]);
    if (sequence.size() % 64 > 0) ones += population(sequence.word(64 * whole));
  } else {
    for_each_word(sequence, [&](std::uint64_t word, int) { ones += population(word); });
  }
  return ones;
}

std::uint64_t count_ones(const Elements& sequence, const StopLook& stop) {
  constexpr std::uint64_t kLong = 64 * kStretch;
  if (sequence.size() <= kLong) return count_ones_of_stretch(sequence);
  std::uint64_t ones = 0;
  for (std::uint64_t first = 0; first < sequence.size(); first += kLong) {
    ones += count_ones_of_stretch(sequence.slice(first, std::min(kLong, sequence.size() - first)));
    look(stop);
  }
  return ones;
}

/// Places i with bit i unlike bit i + lag.
std::uint64_t count_unlike(const Elements& sequence, std::uint64_t lag, const StopLook& stop) {
  std::uint64_t unlike = 0;
  const std::uint64_t n = sequence.size() - lag;
  const Elements later = sequence.slice(lag, n);
  for (std::uint64_t i = 0; i < n; i += 64) {
    std::uint64_t differing = sequence.word(i) ^ later.word(i);
    if (n - i < 64) differing &= (std::uint64_t{1} << (n - i)) - 1;
    unlike += population(differing);
    look_now_and_then(i / 64, stop);
  }
  return unlike;
}

/// How often each pattern of m bits occurs, the sequence closed to a ring; first bit most significant.
using Counts = std::vector<std::uint64_t, core::ZeroedAllocator<std::uint64_t>>;
Counts pattern_counts(const Elements& sequence, int m, const StopLook& stop) {
  Counts counts(std::size_t{1} << m);
  const std::uint64_t mask = counts.size() - 1;
  std::uint64_t pattern = 0;
  std::uint64_t seen = 0;
  const auto add = [&](std::uint64_t bit) {
    pattern = (pattern << 1 | bit) & mask;
    if (++seen >= static_cast<std::uint64_t>(m)) ++counts[pattern];
  };
  for_each_word(sequence, stop, [&](std::uint64_t word, int n) {
    for (int i = 0; i < n; ++i) add(word >> i & 1);
  });
  for (std::uint64_t i = 0; i + 1 < static_cast<std::uint64_t>(m); ++i) add(sequence[i % sequence.size()]);
  return counts;
}

/// The counts of patterns that are one bit shorter: on a ring, those of their two continuations together.
Counts shorter(const Counts& counts, const StopLook& stop) {
  Counts result(counts.size() / 2);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = counts[2 * i] + counts[2 * i + 1];
    look_now_and_then(i, stop);
  }
  return result;
}

double psi_squared(const Counts& counts, double n, const StopLook& stop) {
  if (counts.size() == 1) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sum += real(counts[i]) * real(counts[i]);
    look_now_and_then(i, stop);
  }
  return sum * real(counts.size()) / n - n;
}

double phi(const Counts& counts, double n, const StopLook& stop) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) sum += real(counts[i]) / n * std::log(real(counts[i]) / n);
    look_now_and_then(i, stop);
  }
  return sum;
}

std::uint64_t longest_run_of(const Elements& sequence) {
  std::uint64_t longest = 0, current = 0;
  for_each_word(sequence, [&](std::uint64_t word, int n) {
    while (n > 0) {
      const int ones = std::min(n, std::countr_one(word));
      current += static_cast<std::uint64_t>(ones);
      longest = std::max(longest, current);
      if (ones == n) return;
      word >>= ones;
      n -= ones;
      current = 0;
      const int zeros = std::min(n, std::countr_zero(word));
      if (zeros == 64) return;
      word >>= zeros;
      n -= zeros;
    }
  });
  return longest;
}

/// Partial sums of +1 and -1 within a byte.
struct ByteWalk {
  std::int8_t total = 0, lowest = 0, highest = 0;
};

constexpr std::array<ByteWalk, 256> byte_walks() {
  std::array<ByteWalk, 256> walks{};
  for (int byte = 0; byte < 256; ++byte) {
    ByteWalk& walk = walks[static_cast<std::size_t>(byte)];
    int sum = 0, lowest = 8, highest = -8;
    for (int i = 0; i < 8; ++i) {
      sum += (byte >> i & 1) != 0 ? 1 : -1;
      lowest = std::min(lowest, sum);
      highest = std::max(highest, sum);
    }
    walk = {static_cast<std::int8_t>(sum), static_cast<std::int8_t>(lowest),
            static_cast<std::int8_t>(highest)};
  }
  return walks;
}

struct Walk {
  std::int64_t total = 0, lowest = 0, highest = 0;  ///< of the sums after 1 to n bits, and of 0
};

Walk walk(const Elements& sequence, const StopLook& stop) {
  static constexpr auto kBytes = byte_walks();
  Walk result;
  const auto step = [&](std::int64_t total, std::int64_t lowest, std::int64_t highest) {
    result.lowest = std::min(result.lowest, result.total + lowest);
    result.highest = std::max(result.highest, result.total + highest);
    result.total += total;
  };
  for_each_word(sequence, stop, [&](std::uint64_t word, int n) {
    for (; n >= 8; n -= 8, word >>= 8) {
      const ByteWalk& byte = kBytes[word & 0xff];
      step(byte.total, byte.lowest, byte.highest);
    }
    for (; n > 0; --n, word >>= 1) {
      const std::int64_t one = (word & 1) != 0 ? 1 : -1;
      step(one, one, one);
    }
  });
  return result;
}

double cumulative_p_value(std::int64_t z, std::uint64_t n) {
  const auto ratio = static_cast<std::int64_t>(n) / z;
  const double scale = static_cast<double>(z) / std::sqrt(real(n));
  const auto cdf = [&](std::int64_t k) { return normal_cdf(static_cast<double>(k) * scale); };
  double p = 1;
  for (std::int64_t k = (-ratio + 1) / 4; k <= (ratio - 1) / 4; ++k) p -= cdf(4 * k + 1) - cdf(4 * k - 1);
  for (std::int64_t k = (-ratio - 3) / 4; k <= (ratio - 1) / 4; ++k) p += cdf(4 * k + 3) - cdf(4 * k + 1);
  return std::clamp(p, 0.0, 1.0);
}

Statistic cumulative(std::int64_t z, std::uint64_t n) {
  return {static_cast<double>(z), cumulative_p_value(z, n)};
}

struct LongestRunRule {
  std::uint64_t block;
  std::uint64_t shortest;  ///< runs up to this are the first class
  std::vector<double> shares;
};

const LongestRunRule& longest_run_rule(std::uint64_t n) {
  static const LongestRunRule kShort{8, 1, {0.21484375, 0.3671875, 0.23046875, 0.1875}};
  static const LongestRunRule kMiddle{
      128, 4, {0.1174035788, 0.242955959, 0.249363483, 0.17517706, 0.102701071, 0.112398847}};
  static const LongestRunRule kLong{10000, 10, {0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727}};
  return n < 6272 ? kShort : n < 750000 ? kMiddle : kLong;
}

}  // namespace

Statistic frequency(const Elements& sequence, const StopLook& stop) {
  require(sequence.size() > 0, "frequency needs at least 1 bit");
  const double n = real(sequence.size());
  const double s = std::fabs(2 * real(count_ones(sequence, stop)) - n) / std::sqrt(n);
  return {s, erfc(s / std::sqrt(2.0))};
}

Statistic block_frequency(const Elements& sequence, std::uint64_t m, const StopLook& stop) {
  require(m > 0 && m <= sequence.size(), "block_frequency needs at least one block of m bits");
  const std::uint64_t blocks = sequence.size() / m;
  std::uint64_t done = 0;
  double sum = 0;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const double distance = real(count_ones(sequence.slice(i * m, m), {})) / real(m) - 0.5;
    if ((done += m + 64) > 64 * kStretch) {
      look(stop);
      done = 0;
    }
    sum += distance * distance;
  }
  const double chi2 = 4 * real(m) * sum;
  return {chi2, upper_gamma(real(blocks) / 2, chi2 / 2)};
}

Statistic runs(const Elements& sequence, const StopLook& stop) {
  require(sequence.size() > 1, "runs needs at least 2 bits");
  const double n = real(sequence.size()), share = real(count_ones(sequence, stop)) / n;
  const double v = 1 + real(count_unlike(sequence, 1, stop));
  if (std::fabs(share - 0.5) >= 2 / std::sqrt(n)) return {v, 0};
  const double spread = share * (1 - share);
  return {v, erfc(std::fabs(v - 2 * n * spread) / (2 * std::sqrt(2 * n) * spread))};
}

Statistic longest_run(const Elements& sequence, const StopLook& stop) {
  require(sequence.size() >= 128, "longest_run needs at least 128 bits");
  const LongestRunRule& rule = longest_run_rule(sequence.size());
  std::vector<std::uint64_t> counts(rule.shares.size(), 0);
  const std::uint64_t blocks = sequence.size() / rule.block;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    if (i % 1024 == 0) look(stop);
    const std::uint64_t longest = longest_run_of(sequence.slice(i * rule.block, rule.block));
    ++counts[std::clamp(longest, rule.shortest, rule.shortest + counts.size() - 1) - rule.shortest];
  }
  const double chi2 = chi_squared(counts, rule.shares, real(blocks));
  return {chi2, upper_gamma(real(counts.size() - 1) / 2, chi2 / 2)};
}

std::vector<Statistic> serial(const Elements& sequence, int m, const StopLook& stop) {
  require(m >= 2 && m <= 24, "serial needs m from 2 to 24");
  require(sequence.size() >= static_cast<std::uint64_t>(m), "serial needs at least m bits");
  const double n = real(sequence.size());
  const Counts longest = pattern_counts(sequence, m, stop), middle = shorter(longest, stop);
  const double a = psi_squared(longest, n, stop), b = psi_squared(middle, n, stop),
               c = psi_squared(shorter(middle, stop), n, stop);
  return {{a - b, upper_gamma(std::ldexp(1.0, m - 2), (a - b) / 2)},
          {a - 2 * b + c, upper_gamma(std::ldexp(1.0, m - 3), (a - 2 * b + c) / 2)}};
}

Statistic approximate_entropy(const Elements& sequence, int m, const StopLook& stop) {
  require(m >= 1 && m <= 24, "approximate_entropy needs m from 1 to 24");
  require(sequence.size() > static_cast<std::uint64_t>(m), "approximate_entropy needs more than m bits");
  const double n = real(sequence.size());
  const Counts longer = pattern_counts(sequence, m + 1, stop);
  const double entropy = phi(shorter(longer, stop), n, stop) - phi(longer, n, stop);
  const double chi2 = 2 * n * (std::log(2.0) - entropy);
  return {chi2, upper_gamma(std::ldexp(1.0, m - 1), chi2 / 2)};
}

std::vector<Statistic> cumulative_sums(const Elements& sequence, const StopLook& stop) {
  require(sequence.size() > 0, "cumulative_sums needs at least 1 bit");
  const Walk w = walk(sequence, stop);
  const std::int64_t forward = std::max(w.highest, -w.lowest);
  const std::int64_t backward = std::max(w.total - w.lowest, w.highest - w.total);
  return {cumulative(forward, sequence.size()), cumulative(backward, sequence.size())};
}

Statistic autocorrelation(const Elements& sequence, std::uint64_t lag, const StopLook& stop) {
  require(lag >= 1 && lag <= sequence.size() / 2, "autocorrelation needs a lag from 1 to half the bits");
  const double n = real(sequence.size() - lag);
  const double x = (2 * real(count_unlike(sequence, lag, stop)) - n) / std::sqrt(n);
  return {x, erfc(std::fabs(x) / std::sqrt(2.0))};
}

namespace {

Statistic judge_complexities(const std::vector<std::uint64_t>& complexities, std::uint64_t m) {
  // The first share is 1/96 = 0.010417 exactly; NIST's program and its published examples have 0.01047, and
  // so that results can be compared with theirs, so has this.
  static constexpr std::array<double, 7> kShares{0.01047, 0.03125, 0.125, 0.5, 0.25, 0.0625, 0.020833};
  const double size = real(m), sign = m % 2 == 0 ? 1 : -1;
  const double mean = size / 2 + (9 - sign) / 36 - (size / 3 + 2.0 / 9) / std::pow(2.0, size);
  std::array<std::uint64_t, 7> counts{};
  for (const std::uint64_t complexity : complexities) {
    const double t = sign * (real(complexity) - mean) + 2.0 / 9;
    ++counts[static_cast<std::size_t>(std::clamp(std::ceil(t + 2.5), 0.0, 6.0))];
  }
  const double chi2 = chi_squared(counts, kShares, real(complexities.size()));
  return {chi2, upper_gamma(3, chi2 / 2)};
}

}  // namespace

Statistic linear_complexity_test(const Elements& sequence, std::uint64_t m, const StopLook& stop) {
  require(m > 0 && m <= sequence.size(), "linear_complexity needs at least one block of m bits");
  std::vector<std::uint64_t> complexities;
  for (std::uint64_t i = 0; i + m <= sequence.size(); i += m) {
    const auto complexity = linear_complexity_of_bits(sequence.slice(i, m), stop);
    if (!complexity) throw Stopped{};
    complexities.push_back(*complexity);
  }
  return judge_complexities(complexities, m);
}

std::uint64_t smallest_period(const Elements& sequence, const StopLook& stop) {
  // The failure function of Knuth, Morris and Pratt: the longest proper prefix that is a suffix too.
  const std::uint64_t n = sequence.size();
  require(n <= std::uint64_t{1} << 32, "period needs at most 2^32 elements");
  if (n == 0) return 0;
  const auto border = std::make_unique_for_overwrite<std::uint32_t[]>(n);
  border[0] = 0;
  std::uint64_t steps = 0;
  for (std::uint64_t i = 1, k = 0; i < n; ++i) {
    for (; k > 0 && sequence[i] != sequence[k]; k = border[k - 1]) look_now_and_then(steps++, stop);
    if (sequence[i] == sequence[k]) ++k;
    border[i] = static_cast<std::uint32_t>(k);
    look_now_and_then(steps++, stop);
  }
  return n - border[n - 1];
}

}  // namespace gforbit::stream
