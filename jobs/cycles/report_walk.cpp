#include "cycles/report_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "cycles/tables.hpp"

namespace gforbit::job_cycles {

namespace {

std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) {
  return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

std::size_t class_of(std::uint64_t period) {
  return static_cast<std::size_t>(std::bit_width(std::max<std::uint64_t>(period, 1)) - 1);
}

}  // namespace

void WalkPlan::count(std::uint64_t period) {
  Class& of_period = classes_[class_of(period)];
  ++of_period.n;
  of_period.steps = saturated_sum(of_period.steps, period);
  ++n_cycles_;
  steps_of_all_ = saturated_sum(steps_of_all_, period);
}

void WalkPlan::decide(std::uint64_t budget) {
  std::uint64_t left = budget;
  for (std::size_t k = 0; k < classes_.size(); ++k) {
    Class& c = classes_[k];
    if (c.n == 0 || c.steps <= left) {
      left -= c.steps;
      continue;
    }
    const std::uint64_t share = left / 2;  // the rest is for longer cycles
    const std::uint64_t longest = k >= 63 ? UINT64_MAX : (std::uint64_t{2} << k) - 1;
    if (const std::uint64_t whole = share / longest; whole > 0) {
      c.stride = (c.n + whole - 1) / whole;
      left -= (c.n + c.stride - 1) / c.stride * longest;
      continue;
    }
    constexpr std::uint64_t kMostBegun = 1000;
    c.stride = (c.n + kMostBegun - 1) / kMostBegun;
    const std::uint64_t begun = (c.n + c.stride - 1) / c.stride;
    c.limit = std::min(kFirstSteps, share / begun);
    left -= begun * c.limit;
  }
}

std::uint64_t WalkPlan::steps_for(std::uint64_t period) {
  Class& c = classes_[class_of(period)];
  return c.seen++ % c.stride == 0 ? std::min(period, c.limit) : 0;
}

bool walk(const fsr::Stepper& stepper, const StoredCycle& cycle, std::uint64_t max_steps,
          report::Findings& findings) {
  const auto wrong = [&](const std::string& what) {
    findings.violation(fmt::format("{}, row {}: walked from representative {}: {}", kCycles, cycle.row,
                                   cycle.representative, what));
    return true;
  };
  const std::uint64_t end = std::min(cycle.period, max_steps);
  std::uint64_t state = cycle.representative;
  for (std::uint64_t step = 1; step <= end; ++step) {
    state = stepper.next(state);
    if (state > cycle.representative) continue;
    if (state < cycle.representative)
      return wrong(fmt::format("state {} after {} steps is smaller", state, step));
    return step == cycle.period ||
           wrong(fmt::format("it returns after {} steps, not {}", step, cycle.period));
  }
  return end == cycle.period && wrong(fmt::format("it does not return after {} steps", cycle.period));
}

std::optional<Arrival> arrival(const fsr::Stepper& stepper, std::uint64_t state, std::uint64_t max_steps) {
  std::uint64_t power = 1, period = 1, slow = state, fast = stepper.next(state);
  for (std::uint64_t step = 0; slow != fast; ++step) {
    if (step == max_steps) return std::nullopt;
    if (power == period) {
      slow = fast;
      power *= 2;
      period = 0;
    }
    fast = stepper.next(fast);
    ++period;
  }
  Arrival found{0, {fast, period}};
  for (std::uint64_t i = 0; i < period; ++i) {
    fast = stepper.next(fast);
    found.cycle.representative = std::min(found.cycle.representative, fast);
  }
  slow = fast = state;
  for (std::uint64_t i = 0; i < period; ++i) fast = stepper.next(fast);
  while (slow != fast) {
    slow = stepper.next(slow);
    fast = stepper.next(fast);
    ++found.distance;
  }
  return found;
}

}  // namespace gforbit::job_cycles
