/// The runs of cells of a system, as lanes have them, and the memory of lanes (see system_machine.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "bitsliced_lanes.hpp"
#include "bitsliced_tape.hpp"
#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/system.hpp"
#include "system_machine.hpp"

namespace gforbit::cycles::bitsliced {

/// The functions of a level; those of the slowest one for `scalar`, which has none.
[[nodiscard]] const SystemFunctions& system_functions_of(SimdLevel level);

/// How the rows of a system lie in memory, and what computes them. Immutable.
class SystemLayout {
 public:
  /// @param system  over GF(2), of at most 63 cells (asserted)
  /// @param words   of a vector
  SystemLayout(const fsr::System& system, int words);

  /// Cells of the last run.
  [[nodiscard]] static int last_run(const fsr::System& system);

  [[nodiscard]] int lane_count() const noexcept { return 64 * words_; }

 private:
  friend class SystemMemory;
  void find_runs(const fsr::System& system);
  void plan_memory(const fsr::System& system, int words);
  [[nodiscard]] std::size_t run_of(int cell) const;

  std::vector<int> first_cells_;  ///< of the runs, and the number of all cells
  int steps_ = kBlock;            ///< of a block
  int vectors_ = 1;
  int words_ = 0;  ///< of a plane
  int history_ = 0, capacity_ = 0;
  std::size_t run_words_ = 0;  ///< of all rows of a run
  std::vector<Tape> tapes_;
};

/// Lanes with their memory. Not copyable: `last` and `others` point into it.
class SystemMemory {
 public:
  /// `layout` outlives this object.
  explicit SystemMemory(const SystemLayout& layout);
  SystemMemory(const SystemMemory&) = delete;
  SystemMemory& operator=(const SystemMemory&) = delete;

  Lanes last;
  OtherRuns others;

 private:
  AlignedWords rows_, alive_;
  std::vector<Lanes> runs_;
};

/// State of a lane.
[[nodiscard]] std::uint64_t state_of(const OtherRuns& others, const Lanes& last, int lane);

}  // namespace gforbit::cycles::bitsliced
