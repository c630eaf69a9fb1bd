#include "gforbit/cycles/linear_orbits.hpp"

#include <algorithm>
#include <cassert>
#include <list>
#include <type_traits>

#include "discrete_log.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/linear_jump.hpp"
#include "recurrence.hpp"
#include "smallest_state.hpp"

namespace gforbit::cycles {

using Cells = LinearPlace::Cells;

std::optional<Congruence> both(const Congruence& a, const Congruence& b) {
  const Integer common = gcd(a.modulus, b.modulus);
  const Integer difference = b.value - a.value;
  if (fmpz_divisible(difference, common) == 0) return std::nullopt;
  const Integer more = b.modulus / common;
  if (more.is_one()) return a;
  Integer steps;
  fmpz_invmod(steps, a.modulus / common, more);
  fmpz_mul(steps, steps, difference / common);
  fmpz_mod(steps, steps, more);
  return Congruence{a.value + a.modulus * steps, a.modulus * more};
}

std::string number_text(const Integer& n) {
  constexpr std::size_t kShown = 40;
  const std::string digits = core::decimal(n.natural());
  if (digits.size() <= kShown) return digits;
  return fmt::format("{}...{} ({} digits)", digits.substr(0, kShown / 2),
                     digits.substr(digits.size() - kShown / 2), digits.size());
}

class LinearOrbits::Impl {
 public:
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  virtual ~Impl() = default;
  virtual LinearPlace locate(std::span<const galois::Element> state, const AlgebraControl& control) = 0;
  virtual std::optional<core::Natural> distance(std::span<const galois::Element> from,
                                                std::span<const galois::Element> to,
                                                const AlgebraControl& control) = 0;
  [[nodiscard]] std::string reservation() const {
    AlgebraicMap rests;
    rests.probable_primes = probable_primes_;
    return rests.reservation();
  }

 protected:
  std::vector<core::Natural> probable_primes_;
};

namespace {

template <class Ring>
Ring make_ring(const galois::Field& field) {
  if constexpr (std::is_same_v<Ring, BinaryRing>)
    return {};
  else
    return Ring(field);
}

template <class Ring>
class RingOrbits final : public LinearOrbits::Impl {
 public:
  using Poly = typename Ring::Poly;
  using Residues = typename Ring::Residues;

  RingOrbits(const fsr::Feedback& feedback, const AlgebraControl& control)
      : feedback_(feedback),
        field_(feedback.field()),
        ring_(make_ring<Ring>(field_)),
        polynomial_(recurrence_polynomial(feedback)) {
    const auto factors = factor_polynomial(field_, polynomial_, control);
    if (!factors) throw Unanswered("factoring the characteristic polynomial was not finished", true);
    for (const PolynomialFactor& factor : *factors) {
      if (factor.degree() == 1 && factor.coefficients[0] == 0)
        nilpotent_ = factor.multiplicity;
      else
        components_.emplace_back(factor, ring_.make(factor.coefficients));
    }
    for (Component& component : components_) component.power = only(component);
  }

  LinearPlace locate(std::span<const galois::Element> state, const AlgebraControl& control) override {
    Watch watch(control);
    LinearPlace place;
    place.distance = parts_of(state).distance;
    place.entry = state_after(feedback_, state, place.distance);
    const Parts parts = parts_of(place.entry);
    const Integer period = period_of(parts, watch);
    place.period = period.natural();
    try {
      find_smallest(place, parts, watch);
    } catch (const Unanswered& error) {
      place.missing = error.what();
      place.was_stopped = error.stopped;
    }
    return place;
  }

  std::optional<core::Natural> distance(std::span<const galois::Element> from,
                                        std::span<const galois::Element> to,
                                        const AlgebraControl& control) override {
    if (std::ranges::equal(from, to)) return 0;
    Watch watch(control);
    const core::Natural transient = parts_of(from).distance, left = parts_of(to).distance;
    if (left > 0) {
      if (left >= transient) return std::nullopt;
      const core::Natural steps = transient - left;
      return std::ranges::equal(state_after(feedback_, from, steps), to) ? std::optional(steps)
                                                                         : std::nullopt;
    }
    const Cells entry = state_after(feedback_, from, transient);
    const auto steps = steps_between(parts_of(entry), parts_of(to), watch);
    if (!steps) return std::nullopt;
    return transient + steps->natural();
  }

