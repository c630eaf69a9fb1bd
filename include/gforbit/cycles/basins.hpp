/// Basins: what leads to each cycle of a singular register, and in how many steps.
///
/// Each transient state is found once by searching backwards from its cycle, level by level, so that a level
/// of a tree is an array of states and the next one is made of it by vectors. A level that grows long is cut,
/// and its parts are work for other threads; so the arrays stay short, whatever the shape of the trees.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <tuple>
#include <vector>

#include "gforbit/core/stop_signal.hpp"
#include "gforbit/cycles/census.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/stepper.hpp"

namespace gforbit::cycles {

class BackwardBits;

struct Basins {
  /// Of each cycle, in the order given: the states on it and those that lead to it. Their sum is the number
  /// of all states.
  std::vector<std::uint64_t> sizes;
  TransientLengths lengths;
  std::uint64_t transient_states = 0;
  std::uint64_t max_transient_length = 0;
  std::uint64_t leaf_states = 0;  ///< without predecessor
  static constexpr auto kFields = std::tuple(&Basins::sizes, &Basins::lengths, &Basins::transient_states,
                                             &Basins::max_transient_length, &Basins::leaf_states);
};

/// Adds the basins to what mapping the register has found, and keeps as many cycle rows as are wanted.
/// @param map     of a singular register, with a row for each cycle; the basins are of these, in their order
/// @throws core::CertificateError  the two counts of transient states, of states without predecessor or of
/// the largest transient length differ
void add_basins(MapResult& map, const Basins& basins, std::uint64_t stored);

/// Searches the basins by the calling thread, and adds them.
/// @return false if `stop` was requested first
[[nodiscard]] bool search_basins(const fsr::Register& reg, MapResult& map, std::uint64_t stored,
                                 SimdLevel level, const core::StopSignal& stop);

/// The basins of one register. Any number of threads work at once. N steps of some nanoseconds; a few hundred
/// kB a thread, and 8 bytes a cycle. Over fields other than GF(2) lists of predecessors take 8 bytes a state;
/// without memory for them each step tries q predecessors.
class BasinSearch {
 public:
  /// @param cycles  all cycles of the register, each once
  /// @param level   available on this machine
  /// @param memory_bytes  for lists of predecessors
  BasinSearch(const fsr::Register& reg, std::vector<Cycle> cycles, SimdLevel level = best_simd_level(),
              std::uint64_t memory_bytes = 0);
  ~BasinSearch();

  /// Some work, or a short wait for other threads. False when all is done, or after a stop. Thread-safe.
  bool work(const core::StopSignal& stop);
  /// Steps so far. Thread-safe.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_.load(std::memory_order_relaxed); }
  /// Once work() has returned false and no stop was requested.
  /// @throws core::CertificateError  the basins are not all states: the cycles are not those of the register
  [[nodiscard]] Basins result() const;

 private:
  /// States of one distance from a cycle, whose predecessors are to be found.
  struct Level {
    std::uint64_t cycle;
    std::uint64_t distance;
    std::vector<std::uint64_t> states;
  };
  struct Found;
  void search_cycle(std::uint64_t cycle, Found& found, const core::StopSignal& stop);
  void search_above(Level level, Found& found, const core::StopSignal& stop);
  [[nodiscard]] bool is_listed() const noexcept { return slices_listed_ == list_slices_; }
  void list_predecessors(std::uint64_t slice, const core::StopSignal& stop);
  void previous(std::uint64_t state, std::vector<std::uint64_t>& out, const core::StopSignal& stop) const;
  void make_next(std::span<const std::uint64_t> level, std::vector<std::uint64_t>& next, Found& found,
                 const core::StopSignal& stop) const;
  void hand_out(Level level);
  void add(const Found& found);

  fsr::Stepper step_;
  std::vector<Cycle> cycles_;
  std::unique_ptr<const BackwardBits> bits_;  ///< q = 2
  SimdLevel level_;
  /// Lists of predecessors, where there is memory: the last state of each list, and before each state the one
  /// that was entered before it.
  std::vector<std::uint32_t> last_previous_, entered_before_;
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<int> idle_{0};  ///< threads that wait for work

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t list_slices_ = 0, next_list_slice_ = 0, slices_listed_ = 0;
  std::uint64_t next_cycle_ = 0;
  std::vector<Level> waiting_;
  int working_ = 0;
  bool stopped_ = false;
  Basins basins_;
};

}  // namespace gforbit::cycles
