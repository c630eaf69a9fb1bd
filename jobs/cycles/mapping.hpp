/// A large register at work on rank 0: which ranges to hand out next, and what their results add up to.
///
/// Ranges leave in increasing order of state indices and come back in any order. Nonsingular registers:
/// segments between marks, contraction, leaders where the deficit says that something is missing. Singular
/// registers: basins, rims, leaders. Both end with the certificate, or with an error; never with an unproven
/// result.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cycles/units.hpp"
#include "gforbit/core/bytes.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::job_cycles {

struct MappingLimits {
  int ranks = 1;
  int threads = 1;                 ///< of all ranks
  std::uint64_t stored = 0;        ///< cycle rows to keep
  std::uint64_t memory_bytes = 0;  ///< for this register's tables on rank 0
  Simd simd{};                     ///< forced vector level
  bool peel = true;                ///< singular registers that fit the memory are not cut in ranges
};

/// Not thread-safe: the coordinator's thread calls. What goes wrong is thrown and fails the register.
class Mapping {
 public:
  virtual ~Mapping() = default;
  /// The next unit for any rank; nullopt if there is none at the moment.
  [[nodiscard]] virtual std::optional<RangeUnit> next() = 0;
  /// Then, where no other register has a unit either: one that may turn out useless.
  [[nodiscard]] virtual std::optional<RangeUnit> next_guess() { return std::nullopt; }
  /// The next unit of kind `local`, for rank 0.
  [[nodiscard]] virtual std::optional<RangeUnit> next_local() { return std::nullopt; }
  virtual void merge(const RangeUnit& unit, std::span<const std::byte> result) = 0;
  /// Called now and then, when there is time: what would take longer later.
  virtual void prepare() {}
  /// Merges what an earlier run found for units that this one never handed out: the ranges are done, the
  /// walks of `unit` are taken back. Results come in the order of their phases.
  /// @throws std::logic_error  the unit contradicts what came before
  virtual void restore(const RangeUnit& unit, std::span<const core::StateRange> ranges,
                       std::span<const std::byte> result) = 0;
  /// Grows with the work; results of one phase may be restored in any order as long as ranges come before the
  /// walks that they left open.
  [[nodiscard]] virtual int phase() const noexcept = 0;
  [[nodiscard]] virtual const RangePlan& plan() const noexcept = 0;
  /// Execution of the unit of kind `local`; rank 0 only.
  [[nodiscard]] virtual std::unique_ptr<sched::Execution> local_work() = 0;
  /// Groups (group_of()) that have units out, and those of which they have become useless since it was asked
  /// last: such units do not come back.
  [[nodiscard]] virtual std::vector<std::uint32_t> groups_out() const = 0;
  [[nodiscard]] virtual std::vector<std::uint32_t> take_outdated() = 0;
  [[nodiscard]] virtual bool complete() const = 0;
  /// Cycles, transient states and steps of a complete mapping; elapsed time and status are the caller's.
  [[nodiscard]] virtual MapReport report() const = 0;
  /// Steps taken so far, and a guess of how many it takes in all.
  [[nodiscard]] virtual std::uint64_t steps_done() const = 0;
  [[nodiscard]] virtual double steps_expected() const = 0;
};

/// How a register with an index for each state is cut, and with which kernels it is mapped.
[[nodiscard]] RangePlan plan_ranges(const fsr::Register& reg, bool nonsingular, const MappingLimits& limits);

/// How a register is mapped whole by one thread.
struct WholePlan {
  std::uint64_t bitsliced_marks = 0;  ///< for the bit-sliced kernel; 0: by the plain methods
  std::uint64_t work = 0;             ///< expected, in steps of the plain methods
};
/// nullopt if the register is too large for that.
/// @param whole_limit  states of a register that the plain methods map whole; the bit-sliced kernel takes
/// more
[[nodiscard]] std::optional<WholePlan> plan_whole(const fsr::Register& reg, std::uint64_t whole_limit,
                                                  const MappingLimits& limits);

/// The kernel of a nonsingular register, on whichever rank.
[[nodiscard]] std::unique_ptr<cycles::Kernel> make_kernel(
    const fsr::Register& reg, const RangePlan& plan, std::shared_ptr<cycles::LeaderSieve> sieve = nullptr);

/// Evaluations of the step map for each state that a mapping takes, on average.
[[nodiscard]] double steps_per_state(const RangePlan& plan, bool nonsingular);

/// Whether a singular register is mapped in the memory of one rank (cycles::Peeling).
[[nodiscard]] bool is_peeled(const fsr::Register& reg, const MappingLimits& limits);

/// Memory of rank 0's tables for a register, bytes.
[[nodiscard]] std::uint64_t mapping_memory(const RangePlan& plan, bool nonsingular);

[[nodiscard]] std::unique_ptr<Mapping> make_mapping(std::uint64_t row, const fsr::Register& reg,
                                                    bool nonsingular, MappingLimits limits);
/// The same with a register cut as an earlier run has cut it.
[[nodiscard]] std::unique_ptr<Mapping> make_mapping(std::uint64_t row, const fsr::Register& reg,
                                                    bool nonsingular, MappingLimits limits, RangePlan plan);

}  // namespace gforbit::job_cycles
