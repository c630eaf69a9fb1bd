/// Singular registers in memory: states without predecessors are taken away level by level until only the
/// cycles are left.
///
/// A state is at level k if the longest way that leads to it has k steps. Level 0 has no predecessors; taking
/// a level away leaves states without predecessors, the next level. What is never taken away lies on cycles.
/// So the states taken away are the transient states, and the number of levels is the largest transient
/// length: the last level leads straight into a cycle.
///
/// The shift keeps this local. The predecessors of a state with the oldest d - 1 cells u are q u, ..., q u +
/// q - 1, neighbors in memory, and these lead to q states with these cells and no others. So threads that own
/// ranges of u share nothing within a level, and what they touch lies in q + 1 streams.
///
/// Over GF(2) the first levels are taken away by images: what remains after k levels is F^k of all states, a
/// bitmap whose image is made in place (bit_images.hpp), many images for each time that it passes through the
/// cache; over GF(3) to GF(8) it is made from one bitmap to another (image_words.hpp). Over larger fields
/// each state has a counter of predecessors. A level that has few states is taken away from a list; threads
/// that take two predecessors of one state agree by an atomic operation which one was the last.
///
/// The cycles among what remains are found by a sieved search for leaders (leader_sieve.hpp), which walks
/// each remaining state. The certificate compares both counts: periods found by walking and states taken away
/// add up to all states.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/core/zeroed_allocator.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/leader_sieve.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

class PeelingTables;

/// What was taken away: all transient states.
struct TakenStates {
  std::uint64_t states = 0;
  std::uint64_t levels = 0;  ///< the largest transient length
  std::uint64_t leaves = 0;  ///< states without predecessor: those of level 0
};

/// All cycles and trees of one register. Any number of threads work at once.
class Peeling {
 public:
  /// Bytes that it takes; nullopt if it cannot do this register: more than 2^40 states, or a step that cannot
  /// be packed (packed_step.hpp). Over GF(2) 1.1 bits a state, else some 11 or 19.
  [[nodiscard]] static std::optional<std::uint64_t> bytes_for(const fsr::Register& reg);

  /// @param reg     one that bytes_for() has an answer for (asserted)
  /// @param stored  cycles with the smallest representatives to keep as rows
  /// @param level   available on this machine
  /// @throws std::bad_alloc
  Peeling(const fsr::Register& reg, std::uint64_t stored, SimdLevel level = best_simd_level());
  ~Peeling();

  /// One slice of milliseconds, or a short wait for the slices of other threads. False when all is done, or
  /// after a stop. Thread-safe. @throws core::CertificateError  the certificate does not close
  bool work(const core::StopSignal& stop);

  /// Steps so far. Thread-safe.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_.load(std::memory_order_relaxed); }
  /// Once work() has returned false and no stop was requested.
  [[nodiscard]] MapResult result() const;

 private:
  enum class Phase { peel, sieve, cycles, done };
  void wait_for_others(std::unique_lock<std::mutex>& lock);
  void run_slice(Phase phase, std::uint64_t slice, const core::StopSignal& stop);
  void end_pass();
  void begin_phase(Phase phase, std::uint64_t slices);
  void search_cycles(std::uint64_t slice, const core::StopSignal& stop);
  void check() const;

  std::uint64_t states_;
  std::unique_ptr<PeelingTables> tables_;
  LeaderSieve sieve_;
  std::atomic<std::uint64_t> steps_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<std::uint64_t> passes_{0};  ///< that were ended; changes under the mutex
  Phase phase_ = Phase::peel;
  std::uint64_t next_slice_ = 0, slices_ = 0, running_ = 0;
  bool stopped_ = false;
  TakenStates taken_;
  CycleCensus cycles_;
};

/// The same by one thread. @return nullopt if `stop` was requested first
[[nodiscard]] std::optional<MapResult> map_by_peeling(const fsr::Register& reg, std::uint64_t stored,
                                                      const core::StopSignal& stop,
                                                      SimdLevel level = best_simd_level());

}  // namespace gforbit::cycles
