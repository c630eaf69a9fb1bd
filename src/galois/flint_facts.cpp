#include "flint_facts.hpp"

#include <flint/fmpz.h>
#include <flint/fq_nmod.h>
#include <flint/nmod_poly.h>
#include <flint/ulong_extras.h>

#include <algorithm>
#include <cassert>

#include "gforbit/galois/flint_thread.hpp"

namespace gforbit::galois {
namespace {

static_assert(sizeof(mp_limb_t) == sizeof(std::uint64_t), "residues up to 2^32 need 64-bit limbs");

/// A polynomial over GF(p), freed when it leaves scope.
class NmodPoly {
 public:
  NmodPoly(std::uint64_t p, std::span<const std::uint64_t> coefficients) {
    nmod_poly_init(poly_, p);
    for (std::size_t i = 0; i < coefficients.size(); ++i) {
      nmod_poly_set_coeff_ui(poly_, static_cast<slong>(i), coefficients[i]);
    }
  }
  ~NmodPoly() { nmod_poly_clear(poly_); }
  NmodPoly(const NmodPoly&) = delete;
  NmodPoly& operator=(const NmodPoly&) = delete;

  [[nodiscard]] bool is_irreducible() const { return nmod_poly_is_irreducible(poly_) != 0; }

 private:
  nmod_poly_t poly_;
};

n_factor_t factored(std::uint64_t n) {
  clean_up_flint_at_thread_end();
  n_factor_t factors;
  n_factor_init(&factors);
  n_factor(&factors, n, 1);
  return factors;
}

}  // namespace

std::optional<PrimePower> as_prime_power(std::uint64_t n) {
  if (n < 2) return std::nullopt;
  const n_factor_t factors = factored(n);
  if (factors.num != 1) return std::nullopt;
  return PrimePower{factors.p[0], factors.exp[0]};
}

std::vector<std::uint64_t> prime_factors(std::uint64_t n) {
  assert(n >= 1);
  const n_factor_t factors = factored(n);
  std::vector<std::uint64_t> primes(factors.p, factors.p + factors.num);
  std::sort(primes.begin(), primes.end());
  return primes;
}

bool is_irreducible(std::uint64_t p, std::span<const std::uint64_t> polynomial) {
  clean_up_flint_at_thread_end();
  assert(!polynomial.empty() && polynomial.back() != 0);
  return NmodPoly(p, polynomial).is_irreducible();
}

std::optional<std::vector<std::uint64_t>> conway_polynomial(std::uint64_t p, int m) {
  clean_up_flint_at_thread_end();
  fmpz_t prime;
  fmpz_init_set_ui(prime, p);
  fq_nmod_ctx_t context;
  const bool found = _fq_nmod_ctx_init_conway(context, prime, m, "a") != 0;
  fmpz_clear(prime);
  if (!found) return std::nullopt;
  std::vector<std::uint64_t> coefficients(static_cast<std::size_t>(m) + 1);
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    coefficients[i] = nmod_poly_get_coeff_ui(context->modulus, static_cast<slong>(i));
  }
  fq_nmod_ctx_clear(context);
  return coefficients;
}

}  // namespace gforbit::galois
