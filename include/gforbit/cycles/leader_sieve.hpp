/// States known not to be the smallest of their cycles: what keeps the search for cycle leaders from walking
/// the same stretch of a cycle again and again.
///
/// A walk from a candidate i goes on until a state below i. Every state x > i that it passes is on the cycle
/// of i and not the smallest state of it, so x need not be a candidate any more. Candidates in increasing
/// order walk each state at most once: if walks from i < j both pass x, either the walk from i passed j,
/// which then is no candidate, or the walk from j met i and ended there. So the search takes about as many
/// steps as there are states, whatever the register, where walks without a sieve take N ln N for random
/// registers and far more for structured ones. Candidates that are tried at the same time know nothing of
/// each other; long walks tell (long_walks.hpp).
///
/// Only local minima (smaller than the states before and after) are noted: a third of all states or less.
/// Over GF(2) only they are candidates. For q > 2 some other states are candidates too, and their walks are
/// in vain (1.0 to 1.6 steps a state were measured).
///
/// The sieve is a hint: a bit that is missing costs a walk and nothing else. So threads share one without
/// locks, and ranks need not share theirs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "gforbit/core/state_index.hpp"
#include "gforbit/core/stop_signal.hpp"
#include "gforbit/core/zeroed_allocator.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/partition.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/register.hpp"

namespace gforbit::cycles {

struct PackedStep;
class SharedWalks;
class WordFeedback;

/// A bit for each state that can be a candidate, 64 in a word: set where it is known not to be one.
using SieveWords = std::vector<std::uint64_t, core::ZeroedAllocator<std::uint64_t>>;

/// One for a register and a rank. Thread-safe.
class LeaderSieve {
 public:
  /// Bytes of the sieve of a register of at most 2^63 states: a bit for each state that can be a candidate.
  [[nodiscard]] static std::uint64_t bytes_for(const fsr::Register& reg);

  /// Takes no memory until it is used.
  /// @param reg    of at most 2^63 states
  /// @param level  available on this machine
  explicit LeaderSieve(const fsr::Register& reg, SimdLevel level = best_simd_level());
  ~LeaderSieve();

  /// Whether leaders are searched with this sieve from now on. At first they are not: for most registers,
  /// vector kernels without one are faster.
  [[nodiscard]] bool in_use() const noexcept { return in_use_.load(std::memory_order_acquire); }
  /// Uses it from now on, unless the step of the register cannot be packed (packed_step.hpp).
  void use() { use(SieveWords(word_count())); }
  /// The same with these words, at least word_count(); what they have more is not used.
  void use(SieveWords words);
  [[nodiscard]] std::uint64_t word_count() const noexcept { return size_ / 64 + 1; }

  /// The step of the register; nullptr before use(), or where it cannot be packed.
  [[nodiscard]] std::shared_ptr<const PackedStep> step() const { return step_; }
  /// The bits, 64 states a word, so that more can be set; requires in_use().
  [[nodiscard]] std::uint64_t* words() noexcept { return words_.data(); }
  /// States from here on have no bit.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Time for which all threads together search without the sieve before it is used: little more than it
  /// would take for all of it.
  [[nodiscard]] std::chrono::nanoseconds patience() const;
  /// Adds time that a thread has searched for leaders without the sieve; beyond patience(), the sieve is used
  /// from now on. @return in_use()
  bool note_time(std::chrono::nanoseconds worked);

  /// Finds the cycles whose smallest state lies in `candidates` and counts their states by class; walks
  /// longer than `walk_limit` are handed back. Requires in_use(). What `stop` cut short is incomplete.
  /// @param max_period     no cycle that is still missing is longer
  /// @param known_periods  cycles of at most this period are known and not reported
  void search(core::StateRange candidates, const Partition& partition, std::uint64_t max_period,
              std::uint64_t walk_limit, std::uint64_t known_periods, Findings& findings,
              const core::StopSignal& stop);

  /// Kernel::resume() for a kernel with this partition, several times as fast as that of the scalar kernel.
  /// Requires in_use().
  void resume(std::span<const OpenWalk> walks, const Partition& partition, std::uint64_t max_period,
              std::uint64_t walk_limit, Findings& findings, const core::StopSignal& stop) const;

 private:
  fsr::Register reg_;
  SimdLevel level_;
  std::uint64_t states_;
  /// States from here on have no bit. Of GF(2) the upper half: of all cycles in it only 1...1 is a leader.
  std::uint64_t size_;
  std::atomic<std::int64_t> worked_ns_{0};
  std::atomic<bool> in_use_{false};
  std::mutex mutex_;
  std::shared_ptr<const PackedStep> step_;
  std::unique_ptr<const WordFeedback> word_feedback_;  ///< q = 2
  SieveWords words_;
  std::unique_ptr<SharedWalks> long_walks_;
};

}  // namespace gforbit::cycles
