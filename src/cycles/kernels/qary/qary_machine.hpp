/// What the common code and the code of the vector levels share for fields beyond GF(2): plain data and a
/// table of functions.
///
/// The files of a level are compiled with flags that other machines cannot run. So they share no inline
/// function and no template instantiation with the rest of the program: the linker might keep their copy.
/// Hence plain structures and pointers here, and in the level files nothing of the standard library beyond
/// <cstdint>.
///
/// Lanes. Each lane walks one state. A row of memory holds one cell of every lane, the rows of successive
/// times follow each other: the register moves along the rows, the data stay, and a step computes the next
/// row. The state of a lane is what it has in the last `degree` rows, newest cell last. When the memory ends,
/// the last rows are copied to its front.
///
/// A cell is an element of 8, 16 or 32 bits, the integer of galois::Field; or some bits in as many planes
/// (see qary_planes.hpp), each a vector. A row is the cells of `vectors` vectors of lanes.
#pragma once

#include <cstdint>

namespace gforbit::cycles::qary {

/// Cells that are computed together: 8 / V steps of V vectors, so that interpreting the tape costs little.
inline constexpr int kBlock = 8;
/// Steps between two looks at what became of the lanes.
inline constexpr int kGroup = kBlock;

/// What a tape does with the block of sums it makes. Which of these a kind of lanes knows: `k...` in its
/// header.
enum class Op : std::int32_t {
  add_cell,      ///< sum += cell
  add_constant,  ///< sum += constant
  // Bytes: functions of a cell by tables of 256 entries.
  add_lookup,   ///< sum += table[cell]
  add_nibbles,  ///< sum += table[cell % 16] + table[16 + cell / 16]
  add_affine,   ///< sum += matrix * cell over GF(2), 8 bytes at the table
  log,          ///< product = table[cell], a logarithm
  log_next,     ///< product += table[cell] (short logarithms), or product -= table[cell], modulo q - 1
  map,          ///< product = table[product]
  add_product,  ///< sum += table[product], 0 where a factor was 0; words and planes: sum += product
  reduce,       ///< sum = table[sum]
  fold,         ///< total += table[sum]
  // Words and planes: a product that grows factor by factor.
  first,          ///< product = cell
  times,          ///< product *= cell
  first_shifted,  ///< product = cell + constant
  times_shifted,  ///< product *= cell + constant
  square,         ///< product *= product
  scale,          ///< product *= constant (words of primes: a Montgomery factor)
  // Bytes, products of any functions of a cell: as log and log_next, where table `constant` has 0 for factors
  // that are 0.
  log_value,
  log_next_value,
  // Planes: what spares an instruction the way to a value and back.
  add_scaled,  ///< sum += constant * cell
  add_times,   ///< sum += product * cell
};

struct Instruction {
  Op op{};
  std::int32_t cell = 0;   ///< distance in vectors of lanes from the first one computed; negative
  std::int32_t table = 0;  ///< which one
  std::uint32_t constant = 0;
  bool starts = false;  ///< the sum (of fold: the total) begins here: set, not added
};

/// How bytes and words are added.
enum class Sum : std::int32_t {
  exclusive_or,  ///< characteristic 2
  low,           ///< modulo a prime below half the range of an element
  high,          ///< modulo a larger prime
  packed,        ///< digits in fields that do not overflow; a fold makes elements of them
};

inline constexpr int kTableSize = 256;

/// Planes: the modulus of degree m over GF(2), without its leading term, by m: bit i for x^i.
inline constexpr int kPlaneModulus[] = {0, 0, 0b11, 0b11, 0b11, 0b101, 0b11, 0b11, 0b11011};

/// The field as its kernels see it.
struct Arithmetic {
  std::uint32_t order = 0;
  Sum sum = Sum::low;
  int bits = 0;               ///< q = 2^bits; 0 where q is odd
  std::uint32_t modulus = 0;  ///< characteristic 2: the defining polynomial without its leading term
  std::uint32_t inverse = 0;  ///< primes: q^-1 modulo 2^16 or 2^32
  int cell_table = 0;         ///< entries of a table of a cell: 16, 128 or 256
};

/// Rows and what computes them. All pointers are aligned for the widest vectors.
struct Lanes {
  const Instruction* instructions = nullptr;
  int instruction_count = 0;
  const std::uint8_t* tables = nullptr;  ///< [..][kTableSize]
  Arithmetic arithmetic;
  int degree = 0;
  int vectors = 0;     ///< of lanes, a row
  int mask_words = 0;  ///< 64-bit words of a mask with a bit for each lane: `vectors` times those of a vector
  std::uint8_t* rows = nullptr;
  int capacity = 0;                ///< rows
  int next_row = 0;                ///< index of the row that is computed next; at least degree
  std::uint64_t* alive = nullptr;  ///< [mask_words], lanes that are at work
};

struct LeaderBatch {
  Lanes lanes;
  // A lane dies at a state that starts with `level` zeros and a digit less than `digit` > 0.
  int level = 0;
  std::uint32_t digit = 0;
  std::uint32_t enough = 0;  ///< planes: bit c is set if c is the code of a digit that is not less
};

/// Lanes of planes that wait for a place, packed. Plane p of cell i begins at words[(i * planes + p) *
/// capacity].
struct PlaneQueue {
  std::uint64_t* words = nullptr;
  int capacity = 0;         ///< words a plane
  std::uint64_t count = 0;  ///< lanes
};

/// What lanes of one kind can do at one level.
struct LaneFunctions {
  int vector_bytes;
  int planes;  ///< vectors of a cell
  int vector_lanes;
  bool affine;  ///< bytes: add_affine is there
  bool lookup;  ///< bytes: a lookup in a table of any size costs less than two of 16 entries
  /// Steps until the memory ends; notes for each group the lanes whose `zero_cells` newest cells were all
  /// zero after some step of it. noted: [groups][mask_words].
  void (*note_zeros)(Lanes&, int zero_cells, std::uint64_t* noted);
  /// Exactly `groups` groups of steps, fewer only if no lane is left alive; false then. Not for more than
  /// kMostLeaderPlanes.
  bool (*leaders_run)(LeaderBatch&, std::uint64_t groups);
  /// Planes: appends the lanes that are alive to the queue.
  void (*pack)(const Lanes&, PlaneQueue&);
};

/// Leaders compare digits, which takes a function of all planes of a cell.
inline constexpr int kMostLeaderPlanes = 4;

/// GF(2^m) has planes up to this m.
inline constexpr int kMostBinaryPlanes = 8;

struct LevelFunctions {
  LaneFunctions bytes, halves, words;
  // Planes.
  LaneFunctions trits, quints, septs, nines;
  LaneFunctions binary[kMostBinaryPlanes - 1];  ///< GF(4), GF(8), ...
};

extern const LevelFunctions kSse2Functions;
#if defined(__x86_64__)
extern const LevelFunctions kAvx2Functions, kAvx512Functions, kAvx512VbmiFunctions;
#endif

}  // namespace gforbit::cycles::qary
