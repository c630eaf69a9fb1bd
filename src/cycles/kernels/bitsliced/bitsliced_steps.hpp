/// Steps of many lanes at a time, written once for all vector levels: `Isa` names the vector type and what
/// the processor can do with it in one instruction. See bitsliced_machine.hpp for the layout of lanes and for
/// what must not appear here.
///
/// What a step costs. Every processor loads fewer vectors a cycle than it can combine, so loads decide: one
/// for each cell the feedback reads. But where an instruction reads two cells close together, most planes
/// that one needs in a block the other needs, too, and they are loaded once; the longer the block, the more
/// so. Hence the wide block of sixteen steps, where there are registers for it and the feedback leaves the
/// sixteen newest cells alone: a fifth less time a step than in blocks of eight.
#pragma once

#include <cstdint>

#include "bitsliced_machine.hpp"

namespace gforbit::cycles::bitsliced {

/// Plain operators, for levels whose processor has nothing better. The vector type comes wrapped because a
/// template argument loses its attributes, among them the leave to alias words.
template <class Vectors>
struct PlainIsa {
  using Vec = typename Vectors::Vec;
  static constexpr bool kManyRegisters = false;
  static Vec or3(Vec a, Vec b, Vec c) { return a | b | c; }
  static Vec xor3(Vec a, Vec b, Vec c) { return a ^ b ^ c; }
  static Vec xor_and(Vec a, Vec b, Vec c) { return a ^ (b & c); }                 ///< a ^ (b & c)
  static Vec and_or3(Vec a, Vec b, Vec c) { return a & (b | c); }                 ///< a & (b | c)
  static Vec or_and(Vec a, Vec b, Vec c) { return a | (b & c); }                  ///< a | (b & c)
  static Vec andnot3(Vec a, Vec b, Vec c) { return a & b & ~c; }                  ///< a & b & ~c
  static Vec or_and_or(Vec a, Vec b, Vec c, Vec d) { return a | (b & (c | d)); }  ///< a | (b & (c | d))
  /// Where the two digits (a, b) are less than (c1, c2), these all ones or all zeros.
  static Vec less2(Vec a, Vec b, Vec c1, Vec c2) {
    const Vec u = ~b & c2;
    return (~a & u) | (c1 & (~a | u));
  }
};

/// How a round of steps is computed and looked at.
enum class Shape {
  wide,  ///< a vector a plane, two groups at a time, their code in the loop: for the loops that take longest
  pair,  ///< the same group by group, where wide cannot be
  narrow,  ///< a vector a plane, a group at a time, its code in the loop
  one,     ///< a vector a plane, a group at a time
  many,    ///< several vectors a plane, a group at a time
};

template <class Isa>
struct Steps {
  using Vec = typename Isa::Vec;
  using u64 = std::uint64_t;
  static constexpr int kWords = static_cast<int>(sizeof(Vec) / sizeof(u64));
  static constexpr int kMaxWords = kBlock * kWords;  ///< of a plane

  /// Bit t of entry i is bit i of t.
  static constexpr u64 kCounting[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                       0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};

  template <int kCount>
  struct Planes {
    Vec v[kCount];
  };
  using Block = Planes<kBlock>;
  using WideBlock = Planes<2 * kBlock>;

  static Vec* vectors(u64* words) { return reinterpret_cast<Vec*>(words); }
  static const Vec* vectors(const u64* words) { return reinterpret_cast<const Vec*>(words); }
  static Vec zero() { return Vec{}; }
  static Vec ones() { return ~Vec{}; }
  static Vec all(bool bit) { return bit ? ones() : zero(); }

  static Vec* row(const Lanes& lanes, int index) {
    return vectors(lanes.rows) + static_cast<std::int64_t>(index) * lanes.vectors;
  }

  template <int kCount, class Combine>
  [[gnu::always_inline]] static void each(Planes<kCount>& to, Combine combine) {
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) to.v[i] = combine(to.v[i], i);
  }

  template <int kApart, int kCount, class Combine>
  [[gnu::always_inline]] static void each_apart(Planes<kCount>& to, const Vec* a, Combine combine) {
    each(to, [&](Vec x, int i) { return combine(x, a[i], a[i + kApart], i); });
  }

