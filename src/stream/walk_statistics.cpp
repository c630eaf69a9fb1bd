// Statistics of SP 800-22 of the bits as a whole: their spectrum, and the walk that they make.
#include <fmt/format.h>

#include <array>
#include <complex>
#include <kissfft/kissfft.hh>
#include <limits>
#include <numbers>
#include <vector>

#include "statistics_parts.hpp"

namespace gforbit::stream {

using namespace bits;

namespace {

using Complex = std::complex<double>;

void transform(std::vector<Complex>& values, bool inverse) {
  std::vector<Complex> result(values.size());
  kissfft<double>(values.size(), inverse).transform(values.data(), result.data());
  values.swap(result);
}

std::uint64_t largest_factor(std::uint64_t n) {
  std::uint64_t largest = 1;
  for (std::uint64_t p = 2; p * p <= n; ++p) {
    for (; n % p == 0; n /= p) largest = p;
  }
  return std::max(largest, n);
}

/// The discrete Fourier transform of any length as a convolution with one of a power of two (L. Bluestein,
/// IEEE Transactions on Audio and Electroacoustics 18, 1970).
void transform_by_convolution(std::vector<Complex>& values, const StopLook& stop) {
  const std::size_t n = values.size(), m = std::bit_ceil(2 * n - 1);
  std::vector<Complex> chirp(n), a(m), b(m);
  for (std::size_t k = 0; k < n; ++k) {
    const double angle = std::numbers::pi * real(std::uint64_t{k} * k % (2 * n)) / real(n);
    chirp[k] = std::polar(1.0, -angle);
    a[k] = values[k] * chirp[k];
    b[k] = std::conj(chirp[k]);
    if (k > 0) b[m - k] = b[k];
  }
  for (std::vector<Complex>* const side : {&a, &b}) {
    look(stop);
    transform(*side, false);
  }
  for (std::size_t k = 0; k < m; ++k) a[k] *= b[k];
  look(stop);
  transform(a, true);
  for (std::size_t k = 0; k < n; ++k) values[k] = a[k] / real(m) * chirp[k];
}

void transform_any(std::vector<Complex>& values, const StopLook& stop) {
  constexpr std::uint64_t kMostFactor = 50;  // time grows with the factors of the length
  if (largest_factor(values.size()) > kMostFactor) return transform_by_convolution(values, stop);
  transform(values, false);
}

/// |S_0|^2, ..., of the spectrum of the bits as 1 and -1, its first half.
std::vector<double> spectrum(const Elements& sequence, const StopLook& stop) {
  const auto sign = [&](std::uint64_t i) { return sequence[i] != 0 ? 1.0 : -1.0; };
  const std::size_t n = sequence.size(), half = n / 2;
  std::vector<double> squares(half);
  if (n % 2 != 0) {
    std::vector<Complex> all(n);
    for (std::size_t i = 0; i < n; ++i) all[i] = sign(i);
    transform_any(all, stop);
    for (std::size_t k = 0; k < half; ++k) squares[k] = std::norm(all[k]);
    return squares;
  }
  // Two real values as one complex one: half the length, and the two spectra are taken apart behind it.
  std::vector<Complex> pairs(half);
  for (std::size_t i = 0; i < half; ++i) pairs[i] = {sign(2 * i), sign(2 * i + 1)};
  transform_any(pairs, stop);
  for (std::size_t k = 0; k < half; ++k) {
    const Complex here = pairs[k], there = std::conj(pairs[(half - k) % half]);
    const Complex even = (here + there) / 2.0, odd = (here - there) / Complex(0, 2);
    squares[k] = std::norm(even + std::polar(1.0, -2 * std::numbers::pi * real(k) / real(n)) * odd);
  }
  return squares;
}

constexpr int kStates = 4, kVariantStates = 9;

/// The walk of +1 and -1 in its cycles, which end where it comes back to 0.
struct Cycles {
  std::uint64_t count = 0;
  std::array<std::array<std::uint64_t, 6>, 2 * kStates + 1>
      visits{};                                                ///< cycles by state and visits (5: more)
  std::array<std::uint64_t, 2 * kVariantStates + 1> totals{};  ///< visits by state
};

Cycles cycles_of(const Elements& sequence, const StopLook& stop) {
  Cycles cycles;
  std::array<std::uint64_t, 2 * kStates + 1> visits{};
  std::int64_t at = 0;
  const auto end_cycle = [&] {
    ++cycles.count;
    for (std::size_t x = 0; x < visits.size(); ++x) ++cycles.visits[x][std::min<std::uint64_t>(visits[x], 5)];
    visits.fill(0);
  };
  for_each_word(sequence, stop, [&](std::uint64_t word, int n) {
    for (int i = 0; i < n; ++i) {
      at += (word >> i & 1) != 0 ? 1 : -1;
      if (at < -kVariantStates || at > kVariantStates) continue;
      ++cycles.totals[static_cast<std::size_t>(at + kVariantStates)];
      if (at >= -kStates && at <= kStates) ++visits[static_cast<std::size_t>(at + kStates)];
      if (at == 0) end_cycle();
    }
  });
  if (at != 0) end_cycle();
  return cycles;
}

Cycles enough_cycles(const char* test, const Elements& sequence, const StopLook& stop) {
  const Cycles cycles = cycles_of(sequence, stop);
  const double least = std::max(500.0, 0.005 * std::sqrt(real(sequence.size())));
  if (real(cycles.count) < least)
    throw Inapplicable(fmt::format("{} needs {:.0f} cycles of the walk, but there are {}", test,
                                   std::ceil(least), cycles.count));
  return cycles;
}

/// Of the cycles: so many visits of the state x; the last one: 5 and more.
std::array<double, 6> shares_of_visits(int x) {
  const double outside = 1 / (2.0 * std::abs(x)), back = 1 - outside;
  std::array<double, 6> shares{back};
  for (std::size_t k = 1; k < 5; ++k)
    shares[k] = outside * outside * std::pow(back, static_cast<double>(k - 1));
  shares[5] = outside * std::pow(back, 4);
  return shares;
}

}  // namespace

Statistic spectral(const Elements& sequence, const StopLook& stop) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 24;  // a transform cannot be interrupted
  require(sequence.size() >= 2, "spectral needs at least 2 bits");
  require(sequence.size() <= kMost, "spectral needs at most 2^24 bits");
  look(stop);
  const double n = real(sequence.size());
  const double threshold = std::log(1 / 0.05) * n;
  const auto below = std::ranges::count_if(spectrum(sequence, stop), [&](double s) { return s < threshold; });
  const double d = (static_cast<double>(below) - 0.95 * n / 2) / std::sqrt(n * 0.95 * 0.05 / 4);
  return {d, erfc(std::fabs(d) / std::sqrt(2.0))};
}

std::vector<Statistic> random_excursions(const Elements& sequence, const StopLook& stop) {
  const Cycles cycles = enough_cycles("random_excursions", sequence, stop);
  std::vector<Statistic> all;
  for (int x = -kStates; x <= kStates; ++x) {
    if (x == 0) continue;
    const double chi2 = chi_squared(cycles.visits[static_cast<std::size_t>(x + kStates)], shares_of_visits(x),
                                    real(cycles.count));
    all.push_back({chi2, upper_gamma(2.5, chi2 / 2)});
  }
  return all;
}

std::vector<Statistic> random_excursions_variant(const Elements& sequence, const StopLook& stop) {
  const Cycles cycles = enough_cycles("random_excursions_variant", sequence, stop);
  std::vector<Statistic> all;
  for (int x = -kVariantStates; x <= kVariantStates; ++x) {
    if (x == 0) continue;
    const double visits = real(cycles.totals[static_cast<std::size_t>(x + kVariantStates)]);
    const double spread = std::sqrt(2 * real(cycles.count) * (4.0 * std::abs(x) - 2));
    all.push_back({visits, erfc(std::fabs(visits - real(cycles.count)) / spread)});
  }
  return all;
}

}  // namespace gforbit::stream
