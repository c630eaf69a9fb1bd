#include "gforbit/cycles/integer_factors.hpp"

#include <flint/fmpz.h>
#include <flint/fmpz_factor.h>
#include <flint/ulong_extras.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "integer_factors_fmpz.hpp"
#include "integer_factors_parts.hpp"

namespace gforbit::cycles {
namespace {

/// Trial division by this many numbers j step + 1; the table lists what lies above.
constexpr std::uint64_t kTrialCandidates = 1000;

/// Prime factors as they come, in any order.
class Collector {
 public:
  explicit Collector(const AlgebraControl& control) : control_(control) {}

  void add_prime(const core::Natural& prime, unsigned exponent = 1, bool proven = true) {
    PrimePower& power = primes_.try_emplace(prime, PrimePower{prime, 0, proven}).first->second;
    power.exponent += exponent;
  }

  /// Adds n, a divisor of Phi_index(base), without any search.
  /// @param published  it is proven prime if it is no composite number
  void add(const Integer& n, std::uint64_t index, std::uint64_t base, bool published = false) {
    if (n.is_one()) return;
    if (n.bits() <= 64) {
      n_factor_t factors;
      n_factor_init(&factors);
      n_factor(&factors, fmpz_get_ui(n), 1);
      for (int i = 0; i < factors.num; ++i) add_prime(factors.p[i], static_cast<unsigned>(factors.exp[i]));
      return;
    }
    const auto prime = is_probable_prime(n, base, control_);
    if (prime && *prime) {
      add_prime(n.natural(), 1, published || is_proven_prime(n));
    } else {
      composites_.push_back({n.natural(), index, base, prime.has_value()});
    }
  }

  /// Divides n by `prime` as often as it goes.
  void divide_out(Integer& n, const Integer& prime) {
    while (fmpz_divisible(n, prime) != 0) {
      n = n / prime;
      add_prime(prime.natural());
    }
  }

  void add(const Factorization& other) {
    for (const auto& [prime, exponent, proven] : other.primes) add_prime(prime, exponent, proven);
    composites_.insert(composites_.end(), other.composites.begin(), other.composites.end());
  }

  [[nodiscard]] Factorization result() && {
    Factorization factors;
    for (const auto& [prime, power] : primes_) factors.primes.push_back(power);
    std::ranges::sort(composites_, {}, &CompositeFactor::value);
    factors.composites = std::move(composites_);
    return factors;
  }

 private:
  const AlgebraControl& control_;
  std::map<core::Natural, PrimePower> primes_;
  std::vector<CompositeFactor> composites_;
};

/// Phi_k(p) as far as it goes without search. Its primes are 1 modulo k, except the largest prime of k.
Factorization easy_factors(std::uint64_t p, std::uint64_t k, const AlgebraControl& control) {
  Collector found(control);
  Integer rest(cyclotomic_value(k, p));
  if (p == 2 && is_mersenne_exponent(k)) {
    found.add_prime(rest.natural());
    return std::move(found).result();
  }
  if (rest.bits() > 64) {
    std::uint64_t intrinsic = k;
    for (std::uint64_t r = 2; r * r <= intrinsic; ++r) {
      while (intrinsic % r == 0 && intrinsic > r) intrinsic /= r;
    }
    if (intrinsic > 1) found.divide_out(rest, Integer(intrinsic));
    for (const auto& prime : table_primes(p, k)) found.divide_out(rest, Integer(prime));
    const std::uint64_t step = k % 2 == 0 ? k : 2 * k;
    for (std::uint64_t j = 1; j <= kTrialCandidates && rest.bits() > 64; ++j) {
      // A composite candidate never divides: its primes, which are candidates too, were divided out before.
      if (fmpz_fdiv_ui(rest, j * step + 1) == 0) found.divide_out(rest, Integer(j * step + 1));
    }
  }
  const bool published = table_is_complete(p, k);
  if (rest.bits() > 64) {
    if (const auto halves = aurifeuillian_factors(k, p)) {
      const Integer first = gcd(rest, Integer(halves->first));
      found.add(first, k, p, published);
      rest = rest / first;
    }
  }
  found.add(rest, k, p, published);
  return std::move(found).result();
}

/// The primes of numbers whose product is `of` and that are not coprime. False: stopped.
bool add_all_primes(Collector& found, std::vector<Integer> open, const CompositeFactor& of,
                    const AlgebraControl& control, const std::string& what) {
  while (!open.empty()) {
    const Integer n = std::move(open.back());
    open.pop_back();
    const auto prime = is_probable_prime(n, of.base, control);
    if (!prime) return false;
    if (n.bits() <= 64 || *prime) {
      found.add(n, of.index, of.base);
      continue;
    }
    const auto factor = find_factor(n, of.index, of.base, control, what);
    if (!factor) return false;
    open.push_back(*factor);
    open.push_back(n / *factor);
  }
  return true;
}

}  // namespace

bool is_prime(const core::Natural& n) {
  galois::clean_up_flint_at_thread_end();
  return *is_probable_prime(Integer(n), 0, {});
}

Factorization IntegerFactorizer::power_minus_one(std::uint64_t p, std::uint64_t n,
                                                 const AlgebraControl& control) {
  assert(p >= 2 && n >= 1);
  galois::clean_up_flint_at_thread_end();
  Collector found(control);
  for (std::uint64_t k = 1; k <= n; ++k) {
    if (n % k != 0) continue;
    std::optional<Factorization> part;
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = cyclotomic_.find({p, k}); known != cyclotomic_.end()) part = known->second;
    }
    if (!part) {
      part = easy_factors(p, k, control);
      if (std::ranges::all_of(part->composites, &CompositeFactor::tested)) {
        const std::lock_guard lock(mutex_);
        cyclotomic_.emplace(std::pair(p, k), *part);
      }
    }
    found.add(*part);
  }
  return std::move(found).result();
}

