#include "gforbit/cycles/algebra.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "algebra_distribution.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/fsr/system.hpp"
#include "linear_map.hpp"

namespace gforbit::cycles {
namespace {

bool is_x(const PolynomialFactor& factor) {
  return factor.degree() == 1 && factor.coefficients[0] == 0;
}

bool is_x_minus_1(const PolynomialFactor& factor, const galois::Field& field) {
  return factor.degree() == 1 && factor.coefficients[0] == field.negate(1);
}

/// The number q^n - 1 as people write it, with p^m for q where the table is listed by p.
std::string power_minus_one_text(const galois::Field& field, unsigned n) {
  return fmt::format("{}^{} - 1", field.characteristic(),
                     static_cast<unsigned>(field.extension_degree()) * n);
}

/// Both ends of a number that may be long.
std::string abbreviated(std::string digits) {
  constexpr std::size_t kShownDigits = 60;
  if (digits.size() <= kShownDigits) return digits;
  return digits.substr(0, kShownDigits / 2) + "..." + digits.substr(digits.size() - kShownDigits / 2);
}

std::string resisting_text(const fsr::Register& reg, const PolynomialFactor& factor,
                           const CompositeFactor& cofactor) {
  const std::string digits = core::decimal(cofactor.value);
  return fmt::format(
      "stopped: the order of a factor of degree {} of the characteristic polynomial depends on the prime "
      "factors of {}, whose {} {} ({} digits) {}; raise the time limit{}",
      factor.degree(), power_minus_one_text(reg.field(), factor.degree()),
      cofactor.tested ? "composite cofactor" : "cofactor", abbreviated(digits), digits.size(),
      cofactor.tested ? "is not factored" : "was not tested for primality yet",
      reg.enumerable_state_count() ? ", or enumerate the states" : "");
}

/// The orders of all factors but x. Factors of one degree share the factors of q^n - 1.
class OrderFinder {
 public:
  OrderFinder(const fsr::Register& reg, AlgebraicMap& map, IntegerFactorizer& factorizer,
              const AlgebraControl& control)
      : reg_(reg),
        map_(map),
        factors_(map.characteristic.factors),
        factorizer_(factorizer),
        control_(control),
        bounds_(factors_.size(), {std::nullopt, 1, 0}) {}

  /// Finds what `search` allows, and notes bounds for the others. False: stopped.
  bool find(Search search) {
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      if (is_x(factors_[i]) || factors_[i].order != 0) continue;
      auto answer =
          order_of_irreducible(reg_.field(), factors_[i].coefficients, factorizer_, control_, search);
      if (auto* order = std::get_if<PolynomialOrder>(&answer)) {
        factors_[i].order = order->value;
        for (auto& prime : order->probable_primes) add_probable_prime(std::move(prime));
      } else {
        tighten(bounds_[i], std::get<ResistingFactor>(std::move(answer)));
      }
      if (control_.stop_requested()) return false;
    }
    return true;
  }

  [[nodiscard]] bool complete() const {
    return std::ranges::all_of(factors_, [](const auto& f) { return is_x(f) || f.order != 0; });
  }

  /// All but `proven`, which is the caller's.
  [[nodiscard]] Unresolved unresolved() const {
    Unresolved result;
    result.message = "stopped before the orders of all factors were found";
    CharacteristicFactors divisors{{}, factors_}, multiples{{}, factors_};
    for (std::size_t i = 0; i < factors_.size(); ++i) {
      if (is_x(factors_[i]) || factors_[i].order != 0) continue;
      if (result.cofactor == 0 && bounds_[i].cofactor) set_resisting(result, i);
      divisors.factors[i].order = bounds_[i].order_divisor;
      multiples.factors[i].order = bounds_[i].order_multiple;
    }
    const auto characteristic = reg_.field().characteristic();
    result.period_divisor = divisors.power_period(characteristic);
    result.period_multiple = multiples.power_period(characteristic);
    return result;
  }

 private:
  /// Both hold what is proven; a stop may have left the later one the worse.
  static void tighten(ResistingFactor& bounds, ResistingFactor&& found) {
    if (found.cofactor) bounds.cofactor = std::move(found.cofactor);
    bounds.order_divisor = boost::multiprecision::lcm(bounds.order_divisor, found.order_divisor);
    bounds.order_multiple = bounds.order_multiple == 0
                                ? std::move(found.order_multiple)
                                : boost::multiprecision::gcd(bounds.order_multiple, found.order_multiple);
  }

