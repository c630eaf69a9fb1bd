#include "integer_factors_search.hpp"

#include <flint/fmpz.h>
#include <flint/fmpz_factor.h>
#include <flint/ulong_extras.h>

#include <algorithm>
#include <cmath>

namespace gforbit::cycles {
namespace {

/// FLINT's random state, freed when it leaves scope. Its seed is constant, so a search repeats exactly.
class RandomState {
 public:
  RandomState() { flint_randinit(state_); }
  ~RandomState() { flint_randclear(state_); }
  RandomState(const RandomState&) = delete;
  RandomState& operator=(const RandomState&) = delete;
  operator flint_rand_s*() { return state_; }  // NOLINT(google-explicit-constructor)

 private:
  flint_rand_t state_;
};

/// Bound B1 for which one curve modulo n takes a few tenths of a second at most: measured 0.25 s at 25000 and
/// 256 bits; a product costs between the first and the second power of the length.
double largest_bound(std::uint64_t bits) {
  return bits <= 256 ? 25000 : 25000 * std::pow(256.0 / static_cast<double>(bits), 1.5);
}

/// One piece of the p - 1 method: a to the power of all prime powers up to `bound`, and of `index`.
Integer p_minus_1(const Integer& n, std::uint64_t index, std::uint64_t bound) {
  Integer a(3);
  fmpz_powm_ui(a, a, index, n);
  for (std::uint64_t r = 2; r <= bound; r = n_nextprime(r, 1)) {
    std::uint64_t power = r;
    while (power <= bound / r) power *= r;
    fmpz_powm_ui(a, a, power, n);
  }
  return gcd(a - Integer(1), n);
}

struct Stage {
  double bound;  ///< B1; the second bound is 50 times as large
  unsigned curves;
};

// The bounds grow as the factors looked for do: 12 to 15 digits, 18, 20, 22, 25 and more.
constexpr Stage kStages[] = {{200, 10}, {1000, 60}, {2000, 100}, {5000, 200}, {11000, 400}};

}  // namespace

std::optional<Integer> find_factor(const Integer& n, std::uint64_t index, const core::StopSignal& stop) {
  const auto splits = [&](const Integer& factor) { return !factor.is_one() && !(factor == n); };
  Integer factor;
  if (fmpz_is_perfect_power(factor, n) != 0) return factor;
  const double limit = largest_bound(n.bits());
  if (stop.stop_requested()) return std::nullopt;
  factor = p_minus_1(n, index, static_cast<std::uint64_t>(limit));
  if (splits(factor)) return factor;

  RandomState random;
  auto stage = std::begin(kStages);
  for (unsigned curve = 0;; ++curve) {
    if (stop.stop_requested()) return std::nullopt;
    if (stage != std::end(kStages) && curve == stage->curves) {
      ++stage;
      curve = 0;
    }
    const auto bound =
        static_cast<mp_limb_t>(stage == std::end(kStages) ? limit : std::min(limit, stage->bound));
    if (fmpz_factor_ecm(factor, 1, bound, 50 * bound, random, n) > 0 && splits(factor)) return factor;
  }
}

}  // namespace gforbit::cycles