Factorization IntegerFactorizer::divide(const CompositeFactor& composite, const AlgebraControl& control) {
  galois::clean_up_flint_at_thread_end();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = divided_.find(composite.value); known != divided_.end()) return known->second;
  }
  const Factorization whole{{}, {composite}};
  const Integer n(composite.value);
  const std::string what = composite.base == 0
                               ? fmt::format("factoring a number of {} bits", n.bits())
                               : fmt::format("factoring {}^{} - 1", composite.base, composite.index);
  Collector found(control);
  if (!composite.tested) {
    found.add(n, composite.index, composite.base);
  } else {
    const auto factor = find_factor(n, composite.index, composite.base, control, what);
    if (!factor) return whole;
    const Integer rest = n / *factor;
    if (gcd(*factor, rest).is_one()) {
      found.add(*factor, composite.index, composite.base);
      found.add(rest, composite.index, composite.base);
    } else if (!add_all_primes(found, {*factor, rest}, composite, control, what)) {
      return whole;
    }
  }
  Factorization pieces = std::move(found).result();
  if (!std::ranges::all_of(pieces.composites, &CompositeFactor::tested)) return whole;
  const std::lock_guard lock(mutex_);
  return divided_.emplace(composite.value, std::move(pieces)).first->second;
}

Factorization IntegerFactorizer::split(const CompositeFactor& composite, const AlgebraControl& control) {
  Collector found(control);
  std::vector<CompositeFactor> open{composite};
  while (!open.empty()) {
    const CompositeFactor next = std::move(open.back());
    open.pop_back();
    Factorization pieces = divide(next, control);
    const bool resists = pieces.composites == std::vector{next};
    if (!resists) open.insert(open.end(), pieces.composites.begin(), pieces.composites.end());
    if (!resists) pieces.composites.clear();
    found.add(pieces);
  }
  return std::move(found).result();
}

std::vector<PrimePower> IntegerFactorizer::known_primes(std::uint64_t p, std::uint64_t n) const {
  const AlgebraControl no_control;
  Collector found(no_control);
  const std::lock_guard lock(mutex_);
  std::vector<CompositeFactor> open;
  const auto take = [&](Factorization pieces) {
    open.insert(open.end(), pieces.composites.begin(), pieces.composites.end());
    pieces.composites.clear();
    found.add(pieces);
  };
  for (auto part = cyclotomic_.lower_bound({p, 1}); part != cyclotomic_.end() && part->first.first == p;
       ++part) {
    if (n % part->first.second == 0) take(part->second);
  }
  while (!open.empty()) {
    const auto pieces = divided_.find(open.back().value);
    open.pop_back();
    if (pieces != divided_.end()) take(pieces->second);
  }
  return std::move(found).result().primes;
}

}  // namespace gforbit::cycles
