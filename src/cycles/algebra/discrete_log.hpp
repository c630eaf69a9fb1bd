// Discrete logarithms to the base x modulo powers of irreducible polynomials.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algebra_distribution.hpp"
#include "gforbit/cycles/linear_orbits.hpp"
#include "gforbit/cycles/polynomial.hpp"
#include "polynomial_rings.hpp"

namespace gforbit::cycles {

/// What is being computed, and until when.
class Watch {
 public:
  explicit Watch(const AlgebraControl& control) : control_(control) {}
  void now(std::string what) { what_ = std::move(what); }
  [[nodiscard]] const AlgebraControl& control() const { return control_; }
  void check() const {
    if (control_.stop_requested()) stop();
  }
  [[noreturn]] void stop() const { throw Unanswered(what_ + " was not finished", true); }

 private:
  const AlgebraControl& control_;
  std::string what_;
};

/// a^e, e >= 0. @throws Unanswered
template <class Ring>
typename Ring::Poly raised(const Ring& ring, const typename Ring::Residues& residues,
                           const typename Ring::Poly& a, const Integer& e, const Watch& watch) {
  if (fmpz_is_zero(e) != 0) return residues.reduced(ring.constant(1));
  auto result = power(residues, a, e, watch.control());
  if (!result) watch.stop();
  return *std::move(result);
}

/// The numbers that are `value` modulo `modulus`.
struct Congruence {
  Integer value, modulus{1};
};

/// Both at once; nullopt: they contradict each other.
[[nodiscard]] std::optional<Congruence> both(const Congruence& a, const Congruence& b);

/// Both ends of a number that may be long.
[[nodiscard]] std::string number_text(const Integer& n);

/// The powers b^0, ..., b^(m-1) of an element of prime order, found by their values.
template <class Ring>
class BabySteps {
 public:
  using Poly = typename Ring::Poly;
  using Residues = typename Ring::Residues;

  BabySteps(const Ring& ring, const Residues& residues, Poly base, std::uint64_t order, const Watch& watch)
      : ring_(ring), residues_(residues), base_(std::move(base)), order_(order), count_(table_size(order)) {
    slots_.resize(std::bit_ceil(2 * count_));
    Poly step = residues.reduced(ring.constant(1));
    for (std::uint64_t j = 0; j < count_; ++j) {
      if (j % kBetweenChecks == 0) watch.check();
      insert(hash(step), j);
      step = residues.times(step, base_);
    }
    giant_ = raised(ring, residues, base_, Integer(order - count_), watch);  // b^(-m)
  }

  /// Products for the table and the search of a logarithm, at most.
  [[nodiscard]] static std::uint64_t cost(std::uint64_t order) {
    return table_size(order) + (order - 1) / table_size(order) + 1;
  }

  /// The least j with b^j = target; nullopt: none.
  [[nodiscard]] std::optional<std::uint64_t> log(Poly target, const Watch& watch) const {
    const std::uint64_t giants = (order_ - 1) / count_ + 1;
    for (std::uint64_t i = 0; i < giants; ++i) {
      if (i % kBetweenChecks == 0) watch.check();
      if (const auto j = find(target, watch)) return i * count_ + *j;
      target = residues_.times(target, giant_);
    }
    return std::nullopt;
  }

 private:
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 24;
  static constexpr std::uint64_t kBetweenChecks = 1024;
  static constexpr std::uint64_t kTag = 0xffffffff00000000;