  /// Each with its two operands; those that both sides need are loaded once.
  template <int kCount, class Combine>
  [[gnu::always_inline]] static void each_pair(Planes<kCount>& to, const Vec* at, const Instruction& in,
                                               Combine combine) {
    const Vec* const a = at + in.a;
    const Vec* const b = at + in.b;
    switch (in.apart) {
      case 1:
        return each_apart<1>(to, a, combine);
      case 2:
        return each_apart<2>(to, a, combine);
      case 3:
        return each_apart<3>(to, a, combine);
      case 4:
        return each_apart<4>(to, a, combine);
      case 5:
        return each_apart<5>(to, a, combine);
      case 6:
        return each_apart<6>(to, a, combine);
      case 7:
        return each_apart<7>(to, a, combine);
      default:
        static_assert(kMostApart == 7);
        return each(to, [&](Vec x, int i) { return combine(x, a[i], b[i], i); });
    }
  }

  template <int kCount>
  [[gnu::always_inline]] static void add_product(Planes<kCount>& to, const Vec* at, const Lanes& lanes,
                                                 const Instruction& in) {
    Planes<kCount> product;
    const std::int32_t* operand = lanes.operands + in.a;
    const Vec* const first = at + *operand;
    if (in.b > 0) {
      each(product, [&](Vec, int i) { return first[i]; });
    } else {
      each(product, [&](Vec, int i) { return ~first[i]; });
    }
    int n = 1;
    for (; n < in.b; ++n) {
      const Vec* const next = at + operand[n];
      each(product, [&](Vec x, int i) { return x & next[i]; });
    }
    for (; n < in.b + in.c; ++n) {
      const Vec* const next = at + operand[n];
      each(product, [&](Vec x, int i) { return x & ~next[i]; });
    }
    each(to, [&](Vec x, int i) { return x ^ product.v[i]; });
  }

  /// The block of new planes whose first vector is at `at`. A wide block has no registers left for an inner
  /// sum or a long product; its tapes have none.
  template <int kCount>
  [[gnu::always_inline]] static void evaluate(const Lanes& lanes, const Vec* at, Planes<kCount>& sum) {
    constexpr bool kWhole = kCount == kBlock;
    Block inner{};
    sum = Planes<kCount>{};
    const Instruction* const end = lanes.instructions + lanes.instruction_count;
    for (const Instruction* in = lanes.instructions; in != end; ++in) {
      const Vec* const a = at + in->a;
      const Vec* const c = at + in->c;
      switch (in->op) {
        case Op::set_one:
          each(sum, [&](Vec, int i) { return a[i]; });
          break;
        case Op::set_two:
          each_pair(sum, at, *in, [](Vec, Vec y, Vec z, int) { return y ^ z; });
          break;
        case Op::add_one:
          each(sum, [&](Vec x, int i) { return x ^ a[i]; });
          break;
        case Op::add_two:
          each_pair(sum, at, *in, [](Vec x, Vec y, Vec z, int) { return Isa::xor3(x, y, z); });
          break;
        case Op::add_product_2:
          each_pair(sum, at, *in, [](Vec x, Vec y, Vec z, int) { return Isa::xor_and(x, y, z); });
          break;
        case Op::add_product_3:
          each_pair(sum, at, *in, [&](Vec x, Vec y, Vec z, int i) { return Isa::xor_and(x, y & z, c[i]); });
          break;
        case Op::add_constant:
          each(sum, [&](Vec x, int) { return ~x; });
          break;
        case Op::add_product:
          if constexpr (kWhole) add_product(sum, at, lanes, *in);
          break;
        case Op::inner_zero:
          if constexpr (kWhole) each(inner, [&](Vec, int) { return zero(); });
          break;
        case Op::inner_add_one:
          if constexpr (kWhole) each(inner, [&](Vec x, int i) { return x ^ a[i]; });
          break;
        case Op::inner_add_two:
          if constexpr (kWhole)
            each_pair(inner, at, *in, [](Vec x, Vec y, Vec z, int) { return Isa::xor3(x, y, z); });
          break;
        case Op::inner_add_product_2:
          if constexpr (kWhole)
            each_pair(inner, at, *in, [](Vec x, Vec y, Vec z, int) { return Isa::xor_and(x, y, z); });
          break;
        case Op::inner_add_product_3:
          if constexpr (kWhole)
            each_pair(inner, at, *in,
                      [&](Vec x, Vec y, Vec z, int i) { return Isa::xor_and(x, y & z, c[i]); });
          break;
        case Op::inner_add_product:
          if constexpr (kWhole) add_product(inner, at, lanes, *in);
          break;
        case Op::inner_add_constant:
          if constexpr (kWhole) each(inner, [&](Vec x, int) { return ~x; });
          break;
        case Op::fold:
          if constexpr (kWhole) each(sum, [&](Vec x, int i) { return Isa::xor_and(x, a[i], inner.v[i]); });
          break;
      }
    }
  }

