// Factoring polynomials over GF(q) in three classical steps (Lidl and Niederreiter, Finite Fields, chapter 4;
// von zur Gathen and Gerhard, Modern Computer Algebra, chapter 14): squarefree parts, products of the factors
// of one degree, single factors (Cantor and Zassenhaus). FLINT could do it in one call, but a call that takes
// minutes could not be stopped; so FLINT lends its arithmetic, and the stop token is looked at between
// operations.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

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

  PolynomialSplitter(const Ring& ring, AlgebraControl control) : ring_(ring), control_(std::move(control)) {}

  /// Splits the monic polynomial f of degree >= 1. False: a stop was requested.
  bool split(Poly f) {
    what_ = fmt::format("factoring the characteristic polynomial of degree {}", degree(f));
    return squarefree(std::move(f), 1);
  }

  /// The monic irreducible factors that were found, in no particular order.
  [[nodiscard]] const std::vector<Factor>& factors() const { return found_; }

 private:
  using Residues = typename Ring::Residues;

  [[nodiscard]] int degree(const Poly& a) const { return ring_.degree(a); }

  /// f = product of parts_i^i, each part without repeated factors; where f' = 0, f is a p-th power.
  bool squarefree(Poly f, unsigned multiplicity) {
    Poly repeated = ring_.gcd(f, ring_.derivative(f));
    Poly once = ring_.quotient(f, repeated);
    for (unsigned i = 1; degree(once) > 0; ++i) {
      if (control_.stop_requested()) return false;
      Poly more = ring_.gcd(once, repeated);
      const Poly part = ring_.quotient(once, more);
      if (degree(part) > 0 && !distinct_degrees(part, i * multiplicity)) return false;
      repeated = ring_.quotient(repeated, more);
      once = std::move(more);
    }
    if (degree(repeated) <= 0) return true;
    return squarefree(ring_.root(repeated), multiplicity * static_cast<unsigned>(ring_.p));
  }

  /// What is left of a polynomial while its factors are split off degree by degree.
  struct Rest {
    Rest(const Ring& ring, Poly polynomial)
        : f(std::move(polynomial)), residues(std::in_place, ring, f), power(residues->x()) {}
    Poly f;
    std::optional<Residues> residues;  ///< modulo f or a multiple of it
    Poly power;                        ///< x^(q^done)
    int done = 0;                      ///< f has no factors of this degree or a lower one
  };

  /// The factors of some degrees in succession.
  struct Block {
    int below;                      ///< the first degree less one
    Poly part;                      ///< their product
    std::vector<Poly> differences;  ///< x^(q^i) - x for each degree i, modulo a multiple of `part`
  };

  /// x^(q^i) - x is the product of all irreducible polynomials whose degree divides i.
  bool distinct_degrees(Poly f, unsigned multiplicity) {
    Rest rest(ring_, std::move(f));
    // Where powers are cheap, it pays to ask first whether a polynomial without small factors is irreducible.
    bool in_doubt = rest.residues->is_sparse() && degree(rest.f) >= kLeastDoubted;
    while (2 * (rest.done + 1) <= degree(rest.f)) {
      if (in_doubt && rest.done >= kSmallDegrees) {
        const auto irreducible = is_irreducible(rest);
        if (!irreducible) return false;
        if (*irreducible) break;
        in_doubt = false;
      }
      auto block = next_block(rest);
      if (!block) return false;
      if (degree(block->part) == 0) continue;
      in_doubt = false;
      if (!single_degrees(std::move(*block), multiplicity)) return false;
    }
    if (degree(rest.f) > 0) found_.push_back({std::move(rest.f), multiplicity});
    return true;
  }

  /// Splits off the factors of the next degrees. Greatest common divisors cost more than powers, so one is
  /// taken for all of them; blocks grow with the degree, because factors get rare.
  std::optional<Block> next_block(Rest& rest) {
    control_.doing(what_, [&] {
      return fmt::format("factors up to degree {} of {} are split off", rest.done, degree(rest.f) / 2);
    });
    const int longest = std::clamp(rest.done / 4, kShortestBlock, Ring::kLongestBlock);
    const int size = std::min(longest, degree(rest.f) / 2 - rest.done);
    Block block{rest.done, ring_.constant(1), {}};
    const Poly x = rest.residues->x();
    for (; rest.done < block.below + size; ++rest.done) {
      auto power = frobenius(ring_, *rest.residues, rest.power, control_);
      if (!power) return std::nullopt;
      rest.power = std::move(*power);
      block.differences.push_back(ring_.minus(rest.power, x));
      block.part = rest.residues->times(block.part, block.differences.back());
    }
    if (control_.stop_requested()) return std::nullopt;
    block.part = ring_.gcd(rest.f, block.part);
    if (degree(block.part) > 0) remove(rest, block.part);
    return block;
  }

  void remove(Rest& rest, const Poly& part) {
    rest.f = ring_.quotient(rest.f, part);
    if (degree(rest.f) == 0) return;
    // Reducing by a sparse multiple is cheaper than by a dense polynomial, unless that is much shorter.
    if (rest.residues->is_sparse() && degree(rest.residues->modulus()) < 3 * degree(rest.f)) return;
    rest.residues.emplace(ring_, rest.f);
    rest.power = rest.residues->reduced(rest.power);
  }

  /// Rabin's test: f, of degree n, is irreducible exactly if x^(q^n) = x modulo f, and x^(q^(n/r)) - x has no
  /// factor in common with f for the primes r of n. nullopt if a stop was requested.
  std::optional<bool> is_irreducible(const Rest& rest) {
    const int n = degree(rest.f);
    const Poly x = rest.residues->x();
    Poly power = rest.power;
    std::vector<Poly> differences;
    for (int i = rest.done + 1; i <= n; ++i) {
      if (i % 1024 == 0)
        control_.doing(what_, [&] { return fmt::format("is it irreducible? {} of {} squares", i, n); });
      auto next = frobenius(ring_, *rest.residues, power, control_);
      if (!next) return std::nullopt;
      power = std::move(*next);
      if (n % i == 0 && is_small_prime(n / i)) differences.push_back(ring_.minus(power, x));
    }
    if (!(power == x)) return false;
    for (const Poly& difference : differences) {
      if (control_.stop_requested()) return std::nullopt;
      if (degree(ring_.gcd(rest.f, difference)) > 0) return false;
    }
    return true;
  }

  [[nodiscard]] static bool is_small_prime(int n) {
    for (int r = 2; r * r <= n; ++r) {
      if (n % r == 0) return false;
    }
    return n > 1;
  }

  bool single_degrees(Block block, unsigned multiplicity) {
    for (std::size_t i = 0; degree(block.part) > 0; ++i) {
      if (control_.stop_requested()) return false;
      const int d = block.below + 1 + static_cast<int>(i);
      if (degree(block.part) < 2 * d) {  // a single factor, because all have degree d at least
        found_.push_back({std::move(block.part), multiplicity});
        return true;
      }
      const Poly same = ring_.gcd(block.part, ring_.remainder(block.differences[i], block.part));
      if (degree(same) == 0) continue;
      block.part = ring_.quotient(block.part, same);
      if (!equal_degrees(same, d, multiplicity)) return false;
    }
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
      auto root_of_unity = power(residues, r, exponent, control_);
      if (!root_of_unity) return std::nullopt;
      return ring_.minus(*root_of_unity, ring_.constant(1));
    }
    Poly trace = r;
    for (unsigned i = 1; i < ring_.digits * static_cast<unsigned>(d); ++i) {
      if (control_.stop_requested()) return std::nullopt;
      r = residues.square(r);
      trace = ring_.minus(trace, r);
    }
    return trace;
  }

  static constexpr int kShortestBlock = 16;
  static constexpr int kLeastDoubted = 128;
  static constexpr int kSmallDegrees = 2 * kShortestBlock;

  const Ring& ring_;
  AlgebraControl control_;
  std::string what_;                  ///< for a listener
  std::mt19937_64 random_{20240229};  // which random polynomials are tried changes the time, never the result
  std::vector<Factor> found_;
};

}  // namespace gforbit::cycles
