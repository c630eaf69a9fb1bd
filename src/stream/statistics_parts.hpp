// What the statistics of bits share.
#pragma once

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "gforbit/stream/statistics.hpp"

namespace gforbit::stream::bits {

/// The complemented incomplete gamma function Q(a, x): upper tail of chi^2 = 2 x with 2 a degrees of freedom.
inline double upper_gamma(double a, double x) {
  // Far below the mean the lower tail is below 1e-80; Boost would calculate it as a quotient that overflows.
  constexpr double kLarge = 1000;
  if (a > kLarge && x < a / 2) return 1;
  return boost::math::gamma_q(a, std::max(x, 0.0));
}
inline double erfc(double x) {
  return boost::math::erfc(x);
}
inline double real(std::uint64_t n) {
  return static_cast<double>(n);
}
inline void require(bool holds, const char* rule) {
  if (!holds) throw std::invalid_argument(rule);
}

inline void look(const StopLook& stop) {
  if (stop && stop()) throw Stopped{};
}

/// Between two looks: some milliseconds of the slowest loops.
inline constexpr std::uint64_t kStretch = std::uint64_t{1} << 20;

/// A look every so many of the steps of a loop that counts `i`.
inline void look_now_and_then(std::uint64_t i, const StopLook& stop) {
  if (i % kStretch == kStretch - 1) look(stop);
}

/// Calls action(word, n) as for_each_word() does.
template <class Action>
void for_each_word(const Elements& sequence, const StopLook& stop, Action&& action) {
  look(stop);
  if (sequence.size() <= kStretch) return stream::for_each_word(sequence, action);
  for (std::uint64_t first = 0; first < sequence.size(); first += kStretch) {
    look(stop);
    stream::for_each_word(sequence.slice(first, std::min(kStretch, sequence.size() - first)), action);
  }
}

inline double chi_squared(std::span<const std::uint64_t> counts, std::span<const double> shares, double n) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = n * shares[i], distance = real(counts[i]) - expected;
    sum += distance * distance / expected;
  }
  return sum;
}

}  // namespace gforbit::stream::bits
