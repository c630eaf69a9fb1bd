#include "cycles/report_check_cycles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cycles/tables.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_cycles {

namespace {

constexpr std::uint64_t kOtherStates = 48;         ///< of each register
constexpr std::uint64_t kStepsFromThem = 1 << 13;  ///< of each walk

/// Half of them the smallest states, where the smallest representatives are, the others spread over all.
std::uint64_t other_state(std::uint64_t i, std::uint64_t n_states) {
  if (i < kOtherStates / 2) return i % n_states;
  std::uint64_t z = i * 0x9E3779B97F4A7C15U;  // SplitMix64
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return (z ^ (z >> 31)) % n_states;
}

/// Position of the period in a sorted distribution; its size where it is not there.
std::size_t position(const std::vector<PeriodCount>& distribution, std::uint64_t period) {
  const auto found = std::lower_bound(distribution.begin(), distribution.end(), period,
                                      [](const PeriodCount& a, std::uint64_t p) { return a.period < p; });
  if (found == distribution.end() || found->period != period) return distribution.size();
  return static_cast<std::size_t>(found - distribution.begin());
}

bool is_algebraic(const RowView& row) {
  return row.get<std::int8_t>("method") == static_cast<std::int8_t>(RowMethod::algebraic);
}

}  // namespace

CycleCheck::CycleCheck(const store::ResultReader& reader, WalkPlan plan, std::uint64_t budget,
                       const RunOptions& options, report::Findings& findings)
    : cycles_(reader, kCycles), plan_(plan), budget_(budget), options_(options), findings_(findings) {}

void CycleCheck::wrong(const StoredCycle& cycle, const std::string& what) {
  findings_.violation(fmt::format("{}, row {}: {}", kCycles, cycle.row, what));
}

void CycleCheck::wrong(const RowView& row, const std::string& what) {
  findings_.violation(
      fmt::format("{}, row {} (id {}): {}", kRegisters, row.number(), core::quoted(row.text("id")), what));
}

void CycleCheck::skip(const RowView& row) {
  cycles_.take(row.number(), [&](const store::Table&, std::size_t) { ++next_row_; });
}

bool CycleCheck::check(const RowView& row, const fsr::Register& reg,
                       const std::vector<PeriodCount>& distribution,
                       const std::vector<cycles::Cycle>* expected) {
  const auto states = reg.enumerable_state_count();
  std::optional<fsr::Stepper> stepper;
  if (states) stepper.emplace(reg);
  met_.clear();
  if (stepper && row.completed() && expected == nullptr) walk_from_other_states(row, *stepper, distribution);

  std::vector<std::uint64_t> stored(distribution.size(), 0);
  std::uint64_t n_stored = 0, last = 0;
  core::Natural walked = 0;  // states on cycles that were walked whole
  cycles_.take(row.number(), [&](const store::Table& block, std::size_t i) {
    const StoredCycle cycle{next_row_++, block.column<std::uint64_t>("representative")[i],
                            block.column<std::uint64_t>("period")[i]};
    const std::uint64_t number = n_stored++;
    if (!states) {
      if (number == 0) wrong(cycle, "its register cannot be enumerated, so it has no cycles here");
      return;
    }
    last = cycle.representative;
    if (cycle.representative >= *states)
      return wrong(cycle, "the representative is no state index of the register");
    count(cycle, distribution, stored);
    if (const auto met = met_.extract(cycle.representative); !met.empty() && met.mapped() != cycle.period)
      wrong(cycle, fmt::format("the period is {}, but a walk finds {}", cycle.period, met.mapped()));
    const std::uint64_t steps = plan_.steps_for(cycle.period);
    if (expected != nullptr) {
      if (number >= expected->size() ||
          (*expected)[static_cast<std::size_t>(number)] != cycles::Cycle{cycle.representative, cycle.period})
        wrong(cycle, "a second computation finds another cycle here");
    } else if (steps == 0) {
      ++n_left_out_;
    } else if (walk(*stepper, cycle, steps, findings_)) {
      walked += cycle.period;
    } else {
      ++n_begun_;
    }
  });
  if (n_stored > 0 && !row.completed())
    wrong(row, fmt::format("it is not completed, but has {} cycles", n_stored));
  if (!row.completed()) return true;
  if (states) compare_counts(row, distribution, stored, n_stored);
  core::Natural n_all = 0;
  for (const PeriodCount& entry : distribution) n_all += entry.n_cycles;
  if (!is_algebraic(row)) report_missing(row, n_all == n_stored, last);
  return expected != nullptr || (n_all == n_stored && walked == reg.state_count());
}

