// The test of R. Baillie and S. S. Wagstaff, Lucas pseudoprimes, Math. Comp. 35 (1980): a strong test to one
// base and a strong Lucas test. FLINT has it too, as one call, which takes minutes for the longest numbers
// and cannot be stopped.
#include "integer_factors_parts.hpp"

#include <flint/fmpz.h>
#include <flint/ulong_extras.h>
#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "gforbit/cycles/integer_factors.hpp"

namespace gforbit::cycles {
namespace {

void square_modulo(Integer& a, const Integer& n) {
  fmpz_mul(a, a, a);
  fmpz_mod(a, a, n);
}

/// n = odd 2^twos; n > 0.
std::pair<Integer, std::uint64_t> without_twos(const Integer& n) {
  const auto twos = static_cast<std::uint64_t>(fmpz_val2(n));
  Integer odd;
  fmpz_fdiv_q_2exp(odd, n, twos);
  return {odd, twos};
}

/// Tells a listener and asks for a stop, while the bits of an exponent are worked through.
class Bits {
 public:
  Bits(const Integer& n, const AlgebraControl& control) : length_(n.bits()), control_(control) {}
  [[nodiscard]] bool go_on() {
    if (done_ % 256 == 0 && length_ > 4096) {
      control_.doing("testing a large cofactor", [&] {
        return fmt::format("is it prime? {} bits, {:.0f} % of the test done", length_,
                           50.0 * static_cast<double>(done_) / static_cast<double>(length_));
      });
    }
    ++done_;
    return !control_.stop_requested();
  }

 private:
  std::uint64_t length_, done_ = 0;
  const AlgebraControl& control_;
};

/// nullopt: stopped. n odd, more than 64 bits.
std::optional<bool> passes_strong_test(const Integer& n, std::uint64_t base, Bits& bits) {
  const Integer minus_one = n - Integer(1);
  const auto [odd, twos] = without_twos(minus_one);
  Integer power(base);
  for (std::uint64_t bit = odd.bits() - 1; bit > 0; --bit) {
    if (!bits.go_on()) return std::nullopt;
    square_modulo(power, n);
    if (fmpz_tstbit(odd, bit - 1) != 0) fmpz_mul_ui(power, power, base);
  }
  fmpz_mod(power, power, n);
  if (power.is_one() || power == minus_one) return true;
  for (std::uint64_t i = 1; i < twos; ++i) {
    if (!bits.go_on()) return std::nullopt;
    square_modulo(power, n);
    if (power == minus_one) return true;
  }
  return false;
}

/// U_k and V_k of the Lucas sequences with P = 1 and (1 - D) / 4 = Q, modulo n, and Q^k.
class LucasPair {
 public:
  LucasPair(const Integer& n, slong d) : n_(n), d_(d), q_((1 - d) / 4), u_(1), v_(1) {
    fmpz_set_si(q_power_, q_);
  }

  void double_index() {
    u_ = u_ * v_;
    fmpz_mod(u_, u_, n_);
    double_index_of_v();
  }
  void double_index_of_v() {
    fmpz_mul(v_, v_, v_);
    fmpz_submul_ui(v_, q_power_, 2);
    fmpz_mod(v_, v_, n_);
    square_modulo(q_power_, n_);
  }
  void increment_index() {
    const Integer u = u_;
    u_ = half(u_ + v_);
    fmpz_addmul_si(v_, u, d_);
    v_ = half(std::move(v_));
    fmpz_mul_si(q_power_, q_power_, q_);
    fmpz_mod(q_power_, q_power_, n_);
  }
  [[nodiscard]] bool u_is_0() const { return fmpz_is_zero(u_) != 0; }
  [[nodiscard]] bool v_is_0() const { return fmpz_is_zero(v_) != 0; }

 private:
  [[nodiscard]] Integer half(Integer a) const {
    if (fmpz_is_odd(a) != 0) fmpz_add(a, a, n_);
    fmpz_fdiv_q_2exp(a, a, 1);
    fmpz_mod(a, a, n_);
    return a;
  }

  const Integer& n_;
  slong d_, q_;
  Integer u_, v_, q_power_;
};

/// nullopt: stopped. n odd, more than 64 bits.
std::optional<bool> passes_strong_lucas_test(const Integer& n, Bits& bits) {
  if (fmpz_is_square(n) != 0) return false;
  // Selfridge's choice: the first of 5, -7, 9, -11, ... that is no square modulo n.
  Integer d(5);
  slong magnitude = 5;
  int symbol = fmpz_jacobi(d, n);
  while (symbol == 1) {
    magnitude += 2;
    fmpz_set_si(d, magnitude % 4 == 1 ? magnitude : -magnitude);
    symbol = fmpz_jacobi(d, n);
  }
  if (symbol == 0) return false;  // n is larger than d
  const auto [odd, twos] = without_twos(n + Integer(1));
  LucasPair pair(n, fmpz_get_si(d));
  for (std::uint64_t bit = odd.bits() - 1; bit > 0; --bit) {
    if (!bits.go_on()) return std::nullopt;
    pair.double_index();
    if (fmpz_tstbit(odd, bit - 1) != 0) pair.increment_index();
  }
  if (pair.u_is_0() || pair.v_is_0()) return true;
  for (std::uint64_t i = 1; i < twos; ++i) {
    if (!bits.go_on()) return std::nullopt;
    pair.double_index_of_v();
    if (pair.v_is_0()) return true;
  }
  return false;
}

}  // namespace

std::optional<bool> is_probable_prime(const Integer& n, std::uint64_t base, const AlgebraControl& control) {
  if (n.bits() <= 64) return n_is_prime(fmpz_get_ui(n)) != 0;
  if (fmpz_is_even(n) != 0) return false;
  Bits bits(n, control);
  const auto strong = passes_strong_test(n, base == 2 ? 3 : 2, bits);
  if (!strong || !*strong) return strong;
  return passes_strong_lucas_test(n, bits);
}

bool is_proven_prime(const Integer& n) {
  return n.bits() <= kMostProvenBits && fmpz_is_prime(n) == 1;
}

}  // namespace gforbit::cycles