  void add_probable_prime(core::Natural prime) {
    auto& known = map_.probable_primes;
    const auto place = std::ranges::lower_bound(known, prime);
    if (place == known.end() || *place != prime) known.insert(place, std::move(prime));
  }

  void set_resisting(Unresolved& result, std::size_t i) const {
    const auto& field = reg_.field();
    const auto n = static_cast<std::uint64_t>(field.extension_degree()) * factors_[i].degree();
    result.reason = Unresolved::Reason::resisting;
    result.message = resisting_text(reg_, factors_[i], *bounds_[i].cofactor);
    result.cofactor = bounds_[i].cofactor->value;
    result.number = power_minus_one_text(field, factors_[i].degree());
    result.known_primes = factorizer_.known_primes(field.characteristic(), n);
  }

  const fsr::Register& reg_;
  AlgebraicMap& map_;
  std::vector<PolynomialFactor>& factors_;
  IntegerFactorizer& factorizer_;
  const AlgebraControl& control_;
  std::vector<ResistingFactor> bounds_;  ///< a factor
};

/// Exponents of the elementary divisors (x - 1)^e, the highest first.
std::vector<unsigned> unipotent_blocks(std::span<const PolynomialFactor> divisors,
                                       const galois::Field& field) {
  std::vector<unsigned> exponents;
  for (const PolynomialFactor& divisor : divisors) {
    if (is_x_minus_1(divisor, field)) exponents.push_back(divisor.multiplicity);
  }
  std::ranges::sort(exponents, std::greater<>());
  return exponents;
}

/// The e of the elementary divisor (x - 1)^e where an affine step has no fixed point; 0: it has one in all
/// parts. With the constant as one more cell the step is linear, and just this divisor becomes (x - 1)^(e+1).
/// nullopt: a stop was requested.
std::optional<unsigned> shifted_block(const fsr::Register& reg, std::span<const PolynomialFactor> divisors,
                                      const core::StopSignal& stop) {
  if (reg.kind() != fsr::FeedbackKind::affine) return 0;
  const auto exponents = unipotent_blocks(divisors, reg.field());
  if (reg.system() == nullptr) return exponents.empty() ? 0 : exponents.front();
  PolynomialFactor x_minus_1{{reg.field().negate(1), 1}, 1};
  x_minus_1.multiplicity += std::accumulate(exponents.begin(), exponents.end(), 0U);
  const auto extended =
      LinearMap::with_constant(*reg.system()).elementary_divisors(std::span(&x_minus_1, 1), stop);
  if (!extended) return std::nullopt;
  const auto grown = std::ranges::mismatch(exponents, unipotent_blocks(*extended, reg.field())).in1;
  return grown == exponents.end() ? 0 : *grown;
}

/// One block for each factor but x whose order is known, those with the fewest and shortest cycles first, so
/// that the distribution grows late.
/// @param shifted  see shifted_block()
std::vector<Distribution> blocks(const fsr::Register& reg, const CharacteristicFactors& characteristic,
                                 unsigned shifted) {
  const auto& field = reg.field();
  std::vector<Distribution> result;
  for (const auto& factor : characteristic.factors) {
    if (factor.order == 0) continue;
    if (is_x_minus_1(factor, field) && factor.multiplicity == shifted) {
      shifted = 0;  // one of those with this exponent
      result.push_back(shift_block(field.order(), field.characteristic(), factor.multiplicity));
    } else {
      result.push_back(power_block(field.order(), field.characteristic(), factor.degree(),
                                   Integer(factor.order), factor.multiplicity));
    }
  }
  std::ranges::sort(result, {}, [](const Distribution& block) { return block.back().period; });
  return result;
}

/// @throws core::CertificateError  see map_by_algebra
void check_coverage(const fsr::Register& reg, const AlgebraicMap& map) {
  core::Natural states = map.transient_states;
  for (const auto& [period, cycles] : map.distribution) states += period * cycles;
  if (states == reg.state_count()) return;
  throw core::CertificateError(
      fmt::format("algebraic map of {} cells over GF({}): periods and transient states do not add up to q^d",
                  reg.degree(), reg.field().order()));
}

/// Distributions that are known in part are kept up to this size: combining them cannot be stopped.
constexpr std::size_t kMaxPartialPeriods = std::size_t{1} << 15;

/// The cycles of the blocks together. nullopt: see combined().
std::optional<Distribution> combined_blocks(const std::vector<Distribution>& blocks, std::size_t limit,
                                            const core::StopSignal& stop) {
  Distribution counts{{Integer(1), Integer(1)}};
  for (const auto& block : blocks) {
    auto more = combined(counts, block, limit, stop);
    if (!more) return std::nullopt;
    counts = std::move(*more);
  }
  return counts;
}

std::map<core::Natural, core::Natural> as_map(const Distribution& counts) {
  std::map<core::Natural, core::Natural> result;
  for (const auto& [period, cycles] : counts)
    result.emplace_hint(result.end(), period.natural(), cycles.natural());
  return result;
}

/// What follows from the factors alone. A nilpotent block forgets one cell in a step, so the image of the
/// step lacks one dimension for each.
void set_transient_states(const fsr::Register& reg, AlgebraicMap& map) {
  const std::uint64_t q = reg.field().order();
  const NilpotentPart nilpotent = map.characteristic.nilpotent_part();
  map.max_transient_length = nilpotent.longest;
  map.transient_states =
      reg.state_count() - core::power(q, static_cast<unsigned>(reg.degree()) - nilpotent.cells);
  map.leaf_states = reg.state_count() - reg.state_count() / core::power(q, nilpotent.blocks);
}

/// What follows from the orders alone.
void set_order(const fsr::Register& reg, AlgebraicMap& map) {
  if (map.characteristic.singular_part() > 0) return;
  map.order = map.characteristic.power_period(reg.field().characteristic());
  map.is_primitive = map.characteristic.is_irreducible() && map.order == reg.state_count() - 1;
}

/// The elementary divisors of the step. nullopt: a stop was requested.
std::optional<std::vector<PolynomialFactor>> divisors_of(const fsr::Register& reg,
                                                         std::vector<PolynomialFactor> factors,
                                                         const core::StopSignal& stop) {
  if (reg.system() == nullptr) return factors;
  return LinearMap(*reg.system()).elementary_divisors(factors, stop);
}

Unresolved before_factoring(const fsr::Register& reg, Unresolved::Reason reason, std::string message,
                            const core::StopSignal& stop) {
  Unresolved result;
  result.reason = reason;
  result.message = std::move(message);
  result.proven.characteristic.polynomial = characteristic_polynomial(reg, stop).value_or(Coefficients{});
  return result;
}

/// All orders are known, but the distribution is not.
Unresolved before_combining(const fsr::Register& reg, AlgebraicMap map, Unresolved::Reason reason,
                            const std::string& message) {
  Unresolved result;
  result.reason = reason;
  result.message = message;
  if (const std::string reservation = map.reservation(); !reservation.empty())
    result.message += "; " + reservation;
  result.period_divisor = map.characteristic.power_period(reg.field().characteristic());
  result.period_multiple = result.period_divisor;
  result.is_not_primitive = !map.is_primitive;
  result.proven = std::move(map);
  return result;
}

constexpr const char* kBeforeCombining = "stopped before the periods were combined";

}  // namespace

