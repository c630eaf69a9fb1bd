#include "gforbit/cycles/mapping/cost.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <stop_token>

#include <fmt/format.h>

#include "gforbit/cycles/interleaved.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

namespace {

/// Nanoseconds of a thread for each state: with the sieve where walks are long; to take states away level by
/// level, with few levels and with very many.
constexpr double kSievedBits = 6, kSievedDigits = 12, kSievedSystems = 30;
constexpr double kFewLevelsBits = 0.3, kFewLevelsDigits = 10, kPeeledBits = 20, kPeeledDigits = 60;

/// Whether it is worth assuming a bijection; the exact answer can cost as much as the mapping.
bool looks_nonsingular(const fsr::Register& reg) {
  if (reg.system() == nullptr) return reg.feedback().oldest_stands_alone();
  std::stop_source at_once;
  const core::StopSignal::Look look = [&] { at_once.request_stop(); };
  try {
    return fsr::is_nonsingular(reg, core::StopSignal(at_once.get_token(), &look)).value_or(false);
  } catch (const core::InputError&) {
    return true;  // a guess: that it cannot be decided, the run says
  }
}

/// Steps per second of CPU time of this thread, so that other load does not matter; 0 if there were none.
template <class Work>
double rate_of(Work work) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  constexpr double kPatience_s =
      0.25;  // a feedback of many terms takes a thousand times as long as a short one
  Findings findings;
  const double begin = now();
  std::stop_source late;
  const core::StopSignal::Look look = [&] {
    if (now() - begin > kPatience_s) late.request_stop();
  };
  work(findings, core::StopSignal(late.get_token(), &look));
  return static_cast<double>(findings.steps) / std::max(now() - begin, 1e-9);
}

/// Of one walk, one step after the other.
double plain_rate(const fsr::Register& reg) {
  const fsr::Stepper step(reg);
  return rate_of([&](Findings& findings, const core::StopSignal& stop) {
    constexpr std::uint64_t kStepsPerLook = 64;
    for (std::uint64_t state = 1 % step.state_count(); !stop.stop_requested();
         findings.steps += kStepsPerLook) {
      for (std::uint64_t i = 0; i < kStepsPerLook; ++i) state = step.next(state);
    }
  });
}

}  // namespace

Cost expected_cost(const fsr::Register& reg, const MappingOptions& options) {
  const bool nonsingular = looks_nonsingular(reg);
  const std::uint64_t states = *reg.enumerable_state_count();
  const auto n = static_cast<double>(states);
  Cost cost;
  if (const auto whole = plan_whole(reg, options)) {
    cost.method = "by one thread";
    cost.shared = false;
    cost.bad_seconds = 1e-9 * kSievedDigits * n;
    cost.steps = n;
    cost.table_bytes = !nonsingular                 ? 20 * states
                       : whole->bitsliced_marks > 0 ? 8 * whole->bitsliced_marks
                                                    : states / 8;
    return cost;
  }
  if (const auto parts = nonsingular ? interleaving_of(reg) : std::nullopt) {
    cost.method = fmt::format("from {} interleaved copies of a register of degree {}", parts->copies,
                              parts->part.degree());
    cost.steps = static_cast<double>(*parts->part.enumerable_state_count());
    cost.table_bytes = 16 * *parts->part.enumerable_state_count();
    return cost;
  }
  if (!nonsingular && is_peeled(reg, options)) {
    cost.method = "by peeling in memory, as it looks singular";
    cost.steps = n;
    cost.table_bytes = *peeling_bytes(reg);
    const bool bits = reg.field().order() == 2;
    cost.good_seconds = 1e-9 * (bits ? kFewLevelsBits : kFewLevelsDigits) * n;
    cost.bad_seconds = 1e-9 * (bits ? kPeeledBits : kPeeledDigits) * n;
    return cost;
  }
  const RangePlan plan = plan_ranges(reg, nonsingular, options);
  cost.method = nonsingular ? "by segments and leaders"
                            : "by trees, because it looks singular and peeling needs more than --memory";
  if (plan.sieve) {
    cost.bad_seconds = 1e-9 * n *
                       (reg.system() != nullptr    ? kSievedSystems
                        : reg.field().order() == 2 ? kSievedBits
                                                   : kSievedDigits);
    cost.table_bytes += LeaderSieve::bytes_for(reg);
  }
  cost.steps = steps_per_state(plan, nonsingular) * n;
  cost.ranges = static_cast<std::uint64_t>(std::ceil(cost.steps / mark_sizing(plan, options).largest_work));
  cost.table_bytes += mapping_memory(plan, nonsingular);
  return cost;
}

double measured_rate(const fsr::Register& reg, const MappingOptions& options) {
  const bool nonsingular = looks_nonsingular(reg);
  RangePlan plan = plan_ranges(reg, nonsingular, options);
  // Steps of a long feedback are slow: short segments show their rate in time.
  constexpr std::uint64_t kStepsPerMark = 256;
  if (plan.kernel == KernelKind::bitsliced && reg.length() > kShortFeedback)
    plan.marks = std::max(plan.marks, plan.states / kStepsPerMark);
  const auto kernel = make_kernel(reg, plan);
  const double segments = rate_of([&](Findings& findings, const core::StopSignal& stop) {
    const std::uint64_t steps_per_mark = plan.states / plan.marks;
    const std::uint64_t count =
        std::clamp<std::uint64_t>(kernel->least_steps() / steps_per_mark, 1, plan.marks);
    // From the middle: states with few digits are far from random.
    const std::uint64_t first = (plan.marks - count) / 3 * 2;
    const core::StateRange marks{{first}, {first + count}};
    SegmentBlock block(marks);
    kernel->segments(marks, plan.walk_limit, block, findings, stop);
  });
  // None came to an end in time. Vectors take long feedbacks some five to twenty times as fast as single
  // walks.
  constexpr double kVectorsToPlain = 8;
  if (segments == 0) return kVectorsToPlain * plain_rate(reg);
  if (plan.kernel == KernelKind::scalar) return segments;
  const double leaders = rate_of([&](Findings& findings, const core::StopSignal& stop) {
    const core::StateIndex first{std::min(plan.states / 2, 3 * plan.marks)};
    const auto model = core::WorkModel::logarithmic(static_cast<double>(plan.states));
    const auto end = model.end_for(first, static_cast<double>(kernel->least_steps()));
    kernel->leaders({first, std::min(end, core::StateIndex{plan.states})}, plan.states, plan.walk_limit,
                    findings, stop);
  });
  // Segments take one step for each state, the search for leaders the others.
  const double steps = steps_per_state(plan, nonsingular);
  return steps / (1 / segments + (steps - 1) / (leaders > 0 ? leaders : segments));
}

}  // namespace gforbit::cycles
