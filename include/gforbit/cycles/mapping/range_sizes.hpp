/// How large the ranges of a register are, and the slices in which the threads of a rank take them.
///
/// A range should keep a rank busy for a while, because each one costs rank 0 some microseconds, and all
/// ranges of a phase should end at about the same time. The bit-sliced kernel wants slices that are large
/// for another reason: its lanes end one by one, the last ones nearly alone, and the more states there are
/// between two marks, the longer that takes.
#pragma once

#include <cstdint>

#include "gforbit/core/range_source.hpp"
#include "gforbit/cycles/mapping/plan.hpp"

namespace gforbit::cycles {

/// Expected evaluations of the step map for each state, of all that mapping a register takes.
/// What --dry-run and the progress line multiply with: adjust them here when kernels change.
struct StepsPerState {
  static constexpr double kPeeling = 2;  ///< predecessors counted, states taken away
  static constexpr double kBijection = 1.1;
  static constexpr double kBitsliced = 7;
  static constexpr double kQary = 15;
  static constexpr double kSingular = 4;
};

/// For the ranges of marks: segments and basins.
/// @param step_cost  evaluations of the feedback for a step from a mark, 1 unless that is backwards
[[nodiscard]] core::RangeSizing mark_sizing(const RangePlan& plan, const MappingOptions& options,
                                            double step_cost = 1);
/// For the leaders of a class.
[[nodiscard]] core::RangeSizing leader_sizing(const RangePlan& plan, core::StateRange interval,
                                              const MappingOptions& options);
/// Steps in a slice of a range of so much work; the kernel's own least_steps() where that is more.
[[nodiscard]] double slice_steps(const RangePlan& plan, core::StateRange range, double work,
                                 const MappingOptions& options);

/// Whether those who search a class that has become complete are told to stop: not where rank 0 needs longer
/// to give all of them something else than they need for the rest.
[[nodiscard]] bool stops_useless(const RangePlan& plan, const MappingOptions& options);

/// Steps that finding the short cycles of a register may take.
[[nodiscard]] double short_cycles_steps(const RangePlan& plan, const MappingOptions& options);

/// As many marks as rank 0 can take from all threads while they map a register of so many states.
[[nodiscard]] std::uint64_t most_marks(std::uint64_t states, const MappingOptions& options);

}  // namespace gforbit::cycles
