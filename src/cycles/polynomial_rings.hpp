// Choosing the ring for a field, and what is common to the three of them.
#pragma once

#include <optional>

#include "gforbit/core/stop_signal.hpp"
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

/// a^e, e >= 1; nullopt if `stop` was requested.
template <class Residues, class Poly>
std::optional<Poly> power(const Residues& residues, const Poly& a, const Integer& e,
                          const core::StopSignal& stop) {
  Poly result = a;
  for (std::uint64_t bit = e.bits() - 1; bit > 0; --bit) {
    if (stop.stop_requested()) return std::nullopt;
    result = residues.square(result);
    if (fmpz_tstbit(e, bit - 1) != 0) result = residues.times(result, a);
  }
  return result;
}

}  // namespace gforbit::cycles