 private:
  struct Component {
    Component(const PolynomialFactor& from, Poly polynomial)
        : factor(from), p(std::move(polynomial)), power(p) {}
    PolynomialFactor factor;
    Poly p, power;                            ///< power: p^multiplicity
    std::optional<ComponentLog<Ring>> log{};  ///< made when a state needs it
    std::map<unsigned, Residues> residues{};  ///< modulo p^k, likewise
  };

  /// Of a state modulo p^multiplicity: p^(multiplicity - k) times a unit that matters modulo p^k.
  struct Part {
    unsigned k;
    Poly unit;
  };
  struct Parts {
    std::uint64_t distance;   ///< steps until the nilpotent part is gone
    std::vector<Part> parts;  ///< one for each component
  };

  /// The power of one factor in the polynomial.
  Poly only(const Component& component) const {
    Poly rest = ring_.make(std::span(polynomial_).subspan(nilpotent_));
    for (const Component& other : components_) {
      if (&other == &component) continue;
      for (unsigned i = 0; i < other.factor.multiplicity; ++i) rest = ring_.quotient(rest, other.p);
    }
    return rest;
  }

  /// What the sequence is multiplied by the polynomial: see the header.
  [[nodiscard]] Cells numerator(std::span<const galois::Element> state) const {
    Cells cells(state.begin(), state.end());
    if (polynomial_.size() > cells.size() + 1) cells.push_back(feedback_.evaluate(state));
    Cells g(cells.size(), 0);
    for (std::size_t m = 1; m < polynomial_.size(); ++m) {
      if (polynomial_[m] == 0) continue;
      for (std::size_t i = 0; i < m; ++i)
        g[m - 1 - i] = field_.add(g[m - 1 - i], field_.multiply(polynomial_[m], cells[i]));
    }
    return g;
  }

  [[nodiscard]] Parts parts_of(std::span<const galois::Element> state) const {
    const Cells g = numerator(state);
    std::uint64_t zeros = 0;
    while (zeros < nilpotent_ && g[zeros] == 0) ++zeros;
    Parts result{nilpotent_ - zeros, {}};
    const Poly whole = ring_.make(g);
    for (const Component& component : components_) {
      Poly unit = ring_.remainder(whole, component.power);
      unsigned k = ring_.degree(unit) < 0 ? 0 : component.factor.multiplicity;
      while (k > 0 && ring_.degree(ring_.remainder(unit, component.p)) < 0) {
        unit = ring_.quotient(unit, component.p);
        --k;
      }
      result.parts.push_back({k, std::move(unit)});
    }
    return result;
  }

  ComponentLog<Ring>& log_of(Component& component, Watch& watch) {
    if (component.log) return *component.log;
    const auto n = static_cast<std::uint64_t>(field_.extension_degree()) * component.factor.degree();
    watch.now(fmt::format("the search for prime factors of {}^{} - 1, on which the period depends,",
                          field_.characteristic(), n));
    auto answer = order_of_irreducible(field_, component.factor.coefficients, factorizer_, watch.control());
    auto* order = std::get_if<PolynomialOrder>(&answer);
    if (order == nullptr) watch.stop();
    for (auto& prime : order->probable_primes) {
      if (std::ranges::find(probable_primes_, prime) == probable_primes_.end())
        probable_primes_.push_back(std::move(prime));
    }
    std::ranges::sort(probable_primes_);
    component.log.emplace(ring_, field_, component.p, order->value,
                          factorizer_.known_primes(field_.characteristic(), n));
    return *component.log;
  }

