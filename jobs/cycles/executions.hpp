/// The executions of the cycles job: what the team of a rank does with each kind of unit.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "cycles/register_spec.hpp"
#include "cycles/units.hpp"
#include "gforbit/cycles/integer_factors.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/mapping/work.hpp"
#include "gforbit/sched/watchdog.hpp"
#include "gforbit/sched/work.hpp"

namespace gforbit::job_cycles {

/// The sieves of the registers that this rank works on, each for one vector level; the oldest goes when a
/// fourth is asked for. Thread-safe.
class SieveCache {
 public:
  /// nullptr if the plan has no memory for one.
  [[nodiscard]] std::shared_ptr<cycles::LeaderSieve> of(std::uint64_t row, const cycles::RangePlan& plan,
                                                        const fsr::Register& reg);

 private:
  using Key = std::pair<std::uint64_t, cycles::SimdLevel>;
  static constexpr std::size_t kMostSieves = 3;
  std::mutex mutex_;
  std::vector<std::pair<Key, std::shared_ptr<cycles::LeaderSieve>>> sieves_;  ///< oldest first
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

[[nodiscard]] std::unique_ptr<sched::Execution> make_bundle_execution(std::vector<BundleEntry> entries,
                                                                      RankState& rank);
[[nodiscard]] std::unique_ptr<sched::Execution> make_classify_execution(fsr::Register reg);
[[nodiscard]] std::unique_ptr<sched::Execution> make_algebra_execution(fsr::Register reg,
                                                                       const AlgebraUnit& task,
                                                                       RankState& rank);
/// The work on a unit of a mapping.
[[nodiscard]] std::unique_ptr<sched::Execution> make_mapping_execution(
    std::unique_ptr<cycles::UnitWork> work);
/// The same by a thread of its own, for work that is not made of slices.
[[nodiscard]] std::unique_ptr<sched::Execution> make_background_execution(
    std::unique_ptr<cycles::UnitWork> work);
/// Units that a mapping sends to ranks.
[[nodiscard]] std::unique_ptr<sched::Execution> make_mapping_execution(std::uint64_t row,
                                                                       const cycles::MappingUnit& unit,
                                                                       const fsr::Register& reg,
                                                                       RankState& rank);

}  // namespace gforbit::job_cycles
