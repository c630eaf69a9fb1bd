/// What the common code and the code of the vector levels share: plain data and a table of functions.
///
/// The files of a level are compiled with flags that other machines cannot run. So they share no inline
/// function and no template instantiation with the rest of the program: the linker might keep their copy.
/// Hence plain structures and pointers here, and in the level files nothing of the standard library beyond
/// <cstdint>.
///
/// Lanes. A plane holds one cell of every lane, a bit a lane; a row of memory is the plane of one point in
/// time, the rows of successive times follow each other. The register moves along the rows, the data stay: a
/// step computes the next row. The state of a lane at a time is its bit in the last `degree` rows, newest
/// cell last. When the memory ends, the last rows are copied to its front.
#pragma once

#include <cstdint>

namespace gforbit::cycles::bitsliced {

/// Vectors of a block.
inline constexpr int kBlock = 8;

enum class Op : std::int32_t {
  // The sum begins as zero; or the first instruction sets it.
  set_one,  ///< sum = a
  set_two,  ///< sum = a ^ b
  // sum ^= ...
  add_one,        ///< a
  add_two,        ///< a ^ b
  add_product_2,  ///< a & b
  add_product_3,  ///< a & b & c
  add_product,    ///< of the `b` operands from operands[a] and the complements of the `c` ones behind them
  add_constant,   ///< 1
  // the same on the inner sum; the first instruction of an inner sum is inner_zero
  inner_zero,
  inner_add_one,
  inner_add_two,
  inner_add_product_2,
  inner_add_product_3,
  inner_add_product,
  inner_add_constant,
  fold,  ///< sum ^= a & inner
};

/// Operands are distances in vectors from the first vector of the block that is computed (negative: older
/// planes).
struct Instruction {
  Op op;
  std::int32_t a = 0, b = 0, c = 0;
  std::int32_t apart = 0;  ///< b - a where that is from 1 to kMostApart, else 0
};

/// Operands less than a block apart share loads.
inline constexpr int kMostApart = kBlock - 1;

/// Steps between two looks at what became of the lanes.
inline constexpr int kGroup = 8;
static_assert(kGroup == kBlock);

inline constexpr int kSlackRows = 4;

/// Rows of one block of lanes and what computes them. All pointers are aligned for the widest vectors.
struct Lanes {
  const Instruction* instructions = nullptr;
  int instruction_count = 0;
  const std::int32_t* operands = nullptr;
  int degree = 0;
  int vectors = 0;    ///< of the tape
  bool wide = false;  ///< two groups may be computed at once
  int words = 0;      ///< 64-bit words a plane: 64 * words lanes
  std::uint64_t* rows = nullptr;
  int history = 0;                 ///< rows that are kept, at least degree
  int capacity = 0;                ///< rows in use, at least history + 2 kGroup; kSlackRows more may be read
  int next_row = 0;                ///< index of the row that is computed next; at least history
  std::uint64_t* alive = nullptr;  ///< [words], lanes that are at work
};

/// The lowest level (number of leading zeros) that segments count. Leaders below are cheap.
inline constexpr int kLowestCounted = 5;
inline constexpr int kFewestCountedZeroCells = 11, kMostCountedZeroCells = 24;
[[nodiscard]] constexpr bool counted_zero_cells(int n) {
  return n >= kFewestCountedZeroCells && n <= kMostCountedZeroCells;
}

/// Segments: every lane walks from a mark to the next, then takes the next mark of the range.
///
/// Time goes in legs, from the front of the memory to its end. A lane that reaches a mark is only noted: its
/// rows stay where they are until the leg ends. Then all of them are read, and lanes without work get new
/// marks together.
struct SegmentRun {
  Lanes lanes;
  int zero_cells = 0;      ///< K: a mark is a state whose K newest cells are zero; at least kGroup
  std::uint64_t time = 0;  ///< steps since the run began
  std::uint64_t next_mark = 0, end_mark = 0;
  /// States to start from in place of marks: walk n starts from starts[n], and next_mark and end_mark are
  /// numbers of walks. nullptr: marks.
  const std::uint64_t* starts = nullptr;
  std::uint64_t* mark = nullptr;     ///< [64 * words] where each lane started
  std::uint64_t* started = nullptr;  ///< [64 * words] when
  std::uint64_t* noted = nullptr;  ///< [groups_of_leg * vectors][words of a vector] lanes that reached a mark
  std::uint8_t* words_noted =
      nullptr;  ///< [groups_of_leg * vectors, rounded up to 8] which of these words are not 0
  /// [64] states passed by level, from kLowestCounted to zero_cells - 1; null: no counting. Only where
  /// counted_zero_cells(zero_cells).
  std::uint64_t* counts = nullptr;
  std::uint64_t idle_legs = 0;  ///< legs that lanes without work have waited, all together
  /// Called for each finished segment.
  void (*record)(void* context, std::uint64_t mark, std::uint64_t next, std::uint64_t length) = nullptr;
  void* context = nullptr;

  static int groups_of_leg(const Lanes& lanes) { return (lanes.capacity - lanes.history) / kGroup; }
};

/// Leaders: a batch of lanes, all of one level and with the same digits behind the leading one.
struct LeaderBatch {
  Lanes lanes;
  int level = 0;   ///< a lane dies at a state that starts with more than `level` zeros,
  int digits = 0;  ///< or with `level` zeros, a one and two digits less than these (0..3, newest digit first)
};

/// Periodic words: lanes die where a new cell differs from the one `period` before it.
struct PeriodBatch {
  Lanes lanes;
  int period = 0;  ///< at most lanes.history
};

/// Lanes that wait for a place: planes again, lanes packed. Plane i begins at words[i * capacity].
struct LaneQueue {
  std::uint64_t* words = nullptr;
  int capacity = 0;         ///< words a plane
  std::uint64_t count = 0;  ///< lanes
};

struct LevelFunctions {
  int words;  ///< 64-bit words of a vector
  /// Starts lanes with the first marks of the range.
  void (*segments_start)(SegmentRun&);
  /// One leg; false when no lane is at work any more.
  bool (*segments_leg)(SegmentRun&);
  /// Sets lane l to the state (prefix, l): digit i of the state is bit i of l for i < log2(lanes), above it
  /// of the prefix. Only the lanes [first, last) live.
  void (*load_block)(Lanes&, std::uint64_t prefix, std::uint64_t first, std::uint64_t last);
  /// Exactly `groups` groups of steps, fewer only if no lane is left alive; false then. An even number is
  /// faster where lanes are wide and the level is at least kGroup.
  bool (*leaders_run)(LeaderBatch&, std::uint64_t groups);
  bool (*periods_run)(PeriodBatch&, std::uint64_t groups);
  /// Groups of steps without a look at what becomes of the lanes.
  void (*walk)(Lanes&, std::uint64_t groups);
  /// Appends the lanes that are alive to the queue.
  void (*pack)(const Lanes&, LaneQueue&);
  /// Takes lanes from the front of the queue, as many as fit.
  void (*unpack)(Lanes&, LaneQueue&);
};

extern const LevelFunctions kSse2Functions;
#if defined(__x86_64__)
extern const LevelFunctions kAvx2Functions, kAvx512Functions, kAvx512PopcountFunctions;
#endif

}  // namespace gforbit::cycles::bitsliced