  const Residues& residues_of(Component& component, unsigned k) {
    const auto known = component.residues.find(k);
    if (known != component.residues.end()) return known->second;
    Poly power = component.power;
    for (unsigned i = k; i < component.factor.multiplicity; ++i) power = ring_.quotient(power, component.p);
    return component.residues.try_emplace(k, ring_, std::move(power)).first->second;
  }

  /// Calls `use(component, number)` for the components that the state has a part in.
  template <class Use>
  void for_each_part(const Parts& parts, Use&& use) {
    std::size_t number = 0;
    for (Component& component : components_) {
      if (parts.parts[number].k > 0) use(component, number);
      ++number;
    }
  }

  Integer period_of(const Parts& parts, Watch& watch) {
    Integer period(1);
    for_each_part(parts, [&](Component& component, std::size_t i) {
      fmpz_lcm(period, period, log_of(component, watch).order(parts.parts[i].k));
    });
    return period;
  }

  [[nodiscard]] static bool same_powers(const Parts& a, const Parts& b) {
    return std::ranges::equal(a.parts, b.parts, {}, &Part::k, &Part::k);
  }

  /// The least n such that n steps lead from one state on a cycle to another.
  std::optional<Integer> steps_between(const Parts& from, const Parts& to, Watch& watch) {
    if (!same_powers(from, to) || !same_cosets(coset_of(from, watch), to, watch)) return std::nullopt;
    std::optional<Congruence> n = Congruence{};
    for_each_part(from, [&](Component& component, std::size_t i) {
      if (!n) return;
      const unsigned k = from.parts[i].k;
      const Residues& residues = residues_of(component, k);
      const Poly quotient = residues.times(residues.reduced(to.parts[i].unit),
                                           inverse(component, k, from.parts[i].unit, watch));
      const auto more = log_of(component, watch).log(quotient, k, residues, watch);
      n = more ? both(*n, *more) : std::nullopt;
    });
    if (!n) return std::nullopt;
    return n->value;
  }

  Poly inverse(Component& component, unsigned k, const Poly& unit, Watch& watch) {
    watch.now("a discrete logarithm");
    const Integer exponent = (Integer::power(field_.order(), component.factor.degree()) - Integer(1)) *
                             Integer(least_power(ring_.p, k));
    const Residues& residues = residues_of(component, k);
    return raised(ring_, residues, residues.reduced(unit), exponent - Integer(1), watch);
  }

  /// What all states on a cycle have in common: their units, raised to the order of x. Where there is one
  /// component without repetition, no other cycle has the same.
  std::vector<Poly> coset_of(const Parts& parts, Watch& watch) {
    std::vector<Poly> coset;
    for_each_part(parts, [&](Component& component, std::size_t i) {
      coset.push_back(in_coset(component, parts.parts[i], watch));
    });
    return coset;
  }
  Poly in_coset(Component& component, const Part& part, Watch& watch) {
    const Residues& residues = residues_of(component, part.k);
    return raised(ring_, residues, residues.reduced(part.unit), log_of(component, watch).order(part.k),
                  watch);
  }
  bool same_cosets(const std::vector<Poly>& coset, const Parts& parts, Watch& watch) {
    bool same = true;
    std::size_t number = 0;
    for_each_part(parts, [&](Component& component, std::size_t i) {
      same = same && in_coset(component, parts.parts[i], watch) == coset[number++];
    });
    return same;
  }

  /// The polynomial of the shortest recurrence that a state on a cycle obeys.
  [[nodiscard]] Coefficients minimal_polynomial(const Parts& parts) const {
    Poly h = ring_.make(std::span(polynomial_).subspan(nilpotent_));
    std::size_t number = 0;
    for (const Component& component : components_) {
      for (unsigned i = parts.parts[number].k; i < component.factor.multiplicity; ++i)
        h = ring_.quotient(h, component.p);
      ++number;
    }
    return ring_.coefficients(h);
  }