std::optional<Coefficients> characteristic_polynomial(const fsr::Register& reg,
                                                      const core::StopSignal& stop) {
  if (reg.system() == nullptr) return characteristic_polynomial(reg.feedback());
  return LinearMap(*reg.system()).characteristic_polynomial(stop);
}

NilpotentPart CharacteristicFactors::nilpotent_part() const {
  NilpotentPart part;
  for (const PolynomialFactor& factor : factors) {
    if (!is_x(factor)) continue;
    ++part.blocks;
    part.cells += factor.multiplicity;
    part.longest = std::max(part.longest, factor.multiplicity);
  }
  return part;
}

core::Natural CharacteristicFactors::power_period(std::uint64_t characteristic) const {
  galois::clean_up_flint_at_thread_end();
  Integer period(1);
  for (const auto& factor : factors) {
    if (is_x(factor)) continue;
    const Integer of_power =
        Integer(factor.order) * Integer(least_power(characteristic, factor.multiplicity));
    fmpz_lcm(period, period, of_power);
  }
  return period.natural();
}

core::Natural AlgebraicMap::n_cycles() const {
  core::Natural sum = 0;
  for (const auto& [period, cycles] : distribution) sum += cycles;
  return sum;
}

std::string AlgebraicMap::reservation() const {
  if (probable_primes.empty()) return {};
  const std::string digits = core::decimal(probable_primes.back());
  return fmt::format(
      "the order rests on {} that pass{} the Baillie-PSW test but {} not proven prime: {}{} ({} digits)",
      probable_primes.size() == 1 ? "a probable prime"
                                  : fmt::format("{} probable primes", probable_primes.size()),
      probable_primes.size() == 1 ? "es" : "", probable_primes.size() == 1 ? "is" : "are",
      probable_primes.size() == 1 ? "" : "the largest is ", abbreviated(digits), digits.size());
}

