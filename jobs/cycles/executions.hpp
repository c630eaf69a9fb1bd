/// The executions of the cycles job: what the team of a rank does with each kind of unit.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "cycles/register_spec.hpp"
#include "cycles/units.hpp"
#include "gforbit/cycles/integer_factors.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/sched/watchdog.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::job_cycles {

/// The sieves of the registers that this rank works on; the oldest goes when a fourth is asked for.
/// Thread-safe.
class SieveCache {
 public:
  /// nullptr if the plan has no memory for one.
  [[nodiscard]] std::shared_ptr<cycles::LeaderSieve> of(const RangeUnit& unit, const fsr::Register& reg);

 private:
  static constexpr std::size_t kMostSieves = 3;
  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, std::shared_ptr<cycles::LeaderSieve>>> sieves_;  ///< oldest first
};

/// What the executions of one rank share. Thread-safe.
struct RankState {
  SieveCache sieves;
  FieldCache fields;
  /// Shared with threads that outlive the run, because they did not answer a stop.
  std::shared_ptr<cycles::IntegerFactorizer> factorizer = std::make_shared<cycles::IntegerFactorizer>();
  sched::Watchdog watchdog;
  std::atomic<std::uint64_t> steps{0};
};

/// Width of an execution that takes as many threads as there are.
inline constexpr int kAnyWidth = std::numeric_limits<int>::max();

/// Steps in one slice of scalar code: milliseconds, because messages wait for it.
inline constexpr std::uint64_t kSliceSteps = 1 << 18;

[[nodiscard]] std::unique_ptr<sched::Execution> make_bundle_execution(std::vector<BundleEntry> entries,
                                                                      RankState& rank);
[[nodiscard]] std::unique_ptr<sched::Execution> make_classify_execution(fsr::Register reg);
[[nodiscard]] std::unique_ptr<sched::Execution> make_algebra_execution(fsr::Register reg, double timeout_s,
                                                                       cycles::Search search,
                                                                       RankState& rank);
[[nodiscard]] std::unique_ptr<sched::Execution> make_interleaved_execution(fsr::Register reg,
                                                                           std::uint64_t stored,
                                                                           RankState& rank);
/// By all threads of the rank.
[[nodiscard]] std::unique_ptr<sched::Execution> make_peeling_execution(const fsr::Register& reg,
                                                                       const RangeUnit& unit,
                                                                       RankState& rank);
/// Units of the kinds segments, leaders and walks.
[[nodiscard]] std::unique_ptr<sched::Execution> make_bijection_execution(RangeUnit unit,
                                                                         const fsr::Register& reg,
                                                                         RankState& rank);
/// One period at a time, each on one thread.
[[nodiscard]] std::unique_ptr<sched::Execution> make_short_cycles_execution(RangeUnit unit,
                                                                            const fsr::Register& reg,
                                                                            RankState& rank);
/// Units of the kinds basins, open_basins, rims, tree_leaders and tree_walks.
[[nodiscard]] std::unique_ptr<sched::Execution> make_tree_execution(RangeUnit unit, const fsr::Register& reg,
                                                                    RankState& rank);

}  // namespace gforbit::job_cycles