  template <int kCount>
  [[gnu::always_inline]] static void store(Vec* at, const Planes<kCount>& planes) {
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) at[i] = planes.v[i];
  }

  /// Computes the block of rows at `at`: a group of one vector a plane, or two in a wide block.
  template <int kCount>
  [[gnu::always_inline]] static void compute(const Lanes& lanes, Vec* at, Planes<kCount>& fresh) {
    evaluate(lanes, at, fresh);
    store(at, fresh);
  }

  /// The same for a pair of groups.
  [[gnu::always_inline]] static void compute_pair(const Lanes& lanes, Vec* at, WideBlock& fresh) {
    Block first, second;
    compute(lanes, at, first);
    compute(lanes, at + kGroup, second);
    each(fresh, [&](Vec, int i) { return i < kGroup ? first.v[i % kGroup] : second.v[i % kGroup]; });
  }

  /// Computes a group of rows.
  [[gnu::noinline]] static void compute_group(const Lanes& lanes, Vec* at) {
    for (int block = 0; block < lanes.vectors; ++block, at += kBlock) {
      Block fresh;
      compute(lanes, at, fresh);
    }
  }

  /// Half of a wide block.
  template <int kHalf>
  [[gnu::always_inline]] static Block half(const WideBlock& wide) {
    Block block;
    each(block, [&](Vec, int i) { return wide.v[kHalf * kBlock + i]; });
    return block;
  }

  /// The new planes of a vector whose first one is at `at`.
  [[gnu::always_inline]] static Block load_fresh(const Vec* at, std::int64_t stride) {
    Block block;
    each(block, [&](Vec, int i) { return at[i * stride]; });
    return block;
  }

  [[gnu::noinline]] static void rewind(Lanes& lanes) {
    const Vec* from = row(lanes, lanes.next_row - lanes.history);
    Vec* to = vectors(lanes.rows);
    const int count = lanes.history * lanes.vectors;
    for (int i = 0; i < count; ++i) to[i] = from[i];
    lanes.next_row = lanes.history;
  }

  /// Runs groups, an even number if wide; look(at, stride, fresh) returns which lanes of a vector go on: `at`
  /// its first new plane, which are `fresh`, all its planes `stride` vectors apart. Stops when no lane is
  /// left.
  template <Shape kShape, class Look>
  [[gnu::always_inline]] static bool run_batch(Lanes& lanes, u64 groups, Look look) {
    constexpr int kGroups = kShape == Shape::wide ? 2 : 1;
    for (; groups > 0; groups -= kGroups) {
      if (lanes.next_row + kGroups * kGroup > lanes.capacity) rewind(lanes);
      Vec* const at = row(lanes, lanes.next_row);
      Vec* const alive = vectors(lanes.alive);
      Vec any = zero();
      if constexpr (kShape == Shape::wide) {
        WideBlock fresh;
        compute(lanes, at, fresh);
        any = *alive &= look(at, 1, half<0>(fresh)) & look(at + kGroup, 1, half<1>(fresh));
      } else if constexpr (kShape == Shape::narrow) {
        Block fresh;
        compute(lanes, at, fresh);
        any = *alive &= look(at, 1, fresh);
      } else {
        compute_group(lanes, at);
        const std::int64_t stride = kShape == Shape::one ? 1 : lanes.vectors;
        for (int v = 0; v < stride; ++v) any |= alive[v] &= look(at + v, stride, load_fresh(at + v, stride));
      }
      lanes.next_row += kGroups * kGroup;
      if (!Isa::any(any)) return false;
    }
    return true;
  }

  /// Groups of steps without a look.
  static void walk(Lanes& lanes, u64 groups) {
    for (; groups > 0; --groups, lanes.next_row += kGroup) {
      if (lanes.next_row + kGroup > lanes.capacity) rewind(lanes);
      compute_group(lanes, row(lanes, lanes.next_row));
    }
  }
};

}  // namespace gforbit::cycles::bitsliced
