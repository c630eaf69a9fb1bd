// Statistics of SP 800-22 that look for patterns: matrices, templates, distances of blocks.
#include <array>
#include <bit>
#include <vector>

#include "statistics_parts.hpp"

namespace gforbit::stream {

using namespace bits;

namespace {

constexpr int kSide = 32;  ///< of the matrices of the test of ranks

int rank_of(std::array<std::uint32_t, kSide> rows) {
  int rank = 0;
  for (int column = 0; column < kSide; ++column) {
    const std::uint32_t bit = std::uint32_t{1} << column;
    int pivot = rank;
    while (pivot < kSide && (rows[static_cast<std::size_t>(pivot)] & bit) == 0) ++pivot;
    if (pivot == kSide) continue;
    std::swap(rows[static_cast<std::size_t>(pivot)], rows[static_cast<std::size_t>(rank)]);
    const std::uint32_t row = rows[static_cast<std::size_t>(rank)];
    for (int i = rank + 1; i < kSide; ++i) {
      std::uint32_t& other = rows[static_cast<std::size_t>(i)];
      other ^= (other & bit) != 0 ? row : 0;
    }
    ++rank;
  }
  return rank;
}

/// Of the random matrices of this rank.
double share_of_rank(int rank) {
  double share = std::ldexp(1.0, rank * (2 * kSide - rank) - kSide * kSide);
  for (int i = 0; i < rank; ++i) {
    const double factor = 1 - std::ldexp(1.0, i - kSide);
    share *= factor * factor / (1 - std::ldexp(1.0, i - rank));
  }
  return share;
}

/// Whether no beginning of the m bits is their end, too: its occurrences never overlap.
bool is_aperiodic(std::uint32_t pattern, int m) {
  for (int shift = 1; shift < m; ++shift) {
    const std::uint32_t mask = (std::uint32_t{1} << (m - shift)) - 1;
    if ((pattern >> shift & mask) == (pattern & mask)) return false;
  }
  return true;
}

/// Calls action(pattern) for every m bits of the sequence that lie side by side; first bit most significant.
template <class Action>
void for_each_pattern(const Elements& sequence, int m, Action action) {
  const std::uint32_t mask = (std::uint32_t{1} << m) - 1;
  std::uint32_t pattern = 0;
  int missing = m - 1;
  for_each_word(sequence, [&](std::uint64_t word, int n) {
    for (int i = 0; i < n; ++i) {
      pattern = (pattern << 1 | static_cast<std::uint32_t>(word >> i & 1)) & mask;
      if (missing > 0) {
        --missing;
      } else {
        action(pattern);
      }
    }
  });
}

/// States: ones at the end (m at most) and occurrences so far.
std::array<double, 6> exact_shares(int m, std::uint64_t length) {
  const auto ones = static_cast<std::size_t>(m);
  std::vector<std::array<double, 6>> now(ones + 1), next;
  now[0][0] = 1;
  for (std::uint64_t i = 0; i < length; ++i) {
    next.assign(ones + 1, {});
    for (std::size_t run = 0; run <= ones; ++run) {
      const std::size_t longer = std::min(run + 1, ones);
      for (std::size_t count = 0; count < 6; ++count) {
        const double half = now[run][count] / 2;
        next[0][count] += half;
        next[longer][longer == ones ? std::min<std::size_t>(count + 1, 5) : count] += half;
      }
    }
    now.swap(next);
  }
  std::array<double, 6> shares{};
  for (const auto& of_run : now) {
    for (std::size_t count = 0; count < 6; ++count) shares[count] += of_run[count];
  }
  return shares;
}

/// The approximation of section 3.8, with which NIST's program and its published figures are made.
std::array<double, 6> approximate_shares(int m, std::uint64_t length) {
  const double eta = (real(length) - m + 1) / std::ldexp(1.0, m + 1), e = std::exp(-eta);
  std::array<double, 6> shares{e, eta / 2 * e, eta * e / 8 * (eta + 2),
                               eta * e / 8 * (eta * eta / 6 + eta + 1),
                               eta * e / 16 * (eta * eta * eta / 24 + eta * eta / 2 + 3 * eta / 2 + 1)};
  shares[5] = 1;
  for (std::size_t i = 0; i < 5; ++i) shares[5] -= shares[i];
  return shares;
}

/// Of the universal test, for blocks of L bits: from which n on, mean and variance of log2 of a distance.
struct UniversalRule {
  int block;
  std::uint64_t least;
  double mean, variance;
};
constexpr std::array<UniversalRule, 11> kUniversal{{{6, 387840, 5.2177052, 2.954},
                                                    {7, 904960, 6.1962507, 3.125},
                                                    {8, 2068480, 7.1836656, 3.238},
                                                    {9, 4654080, 8.1764248, 3.311},
                                                    {10, 10342400, 9.1723243, 3.356},
                                                    {11, 22753280, 10.170032, 3.384},
                                                    {12, 49643520, 11.168765, 3.401},
                                                    {13, 107560960, 12.168070, 3.410},
                                                    {14, 231669760, 13.167693, 3.416},
                                                    {15, 496435200, 14.167488, 3.419},
                                                    {16, 1059061760, 15.167379, 3.421}}};

}  // namespace

Statistic matrix_rank(const Elements& sequence, const StopLook& stop) {
  constexpr std::uint64_t kBits = kSide * kSide;
  require(sequence.size() >= kBits, "rank needs at least 1024 bits");
  const std::uint64_t matrices = sequence.size() / kBits;
  std::array<std::uint64_t, 3> counts{};
  for (std::uint64_t i = 0; i < matrices; ++i) {
    if (i % 1024 == 0) look(stop);
    std::array<std::uint32_t, kSide> rows;
    for (std::size_t r = 0; r < kSide; ++r)
      rows[r] = static_cast<std::uint32_t>(sequence.word(i * kBits + r * kSide));
    ++counts[static_cast<std::size_t>(std::min(kSide - rank_of(rows), 2))];
  }
  const double full = share_of_rank(kSide), almost = share_of_rank(kSide - 1);
  const double chi2 = chi_squared(counts, std::array{full, almost, 1 - full - almost}, real(matrices));
  return {chi2, std::exp(-chi2 / 2)};
}

std::vector<std::uint32_t> aperiodic_templates(int m) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t pattern = 0; pattern < std::uint32_t{1} << m; ++pattern) {
    if (is_aperiodic(pattern, m)) all.push_back(pattern);
  }
  return all;
}

