#include "gforbit/cycles/integer_factors.hpp"

#include <flint/fmpz.h>
#include <flint/fmpz_factor.h>
#include <flint/ulong_extras.h>

#include <algorithm>
#include <cassert>

#include "integer_factors_fmpz.hpp"
#include "integer_factors_search.hpp"
#include "integer_factors_table.hpp"

namespace gforbit::cycles {
namespace {

/// Trial division by this many numbers j step + 1; the table lists what lies above.
constexpr std::uint64_t kTrialCandidates = 1000;

/// Above this size a number counts as composite without a test, unless the table says that it is prime: the
/// test would take longer than anybody may have to wait for a stop.
constexpr std::uint64_t kMaxTestedBits = 4096;

bool is_prime(const Integer& n) {
  if (n.bits() <= 64) return n_is_prime(fmpz_get_ui(n)) != 0;
  return n.bits() <= kMaxTestedBits && fmpz_is_probabprime(n) != 0;
}

/// Prime factors as they come, in any order.
class Collector {
 public:
  void add_prime(const core::Natural& prime, unsigned exponent = 1) { primes_[prime] += exponent; }

  /// Adds n, whose primes are 1 modulo `index`, without any search.
  void add(const Integer& n, std::uint64_t index) {
    if (n.is_one()) return;
    if (n.bits() <= 64) {
      n_factor_t factors;
      n_factor_init(&factors);
      n_factor(&factors, fmpz_get_ui(n), 1);
      for (int i = 0; i < factors.num; ++i) add_prime(factors.p[i], static_cast<unsigned>(factors.exp[i]));
    } else if (is_prime(n)) {
      add_prime(n.natural());
    } else {
      composites_.push_back({n.natural(), index});
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
    for (const auto& [prime, exponent] : other.primes) add_prime(prime, exponent);
    composites_.insert(composites_.end(), other.composites.begin(), other.composites.end());
  }

  [[nodiscard]] Factorization result() && {
    Factorization factors;
    for (const auto& [prime, exponent] : primes_) factors.primes.push_back({prime, exponent});
    std::ranges::sort(composites_, {}, &CompositeFactor::value);
    factors.composites = std::move(composites_);
    return factors;
  }

 private:
  std::map<core::Natural, unsigned> primes_;
  std::vector<CompositeFactor> composites_;
};

/// Phi_k(p) as far as it goes without search. Its primes are 1 modulo k, except the largest prime of k.
Factorization easy_factors(std::uint64_t p, std::uint64_t k) {
  Collector found;
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
  if (rest.bits() > 64 && !is_prime(rest)) {
    if (const auto halves = aurifeuillian_factors(k, p)) {
      const Integer first = gcd(rest, Integer(halves->first));
      found.add(first, k);
      rest = rest / first;
    }
  }
  found.add(rest, k);
  return std::move(found).result();
}

}  // namespace

bool is_prime(const core::Natural& n) {
  galois::clean_up_flint_at_thread_end();
  return is_prime(Integer(n));
}

Factorization IntegerFactorizer::power_minus_one(std::uint64_t p, std::uint64_t n) {
  assert(p >= 2 && n >= 1);
  galois::clean_up_flint_at_thread_end();
  Collector found;
  for (std::uint64_t k = 1; k <= n; ++k) {
    if (n % k != 0) continue;
    std::optional<Factorization> part;
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = cyclotomic_.find({p, k}); known != cyclotomic_.end()) part = known->second;
    }
    if (!part) {
      part = easy_factors(p, k);
      const std::lock_guard lock(mutex_);
      cyclotomic_.emplace(std::pair(p, k), *part);
    }
    found.add(*part);
  }
  return std::move(found).result();
}

Factorization IntegerFactorizer::split(const CompositeFactor& composite, core::StopSignal stop) {
  galois::clean_up_flint_at_thread_end();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = split_.find(composite.value); known != split_.end()) return known->second;
  }
  Collector found;
  std::vector<Integer> open{Integer(composite.value)};
  bool complete = true;
  while (!open.empty()) {
    const Integer n = std::move(open.back());
    open.pop_back();
    if (n.bits() <= 64 || is_prime(n)) {
      found.add(n, composite.index);
      continue;
    }
    const auto factor = find_factor(n, composite.index, stop);
    if (!factor) {
      found.add(n, composite.index);
      complete = false;
      continue;
    }
    open.push_back(*factor);
    open.push_back(n / *factor);
  }
  const Factorization factors = std::move(found).result();
  if (complete) {
    const std::lock_guard lock(mutex_);
    split_.emplace(composite.value, factors);
  }
  return factors;
}

}  // namespace gforbit::cycles
