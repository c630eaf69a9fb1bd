// Algebraic factors of p^n - 1: values of cyclotomic polynomials, and the two halves that some of these
// values split into.
#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <numeric>

#include "gforbit/cycles/integer_factors.hpp"
#include "integer_factors_fmpz.hpp"

namespace gforbit::cycles {
namespace {

/// The split takes p^2 operations and its halves have p bits and more, so a large p has no use for it.
constexpr std::uint64_t kMaxSplitPrime = 512;

std::vector<std::uint64_t> distinct_primes(std::uint64_t n) {
  std::vector<std::uint64_t> primes;
  for (std::uint64_t r = 2; n > 1; ++r) {
    if (r * r > n) r = n;
    if (n % r != 0) continue;
    primes.push_back(r);
    while (n % r == 0) n /= r;
  }
  return primes;
}

/// The Jacobi symbol (a / n), n odd.
int jacobi(std::uint64_t a, std::uint64_t n) {
  int sign = 1;
  for (a %= n; a != 0; a %= n) {
    for (; a % 2 == 0; a /= 2) {
      if (n % 8 == 3 || n % 8 == 5) sign = -sign;
    }
    std::swap(a, n);
    if (a % 4 == 3 && n % 4 == 3) sign = -sign;
  }
  return n == 1 ? sign : 0;
}

/// Lucas's identity for a prime p: Phi_{p'}(X) = C(X)^2 - p X D(X)^2 with p' = p for p = 1 (mod 4), p' = 2 p
/// otherwise. Coefficients from the top: C has `half` + 1 of them, D has `half`.
struct LucasPolynomials {
  explicit LucasPolynomials(std::uint64_t p);
  std::vector<Integer> c, d;
};

/// Brent's Algorithm L: the coefficients of C + sqrt(p X) D from its power sums, by Newton's identities.
LucasPolynomials::LucasPolynomials(std::uint64_t p) {
  assert(p >= 2 && p <= kMaxSplitPrime);
  const std::uint64_t doubled = p % 4 == 1 ? p : 2 * p;
  const std::uint64_t half = p == 2 ? 1 : (p - 1) / 2;
  const auto power_sum = [&](std::uint64_t k) -> slong {
    if (k % 2 == 1) return jacobi(p, k);
    // moebius(p'/g) phi(g) cos((p - 1) k pi / 4), g = gcd(k, p')
    const std::uint64_t quarter_turns = (p - 1) * (k / 2) % 4;
    if (quarter_turns % 2 == 1) return 0;
    const std::uint64_t g = std::gcd(k, doubled);
    const std::uint64_t rest = doubled / g;
    if (rest % 4 == 0) return 0;
    slong value = g % p == 0 && p > 2 ? static_cast<slong>(p - 1) : g == 4 ? 2 : 1;
    if (distinct_primes(rest).size() % 2 == 1) value = -value;
    return quarter_turns == 2 ? -value : value;
  };
  c.assign(half + 1, Integer(1));
  d.assign(half, Integer(1));
  for (std::uint64_t k = 1; k <= half; ++k) {
    Integer sum_c, sum_d;
    for (std::uint64_t j = 0; j < k; ++j) {
      const slong even = power_sum(2 * k - 2 * j);
      fmpz_addmul_si(sum_c, d[j], static_cast<slong>(p) * power_sum(2 * k - 2 * j - 1));
      fmpz_submul_si(sum_c, c[j], even);
      fmpz_addmul_si(sum_d, d[j], even);
      fmpz_submul_si(sum_d, c[j], power_sum(2 * k - 2 * j + 1));
    }
    fmpz_divexact_ui(c[k], sum_c, 2 * k);
    if (k == half) break;
    // d[k] = (c[k] + sum over j of c[j] q[2k+1-2j] - d[j] q[2k-2j]) / (2k + 1), and c[k] counts with q[1]
    // = 1.
    fmpz_sub(d[k], c[k], sum_d);
    fmpz_divexact_ui(d[k], d[k], 2 * k + 1);
  }
}

Integer value_at(const std::vector<Integer>& from_top, const Integer& x) {
  Integer value;
  for (const auto& coefficient : from_top) {
    fmpz_mul(value, value, x);
    fmpz_add(value, value, coefficient);
  }
  return value;
}

}  // namespace

core::Natural cyclotomic_value(std::uint64_t k, std::uint64_t x) {
  assert(k >= 1 && x >= 2);
  galois::clean_up_flint_at_thread_end();
  // Product over the squarefree divisors s of k of (x^(k/s) - 1)^moebius(s).
  const auto primes = distinct_primes(k);
  Integer above(1), below(1);
  for (std::uint64_t subset = 0; subset < std::uint64_t{1} << primes.size(); ++subset) {
    std::uint64_t s = 1;
    bool odd = false;
    for (std::size_t i = 0; i < primes.size(); ++i) {
      if ((subset >> i & 1) == 0) continue;
      s *= primes[i];
      odd = !odd;
    }
    const Integer term = Integer::power(x, k / s) - Integer(1);
    if (odd) {
      below = below * term;
    } else {
      above = above * term;
    }
  }
  return (above / below).natural();
}

std::optional<std::pair<core::Natural, core::Natural>> aurifeuillian_factors(std::uint64_t k,
                                                                             std::uint64_t p) {
  const std::uint64_t period = p % 4 == 1 ? p : 2 * p;
  if (p > kMaxSplitPrime || k % period != 0 || k / period % 2 == 0) return std::nullopt;
  const std::uint64_t t = k / period;
  const Integer x = Integer::power(p, t);
  const LucasPolynomials lucas(p);
  const Integer root = Integer::power(p, (t + 1) / 2);  // of p x
  const Integer lower = value_at(lucas.c, x) - root * value_at(lucas.d, x);
  const Integer whole(cyclotomic_value(k, p));
  const Integer first = gcd(whole, lower);
  const Integer second = whole / first;
  if (first.is_one() || second.is_one()) return std::nullopt;
  return first < second ? std::pair(first.natural(), second.natural())
                        : std::pair(second.natural(), first.natural());
}

}  // namespace gforbit::cycles
