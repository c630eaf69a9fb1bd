#include "gforbit/cycles/mapping/driver.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "gforbit/cycles/basins.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/graph_peeling.hpp"
#include "gforbit/cycles/interleaved.hpp"
#include "gforbit/cycles/lookup.hpp"
#include "gforbit/cycles/peeling.hpp"
#include "gforbit/cycles/qary.hpp"
#include "gforbit/cycles/system_kernel.hpp"
#include "parts.hpp"

namespace gforbit::cycles {

namespace {

// Bytes a mark on rank 0: segment table and the bits of the contraction, or the arrays of the mark graph.
constexpr std::uint64_t kBijectionBytesPerMark = 9;
constexpr std::uint64_t kSingularBytesPerMark = 60;

/// More marks mean fewer states without one to search for; more than these gain nothing with scalar kernels.
constexpr std::uint64_t kMostBijectionMarks = std::uint64_t{1} << 22;
constexpr std::uint64_t kMostSingularMarks = std::uint64_t{1} << 20;
constexpr std::uint64_t kFewestMarks = 64;

/// States of the bit-sliced kernel in the time of one step of the plain methods.
constexpr std::uint64_t kBitslicedSpeed = 64;
/// Below, the plain methods are faster.
constexpr std::uint64_t kFewestBitslicedStates = std::uint64_t{1} << 19;

/// Steps of a walk before it is cut: milliseconds of scalar code.
constexpr std::uint64_t kWalkLimit = 1 << 20;

std::uint64_t choose_marks(std::uint64_t states, bool nonsingular, std::uint64_t memory_bound,
                           std::uint64_t marks_limit) {
  const std::uint64_t most = nonsingular ? kMostBijectionMarks : kMostSingularMarks;
  const std::uint64_t bytes = nonsingular ? kBijectionBytesPerMark : kSingularBytesPerMark;
  return std::min({states, std::clamp(memory_bound / bytes, kFewestMarks, most), marks_limit});
}

RangePlan scalar_plan(std::uint64_t states, bool nonsingular, const MappingOptions& options) {
  RangePlan plan;
  plan.states = states;
  plan.marks = choose_marks(states, nonsingular, table_bytes(options), options.marks_limit);
  plan.class_digits = 8;
  plan.coarse = states;
  plan.walk_limit = kWalkLimit;
  return plan;
}

/// Steps of a segment that random registers hardly have.
std::uint64_t long_walk(const RangePlan& plan) {
  constexpr std::uint64_t kSegmentsPerWalk = 32;
  return std::max(kWalkLimit, kSegmentsPerWalk * (plan.states / plan.marks));
}

bool has_room_for_sieve(const fsr::Register& reg, const MappingOptions& options) {
  return LeaderSieve::bytes_for(reg) <= table_bytes(options);
}

/// @param kernel  one of the vector kernels
RangePlan vector_plan(const fsr::Register& reg, KernelKind kernel, std::uint64_t marks,
                      const MappingOptions& options) {
  constexpr unsigned kQaryClassDigits = 4;  // they cost nothing below `coarse`
  RangePlan plan;
  plan.states = *reg.enumerable_state_count();
  plan.marks = marks;
  plan.kernel = kernel;
  plan.simd = options.simd;
  const bool bits = kernel == KernelKind::bitsliced;
  plan.class_digits = bits ? 0 : kQaryClassDigits;
  plan.coarse = bits ? bitsliced_coarse(reg, marks) : qary_coarse(reg, marks);
  plan.walk_limit = long_walk(plan);
  plan.sieve = has_room_for_sieve(reg, options);
  if (bits) {
    const ShortCycles search(reg, choose_simd_level(plan.simd));
    plan.known_periods = search.longest(short_cycles_steps(plan, options));
  }
  return plan;
}

/// Few classes, because states of the last one cost nothing to count, and the sieve does the rest.
RangePlan lookup_plan(const fsr::Register& reg, const MappingOptions& options) {
  RangePlan plan = scalar_plan(*reg.enumerable_state_count(), true, options);
  plan.kernel = KernelKind::lookup;
  plan.simd = options.simd;
  constexpr std::uint64_t kStatesPerMark = 256;
  plan.marks = std::min(plan.marks, std::max(kFewestMarks, plan.states / kStatesPerMark));
  plan.class_digits = 0;
  plan.coarse = plan.marks;
  plan.sieve = has_room_for_sieve(reg, options);
  return plan;
}

/// As many as rank 0 has memory for and time, but rather too many for its time than none.
std::optional<std::uint64_t> choose_bitsliced_marks(const fsr::Register& reg, const MappingOptions& options) {
  constexpr int kMostZeroCells = 24;  // of the kernel
  const std::uint64_t states = *reg.enumerable_state_count();
  const std::uint64_t most = std::max(most_marks(states, options), states >> kMostZeroCells);
  return bitsliced_marks(reg, std::min(mark_bytes(options), kBijectionBytesPerMark * most),
                         kBijectionBytesPerMark);
}

RangePlan system_plan(const fsr::Register& reg, std::uint64_t marks, const MappingOptions& options) {
  RangePlan plan = scalar_plan(*reg.enumerable_state_count(), true, options);
  const Partition partition = system_partition(reg, marks);
  plan.kernel = KernelKind::system;
  plan.simd = options.simd;
  plan.marks = marks;
  plan.class_digits = partition.digits();
  plan.walk_limit = long_walk(plan);
  plan.sieve = has_room_for_sieve(reg, options);
  plan.coarse = partition.interval(partition.size() - 1).begin.value;
  return plan;
}

}  // namespace

std::uint64_t mark_bytes(const MappingOptions& options) {
  const std::uint64_t most = table_bytes(options);
  return options.marks_limit < most / kBijectionBytesPerMark ? kBijectionBytesPerMark * options.marks_limit
                                                             : most;
}

RangePlan plan_ranges(const fsr::Register& reg, bool nonsingular, const MappingOptions& options) {
  if (nonsingular && options.simd != SimdLevel::scalar) {
    if (const auto marks = choose_bitsliced_marks(reg, options))
      return vector_plan(reg, KernelKind::bitsliced, *marks, options);
    if (const auto marks = qary_marks(reg, mark_bytes(options), kBijectionBytesPerMark))
      return vector_plan(reg, KernelKind::qary, *marks, options);
    if (const auto marks = system_marks(reg, mark_bytes(options), kBijectionBytesPerMark))
      return system_plan(reg, *marks, options);
    if (lookup_applies(reg)) return lookup_plan(reg, options);
    if (reg.system() != nullptr) {
      RangePlan plan = scalar_plan(*reg.enumerable_state_count(), true, options);
      plan.sieve = has_room_for_sieve(reg, options);
      return plan;
    }
  }
  return scalar_plan(*reg.enumerable_state_count(), nonsingular, options);
}

std::optional<WholePlan> plan_whole(const fsr::Register& reg, const MappingOptions& options) {
  const auto states = reg.enumerable_state_count();
  constexpr std::uint64_t kDigitSlowness = 4;  // a step over larger fields, in steps over GF(2)
  const std::uint64_t limit =
      reg.field().order() == 2 ? options.whole_limit : options.whole_limit / kDigitSlowness;
  if (!states || *states > limit) return std::nullopt;
  if (*states >= kFewestBitslicedStates && interleaving_of(reg)) return std::nullopt;
  if (*states >= kFewestBitslicedStates && options.simd != SimdLevel::scalar) {
    const auto marks = bitsliced_marks(reg, table_bytes(options), kBijectionBytesPerMark);
    if (marks) return WholePlan{*marks, *states / kBitslicedSpeed};
  }
  return WholePlan{0, *states};
}

namespace {

std::optional<MapResult> map_singular_whole(const fsr::Register& reg, std::uint64_t stored, bool basins,
                                            SimdLevel level, const core::StopSignal& stop) {
  constexpr std::uint64_t kFewestPeeled = 1 << 14;
  const fsr::Stepper step(reg);
  const bool peeled = step.state_count() >= kFewestPeeled && Peeling::bytes_for(reg);
  const std::uint64_t kept = basins ? CycleCensus::kAll : stored;
  auto map = peeled ? map_by_peeling(reg, kept, stop, level) : map_functional_graph(step, kept, stop);
  if (map && basins && !search_basins(reg, *map, stored, level, stop)) return std::nullopt;
  return map;
}

}  // namespace

std::optional<MapResult> map_whole(const fsr::Register& reg, bool nonsingular, std::uint64_t bitsliced_marks,
                                   std::uint64_t stored, bool basins, Simd simd,
                                   const core::StopSignal& stop) {
  if (!nonsingular) return map_singular_whole(reg, stored, basins, choose_simd_level(simd), stop);
  if (bitsliced_marks == 0) return map_bijection(fsr::Stepper(reg), stored, stop);
  return map_bijection_bitsliced(reg, bitsliced_marks, stored, choose_simd_level(simd), stop);
}

std::unique_ptr<Kernel> make_kernel(const fsr::Register& reg, const RangePlan& plan,
                                    std::shared_ptr<LeaderSieve> sieve) {
  switch (plan.kernel) {
    case KernelKind::bitsliced:
      return make_bitsliced_kernel(reg, plan.marks, plan.partition(), choose_simd_level(plan.simd),
                                   plan.known_periods, std::move(sieve));
    case KernelKind::qary:
      return make_qary_kernel(reg, plan.marks, plan.partition(), choose_simd_level(plan.simd),
                              std::move(sieve));
    case KernelKind::lookup:
      return make_lookup_kernel(reg, plan.partition(), choose_simd_level(plan.simd), std::move(sieve));
    case KernelKind::system:
      return make_system_kernel(reg, plan.marks, plan.partition(), choose_simd_level(plan.simd),
                                std::move(sieve));
    default:
      if (sieve) return make_sieved_scalar_kernel(reg, plan.partition(), std::move(sieve));
      return make_scalar_kernel(fsr::Stepper(reg), plan.partition());
  }
}

double steps_per_state(const RangePlan& plan, bool nonsingular) {
  if (!nonsingular) return StepsPerState::kSingular;
  switch (plan.kernel) {
    case KernelKind::bitsliced:
    case KernelKind::system:
      return StepsPerState::kBitsliced;
    case KernelKind::qary:
      return StepsPerState::kQary;
    default:
      return StepsPerState::kBijection;
  }
}

std::optional<std::uint64_t> peeling_bytes(const fsr::Register& reg) {
  return reg.system() != nullptr ? GraphPeeling::bytes_for(reg) : Peeling::bytes_for(reg);
}

bool is_peeled(const fsr::Register& reg, const MappingOptions& options) {
  const auto bytes = peeling_bytes(reg);
  // There are no messages then, so nearly all of the memory.
  return options.peel && bytes && *bytes <= table_bytes(options) / 5 * 9;
}

std::uint64_t mapping_memory(const RangePlan& plan, bool nonsingular) {
  return plan.marks * (nonsingular ? kBijectionBytesPerMark : kSingularBytesPerMark);
}

// ---- how large ranges and slices are ----------------------------------------------------------------------

namespace {

struct RangeSteps {
  double first, largest;
};

/// About a second of one core at most, less where kernels are fast.
constexpr RangeSteps range_steps(KernelKind kernel) {
  switch (kernel) {
    case KernelKind::bitsliced:
      return {0x1p31, 0x1p33};
    case KernelKind::system:
      return {0x1p29, 0x1p32};
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

constexpr bool has_bit_lanes(KernelKind kernel) {
  return kernel == KernelKind::bitsliced || kernel == KernelKind::system;
}

/// A slice of the bit-sliced kernels of which the end, when lanes are empty, is a tenth: some 64 walks one
/// after the other in each of 2048 lanes. Walks from `begin` on take about states / begin steps.
double full_slice(const RangePlan& plan, std::uint64_t begin) {
  if (!has_bit_lanes(plan.kernel)) return 0;
  return 64.0 * 2048 * static_cast<double>(plan.states) / static_cast<double>(std::max(begin, plan.marks));
}

std::uint64_t walk_begin(const RangePlan& plan, core::StateRange range) {
  return range.begin.value < plan.marks ? plan.marks : std::bit_floor(range.begin.value);
}

core::RangeSizing sizing(const RangePlan& plan, double full, double work, const MappingOptions& options) {
  const RangeSteps steps = range_steps(plan.kernel);
  if (!has_bit_lanes(plan.kernel)) return {steps.first, steps.largest, options.ranks};
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

// ---- by which method --------------------------------------------------------------------------------------

namespace {

/// Trees are searched backwards, which takes too long where a step drops many cells.
/// @throws MemoryShortage
void check_trees(const fsr::Register& reg) {
  constexpr std::uint64_t kMostPredecessors = 1 << 12;
  if (reg.system() == nullptr || fsr::Stepper(reg).previous_cost() <= kMostPredecessors) return;
  const auto bytes = GraphPeeling::bytes_for(reg);
  if (!bytes) {
    throw MemoryShortage(
        "a singular system that drops many cells in a step is mapped in memory, up to 2^32 - 1 states: "
        "choose "
        "shorter registers");
  }
  throw MemoryShortage(
      fmt::format("--memory is too small for this singular system, which drops many cells in a step: give "
                  "{}M for it alone",
                  (*bytes / 9 * 10 >> 20) + 1));
}

}  // namespace

std::unique_ptr<Mapping> make_mapping(const fsr::Register& reg, bool nonsingular,
                                      const MappingOptions& options) {
  const bool undivided = nonsingular ? interleaving_of(reg).has_value() : is_peeled(reg, options);
  return make_mapping(reg, nonsingular, options,
                      undivided ? RangePlan{} : plan_ranges(reg, nonsingular, options));
}

std::unique_ptr<Mapping> make_mapping(const fsr::Register& reg, bool nonsingular,
                                      const MappingOptions& options, const RangePlan& plan) {
  const bool undivided = plan.states == 0;
  if (nonsingular)
    return undivided ? make_interleaved_mapping(options) : make_bijection_mapping(plan, options);
  if (!undivided) check_trees(reg);
  MappingOptions all_cycles = options;
  if (options.basins) all_cycles.stored = CycleCensus::kAll;
  auto mapping =
      undivided ? make_peeled_mapping(reg, all_cycles) : make_singular_mapping(reg, plan, all_cycles);
  return options.basins ? make_mapping_with_basins(reg, std::move(mapping), options) : std::move(mapping);
}

}  // namespace gforbit::cycles
