#include "integer_factors_parts.hpp"

#include <flint/fmpz.h>
#include <flint/fmpz_factor.h>
#include <flint/ulong_extras.h>
#include <fmt/format.h>

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
  return bits <= 256 ? 25000 : std::max(5.0, 25000 * std::pow(256.0 / static_cast<double>(bits), 1.5));
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

/// Trial division by the numbers that can divide Phi_index(base): r = 1 modulo index with base^index = 1
/// modulo r. That is asked without n itself, so that it does not matter how long n is. nullopt: none, or
/// stopped.
std::optional<Integer> small_factor(const Integer& n, std::uint64_t index, std::uint64_t base,
                                    const AlgebraControl& control) {
  constexpr std::uint64_t kCandidates = std::uint64_t{1} << 22, kPiece = std::uint64_t{1} << 14;
  const std::uint64_t step = index % 2 == 0 ? index : 2 * index;
  for (std::uint64_t j = 1; j <= kCandidates; ++j) {
    if (j % kPiece == 0 && control.stop_requested()) return std::nullopt;
    const std::uint64_t r = j * step + 1;
    if (base % r == 0 || n_powmod2(base % r, static_cast<mp_limb_signed_t>(index), r) != 1) continue;
    const Integer factor = gcd(n, Integer(r));
    if (!factor.is_one()) return factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Integer> find_factor(const Integer& n, std::uint64_t index, std::uint64_t base,
                                   const AlgebraControl& control, const std::string& what) {
  constexpr std::uint64_t kLongBits = 1000;  // a curve for 12 digits takes longer than 2^22 divisions
  const auto tell = [&](const auto& method) {
    control.doing(what, [&] { return fmt::format("composite cofactor of {} bits, {}", n.bits(), method()); });
  };
  const auto splits = [&](const Integer& factor) { return !factor.is_one() && !(factor == n); };
  Integer factor;
  if (fmpz_is_perfect_power(factor, n) != 0) return factor;
  if (base != 0 && n.bits() > kLongBits) {
    tell([] { return "trial division"; });
    const auto small = small_factor(n, index, base, control);
    if (small && splits(*small)) return small;
  }
  const double limit = largest_bound(n.bits());
  if (control.stop_requested()) return std::nullopt;
  tell([] { return "p - 1 method"; });
  factor = p_minus_1(n, index, static_cast<std::uint64_t>(limit));
  if (splits(factor)) return factor;

  RandomState random;
  auto stage = std::begin(kStages);
  std::uint64_t curves = 0;
  for (unsigned curve = 0;; ++curve) {
    if (control.stop_requested()) return std::nullopt;
    if (stage != std::end(kStages) && curve == stage->curves) {
      ++stage;
      curve = 0;
    }
    const auto bound =
        static_cast<mp_limb_t>(stage == std::end(kStages) ? limit : std::min(limit, stage->bound));
    tell([&] { return fmt::format("elliptic curve {} (B1 = {})", ++curves, bound); });
    if (fmpz_factor_ecm(factor, 1, bound, 50 * bound, random, n) > 0 && splits(factor)) return factor;
  }
}

}  // namespace gforbit::cycles