  [[nodiscard]] static std::uint64_t table_size(std::uint64_t order) {
    const auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(order))) + 1;
    return std::min({root, order, kMost});
  }

  [[nodiscard]] std::uint64_t hash(const Poly& a) const {
    std::uint64_t h = 0;
    const auto add = [&h](std::uint64_t word) {
      h = (h ^ word) * 0x9e3779b97f4a7c15;
      h ^= h >> 29;
    };
    if constexpr (std::same_as<Ring, BinaryRing>) {
      for (const std::uint64_t word : a) add(word);
    } else {
      for (const galois::Element c : ring_.coefficients(a)) add(c);
    }
    return h * 0xbf58476d1ce4e5b9;
  }

  /// A slot: the upper half of the hash, and j + 1; 0: empty.
  void insert(std::uint64_t h, std::uint64_t j) {
    std::size_t at = place(h);
    while (slots_[at] != 0) at = (at + 1) % slots_.size();
    slots_[at] = (h & kTag) | (j + 1);
  }
  [[nodiscard]] std::optional<std::uint64_t> find(const Poly& a, const Watch& watch) const {
    const std::uint64_t h = hash(a);
    for (std::size_t at = place(h); slots_[at] != 0; at = (at + 1) % slots_.size()) {
      if ((slots_[at] & kTag) != (h & kTag)) continue;
      const std::uint64_t j = (slots_[at] & ~kTag) - 1;
      if (raised(ring_, residues_, base_, Integer(j), watch) == a) return j;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t place(std::uint64_t h) const {
    return static_cast<std::size_t>(h) & (slots_.size() - 1);
  }

  const Ring& ring_;
  const Residues& residues_;
  Poly base_, giant_ = base_;
  std::uint64_t order_, count_;
  std::vector<std::uint64_t> slots_;
};

/// Logarithms to the base x modulo one irreducible polynomial p other than x, and modulo its powers.
template <class Ring>
class ComponentLog {
 public:
  using Poly = typename Ring::Poly;
  using Residues = typename Ring::Residues;

  /// @param order   of x modulo p
  /// @param primes  those of the order, and perhaps others
  ComponentLog(const Ring& ring, const galois::Field& field, Poly p, const core::Natural& order,
               const std::vector<PrimePower>& primes)
      : ring_(ring), field_(field), p_(std::move(p)), residues_(ring, p_), order_(order) {
    for (const PrimePower& power : primes) {
      const Integer prime(power.prime);
      Integer cofactor;
      const auto exponent = static_cast<unsigned>(fmpz_remove(cofactor, order_, prime));
      if (exponent > 0) parts_.push_back({prime, exponent, std::move(cofactor), {}});
    }
  }
  ComponentLog(const ComponentLog&) = delete;
  ComponentLog& operator=(const ComponentLog&) = delete;

  [[nodiscard]] const Integer& order() const { return order_; }
  /// Of x modulo p^k.
  [[nodiscard]] Integer order(unsigned k) const { return order_ * Integer(least_power(ring_.p, k)); }

  /// n with x^n = u modulo p^k; nullopt: there is none.
  /// @param residues  modulo p^k  @throws Unanswered
  [[nodiscard]] std::optional<Congruence> log(const Poly& u, unsigned k, const Residues& residues,
                                              Watch& watch) {
    auto n = log_in_field(ring_.remainder(u, p_), watch);
    if (!n || k == 1) return n;
    watch.now("a discrete logarithm");
    Integer back = order(k) - n->value;
    Poly rest = residues.times(u, raised(ring_, residues, residues.x(), back, watch));
    const auto digits = unipotent_log(std::move(rest), k, residues, watch);
    if (!digits) return std::nullopt;
    return Congruence{n->value + order_ * digits->value, order_ * digits->modulus};
  }

 private:
  struct Part {
    Integer prime;
    unsigned exponent;  ///< of the prime in the order
    Integer cofactor;   ///< the order without it
    std::optional<BabySteps<Ring>> steps;
  };

  std::optional<Congruence> log_in_field(const Poly& u, Watch& watch) {
    const Poly one = residues_.reduced(ring_.constant(1));
    watch.now("a discrete logarithm");
    if (!(raised(ring_, residues_, u, order_, watch) == one)) return std::nullopt;
    Congruence n;
    for (Part& part : parts_) {
      const auto more = log_in_part(part, u, watch);
      if (!more) return std::nullopt;
      auto joined = both(n, *more);
      if (!joined) return std::nullopt;
      n = *std::move(joined);
    }
    return n;
  }

  /// Modulo l^a, digit by digit (Pohlig and Hellman).
  std::optional<Congruence> log_in_part(Part& part, const Poly& u, Watch& watch) {
    const Poly base = raised(ring_, residues_, residues_.x(), part.cofactor, watch);
    const Poly target = raised(ring_, residues_, u, part.cofactor, watch);
    const Integer size = power_of(part.prime, part.exponent);
    const BabySteps<Ring>& steps = steps_of(part, base, watch);
    Congruence n{Integer(0), size};
    Integer place(1);
    for (unsigned digit = 0; digit < part.exponent; ++digit) {
      const Poly rest =
          residues_.times(target, raised(ring_, residues_, base, size - n.value, watch));  // base^size = 1
      const auto value = steps.log(
          raised(ring_, residues_, rest, power_of(part.prime, part.exponent - 1 - digit), watch), watch);
      if (!value) return std::nullopt;
      n.value = n.value + place * Integer(*value);
      place = place * part.prime;
    }
    return n;
  }

  const BabySteps<Ring>& steps_of(Part& part, const Poly& base, Watch& watch) {
    if (part.prime.bits() > kMostLogarithmBits)
      throw Unanswered(fmt::format("a discrete logarithm modulo {}, a prime factor of the period, takes too "
                                   "many steps (some 2^{})",
                                   number_text(part.prime), part.prime.bits() / 2),
                       false);
    watch.now(fmt::format("a discrete logarithm modulo {}, a prime factor of the period (up to {} steps),",
                          number_text(part.prime), BabySteps<Ring>::cost(fmpz_get_ui(part.prime))));
    if (!part.steps) {
      part.steps.emplace(ring_, residues_,
                         raised(ring_, residues_, base, power_of(part.prime, part.exponent - 1), watch),
                         fmpz_get_ui(part.prime), watch);
    }
    return *part.steps;
  }

  /// y = x^order is 1 + N with N divisible by p once, and y^(c^i) = 1 + N^(c^i), c the characteristic: so
  /// z = y^m tells a digit of m to the base c after the other.
  std::optional<Congruence> unipotent_log(Poly z, unsigned k, const Residues& residues, const Watch& watch) {
    const Integer size(least_power(ring_.p, k));
    const Poly one = ring_.constant(1);
    Poly y = raised(ring_, residues, residues.x(), order_, watch);
    Congruence m{Integer(0), size};
    std::uint64_t place = 1;
    while (place < k) {
      const auto digit = ratio(ring_.minus(z, one), ring_.minus(y, one), place);
      if (!digit) return std::nullopt;
      z = residues.times(z, raised(ring_, residues, y, size - Integer(*digit), watch));
      m.value = m.value + Integer(*digit) * Integer(place);
      place *= ring_.p;
      if (place < k) y = raised(ring_, residues, y, Integer(ring_.p), watch);
    }
    if (!(z == one)) return std::nullopt;
    return m;
  }

  /// The c in GF(p) with a = c b modulo p^(n+1), both divisible by p^n, b not by p^(n+1).
  std::optional<std::uint64_t> ratio(Poly a, Poly b, std::uint64_t n) const {
    for (; n > 0; --n) {
      if (ring_.degree(ring_.remainder(a, p_)) >= 0) return std::nullopt;
      a = ring_.quotient(a, p_);
      b = ring_.quotient(b, p_);
    }
    auto top = ring_.coefficients(ring_.remainder(a, p_));
    const auto bottom = ring_.coefficients(ring_.remainder(b, p_));
    if (top.empty()) return 0;
    const galois::Element c = field_.multiply(top.back(), field_.inverse(bottom.back()));
    if (c >= ring_.p || top.size() != bottom.size()) return std::nullopt;
    for (std::size_t i = 0; i < top.size(); ++i) {
      if (top[i] != field_.multiply(c, bottom[i])) return std::nullopt;
    }
    return c;
  }

  [[nodiscard]] static Integer power_of(const Integer& base, unsigned exponent) {
    Integer result;
    fmpz_pow_ui(result, base, exponent);
    return result;
  }

  const Ring& ring_;
  const galois::Field& field_;
  Poly p_;
  Residues residues_;
  Integer order_;
  std::vector<Part> parts_;
};

}  // namespace gforbit::cycles
