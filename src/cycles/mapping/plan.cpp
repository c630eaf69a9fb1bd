#include "gforbit/cycles/mapping/driver.hpp"

#include <algorithm>

#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/interleaved.hpp"
#include "gforbit/cycles/lookup.hpp"
#include "gforbit/cycles/peeling.hpp"
#include "gforbit/cycles/qary.hpp"
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

std::uint64_t choose_marks(std::uint64_t states, bool nonsingular, std::uint64_t memory_bound) {
  const std::uint64_t most = nonsingular ? kMostBijectionMarks : kMostSingularMarks;
  const std::uint64_t bytes = nonsingular ? kBijectionBytesPerMark : kSingularBytesPerMark;
  return std::min(states, std::clamp(memory_bound / bytes, kFewestMarks, most));
}

RangePlan scalar_plan(std::uint64_t states, bool nonsingular, const MappingOptions& options) {
  RangePlan plan;
  plan.states = states;
  plan.marks = choose_marks(states, nonsingular, table_bytes(options));
  plan.class_digits = 8;
  plan.coarse = states;
  plan.walk_limit = kWalkLimit;
  return plan;
}

/// @param kernel  one of the vector kernels
RangePlan vector_plan(const fsr::Register& reg, KernelKind kernel, std::uint64_t marks,
                      const MappingOptions& options) {
  constexpr unsigned kQaryClassDigits = 4;        // they cost nothing below `coarse`
  constexpr std::uint64_t kSegmentsPerWalk = 32;  // as long as a random register has hardly any
  RangePlan plan;
  plan.states = *reg.enumerable_state_count();
  plan.marks = marks;
  plan.kernel = kernel;
  plan.simd = options.simd;
  const bool bits = kernel == KernelKind::bitsliced;
  plan.class_digits = bits ? 0 : kQaryClassDigits;
  plan.coarse = bits ? bitsliced_coarse(reg, marks) : qary_coarse(reg, marks);
  plan.walk_limit = std::max(kWalkLimit, kSegmentsPerWalk * (plan.states / marks));
  plan.sieve = LeaderSieve::bytes_for(reg) <= table_bytes(options);
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
  plan.sieve = LeaderSieve::bytes_for(reg) <= table_bytes(options);
  return plan;
}

/// As many as rank 0 has memory for and time, but rather too many for its time than none.
std::optional<std::uint64_t> choose_bitsliced_marks(const fsr::Register& reg, const MappingOptions& options) {
  constexpr int kMostZeroCells = 24;  // of the kernel
  const std::uint64_t states = *reg.enumerable_state_count();
  const std::uint64_t most = std::max(most_marks(states, options), states >> kMostZeroCells);
  return bitsliced_marks(reg, std::min(table_bytes(options), kBijectionBytesPerMark * most),
                         kBijectionBytesPerMark);
}

}  // namespace

RangePlan plan_ranges(const fsr::Register& reg, bool nonsingular, const MappingOptions& options) {
  if (nonsingular && options.simd != SimdLevel::scalar) {
    if (const auto marks = choose_bitsliced_marks(reg, options))
      return vector_plan(reg, KernelKind::bitsliced, *marks, options);
    if (const auto marks = qary_marks(reg, table_bytes(options), kBijectionBytesPerMark))
      return vector_plan(reg, KernelKind::qary, *marks, options);
    if (lookup_applies(reg)) return lookup_plan(reg, options);
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

std::optional<MapResult> map_whole(const fsr::Register& reg, bool nonsingular, std::uint64_t bitsliced_marks,
                                   std::uint64_t stored, Simd simd, const core::StopSignal& stop) {
  const fsr::Stepper step(reg);
  if (!nonsingular) {
    constexpr std::uint64_t kFewestPeeled = 1 << 14;
    const bool peeled = step.state_count() >= kFewestPeeled && Peeling::bytes_for(reg);
    return peeled ? map_by_peeling(reg, stored, stop, choose_simd_level(simd))
                  : map_functional_graph(step, stored, stop);
  }
  if (bitsliced_marks == 0) return map_bijection(step, stored, stop);
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
    default:
      return make_scalar_kernel(fsr::Stepper(reg), plan.partition());
  }
}

double steps_per_state(const RangePlan& plan, bool nonsingular) {
  if (!nonsingular) return StepsPerState::kSingular;
  switch (plan.kernel) {
    case KernelKind::bitsliced:
      return StepsPerState::kBitsliced;
    case KernelKind::qary:
      return StepsPerState::kQary;
    default:
      return StepsPerState::kBijection;
  }
}

bool is_peeled(const fsr::Register& reg, const MappingOptions& options) {
  const auto bytes = Peeling::bytes_for(reg);
  // There are no messages then, so nearly all of the memory.
  return options.peel && bytes && *bytes <= table_bytes(options) / 5 * 9;
}

std::uint64_t mapping_memory(const RangePlan& plan, bool nonsingular) {
  return plan.marks * (nonsingular ? kBijectionBytesPerMark : kSingularBytesPerMark);
}

std::unique_ptr<Mapping> make_mapping(const fsr::Register& reg, bool nonsingular,
                                      const MappingOptions& options) {
  if (nonsingular && interleaving_of(reg)) return make_interleaved_mapping(options);
  if (!nonsingular && is_peeled(reg, options)) return make_peeled_mapping(reg, options);
  const RangePlan plan = plan_ranges(reg, nonsingular, options);
  return make_mapping(reg, nonsingular, options, plan);
}

std::unique_ptr<Mapping> make_mapping(const fsr::Register& reg, bool nonsingular,
                                      const MappingOptions& options, const RangePlan& plan) {
  const bool undivided = plan.states == 0;
  if (undivided) {
    return nonsingular ? make_interleaved_mapping(options) : make_peeled_mapping(reg, options);
  }
  return nonsingular ? make_bijection_mapping(plan, options) : make_singular_mapping(reg, plan, options);
}

}  // namespace gforbit::cycles
