// Factoring polynomials over GF(q) in three classical steps (Lidl and Niederreiter, Finite Fields, chapter 4;
// von zur Gathen and Gerhard, Modern Computer Algebra, chapter 14): squarefree parts, products of the factors
// of one degree, single factors (Cantor and Zassenhaus). FLINT could do it in one call, but a call that takes
// minutes could not be stopped; so FLINT lends its arithmetic, and the stop token is looked at between
// operations.
#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "gforbit/core/stop_signal.hpp"

#include "polynomial_rings.hpp"

namespace gforbit::cycles {

template <class Ring>
class PolynomialSplitter {
 public:
  using Poly = typename Ring::Poly;
  struct Factor {
    Poly polynomial;
    unsigned multiplicity;
  };

  PolynomialSplitter(const Ring& ring, core::StopSignal stop) : ring_(ring), stop_(std::move(stop)) {}

  /// The monic irreducible factors of the monic polynomial f of degree >= 1, in no particular order; nullopt
  /// if `stop` was requested.
  std::optional<std::vector<Factor>> factors(Poly f) {
    if (squarefree(std::move(f), 1)) return std::move(found_);
    return std::nullopt;
  }

 private:
  using Residues = typename Ring::Residues;

  [[nodiscard]] int degree(const Poly& a) const { return ring_.degree(a); }

  /// f = product of parts_i^i, each part without repeated factors; where f' = 0, f is a p-th power.
  bool squarefree(Poly f, unsigned multiplicity) {
    Poly repeated = ring_.gcd(f, ring_.derivative(f));
    Poly once = ring_.quotient(f, repeated);
    for (unsigned i = 1; degree(once) > 0; ++i) {
      if (stop_.stop_requested()) return false;
      Poly more = ring_.gcd(once, repeated);
      const Poly part = ring_.quotient(once, more);
      if (degree(part) > 0 && !distinct_degrees(part, i * multiplicity)) return false;
      repeated = ring_.quotient(repeated, more);
      once = std::move(more);
    }
    if (degree(repeated) <= 0) return true;
    return squarefree(ring_.root(repeated), multiplicity * static_cast<unsigned>(ring_.p));
  }

  /// x^(q^i) - x is the product of all irreducible polynomials whose degree divides i. Greatest common
  /// divisors cost more than powers, so one is taken for a block of degrees.
  bool distinct_degrees(Poly f, unsigned multiplicity) {
    std::optional<Residues> residues(std::in_place, ring_, f);
    Poly power = residues->x();
    for (int done = 0; 2 * (done + 1) <= degree(f);) {
      const int block = std::min(kBlock, degree(f) / 2 - done);
      std::vector<Poly> differences;
      Poly product = ring_.constant(1);
      for (int i = 0; i < block; ++i) {
        if (stop_.stop_requested()) return false;
        power = residues->frobenius(power);
        differences.push_back(ring_.minus(power, residues->x()));
        product = residues->times(product, differences.back());
      }
      Poly part = ring_.gcd(f, product);
      if (degree(part) > 0) {
        f = ring_.quotient(f, part);
        for (int i = 0; i < block && degree(part) > 0; ++i) {
          if (stop_.stop_requested()) return false;
          const Poly same = ring_.gcd(part, ring_.remainder(differences[static_cast<std::size_t>(i)], part));
          if (degree(same) == 0) continue;
          part = ring_.quotient(part, same);
          if (!equal_degrees(same, done + 1 + i, multiplicity)) return false;
        }
        if (degree(f) == 0) return true;
        residues.emplace(ring_, f);
        power = residues->reduced(power);
      }
      done += block;
    }
    found_.push_back({std::move(f), multiplicity});
    return true;
  }

  /// g is a product of irreducible polynomials of degree d. A random polynomial is made one that is 0 modulo
  /// about half of them.
  bool equal_degrees(const Poly& g, int d, unsigned multiplicity) {
    if (degree(g) == d) {
      found_.push_back({g, multiplicity});
      return true;
    }
    const Residues residues(ring_, g);
    while (true) {
      const auto half_zero = splitting_residue(residues, d);
      if (!half_zero) return false;
      const Poly part = ring_.gcd(g, *half_zero);
      if (degree(part) <= 0 || degree(part) == degree(g)) continue;
      return equal_degrees(part, d, multiplicity) && equal_degrees(ring_.quotient(g, part), d, multiplicity);
    }
  }

  /// Modulo each factor a random element r of GF(q^d). Odd q: r^((q^d - 1)/2) - 1, which is 0 for the squares
  /// that are not 0. Even q: the trace of r to GF(2).
  std::optional<Poly> splitting_residue(const Residues& residues, int d) {
    Poly r = ring_.random(degree(residues.modulus()), random_);
    if (ring_.p != 2) {
      Integer exponent = Integer::power(ring_.q, static_cast<std::uint64_t>(d)) - Integer(1);
      fmpz_fdiv_q_2exp(exponent, exponent, 1);
      auto root_of_unity = power(residues, r, exponent, stop_);
      if (!root_of_unity) return std::nullopt;
      return ring_.minus(*root_of_unity, ring_.constant(1));
    }
    Poly trace = r;
    for (unsigned i = 1; i < ring_.digits * static_cast<unsigned>(d); ++i) {
      if (stop_.stop_requested()) return std::nullopt;
      r = residues.square(r);
      trace = ring_.minus(trace, r);
    }
    return trace;
  }

  static constexpr int kBlock = 16;

  const Ring& ring_;
  core::StopSignal stop_;
  std::mt19937_64 random_{20240229};  // which random polynomials are tried changes the time, never the result
  std::vector<Factor> found_;
};

}  // namespace gforbit::cycles