  void find_smallest(LinearPlace& place, const Parts& parts, Watch& watch) {
    if (place.period == 1) {
      place.representative = place.entry;
      place.position = 0;
      return;
    }
    watch.now("the search for the smallest state of the cycle");
    const ShortRegister shorter(feedback_, minimal_polynomial(parts), place.entry);
    if (is_walked(shorter, place.period)) {
      const core::Natural steps = shorter.steps_to_smallest(place.period, watch);
      place.representative = state_after(feedback_, place.entry, steps);
      place.position = steps == 0 ? steps : place.period - steps;
      return;
    }
    const std::vector<Poly> coset = coset_of(parts, watch);
    const bool is_certain =
        coset.size() == 1 && std::ranges::all_of(parts.parts, [](const Part& part) { return part.k <= 1; });
    for (std::uint64_t index = 0;; ++index) {
      watch.now("the search for the smallest state of the cycle");
      watch.check();
      Cells state = shorter.state(index);
      const Parts its = parts_of(state);
      if (!same_powers(its, parts) || !same_cosets(coset, its, watch)) continue;
      if (is_certain) place.representative = state;
      const auto steps = steps_between(its, parts, watch);
      if (!steps) continue;
      place.representative = std::move(state);
      place.position = steps->natural();
      return;
    }
  }

  /// Whether to walk around the cycle, rather than to look where small states are.
  static bool is_walked(const ShortRegister& shorter, const core::Natural& period) {
    constexpr std::uint64_t kStepsOfATest = 1024, kMostSteps = std::uint64_t{1} << 40;
    const core::Natural tests = shorter.state_count() / period + 1;
    const bool walk = period <= tests * kStepsOfATest;
    if ((walk ? period : tests * kStepsOfATest) <= kMostSteps) return walk;
    throw Unanswered(fmt::format("the smallest state of the cycle is not found in a reasonable time: a walk "
                                 "around the cycle takes {} steps, and one in {} small states is on it",
                                 number_text(Integer(period)), number_text(Integer(tests))),
                     false);
  }

  fsr::Feedback feedback_;
  galois::Field field_;
  Ring ring_;
  Coefficients polynomial_;
  std::uint64_t nilpotent_ = 0;      ///< the power of x in it
  std::list<Component> components_;  ///< the others
  IntegerFactorizer factorizer_;
};

std::unique_ptr<LinearOrbits::Impl> make_orbits(const fsr::Feedback& feedback,
                                                const AlgebraControl& control) {
  const galois::Field& field = feedback.field();
  galois::clean_up_flint_at_thread_end();
  if (field.order() == 2) return std::make_unique<RingOrbits<BinaryRing>>(feedback, control);
  if (field.extension_degree() == 1) return std::make_unique<RingOrbits<PrimeRing>>(feedback, control);
  return std::make_unique<RingOrbits<ExtensionRing>>(feedback, control);
}

}  // namespace

LinearOrbits::LinearOrbits(const fsr::Feedback& feedback, const AlgebraControl& control) {
  assert(feedback.kind() != fsr::FeedbackKind::nonlinear);
  const int degree = feedback.degree() + (feedback.constant() == 0 ? 0 : 1);
  if (!can_factor(feedback.field(), degree)) {
    throw Unanswered(
        fmt::format("a characteristic polynomial of degree {} is not factored: the largest degree "
                    "over GF({}) is {}",
                    degree, feedback.field().order(), max_factored_degree(feedback.field())),
        false);
  }
  impl_ = make_orbits(feedback, control);
}

LinearOrbits::~LinearOrbits() = default;
LinearOrbits::LinearOrbits(LinearOrbits&&) noexcept = default;
LinearOrbits& LinearOrbits::operator=(LinearOrbits&&) noexcept = default;

LinearPlace LinearOrbits::locate(std::span<const galois::Element> state, const AlgebraControl& control) {
  return impl_->locate(state, control);
}

std::optional<core::Natural> LinearOrbits::distance(std::span<const galois::Element> from,
                                                    std::span<const galois::Element> to,
                                                    const AlgebraControl& control) {
  return impl_->distance(from, to, control);
}

std::string LinearOrbits::reservation() const {
  return impl_->reservation();
}

}  // namespace gforbit::cycles
