#include "gforbit/cycles/mapping/range_sizes.hpp"

#include <algorithm>
#include <bit>

#include "gforbit/cycles/bitsliced.hpp"

namespace gforbit::cycles {

namespace {

struct RangeSteps {
  double first, largest;
};

/// About a second of one core at most, less where kernels are fast.
constexpr RangeSteps range_steps(KernelKind kernel) {
  switch (kernel) {
    case KernelKind::bitsliced:
      return {0x1p31, 0x1p33};
    case KernelKind::qary:
      return {0x1p28, 0x1p32};
    default:
      return {0x1p20, 0x1p26};
  }
}

/// Marks in a range at most: a result message of 8 MB.
constexpr std::uint64_t kLargestMarkRange = 1 << 20;

/// Steps of a thread in the some 10 us that rank 0 has for a range.
constexpr double answer_steps(KernelKind kernel) {
  return 0x1p-11 * range_steps(kernel).first;
}

double threads_of_a_rank(const MappingOptions& options) {
  return std::max(1.0, static_cast<double>(options.threads) / options.ranks);
}

/// A slice of the bit-sliced kernel of which the end, when lanes are empty, is a tenth: some 64 walks one
/// after the other in each of 2048 lanes. Walks from `begin` on take about states / begin steps.
double full_slice(const RangePlan& plan, std::uint64_t begin) {
  if (plan.kernel != KernelKind::bitsliced) return 0;
  return 64.0 * 2048 * static_cast<double>(plan.states) / static_cast<double>(std::max(begin, plan.marks));
}

std::uint64_t walk_begin(const RangePlan& plan, core::StateRange range) {
  return range.begin.value < plan.marks ? plan.marks : std::bit_floor(range.begin.value);
}

core::RangeSizing sizing(const RangePlan& plan, double full, double work, const MappingOptions& options) {
  const RangeSteps steps = range_steps(plan.kernel);
  if (plan.kernel != KernelKind::bitsliced) return {steps.first, steps.largest, options.ranks};
  const double threads = threads_of_a_rank(options);
  // All threads together take this while rank 0 goes round once. But rather one range a rank than many with
  // empty lanes or than none.
  const double round = answer_steps(plan.kernel) * options.threads;
  const double share = std::max(steps.first, work / options.ranks);
  const double first = std::clamp(std::max(threads * full / 4, round), steps.first, share);
  return {first, std::max(first, threads * std::max(steps.largest, full)), options.ranks};
}

}  // namespace

core::RangeSizing mark_sizing(const RangePlan& plan, const MappingOptions& options, double step_cost) {
  const auto states = static_cast<double>(plan.states);
  core::RangeSizing marks = sizing(plan, full_slice(plan, plan.marks), states, options);
  marks.first_work /= step_cost;
  marks.largest_work /= step_cost;
  marks.largest_size = kLargestMarkRange;
  return marks;
}

core::RangeSizing leader_sizing(const RangePlan& plan, core::StateRange interval,
                                const MappingOptions& options) {
  const double work = core::WorkModel::logarithmic(static_cast<double>(plan.states)).work(interval);
  core::RangeSizing leaders = sizing(plan, full_slice(plan, walk_begin(plan, interval)), work, options);
  // After the last class nothing is left to do while the others end; its lanes end soon.
  constexpr double kLastRanges = 0.25;
  if (interval.end.value == plan.states)
    leaders.first_work = std::max(range_steps(plan.kernel).first, kLastRanges * leaders.first_work);
  return leaders;
}

double slice_steps(const RangePlan& plan, core::StateRange range, double work,
                   const MappingOptions& options) {
  return std::min(full_slice(plan, walk_begin(plan, range)), work / threads_of_a_rank(options));
}

bool stops_useless(const RangePlan& plan, const MappingOptions& options) {
  constexpr double kStepsOfAClass = 0.7;  // for each state: ln 2
  constexpr double kRounds = 4;           // two of them are under way when it is complete
  return kStepsOfAClass * static_cast<double>(plan.states) / options.threads >
         kRounds * options.ranks * answer_steps(plan.kernel);
}

double short_cycles_steps(const RangePlan& plan, const MappingOptions& options) {
  // Half of the steps, it may be, for one period on one thread, while all others walk the segments.
  const double share = std::min(kShortCyclesShare, 1 / (2.0 * options.threads));
  return share * static_cast<double>(plan.states);
}

std::uint64_t most_marks(std::uint64_t states, const MappingOptions& options) {
  // A mark takes rank 0 some 4 ns to copy, and 25 to 45 ns of one of its threads to follow; all threads
  // together take 5 steps or more for each state. With `hidden` marks rank 0 is done before the others are,
  // even if little has to be searched for; with `most` it often is (as tests/bench/many_ranks.cpp shows).
  const double rank0 = threads_of_a_rank(options);
  const double steps = static_cast<double>(states) / options.threads;
  const double hidden = steps / (600 + 500 / rank0);
  const double most = steps / (100 + 300 / rank0);
  // Between the two: as many as keep three quarters of the lanes at work.
  const double full_lanes = 20000.0 * options.threads;
  constexpr double kNothing = 1 << 16;  // taken in a millisecond or two
  return static_cast<std::uint64_t>(std::max(kNothing, std::clamp(full_lanes, hidden, most)));
}

}  // namespace gforbit::cycles
