/// Singular systems in memory: states without predecessors are taken away level by level, as peeling.hpp
/// explains, of any step map. Neighbors in memory have nothing in common here, so every state has a counter
/// of its predecessors, and threads agree by atomic operations.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

/// All cycles and trees of one register. Any number of threads work at once.
class GraphPeeling {
 public:
  /// Bytes that it takes: counters, and lists of the states of two levels. nullopt: more than 2^32 - 1
  /// states.
  [[nodiscard]] static std::optional<std::uint64_t> bytes_for(const fsr::Register& reg);

  /// @param reg     one that bytes_for() has an answer for (asserted)
  /// @param stored  cycles with the smallest representatives to keep as rows
  /// @throws std::bad_alloc
  GraphPeeling(const fsr::Register& reg, std::uint64_t stored);

  /// One slice of milliseconds, or a short wait for the slices of other threads; all cycles are found in one
  /// slice. False when all is done, or after a stop. Thread-safe. @throws core::CertificateError  as
  /// Peeling::work()
  bool work(const core::StopSignal& stop);

  /// Steps so far. Thread-safe.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_.load(std::memory_order_relaxed); }
  /// Once work() has returned false and no stop was requested.
  [[nodiscard]] MapResult result() const;

 private:
  enum class Phase { count, list, take, cycles, done };
  using Level = std::vector<std::uint32_t>;

  void run_slice(Phase phase, std::uint64_t slice, const core::StopSignal& stop);
  void count(core::StateRange range);
  void list(core::StateRange range);
  void take(std::uint64_t first);
  void find_cycles(const core::StopSignal& stop);
  void add_to_next(const Level& found);
  void end_phase();
  void begin(Phase phase, std::uint64_t slices);

  fsr::Stepper step_;
  std::uint64_t states_;
  std::vector<std::uint32_t> predecessors_;  ///< how many of each state are not taken away
  std::atomic<std::uint64_t> steps_{0};
  Level level_;  ///< the one that is taken away

  std::mutex mutex_;
  std::condition_variable changed_;
  Phase phase_ = Phase::count;
  std::uint64_t next_slice_ = 0, slices_ = 0, running_ = 0;
  bool stopped_ = false;
  Level next_level_;
  std::uint64_t taken_ = 0, levels_ = 0, leaves_ = 0;
  CycleCensus cycles_;
};

}  // namespace gforbit::cycles
