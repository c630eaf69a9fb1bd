// Choosing the ring for a field, and what is common to the three of them.
#pragma once

#include <concepts>
#include <optional>
#include <vector>

#include "gforbit/cycles/algebra_control.hpp"
#include "gforbit/galois/field.hpp"
#include "integer_factors_fmpz.hpp"
#include "polynomial_extension.hpp"
#include "polynomial_gf2.hpp"
#include "polynomial_prime.hpp"

namespace gforbit::cycles {

/// Calls `use(ring)` with the ring of polynomials over `field`.
template <class Use>
auto with_ring(const galois::Field& field, Use&& use) {
  galois::clean_up_flint_at_thread_end();
  if (field.order() == 2) return use(BinaryRing());
  if (field.extension_degree() == 1) return use(PrimeRing(field));
  return use(ExtensionRing(field));
}

/// How many bits of an exponent share one product: as many as pay for the table of odd powers.
inline std::uint64_t window_bits(std::uint64_t exponent_bits) {
  const auto products = [&](std::uint64_t width) {
    return (std::uint64_t{1} << (width - 1)) + exponent_bits / (width + 1);
  };
  constexpr std::uint64_t kWidest = 6;  // tables of long polynomials take memory
  std::uint64_t width = 1;
  while (width < kWidest && products(width + 1) < products(width)) ++width;
  return width;
}

/// a, a^3, a^5, ..., each made when it is first asked for.
template <class Residues, class Poly>
class OddPowers {
 public:
  OddPowers(const Residues& residues, const Poly& a) : residues_(residues), powers_{a} {}
  /// @param exponent  odd
  const Poly& operator[](std::uint64_t exponent) {
    if (!square_ && exponent > 1) square_ = residues_.square(powers_[0]);
    while (powers_.size() <= exponent / 2) powers_.push_back(residues_.times(powers_.back(), *square_));
    return powers_[exponent / 2];
  }

 private:
  const Residues& residues_;
  std::vector<Poly> powers_;
  std::optional<Poly> square_;
};

/// a^e, e >= 1, by sliding windows; nullopt if a stop was requested.
template <class Residues, class Poly>
std::optional<Poly> power(const Residues& residues, const Poly& a, const Integer& e,
                          const AlgebraControl& control) {
  const std::uint64_t width = window_bits(e.bits());
  OddPowers<Residues, Poly> odd_powers(residues, a);
  std::optional<Poly> result;
  for (std::uint64_t left = e.bits(); left > 0;) {  // bits that are still to come
    std::uint64_t end = left - 1;                   // of the window, which is 0 or ends with a 1
    if (fmpz_tstbit(e, end) != 0) {
      end = left > width ? left - width : 0;
      while (fmpz_tstbit(e, end) == 0) ++end;
    }
    std::uint64_t window = 0;
    for (; left > end; --left) {
      window = 2 * window + static_cast<std::uint64_t>(fmpz_tstbit(e, left - 1));
      if (control.stop_requested()) return std::nullopt;
      if (result) result = residues.square(*result);
    }
    if (window > 0) result = result ? residues.times(*result, odd_powers[window]) : odd_powers[window];
  }
  return result;
}

/// a^q, q the order of the field; nullopt if a stop was requested.
template <class Ring, class Poly>
std::optional<Poly> frobenius(const Ring& ring, const typename Ring::Residues& residues, const Poly& a,
                              const AlgebraControl& control) {
  if constexpr (std::same_as<Ring, BinaryRing>) {
    if (control.stop_requested()) return std::nullopt;
    return residues.square(a);
  } else {
    return power(residues, a, Integer(ring.q), control);
  }
}

}  // namespace gforbit::cycles
