/// Lanes of a system of registers: plain data and a table of functions, as bitsliced_machine.hpp has them for
/// one register.
///
/// A cell with an update ends a run of cells that only shift: the cells of a system are runs, each with one
/// function that makes the new value of its top cell. So a run is a register without a feedback of its own,
/// and has rows of memory as a register has: a step computes the next row of each run from rows of all of
/// them. The rows of all runs advance together, and the place of a row is the same in each. The last run has
/// the most significant cells, so it says how many leading zeros a state has, as far as it reaches. Where
/// it is too short for that, each step looks at the planes of the most significant cells of several runs.
#pragma once

#include <cstdint>

#include "bitsliced_machine.hpp"

namespace gforbit::cycles::bitsliced {

/// The runs but the last one: `degree` of each is the number of its cells, and only rows, instructions and
/// degree count. `first_cells` has the number of the first cell of each, and then that of the last run.
struct OtherRuns {
  Lanes* runs = nullptr;
  int count = 0;
  const int* first_cells = nullptr;  ///< [count + 1]
  int cells = 0;                     ///< of the system
};

/// SegmentRun::lanes are those of the last run.
struct SystemSegmentRun {
  SegmentRun last;
  OtherRuns others;
};

/// LeaderBatch::lanes are those of the last run.
struct SystemLeaderBatch {
  LeaderBatch last;
  OtherRuns others;
};

/// As LevelFunctions.
struct SystemFunctions {
  int words;
  void (*segments_start)(SystemSegmentRun&);
  bool (*segments_leg)(SystemSegmentRun&);
  void (*load_block)(SystemLeaderBatch&, std::uint64_t prefix, std::uint64_t first, std::uint64_t last);
  bool (*leaders_run)(SystemLeaderBatch&, std::uint64_t groups);
  void (*pack)(const SystemLeaderBatch&, LaneQueue&);
  void (*unpack)(SystemLeaderBatch&, LaneQueue&);
};

/// Zero cells of marks up to which systems count states by level; more than in a register cost more than they
/// spare.
inline constexpr int kMostCountedSystemCells = 18;

/// Whether leaders of this level need deep looks: the last run does not reach behind their leading one, or is
/// shorter than any look at it.
[[nodiscard]] constexpr bool looks_deep(int last_run, int level) {
  return last_run < kFewestCountedZeroCells || level >= last_run;
}

extern const SystemFunctions kSse2SystemFunctions;
#if defined(__x86_64__)
extern const SystemFunctions kAvx2SystemFunctions, kAvx512SystemFunctions, kAvx512PopcountSystemFunctions;
#endif

}  // namespace gforbit::cycles::bitsliced
