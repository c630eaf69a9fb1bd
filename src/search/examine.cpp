#include "gforbit/search/examine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>

#include "gforbit/core/error.hpp"
#include "gforbit/search/maximal.hpp"

namespace gforbit::search {

namespace {

/// Candidates between two looks at the stop signal.
constexpr std::uint64_t kCandidatesPerLook = 64;
/// That walk together.
constexpr std::size_t kMostCandidates = 1 << 14;

std::uint64_t maximal_period(int degree) {
  return (std::uint64_t{1} << degree) - 1;
}

Hit hit_of(std::uint64_t rank, const cycles::CycleCensus& census) {
  return {rank, static_cast<std::uint64_t>(census.cycles()), census.distribution().rbegin()->first, -1};
}

/// @throws core::CertificateError  the register has not maximal period
Hit certified(std::uint64_t rank, const Function& function, const Goal& goal,
              const cycles::CycleCensus& census) {
  Hit hit = hit_of(rank, census);
  if (hit.n_cycles != 2 || hit.max_period != maximal_period(function.degree)) {
    throw core::CertificateError(
        fmt::format("{}, degree {}: the walk found maximal period, the mapping {} cycles",
                    function.feedback().text(), function.degree, hit.n_cycles));
  }
  if (goal.kind == GoalKind::de_bruijn) hit.joined_at = 0;  // the zero state is a cycle by itself
  return hit;
}

/// Functions with equal keys walk in lanes of one vector.
std::vector<int> shape_of(const Function& function) {
  std::vector<int> shape{std::popcount(function.linear)};
  for (const std::uint64_t product : function.products) shape.push_back(std::popcount(product));
  return shape;
}

}  // namespace

bool parity_rules_out(const Form& form) noexcept {
  return form.monomials() % 2 == 1;
}

bool fixed_states_rule_out(const fsr::Feedback& feedback, GoalKind goal) {
  if (goal == GoalKind::period) return false;
  const std::vector<galois::Element> ones(static_cast<std::size_t>(feedback.degree()), 1);
  const int fixed = (feedback.constant() == 0 ? 1 : 0) + (feedback.evaluate(ones) == 1 ? 1 : 0);
  return goal == GoalKind::maximal ? fixed != 1 : fixed > 1;
}

int short_periods(int degree) noexcept {
  return std::clamp(degree - 4, 2, 26);
}

double expected_seconds(int degree, GoalKind goal) noexcept {
  constexpr double kRules_s = 5e-6;
  if (goal == GoalKind::period) {
    constexpr double kMapped_per_s = 5e8;
    return kRules_s + static_cast<double>(maximal_period(degree)) / kMapped_per_s;
  }
  // What is left after the rules, and half of the steps of a walk in lanes.
  constexpr double kLeft = 0.1, kSteps_per_s = 1e11;
  return kRules_s + kLeft * 0.5 * static_cast<double>(maximal_period(degree)) / kSteps_per_s;
}

void Tally::merge(Tally&& other) {
  without_short_cycles += other.without_short_cycles;
  hits.insert(hits.end(), other.hits.begin(), other.hits.end());
}

Examiner::Examiner() : level_(cycles::best_simd_level()), short_cycles_(level_) {}

bool Examiner::has_short_cycle(const Function& function) const {
  // A cycle of period 1 is the state of ones, or all states are fixed.
  const auto longest = std::min<std::uint64_t>(static_cast<std::uint64_t>(short_periods(function.degree)),
                                               maximal_period(function.degree) - 1);
  for (int period = 1; period <= static_cast<int>(longest); ++period) {
    if (short_cycles_.exist(function, period)) return true;
  }
  return false;
}

bool Examiner::has_longer_cycle(const Function& function, const core::StopSignal& stop) const {
  // In steps of a walk in lanes: half of all steps, the cost of a word a digit, and of preparing a period.
  const double walk = static_cast<double>(maximal_period(function.degree)) / 2;
  constexpr double kWordDigit = 0.5, kPeriod = 1e5;
  for (int period = short_periods(function.degree) + 1; period <= ShortCycles::kLongest; ++period) {
    // The walk is spared with a probability of about 1/p.
    const double gain = walk / period - kPeriod;
    if (gain <= 0 || stop.stop_requested()) return false;
    if (short_cycles_.exist_at_cost(function, period, gain / (kWordDigit * period))) return true;
  }
  return false;
}

template <class ForEach>
std::optional<Tally> Examiner::examine_each(const Goal& goal, const core::StopSignal& stop,
                                            ForEach for_each) const {
  if (goal.kind == GoalKind::period) return map_each(goal, stop, for_each);
  Tally tally;
  bool stopped = stop.stop_requested();
  std::uint64_t candidates = 0;
  Candidates left;
  const auto walk = [&] {
    if (!decide(left, goal, tally, stop)) stopped = true;
    left = {};
    return !stopped;
  };
  for_each([&](std::uint64_t rank, const Function& function) {
    if (++candidates % kCandidatesPerLook == 0 && stop.stop_requested()) return !(stopped = true);
    if (has_short_cycle(function)) return true;
    ++tally.without_short_cycles;
    if (has_longer_cycle(function, stop)) return true;
    left.ranks.push_back(rank);
    left.functions.push_back(function);
    return left.ranks.size() < kMostCandidates || walk();
  });
  if (stopped || !walk()) return std::nullopt;
  return tally;
}

template <class ForEach>
std::optional<Tally> Examiner::map_each(const Goal& goal, const core::StopSignal& stop,
                                        ForEach for_each) const {
  Tally tally;
  bool stopped = stop.stop_requested();
  for_each([&](std::uint64_t rank, const Function& function) {
    ++tally.without_short_cycles;
    stopped = !map(rank, function.feedback(), goal, tally, stop);
    return !stopped;
  });
  return stopped ? std::nullopt : std::optional(std::move(tally));
}

std::optional<Tally> Examiner::examine(const Family& family, std::uint64_t begin, std::uint64_t end,
                                       const Goal& goal, const core::StopSignal& stop) const {
  if (goal.needs_even_monomials() && parity_rules_out(family.form())) end = begin;
  return examine_each(goal, stop, [&](auto action) { family.for_each_canonical(begin, end, action); });
}

std::optional<Tally> Examiner::examine(const TemplateFamily& family, std::uint64_t begin, std::uint64_t end,
                                       const Goal& goal, const core::StopSignal& stop) const {
  if (goal.needs_even_monomials() && family.parity_rules_out()) end = begin;
  return examine_each(goal, stop, [&](auto action) { family.for_each_canonical(begin, end, action); });
}

std::optional<Tally> Examiner::examine(const Samples& samples, std::uint64_t begin, std::uint64_t end,
                                       const Goal& goal, const core::StopSignal& stop) const {
  if (goal.needs_even_monomials() && parity_rules_out(samples.family().form())) end = begin;
  return examine_each(goal, stop, [&](auto action) { samples.for_each(begin, end, action); });
}

std::optional<Tally> Examiner::examine(std::span<const fsr::Feedback> functions, std::uint64_t first,
                                       const Goal& goal, const core::StopSignal& stop) const {
  Tally others;
  bool stopped = false;
  auto tally = examine_each(goal, stop, [&](auto action) {
    for (std::uint64_t rank = first; const fsr::Feedback& feedback : functions) {
      if (!fixed_states_rule_out(feedback, goal.kind)) {
        if (const auto function = Function::of(feedback)) {
          if (!action(rank, *function)) return;
        } else {
          ++others.without_short_cycles;
          if (stopped = !map(rank, feedback, goal, others, stop); stopped) return;
        }
      }
      ++rank;
    }
  });
  if (stopped || !tally) return std::nullopt;
  tally->merge(std::move(others));
  return tally;
}

bool Examiner::decide(const Candidates& left, const Goal& goal, Tally& tally,
                      const core::StopSignal& stop) const {
  std::map<std::vector<int>, Candidates> by_shape;
  for (std::size_t i = 0; i < left.ranks.size(); ++i) {
    Candidates& alike = by_shape[shape_of(left.functions[i])];
    alike.ranks.push_back(left.ranks[i]);
    alike.functions.push_back(left.functions[i]);
  }
  return std::ranges::all_of(
      by_shape, [&](const auto& shape) { return decide_alike(shape.second, goal, tally, stop); });
}

bool Examiner::decide_alike(const Candidates& left, const Goal& goal, Tally& tally,
                            const core::StopSignal& stop) const {
  const auto maximal = have_maximal_period(left.functions, level_, stop);
  if (!maximal) return false;
  for (std::size_t i = 0; i < left.ranks.size(); ++i) {
    if (!(*maximal)[i]) continue;
    const auto census = all_cycles(left.functions[i].feedback(), 0, level_, stop);
    if (!census) return false;
    tally.hits.push_back(certified(left.ranks[i], left.functions[i], goal, *census));
  }
  return true;
}

bool Examiner::map(std::uint64_t rank, const fsr::Feedback& feedback, const Goal& goal, Tally& tally,
                   const core::StopSignal& stop) const {
  const auto census = all_cycles(feedback, 0, level_, stop);
  if (!census) return false;
  Hit hit = hit_of(rank, *census);
  if (!goal.is_reached(feedback.degree(), hit.n_cycles, hit.max_period)) return true;
  if (goal.kind == GoalKind::de_bruijn && hit.n_cycles == 2) {
    const auto state = joining_state(feedback, level_, stop);
    if (!state) return false;
    hit.joined_at = static_cast<std::int64_t>(*state);
  }
  tally.hits.push_back(hit);
  return true;
}

}  // namespace gforbit::search
