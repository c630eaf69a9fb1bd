#include "gforbit/search/examine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

/// @throws core::CertificateError  the register has not maximal period
Hit certified(std::uint64_t rank, const Function& function, const cycles::CycleCensus& census) {
  const auto& periods = census.distribution();
  const Hit hit{rank, static_cast<std::uint64_t>(census.cycles()), periods.rbegin()->first};
  if (hit.n_cycles != 2 || hit.max_period != maximal_period(function.degree)) {
    throw core::CertificateError(
        fmt::format("{}, degree {}: the walk found maximal period, the mapping {} cycles",
                    function.feedback().text(), function.degree, hit.n_cycles));
  }
  return hit;
}

}  // namespace

bool parity_rules_out(const Form& form) noexcept {
  return form.monomials() % 2 == 1;
}

int short_periods(int degree) noexcept {
  return std::clamp(degree - 4, 2, 26);
}

double expected_seconds(int degree) noexcept {
  constexpr double kRules_s = 5e-6;
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
  constexpr double kWordDigit = 2, kPeriod = 1e5;
  for (int period = short_periods(function.degree) + 1; period <= ShortCycles::kLongest; ++period) {
    // The walk is spared with a probability of about 1/p.
    const double gain = walk / period - kPeriod;
    if (gain <= 0 || stop.stop_requested()) return false;
    if (short_cycles_.exist_at_cost(function, period, gain / (kWordDigit * period))) return true;
  }
  return false;
}

template <class ForEach>
std::optional<Tally> Examiner::examine_each(const core::StopSignal& stop, ForEach for_each) const {
  Tally tally;
  bool stopped = stop.stop_requested();
  std::uint64_t candidates = 0;
  Candidates left;
  const auto walk = [&] {
    if (!decide(left, tally, stop)) stopped = true;
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

std::optional<Tally> Examiner::examine(const Family& family, std::uint64_t begin, std::uint64_t end,
                                       const core::StopSignal& stop) const {
  if (parity_rules_out(family.form())) end = begin;
  return examine_each(stop, [&](auto action) { family.for_each_canonical(begin, end, action); });
}

std::optional<Tally> Examiner::examine(const Samples& samples, std::uint64_t begin, std::uint64_t end,
                                       const core::StopSignal& stop) const {
  if (parity_rules_out(samples.family().form())) end = begin;
  return examine_each(stop, [&](auto action) { samples.for_each(begin, end, action); });
}

bool Examiner::decide(const Candidates& left, Tally& tally, const core::StopSignal& stop) const {
  const auto maximal = have_maximal_period(left.functions, level_, stop);
  if (!maximal) return false;
  for (std::size_t i = 0; i < left.ranks.size(); ++i) {
    if (!(*maximal)[i]) continue;
    const auto census = all_cycles(left.functions[i], level_, stop);
    if (!census) return false;
    tally.hits.push_back(certified(left.ranks[i], left.functions[i], *census));
  }
  return true;
}

}  // namespace gforbit::search
