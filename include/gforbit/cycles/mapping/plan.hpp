/// How a register is mapped: by which method, with which kernel, marks and classes, at what memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

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
/// @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<MapResult> map_whole(const fsr::Register& reg, bool nonsingular,
                                                 std::uint64_t bitsliced_marks, std::uint64_t stored,
                                                 Simd simd, const core::StopSignal& stop);

/// The kernel of a nonsingular register, on whichever rank.
[[nodiscard]] std::unique_ptr<Kernel> make_kernel(const fsr::Register& reg, const RangePlan& plan,
                                                  std::shared_ptr<LeaderSieve> sieve = nullptr);

/// Evaluations of the step map for each state that a mapping takes, on average.
[[nodiscard]] double steps_per_state(const RangePlan& plan, bool nonsingular);

/// Whether a singular register is mapped in the memory of one rank (Peeling).
[[nodiscard]] bool is_peeled(const fsr::Register& reg, const MappingOptions& options);

/// Memory of rank 0's tables for a register, bytes.
[[nodiscard]] std::uint64_t mapping_memory(const RangePlan& plan, bool nonsingular);

}  // namespace gforbit::cycles
