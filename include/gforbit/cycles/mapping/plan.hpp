/// How a register is mapped: by which method, with which kernel, marks and classes, in which ranges and
/// slices, at what memory. All that is planned is planned here, from one MappingOptions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "gforbit/core/range_source.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/mapping.hpp"
#include "gforbit/cycles/mapping/unit.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// For the tables of a register that is cut in ranges; the other half is for messages and what a run keeps.
[[nodiscard]] inline std::uint64_t table_bytes(const MappingOptions& options) {
  return options.memory_bytes / 2;
}

/// The same for the marks of nonsingular registers alone, of which there may be a limit.
[[nodiscard]] std::uint64_t mark_bytes(const MappingOptions& options);

/// How a register with an index for each state is cut, and with which kernels it is mapped.
[[nodiscard]] RangePlan plan_ranges(const fsr::Register& reg, bool nonsingular,
                                    const MappingOptions& options);

/// How a register is mapped whole by one thread.
struct WholePlan {
  std::uint64_t bitsliced_marks = 0;  ///< for the bit-sliced kernel; 0: by the plain methods
  std::uint64_t work = 0;             ///< expected, in steps of the plain methods
};
/// nullopt if the register is too large for that.
[[nodiscard]] std::optional<WholePlan> plan_whole(const fsr::Register& reg, const MappingOptions& options);

/// Maps a register whole by the calling thread.
/// @param bitsliced_marks  WholePlan::bitsliced_marks
/// @param basins           of a singular register are searched too
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<MapResult> map_whole(const fsr::Register& reg, bool nonsingular,
                                                 std::uint64_t bitsliced_marks, std::uint64_t stored,
                                                 bool basins, Simd simd, const core::StopSignal& stop);

/// The kernel of a nonsingular register, on whichever rank.
[[nodiscard]] std::unique_ptr<Kernel> make_kernel(const fsr::Register& reg, const RangePlan& plan,
                                                  std::shared_ptr<LeaderSieve> sieve = nullptr);

/// Evaluations of the step map for each state that a mapping takes, on average.
[[nodiscard]] double steps_per_state(const RangePlan& plan, bool nonsingular);

/// Memory to take states of a singular register or system away in; nullopt: it cannot be done (Peeling,
/// GraphPeeling).
[[nodiscard]] std::optional<std::uint64_t> peeling_bytes(const fsr::Register& reg);

/// Whether a singular register is mapped in the memory of one rank.
[[nodiscard]] bool is_peeled(const fsr::Register& reg, const MappingOptions& options);

/// Memory of rank 0's tables for a register, bytes.
[[nodiscard]] std::uint64_t mapping_memory(const RangePlan& plan, bool nonsingular);

// ---- how large ranges and slices are ----------------------------------------------------------------------
//
// A range should keep a rank busy for a while, because each one costs rank 0 some microseconds, and all
// ranges of a phase should end at about the same time. The bit-sliced kernel wants large slices for another
// reason: its lanes end one by one, the last ones nearly alone, and the more states there are between two
// marks, the longer that takes.

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