std::vector<Statistic> non_overlapping_templates(const Elements& sequence, int m, std::uint64_t blocks,
                                                 const StopLook& stop) {
  require(m >= 2 && m <= 16, "non_overlapping_template needs m from 2 to 16");
  require(blocks > 0 && sequence.size() / blocks >= static_cast<std::uint64_t>(m),
          "non_overlapping_template needs blocks of at least m bits");
  const std::uint64_t length = sequence.size() / blocks;
  const double size = real(length), patterns = std::ldexp(1.0, m);
  const double mean = (size - m + 1) / patterns;
  const double variance = size * (1 / patterns - (2 * m - 1) / (patterns * patterns));
  const auto templates = aperiodic_templates(m);
  std::vector<double> chi2(templates.size(), 0);
  for (std::uint64_t b = 0; b < blocks; ++b) {
    // An aperiodic template does not overlap itself: all its occurrences count.
    std::vector<std::uint64_t> counts(std::size_t{1} << m, 0);
    const Elements block = sequence.slice(b * length, length);
    for (std::uint64_t first = 0; first + static_cast<std::uint64_t>(m) <= length; first += kStretch) {
      look(stop);
      const std::uint64_t n = std::min(kStretch + static_cast<std::uint64_t>(m) - 1, length - first);
      for_each_pattern(block.slice(first, n), m, [&](std::uint32_t pattern) { ++counts[pattern]; });
    }
    for (std::size_t i = 0; i < templates.size(); ++i) {
      const double distance = real(counts[templates[i]]) - mean;
      chi2[i] += distance * distance / variance;
    }
  }
  std::vector<Statistic> all;
  for (const double sum : chi2) all.push_back({sum, upper_gamma(real(blocks) / 2, sum / 2)});
  return all;
}

std::array<double, 6> shares_of_ones(int m, std::uint64_t length, bool exact) {
  return exact ? exact_shares(m, length) : approximate_shares(m, length);
}

Statistic overlapping_template(const Elements& sequence, int m, bool exact, const StopLook& stop) {
  constexpr std::uint64_t kBlock = 1032;
  require(m >= 2 && m <= 16, "overlapping_template needs m from 2 to 16");
  require(sequence.size() >= kBlock, "overlapping_template needs at least 1032 bits");
  const std::uint64_t blocks = sequence.size() / kBlock;
  const std::uint32_t ones = (std::uint32_t{1} << m) - 1;
  std::array<std::uint64_t, 6> counts{};
  for (std::uint64_t i = 0; i < blocks; ++i) {
    if (i % 1024 == 0) look(stop);
    std::size_t found = 0;
    for_each_pattern(sequence.slice(i * kBlock, kBlock), m,
                     [&](std::uint32_t pattern) { found += pattern == ones ? 1 : 0; });
    ++counts[std::min<std::size_t>(found, 5)];
  }
  const double chi2 = chi_squared(counts, shares_of_ones(m, kBlock, exact), real(blocks));
  return {chi2, upper_gamma(2.5, chi2 / 2)};
}

Statistic universal(const Elements& sequence, const StopLook& stop) {
  require(sequence.size() >= kUniversal[0].least, "universal needs at least 387840 bits");
  const auto rule = std::find_if(kUniversal.rbegin(), kUniversal.rend(),
                                 [&](const UniversalRule& r) { return sequence.size() >= r.least; });
  const auto length = static_cast<std::uint64_t>(rule->block);
  const std::uint64_t first = std::uint64_t{10} << length, blocks = sequence.size() / length;
  const std::uint64_t mask = (std::uint64_t{1} << length) - 1;
  std::vector<std::uint64_t> last(std::size_t{1} << length, 0);
  double sum = 0;
  for (std::uint64_t i = 1; i <= blocks; ++i) {
    const std::uint64_t value = sequence.word((i - 1) * length) & mask;
    if (i > first) sum += std::log2(real(i - last[value]));
    last[value] = i;
    look_now_and_then(i, stop);
  }
  const double n = real(blocks - first), size = real(length);
  const double c = 0.7 - 0.8 / size + (4 + 32 / size) * std::pow(n, -3 / size) / 15;
  const double mean = sum / n, sigma = c * std::sqrt(rule->variance / n);
  return {mean, erfc(std::fabs(mean - rule->mean) / (std::sqrt(2.0) * sigma))};
}

}  // namespace gforbit::stream