void CycleCheck::count(const StoredCycle& cycle, const std::vector<PeriodCount>& distribution,
                       std::vector<std::uint64_t>& stored) {
  const std::size_t at = position(distribution, cycle.period);
  if (at == distribution.size())
    return wrong(cycle,
                 fmt::format("period {} is not in the period distribution of the register", cycle.period));
  ++stored[at];
}

/// As many rows as --store-cycles asks for; not more of a period than there are, and where all are stored
/// exactly as many.
void CycleCheck::compare_counts(const RowView& row, const std::vector<PeriodCount>& distribution,
                                const std::vector<std::uint64_t>& stored, std::uint64_t n_stored) {
  core::Natural n_all = 0;
  for (const PeriodCount& entry : distribution) n_all += entry.n_cycles;
  const core::Natural limit =
      is_algebraic(row) ? core::Natural(0) : core::Natural(options_.stored.value_or(n_stored));
  const core::Natural& wanted = limit < n_all ? limit : n_all;
  if (is_algebraic(row) || options_.stored) {
    if (wanted != n_stored)
      wrong(row, fmt::format("it has {} rows in {}, not {}", n_stored, kCycles, core::decimal(wanted)));
  }
  for (std::size_t i = 0; i < distribution.size(); ++i) {
    const core::Natural& expected = distribution[i].n_cycles;
    if (expected < stored[i] || (n_all == n_stored && expected != stored[i])) {
      findings_.violation(fmt::format(
          "register {}: {} cycles of period {} are stored, but its period distribution has {}", row.number(),
          stored[i], core::decimal(distribution[i].period), core::decimal(expected)));
    }
  }
}

/// Every state leads to a cycle that the distribution has, and not later than the largest transient length
/// says.
void CycleCheck::walk_from_other_states(const RowView& row, const fsr::Stepper& stepper,
                                        const std::vector<PeriodCount>& distribution) {
  for (std::uint64_t i = 0; i < kOtherStates && budget_ >= 4 * kStepsFromThem; ++i) {
    const std::uint64_t state = other_state(i, stepper.state_count());
    const auto found = arrival(stepper, state, kStepsFromThem);
    budget_ -= found ? 3 * (found->distance + found->cycle.period) : kStepsFromThem;
    if (found) check_arrival(row, state, *found, distribution);
  }
}

void CycleCheck::check_arrival(const RowView& row, std::uint64_t state, const Arrival& found,
                               const std::vector<PeriodCount>& distribution) {
  const auto longest = row.get<std::int64_t>("max_transient_length");
  if (longest >= 0 && found.distance > static_cast<std::uint64_t>(longest)) {
    wrong(row, fmt::format("max_transient_length is {}, but state {} is {} steps from its cycle", longest,
                           state, found.distance));
  }
  if (position(distribution, found.cycle.period) == distribution.size()) {
    wrong(row, fmt::format("state {} leads to a cycle of period {}, which its period distribution lacks",
                           state, found.cycle.period));
  }
  met_[found.cycle.representative] = found.cycle.period;
}

/// Cycles that walks ran into, and that should be among the rows.
/// @param last  representative of the last row
void CycleCheck::report_missing(const RowView& row, bool all_stored, std::uint64_t last) {
  for (const auto& [representative, period] : met_) {
    if (!all_stored && representative >= last) continue;
    wrong(row, fmt::format("its cycle of period {} with the representative {} is missing in {}", period,
                           representative, kCycles));
  }
}

void CycleCheck::note_coverage() {
  if (n_begun_ + n_left_out_ == 0) return;
  const std::string begun =
      n_begun_ > 0 ? fmt::format(" ({} of them in their first steps only)", n_begun_) : "";
  findings_.not_checked(fmt::format("the walks along {} of {} stored cycles{}; --steps {} makes them all",
                                    n_begun_ + n_left_out_, next_row_, begun, plan_.steps_of_all()));
}

}  // namespace gforbit::job_cycles
