#include "survivor_judge.hpp"

#include <algorithm>
#include <vector>

namespace gforbit::cycles::bitsliced {

namespace {

/// Steps of a scalar walk between two looks at the stop token.
constexpr std::uint64_t kStopCheckMask = (1 << 16) - 1;

/// Whether a scalar walk of `taken` steps goes on.
bool goes_on(std::uint64_t taken, std::uint64_t limit, const core::StopSignal& stop) {
  return taken < limit && ((taken & kStopCheckMask) != 0 || !stop.stop_requested());
}

}  // namespace

/// With its states counted, to lower the deficits of its classes.
void SurvivorJudge::add_cycle(Cycle cycle, std::uint64_t walk_limit, Findings& findings,
                              const core::StopSignal& stop) const {
  if (cycle.period <= known_periods_) return;
  findings.cycles.push_back(cycle);
  const OpenWalk once{OpenWalk::Purpose::count, cycle.representative, cycle.representative, 0, cycle.period};
  scalar_.resume({&once, 1}, cycle.period, walk_limit, findings, stop);
}

void SurvivorJudge::decide(const Survivor& survivor, core::StateRange candidates, std::uint64_t max_period,
                           std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) const {
  std::uint64_t x = survivor.state, smallest = x, taken = 0;
  // A walk that is cut goes on from its candidate, which is found backwards: too dear where a step drops many
  // cells. There it goes on here, until it ends or is stopped.
  constexpr std::uint64_t kMostTried = 16;
  const bool may_be_cut = step_.previous_cost() <= kMostTried;
  const std::uint64_t limit = may_be_cut ? std::min(max_period, walk_limit) : max_period;
  do {
    x = step_.next(x);
    ++taken;
    smallest = std::min(smallest, x);
  } while (x != survivor.state && x >= candidates.begin.value && goes_on(taken, limit, stop));
  findings.steps += taken;
  if (smallest < candidates.begin.value) return;
  if (x != survivor.state) {
    if (may_be_cut && taken < max_period)
      hand_back(survivor, smallest, candidates, max_period, walk_limit, findings, stop);
    return;
  }
  // The candidate is so many steps behind; on the cycle that is some steps ahead.
  const std::uint64_t behind = survivor.age + before_start_;
  for (std::uint64_t ahead = taken - behind % taken; ahead > 0; --ahead) x = step_.next(x);
  if (x == smallest && x < candidates.end.value) add_cycle({x, taken}, walk_limit, findings, stop);
}

/// A walk too long for now goes on later, as that of its candidate.
void SurvivorJudge::hand_back(const Survivor& survivor, std::uint64_t smallest, core::StateRange candidates,
                              std::uint64_t max_period, std::uint64_t walk_limit, Findings& findings,
                              const core::StopSignal& stop) const {
  const std::uint64_t behind = survivor.age + before_start_;
  std::vector<std::uint64_t> previous;
  std::uint64_t x = survivor.state, period = 0, todo = behind;
  for (std::uint64_t n = 1; todo > 0; ++n, --todo) {
    if ((n & kStopCheckMask) == 0 && stop.stop_requested()) return;
    step_.previous(x, previous);
    x = previous.at(0);
    smallest = std::min(smallest, x);
    if (x == survivor.state && period == 0) {
      // Once around already.
      period = n;
      todo = (todo - 1) % period + 1;
    }
  }
  findings.steps += behind;
  if (x > smallest || x < candidates.begin.value || x >= candidates.end.value) return;
  if (period == 0) {
    findings.open.push_back({OpenWalk::Purpose::leader, x, survivor.state, behind, 0});
  } else if (period <= max_period) {
    add_cycle({x, period}, walk_limit, findings, stop);
  }
}

}  // namespace gforbit::cycles::bitsliced
