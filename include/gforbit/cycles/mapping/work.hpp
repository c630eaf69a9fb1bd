/// The work on one unit: slices that the threads of a process take.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>

#include "gforbit/core/bytes.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/mapping/unit.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

/// Width of work that takes as many threads as there are.
inline constexpr int kAnyWidth = std::numeric_limits<int>::max();

/// Steps in one slice of scalar code: milliseconds.
inline constexpr std::uint64_t kSliceSteps = 1 << 18;

/// One unit at work. Threads take slices, work on findings of their own and merge them when a slice is done,
/// so that nothing is shared in the hot loops.
class UnitWork {
 public:
  virtual ~UnitWork() = default;
  /// How many threads may be inside work() at once; may change with every slice, and be 0 for a while.
  [[nodiscard]] virtual int width() const noexcept = 0;
  /// Claims the next slice and works on it: milliseconds, or longer if it asks `stop` every few milliseconds.
  /// @return false if there was nothing left to claim
  [[nodiscard]] virtual bool work(core::StopSignal stop) = 0;
  /// For Mapping::merge(); called once, after the last work() has returned.
  [[nodiscard]] virtual core::Bytes result() = 0;
};

/// The work on any unit but a ContractionUnit.
/// @param sieve  of the register, shared by all of its units in this process; nullptr: none
/// @param steps  grows with the steps taken; outlives the work
[[nodiscard]] std::unique_ptr<UnitWork> make_work(const MappingUnit& unit, const fsr::Register& reg,
                                                  const std::shared_ptr<LeaderSieve>& sieve,
                                                  std::atomic<std::uint64_t>& steps);

/// A SegmentsUnit, LeadersUnit or WalksUnit with a kernel for its marks and partition.
[[nodiscard]] std::unique_ptr<UnitWork> make_bijection_work(const MappingUnit& unit,
                                                            std::shared_ptr<const Kernel> kernel,
                                                            const std::shared_ptr<LeaderSieve>& sieve,
                                                            std::atomic<std::uint64_t>& steps);

}  // namespace gforbit::cycles
