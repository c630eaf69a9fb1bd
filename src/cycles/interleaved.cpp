#include "gforbit/cycles/interleaved.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

namespace {

using core::Natural;

// ---- the number of cycles of each period ------------------------------------------------------------------

/// Fix_G(n): states of the part that return after n steps.
Natural fixed_states(const PeriodDistribution& part, std::uint64_t n) {
  Natural sum = 0;
  for (const auto& [period, count] : part) {
    if (n % period == 0) sum += Natural(period) * count;
  }
  return sum;
}

/// Every period there can be. Let n be one, h = gcd(n, g). The sequence read at every h-th place has a period
/// that n/h divides; reading it at every (g/h)-th place, which is coprime to that, gives a sequence of the
/// part with the same period. So n = h m, m a common multiple of h periods of the part, and no other, because
/// n is the smallest.
std::set<std::uint64_t> possible_periods(const PeriodDistribution& part, int copies) {
  std::set<std::uint64_t> multiples{1}, possible;
  const auto g = static_cast<std::uint64_t>(copies);
  for (std::uint64_t h = 1; h <= g; ++h) {
    std::set<std::uint64_t> more;
    for (const std::uint64_t multiple : multiples) {
      for (const auto& [period, count] : part) more.insert(std::lcm(multiple, period));
    }
    multiples = std::move(more);
    if (g % h != 0) continue;
    for (const std::uint64_t multiple : multiples) possible.insert(h * multiple);
  }
  return possible;
}

/// Cycles of each period, from the numbers of states that n steps fix. States whose period divides n are
/// those that n steps fix, so the states of smaller periods are taken away from them, smallest period first.
PeriodDistribution count_cycles(const PeriodDistribution& part, int copies) {
  const std::set<std::uint64_t> periods = possible_periods(part, copies);
  PeriodDistribution distribution;
  for (const std::uint64_t n : periods) {
    const std::uint64_t h = std::gcd(n, static_cast<std::uint64_t>(copies));
    Natural states = boost::multiprecision::pow(fixed_states(part, n / h), static_cast<unsigned>(h));
    for (const auto& [period, count] : distribution) {
      if (n % period == 0) states -= Natural(period) * count;
    }
    if (states > 0) distribution[n] = static_cast<std::uint64_t>(states / n);
  }
  return distribution;
}

// ---- cycles as tuples -------------------------------------------------------------------------------------

/// Every state of the part as a place on a cycle.
class PartCycles {
 public:
  explicit PartCycles(const fsr::Register& part) {
    const fsr::Stepper step(part);
    const std::uint64_t n = step.state_count();
    cycle_.resize(n, kNone);
    position_.resize(n);
    for (std::uint64_t first = 0; first < n; ++first) {
      if (cycle_[first] != kNone) continue;
      begin_.push_back(static_cast<std::uint32_t>(states_.size()));
      for (std::uint64_t x = first; cycle_[x] == kNone; x = step.next(x)) {
        cycle_[x] = static_cast<std::uint32_t>(begin_.size() - 1);
        position_[x] = static_cast<std::uint32_t>(states_.size()) - begin_.back();
        states_.push_back(static_cast<std::uint32_t>(x));
      }
    }
    begin_.push_back(static_cast<std::uint32_t>(states_.size()));
  }

  [[nodiscard]] std::size_t size() const noexcept { return begin_.size() - 1; }
  [[nodiscard]] std::uint32_t cycle(std::uint64_t state) const { return cycle_[state]; }
  [[nodiscard]] std::uint64_t position(std::uint64_t state) const { return position_[state]; }
  [[nodiscard]] std::uint64_t period(std::uint32_t cycle) const { return begin_[cycle + 1] - begin_[cycle]; }
  [[nodiscard]] std::uint64_t state(std::uint32_t cycle, std::uint64_t position) const {
    return states_[begin_[cycle] + position];
  }
  [[nodiscard]] PeriodDistribution distribution() const {
    PeriodDistribution distribution;
    for (std::uint32_t c = 0; c < size(); ++c) ++distribution[period(c)];
    return distribution;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> cycle_, position_, states_;
  std::vector<std::uint32_t> begin_;  ///< of each cycle in states_, and the end
};

/// t with t * a = b modulo m, gcd(a, m) = 1, m < 2^32.
std::uint64_t divide_modulo(std::uint64_t b, std::uint64_t a, std::uint64_t m) {
  std::int64_t r0 = static_cast<std::int64_t>(m), r1 = static_cast<std::int64_t>(a % m), t0 = 0, t1 = 1;
  while (r1 != 0) {
    const std::int64_t quotient = r0 / r1;
    r0 = std::exchange(r1, r0 - quotient * r1);
    t0 = std::exchange(t1, t0 - quotient * t1);
  }
  const auto inverse = static_cast<std::uint64_t>(t0 < 0 ? t0 + static_cast<std::int64_t>(m) : t0);
  return b % m * inverse % m;
}

/// A state of the part: cycle and position.
struct Place {
  std::uint32_t cycle = 0;
  std::uint64_t position = 0;
  friend bool operator==(const Place&, const Place&) = default;
};
using Tuple = std::vector<Place>;

class Orbits {
 public:
  Orbits(const fsr::Register& reg, const Interleaving& interleaving)
      : step_(reg),
        part_(interleaving.part),
        q_(reg.field().order()),
        copies_(static_cast<std::size_t>(interleaving.copies)),
        part_degree_(static_cast<std::size_t>(interleaving.part.degree())) {}

