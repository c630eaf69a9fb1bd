/// Lanes of bits packed together: those that are alive, in a row, behind those packed before.
///
/// For the files of the vector levels (see bitsliced_machine.hpp), so nothing of it may be shared between
/// them: it is all unnamed, and uses nothing of the standard library beyond <cstdint>.
#pragma once

#include <cstdint>
#if defined(__BMI2__)
#include <immintrin.h>
#endif

namespace gforbit::cycles {

namespace {

#if defined(__BMI2__)

/// The bits under a mask, packed together, lowest first, and spread again.
struct BitPacking {
  using Packing = std::uint64_t;
  static Packing packing(std::uint64_t mask) { return mask; }
  static std::uint64_t pack(std::uint64_t bits, Packing mask) { return _pext_u64(bits, mask); }
  static std::uint64_t unpack(std::uint64_t bits, Packing mask) { return _pdep_u64(bits, mask); }
};

#else

/// The bits under a mask, packed together, lowest first: six rounds in which bits move by 1, 2, 4, ..., as
/// far as the mask has holes below them (Hacker's Delight, 7-4).
struct BitPacking {
  struct Packing {
    std::uint64_t mask, move[6];
  };
  static Packing packing(std::uint64_t mask) {
    Packing p{mask, {}};
    std::uint64_t holes = ~mask << 1;
    for (int round = 0; round < 6; ++round) {
      std::uint64_t parity = holes;
      for (int s = 1; s < 64; s *= 2) parity ^= parity << s;
      p.move[round] = parity & mask;
      mask = (mask ^ p.move[round]) | p.move[round] >> (1 << round);
      holes &= ~parity;
    }
    return p;
  }
  static std::uint64_t pack(std::uint64_t bits, const Packing& p) {
    bits &= p.mask;
    for (int round = 0; round < 6; ++round) {
      const std::uint64_t moved = bits & p.move[round];
      bits = (bits ^ moved) | moved >> (1 << round);
    }
    return bits;
  }
  /// The inverse: spreads the lowest bits over the mask.
  static std::uint64_t unpack(std::uint64_t bits, const Packing& p) {
    for (int round = 5; round >= 0; --round) {
      const std::uint64_t moved = bits << (1 << round);
      bits = (bits & ~p.move[round]) | (moved & p.move[round]);
    }
    return bits & p.mask;
  }
};

#endif

/// Planes of waiting lanes: plane i begins at words[i * capacity].
struct PackedPlanes {
  std::uint64_t* words;
  int capacity;  ///< words a plane
};

/// Appends the lanes `alive` of one word to the planes, behind `count` lanes.
/// @param from   the word in plane 0 of cell 0; its planes are plane_stride words apart, its cells
///               cell_stride
/// @return how many there are
/// Without branches in the inner loops: where the word goes is the same for all planes.
inline int append_word(const std::uint64_t* from, std::int64_t cell_stride, int cells,
                       std::int64_t plane_stride, int planes, std::uint64_t alive, PackedPlanes to,
                       std::uint64_t count) {
  const auto packing = BitPacking::packing(alive);
  const int taken = __builtin_popcountll(alive), offset = static_cast<int>(count % 64);
  std::uint64_t* out = to.words + count / 64;
  const auto each = [&](auto put) {
    for (int cell = 0; cell < cells; ++cell, from += cell_stride) {
      const std::uint64_t* word = from;
      for (int plane = 0; plane < planes; ++plane, word += plane_stride, out += to.capacity)
        put(out, BitPacking::pack(*word, packing));
    }
  };
  if (offset == 0) {
    each([](std::uint64_t* at, std::uint64_t bits) { *at = bits; });
  } else if (offset + taken <= 64) {
    each([=](std::uint64_t* at, std::uint64_t bits) { *at |= bits << offset; });
  } else {
    each([=](std::uint64_t* at, std::uint64_t bits) {
      *at |= bits << offset;
      at[1] = bits >> (64 - offset);
    });
  }
  return taken;
}

}  // namespace

}  // namespace gforbit::cycles