std::optional<CharacteristicFactors> characteristic_factors(const fsr::Register& reg,
                                                            const AlgebraControl& control) {
  assert(reg.has_algebra());
  if (!can_factor(reg.field(), reg.degree())) return std::nullopt;
  auto polynomial = characteristic_polynomial(reg, control.stop);
  if (!polynomial) return std::nullopt;
  CharacteristicFactors characteristic{*std::move(polynomial), {}};
  auto factors = factor_polynomial(reg.field(), characteristic.polynomial, control);
  if (factors) factors = divisors_of(reg, *std::move(factors), control.stop);
  if (!factors) return std::nullopt;
  characteristic.factors = *std::move(factors);
  return characteristic;
}

std::variant<AlgebraicMap, Unresolved> map_by_algebra(const fsr::Register& reg, IntegerFactorizer& factorizer,
                                                      const AlgebraControl& control, Search search) {
  galois::clean_up_flint_at_thread_end();
  if (!can_factor(reg.field(), reg.degree())) {
    return before_factoring(
        reg, Unresolved::Reason::too_large,
        fmt::format(
            "a characteristic polynomial of degree {} is not factored: the algebraic method goes up to "
            "degree {} over GF({})",
            reg.degree(), max_factored_degree(reg.field()), reg.field().order()),
        control.stop);
  }
  Unresolved unfactored =
      before_factoring(reg, Unresolved::Reason::stopped,
                       "stopped before the characteristic polynomial was factored", control.stop);
  if (control.stop_requested()) return unfactored;
  if (control.listener != nullptr) control.listener->proven(unfactored);
  AlgebraicMap map;
  map.characteristic.polynomial = unfactored.proven.characteristic.polynomial;
  auto factors =
      factor_polynomial(reg.field(), map.characteristic.polynomial, control, &unfactored.found_factors);
  if (!factors) {
    unfactored.is_not_primitive = !unfactored.found_factors.empty();
    return unfactored;
  }
  factors = divisors_of(reg, *std::move(factors), control.stop);
  if (!factors) return unfactored;
  map.characteristic.factors = *std::move(factors);
  const auto shifted = shifted_block(reg, map.characteristic.factors, control.stop);
  if (!shifted) return unfactored;
  set_transient_states(reg, map);

  OrderFinder orders(reg, map, factorizer, control);
  const auto so_far = [&](bool with_periods) {
    Unresolved result = orders.unresolved();
    result.proven = map;
    result.is_not_primitive = !map.characteristic.is_irreducible() ||
                              (result.period_multiple != 0 && result.period_multiple < reg.state_count() - 1);
    if (!with_periods) return result;
    const auto known = combined_blocks(blocks(reg, map.characteristic, *shifted), kMaxPartialPeriods, {});
    if (known) result.proven.distribution = as_map(*known);
    return result;
  };
  if (control.listener != nullptr) control.listener->proven(so_far(false));
  const bool all_looked_at = orders.find(Search::none);
  if (!orders.complete() && all_looked_at && search == Search::until_stopped) {
    if (control.listener != nullptr) control.listener->proven(so_far(true));
    orders.find(search);
  }
  if (!orders.complete()) return so_far(all_looked_at);

  set_order(reg, map);
  if (control.listener != nullptr) {
    control.listener->proven(before_combining(reg, map, Unresolved::Reason::stopped, kBeforeCombining));
    control.doing("combining the periods of the factors",
                  [&] { return fmt::format("factors: {}", map.characteristic.factors.size()); });
  }
  const auto counts =
      combined_blocks(blocks(reg, map.characteristic, *shifted), kMaxDistinctPeriods, control.stop);
  if (!counts) {
    if (control.stop_requested())
      return before_combining(reg, std::move(map), Unresolved::Reason::stopped, kBeforeCombining);
    return before_combining(reg, std::move(map), Unresolved::Reason::too_large,
                            fmt::format("more than {} distinct periods", kMaxDistinctPeriods));
  }
  map.distribution = as_map(*counts);
  check_coverage(reg, map);
  return map;
}

}  // namespace gforbit::cycles