  [[nodiscard]] const fsr::Stepper& step() const noexcept { return step_; }
  [[nodiscard]] const PartCycles& part() const noexcept { return part_; }
  [[nodiscard]] std::size_t copies() const noexcept { return copies_; }

  [[nodiscard]] Tuple tuple_of(std::uint64_t state) const {
    std::vector<std::uint64_t> part_state(copies_, 0);
    std::uint64_t place = 1;
    for (std::size_t k = 0; k < part_degree_; ++k, place *= q_) {
      for (std::size_t r = 0; r < copies_; ++r, state /= q_) part_state[r] += state % q_ * place;
    }
    Tuple tuple;
    for (const std::uint64_t s : part_state) tuple.push_back({part_.cycle(s), part_.position(s)});
    return tuple;
  }

  [[nodiscard]] std::uint64_t state_of(const Tuple& tuple) const {
    std::vector<std::uint64_t> part_state;
    for (const Place& p : tuple) part_state.push_back(part_.state(p.cycle, p.position));
    std::uint64_t state = 0, place = 1;
    for (std::size_t k = 0; k < part_degree_; ++k) {
      for (std::uint64_t& s : part_state) {
        state += s % q_ * place;
        s /= q_;
        place *= q_;
      }
    }
    return state;
  }

  /// One step: the first place goes to the end, moved on.
  [[nodiscard]] Tuple next(const Tuple& tuple) const {
    Tuple turned(tuple.begin() + 1, tuple.end());
    const Place& first = tuple.front();
    turned.push_back({first.cycle, (first.position + 1) % part_.period(first.cycle)});
    return turned;
  }

  /// A state of the cycle that is the same wherever on the cycle `tuple` is.
  [[nodiscard]] std::uint64_t canonical(Tuple tuple) const {
    std::uint64_t smallest = state_of(moved(tuple));
    for (std::size_t turn = 1; turn < copies_; ++turn) {
      tuple = next(tuple);
      smallest = std::min(smallest, state_of(moved(tuple)));
    }
    return smallest;
  }

  /// Steps until the tuple returns: g k + r steps turn it by r and move it k on.
  [[nodiscard]] std::uint64_t period(const Tuple& tuple) const {
    std::uint64_t smallest = 0;
    Tuple turned = tuple;
    for (std::size_t r = 1; r <= copies_; ++r) {
      turned = next(turned);
      const auto k = distance(turned, tuple);
      if (!k) continue;
      const std::uint64_t steps = r + copies_ * *k;
      if (smallest == 0 || steps < smallest) smallest = steps;
    }
    return smallest;
  }

  /// Calls use(tuple) for the tuples that moved() leaves as they are: each way to choose cycles and
  /// positions.
  template <class Use>
  void for_each_moved(Use use) const {
    Tuple tuple;
    extend(tuple, 1, use);
  }

 private:
  /// All positions moved on together, so that the first ones become as small as they can.
  [[nodiscard]] Tuple moved(Tuple tuple) const {
    std::uint64_t by = 0, free = 1;  // may still be moved by multiples of `free`
    for (Place& place : tuple) {
      const std::uint64_t period = part_.period(place.cycle);
      const std::uint64_t at = (place.position + by % period) % period;
      place.position = at;
      if (free % period == 0) continue;
      const std::uint64_t common = std::gcd(free, period);
      // So many multiples of `free` that it comes down to at % common.
      const std::uint64_t rest = period / common;
      const std::uint64_t down = (period - (at - at % common)) % period / common;
      by += free * divide_modulo(down, free / common, rest);
      place.position = at % common;
      free *= rest;
    }
    return tuple;
  }

