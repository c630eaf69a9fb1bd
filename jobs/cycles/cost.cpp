#include "cycles/cost.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cycles/mapping_base.hpp"

namespace gforbit::job_cycles {

namespace {

/// Whether it is worth assuming a bijection; the exact answer can cost as much as the mapping.
bool looks_nonsingular(const fsr::Register& reg) {
  bool alone = false, in_product = false;
  for (const fsr::Term& term : reg.feedback().terms()) {
    if (term.factors.empty() || term.factors.front().cell != 0) continue;
    (term.factors.size() == 1 ? alone : in_product) = true;
  }
  return alone && !in_product;
}

}  // namespace

Cost expected_cost(const fsr::Register& reg, std::uint64_t whole_limit, const MappingLimits& limits) {
  const bool nonsingular = looks_nonsingular(reg);
  const std::uint64_t states = *reg.enumerable_state_count();
  const auto n = static_cast<double>(states);
  Cost cost;
  if (const auto whole = plan_whole(reg, whole_limit, limits)) {
    cost.steps = n;
    cost.table_bytes = !nonsingular                 ? 16 * states
                       : whole->bitsliced_marks > 0 ? 8 * whole->bitsliced_marks
                                                    : states / 8;
    return cost;
  }
  const RangePlan plan = plan_ranges(reg, nonsingular, limits);
  cost.steps = steps_per_state(plan, nonsingular) * n;
  cost.ranges = static_cast<std::uint64_t>(std::ceil(cost.steps / range_steps(plan.kernel).largest));
  cost.table_bytes = mapping_memory(plan, nonsingular);
  return cost;
}

double measured_rate(const fsr::Register& reg, const MappingLimits& limits) {
  const RangePlan plan = plan_ranges(reg, looks_nonsingular(reg), limits);
  const auto kernel = make_kernel(reg, plan, 0);
  const std::uint64_t steps_per_mark = plan.states / plan.marks;
  const std::uint64_t count =
      std::clamp<std::uint64_t>(kernel->least_steps() / steps_per_mark, 1, plan.marks);
  // From the middle: states with few digits are far from random.
  const std::uint64_t first = (plan.marks - count) / 3 * 2;
  const core::StateRange marks{{first}, {first + count}};
  cycles::SegmentBlock block(marks);
  cycles::Findings findings;
  const auto begin = std::chrono::steady_clock::now();
  kernel->segments(marks, plan.walk_limit, block, findings, {});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(findings.steps) / elapsed.count();
}

}  // namespace gforbit::job_cycles