  /// k >= 0, as small as possible, with `from` moved by k = `to`; nullopt if there is none.
  [[nodiscard]] std::optional<std::uint64_t> distance(const Tuple& from, const Tuple& to) const {
    std::uint64_t k = 0, free = 1;  // k modulo free is known
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i].cycle != to[i].cycle) return std::nullopt;
      const std::uint64_t period = part_.period(from[i].cycle), common = std::gcd(free, period);
      const std::uint64_t at = (from[i].position + k % period) % period;
      const std::uint64_t missing = (to[i].position + period - at) % period;
      if (missing % common != 0) return std::nullopt;
      k += free * divide_modulo(missing / common, free / common, period / common);
      free *= period / common;
    }
    return k;
  }

  template <class Use>
  void extend(Tuple& tuple, std::uint64_t free, Use& use) const {
    if (tuple.size() == copies_) return use(tuple);
    for (std::uint32_t c = 0; c < part_.size(); ++c) {
      const std::uint64_t period = part_.period(c), common = std::gcd(free, period);
      for (std::uint64_t position = 0; position < common; ++position) {
        tuple.push_back({c, position});
        extend(tuple, free * (period / common), use);
        tuple.pop_back();
      }
    }
  }

  fsr::Stepper step_;
  PartCycles part_;
  std::uint64_t q_;
  std::size_t copies_, part_degree_;
};

// ---- smallest states --------------------------------------------------------------------------------------

class SmallestStates {
 public:
  SmallestStates(const Orbits& orbits, core::StopSignal stop) : orbits_(orbits), stop_(std::move(stop)) {}

  /// Goes through the states [0, end) until `wanted` cycles were met.
  void scan(std::uint64_t end, std::uint64_t wanted) {
    for (std::uint64_t state = 0; state < end && short_.size() + found_.size() < wanted; ++state) {
      if ((state & kStopCheckMask) == 0 && stop_.stop_requested()) return;
      std::uint64_t x = state;
      int taken = 0;
      do {
        x = orbits_.step().next(x);
        ++taken;
      } while (x > state && taken < kLookAhead);
      steps_ += static_cast<std::uint64_t>(taken);
      if (x == state) {
        short_.push_back({state, static_cast<std::uint64_t>(taken)});
      } else if (x > state) {
        found_.try_emplace(orbits_.canonical(orbits_.tuple_of(state)), state);
      }
    }
  }

  /// Finds what scan() did not meet: goes once around each cycle that is missing.
  void complete() {
    std::unordered_set<std::uint64_t> short_starts;
    for (const Cycle& cycle : short_) short_starts.insert(cycle.representative);
    std::uint64_t looks = 0;
    orbits_.for_each_moved([&](const Tuple& tuple) {
      if ((++looks & kStopCheckMask) == 0 && stop_.stop_requested()) throw Stopped{};
      const std::uint64_t key = orbits_.state_of(tuple);
      if (found_.contains(key) || orbits_.canonical(tuple) != key) return;
      const std::uint64_t smallest = smallest_on_cycle(key);
      if (!short_starts.contains(smallest)) found_.emplace(key, smallest);
    });
  }

  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

  /// Adds what was found; each as it is stored.
  template <class Use>
  void for_each(Use use) const {
    for (const Cycle& cycle : short_) use(cycle);
    for (const auto& [key, smallest] : found_)
      use(Cycle{smallest, orbits_.period(orbits_.tuple_of(smallest))});
  }

  struct Stopped {};

 private:
  static constexpr std::uint64_t kStopCheckMask = (1 << 10) - 1;
  /// Steps to look ahead: as dear as a canonical tuple.
  static constexpr int kLookAhead = 64;

  std::uint64_t smallest_on_cycle(std::uint64_t state) {
    std::uint64_t smallest = state;
    for (std::uint64_t x = orbits_.step().next(state); x != state; x = orbits_.step().next(x)) {
      smallest = std::min(smallest, x);
      if ((++steps_ & ((kStopCheckMask << 6) | kStopCheckMask)) == 0 && stop_.stop_requested())
        throw Stopped{};
    }
    return smallest;
  }

  const Orbits& orbits_;
  core::StopSignal stop_;
  std::vector<Cycle> short_;                                ///< with at most kLookAhead states
  std::unordered_map<std::uint64_t, std::uint64_t> found_;  ///< the others: canonical state -> smallest state
  std::uint64_t steps_ = 0;
};

/// States to go through for each cycle, where all cycles are wanted, before the rest is walked around.
constexpr std::uint64_t kStatesPerCycle = 8;
/// Up to here all states are gone through.
constexpr std::uint64_t kFewestStates = 1 << 26;

std::uint64_t total(const PeriodDistribution& distribution) {
  std::uint64_t sum = 0;
  for (const auto& [period, count] : distribution) sum += count;
  return sum;
}

int copies_of_terms(const fsr::Feedback& feedback) {
  int copies = feedback.degree();
  for (const auto& term : feedback.terms()) {
    for (const auto& factor : term.factors) copies = std::gcd(copies, factor.cell);
  }
  return copies;
}

std::optional<fsr::Register> part_of_terms(const fsr::Feedback& feedback, int copies) {
  std::vector<fsr::Term> terms(feedback.terms().begin(), feedback.terms().end());
  for (auto& term : terms) {
    for (auto& factor : term.factors) factor.cell /= copies;
  }
  return fsr::Register(
      fsr::Feedback::from_terms(feedback.field(), feedback.degree() / copies, std::move(terms)));
}

int copies_of_products(const fsr::Feedback& feedback) {
  int copies = feedback.degree();
  for (std::uint64_t cells = fsr::cells_of(feedback.products()); cells != 0; cells &= cells - 1)
    copies = std::gcd(copies, std::countr_zero(cells));
  return copies;
}

std::optional<fsr::Register> part_of_products(const fsr::Feedback& feedback, int copies) {
  const auto part = [copies](std::uint64_t cells) {
    std::uint64_t result = 0;
    for (; cells != 0; cells &= cells - 1) result |= std::uint64_t{1} << (std::countr_zero(cells) / copies);
    return result;
  };
  std::vector<fsr::SignedProduct> products(feedback.products().begin(), feedback.products().end());
  for (auto& product : products) product = {part(product.cells), part(product.ones)};
  auto of_part =
      fsr::Feedback::from_products(feedback.field(), feedback.degree() / copies, std::move(products));
  if (!of_part) return std::nullopt;
  return fsr::Register(*std::move(of_part));
}

}  // namespace

std::optional<Interleaving> interleaving_of(const fsr::Register& reg) {
  if (reg.system() != nullptr || !reg.enumerable_state_count()) return std::nullopt;
  const fsr::Feedback& feedback = reg.feedback();
  const int copies = feedback.has_terms() ? copies_of_terms(feedback) : copies_of_products(feedback);
  if (copies <= 1) return std::nullopt;
  const auto part =
      feedback.has_terms() ? part_of_terms(feedback, copies) : part_of_products(feedback, copies);
  if (!part || *part->enumerable_state_count() > kInterleavedPartLimit) return std::nullopt;
  return Interleaving{copies, *part};
}

std::optional<MapResult> map_interleaved(const fsr::Register& reg, const Interleaving& interleaving,
                                         std::uint64_t stored, core::StopSignal stop) {
  const Orbits orbits(reg, interleaving);
  const PeriodDistribution expected = count_cycles(orbits.part().distribution(), interleaving.copies);
  const std::uint64_t cycles = total(expected), states = *reg.enumerable_state_count();
  // With many more cycles than are stored, the stored ones are met soon; else all are found.
  const bool all = cycles / 4 <= stored;
  SmallestStates smallest(orbits, stop);
  const std::uint64_t end =
      all ? std::min(states, std::max(kFewestStates, kStatesPerCycle * cycles)) : states;
  smallest.scan(end, all ? cycles : stored);
  if (stop.stop_requested()) return std::nullopt;
  try {
    if (end < states && all) smallest.complete();
  } catch (const SmallestStates::Stopped&) {
    return std::nullopt;
  }
  MapResult result{.cycles = CycleCensus(stored), .steps = smallest.steps()};
  smallest.for_each([&](Cycle cycle) { result.cycles.add(cycle); });
  if (!all) {
    result.cycles.set_distribution(expected);
  } else if (result.cycles.distribution() != expected) {
    throw core::CertificateError("the cycles of an interleaved register are not those that its part implies");
  }
  return result;
}

}  // namespace gforbit::cycles
