/// The kernels on vectors, written once for all vector levels: `Isa` names the vector type and what the
/// processor can do with it in one instruction. See bitsliced_machine.hpp for the layout of lanes and for
/// what must not appear here.
///
/// What a step costs. Every processor loads fewer vectors a cycle than it can combine, so loads decide: a
/// load for each cell the feedback reads, and the looks at the lanes (is it at a mark, is its state too
/// small) are made once for eight steps, where they need one more load a step or two instead of several.
///
/// How a look works. Let q_j be the OR of the first j + 1 of eight new planes and g_i the OR of the last i
/// planes before them. The K newest cells after step j are all zero exactly where neither q_j nor g_{K-1-j}
/// has a bit. So eight such windows cost one OR each for q, g and the result.
///
/// A lane that reaches its mark goes on with nonsense until the leg ends and is given a new mark: a hundred
/// steps or two of some 2^K are lost, and there is no special case inside the loop.
#pragma once

#include <cstdint>

#include "bitsliced_machine.hpp"

namespace gforbit::cycles::bitsliced {

/// Plain operators, for levels whose processor has nothing better. The vector type comes wrapped because a
/// template argument loses its attributes, among them the leave to alias words.
template <class Vectors>
struct PlainIsa {
  using Vec = typename Vectors::Vec;
  static Vec or3(Vec a, Vec b, Vec c) { return a | b | c; }
  static Vec xor3(Vec a, Vec b, Vec c) { return a ^ b ^ c; }
  static Vec xor_and(Vec a, Vec b, Vec c) { return a ^ (b & c); }     ///< a ^ (b & c)
  static Vec and_or3(Vec a, Vec b, Vec c) { return a & (b | c); }     ///< a & (b | c)
  static Vec or_andnot(Vec a, Vec b, Vec c) { return a | (b & ~c); }  ///< a | (b & ~c)
  static Vec andnot3(Vec a, Vec b, Vec c) { return a & b & ~c; }      ///< a & b & ~c
  /// Where the two digits (a, b) are less than (c1, c2), these all ones or all zeros.
  static Vec less2(Vec a, Vec b, Vec c1, Vec c2) {
    const Vec u = ~b & c2;
    return (~a & u) | (c1 & (~a | u));
  }
};

template <class Isa>
struct Level {
  using Vec = typename Isa::Vec;
  using u64 = std::uint64_t;
  static constexpr int kWords = static_cast<int>(sizeof(Vec) / sizeof(u64));
  static constexpr int kLowLevels =
      kGroup;  ///< levels whose windows are shorter than a group: one function each

  static constexpr int kMaxWords = kBlock * kWords;  ///< of a plane
  /// Bit t of entry i is bit i of t.
  static constexpr u64 kCounting[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                       0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};

  using Flags [[gnu::may_alias]] = u64;  ///< eight bytes at once

  struct Block {
    Vec v[kBlock];
  };

  static Vec* vectors(u64* words) { return reinterpret_cast<Vec*>(words); }
  static const Vec* vectors(const u64* words) { return reinterpret_cast<const Vec*>(words); }
  static Vec zero() { return Vec{}; }
  static Vec ones() { return ~Vec{}; }
  static Vec all(bool bit) { return bit ? ones() : zero(); }

  static Vec* row(const Lanes& lanes, int index) {
    return vectors(lanes.rows) + static_cast<std::int64_t>(index) * lanes.vectors;
  }

  // ---- steps ----------------------------------------------------------------------------------------------

  template <class Combine>
  [[gnu::always_inline]] static void each(Block& to, Combine combine) {
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) to.v[i] = combine(to.v[i], i);
  }

  [[gnu::always_inline]] static void add_product(Block& to, const Vec* at, const Lanes& lanes,
                                                 const Instruction& in) {
    Block product;
    const std::int32_t* operand = lanes.operands + in.a;
    const Vec* first = at + *operand;
    each(product, [&](Vec, int i) { return first[i]; });
    for (int n = 1; n < in.b; ++n) {
      const Vec* next = at + operand[n];
      each(product, [&](Vec x, int i) { return x & next[i]; });
    }
    each(to, [&](Vec x, int i) { return x ^ product.v[i]; });
  }

  /// The block of new planes whose first vector is at `at`.
  [[gnu::always_inline]] static void evaluate(const Lanes& lanes, const Vec* at, Block& sum) {
    Block inner{};
    sum = Block{};
    const Instruction* const end = lanes.instructions + lanes.instruction_count;
    for (const Instruction* in = lanes.instructions; in != end; ++in) {
      const Vec* const a = at + in->a;
      const Vec* const b = at + in->b;
      const Vec* const c = at + in->c;
      switch (in->op) {
        case Op::set_one:
          each(sum, [&](Vec, int i) { return a[i]; });
          break;
        case Op::set_two:
          each(sum, [&](Vec, int i) { return a[i] ^ b[i]; });
          break;
        case Op::add_one:
          each(sum, [&](Vec x, int i) { return x ^ a[i]; });
          break;
        case Op::add_two:
          each(sum, [&](Vec x, int i) { return Isa::xor3(x, a[i], b[i]); });
          break;
        case Op::add_product_2:
          each(sum, [&](Vec x, int i) { return Isa::xor_and(x, a[i], b[i]); });
          break;
        case Op::add_product_3:
          each(sum, [&](Vec x, int i) { return Isa::xor_and(x, a[i] & b[i], c[i]); });
          break;
        case Op::add_product:
          add_product(sum, at, lanes, *in);
          break;
        case Op::add_constant:
          each(sum, [&](Vec x, int) { return ~x; });
          break;
        case Op::inner_zero:
          each(inner, [&](Vec, int) { return zero(); });
          break;
        case Op::inner_add_one:
          each(inner, [&](Vec x, int i) { return x ^ a[i]; });
          break;
        case Op::inner_add_two:
          each(inner, [&](Vec x, int i) { return Isa::xor3(x, a[i], b[i]); });
          break;
        case Op::inner_add_product_2:
          each(inner, [&](Vec x, int i) { return Isa::xor_and(x, a[i], b[i]); });
          break;
        case Op::inner_add_product_3:
          each(inner, [&](Vec x, int i) { return Isa::xor_and(x, a[i] & b[i], c[i]); });
          break;
        case Op::inner_add_product:
          add_product(inner, at, lanes, *in);
          break;
        case Op::inner_add_constant:
          each(inner, [&](Vec x, int) { return ~x; });
          break;
        case Op::fold:
          each(sum, [&](Vec x, int i) { return Isa::xor_and(x, a[i], inner.v[i]); });
          break;
      }
    }
  }

  /// Computes the next kGroup rows; with one vector a plane they are also left in `fresh`.
  template <bool kOneVector>
  [[gnu::always_inline]] static void compute_group(Lanes& lanes, Block& fresh) {
    Vec* at = row(lanes, lanes.next_row);
    if constexpr (kOneVector) {
      evaluate(lanes, at, fresh);
      store(at, fresh);
    } else {
      for (int block = 0; block < lanes.vectors; ++block, at += kBlock) {
        Block sum;
        evaluate(lanes, at, sum);
        store(at, sum);
      }
    }
  }

  [[gnu::always_inline]] static void store(Vec* at, const Block& block) {
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) at[i] = block.v[i];
  }

  /// The new planes of vector `v`.
  [[gnu::always_inline]] static void load_fresh(const Lanes& lanes, const Vec* at, Block& fresh) {
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) fresh.v[i] = at[static_cast<std::int64_t>(i) * lanes.vectors];
  }

  [[gnu::noinline]] static void rewind(Lanes& lanes) {
    const Vec* from = row(lanes, lanes.next_row - lanes.history);
    Vec* to = vectors(lanes.rows);
    const int count = lanes.history * lanes.vectors;
    for (int i = 0; i < count; ++i) to[i] = from[i];
    lanes.next_row = lanes.history;
  }

  /// Runs groups; look(at, fresh, v) returns which lanes of vector v go on; stops when none is left.
  template <bool kOneVector, class Look>
  [[gnu::always_inline]] static bool run_batch(Lanes& lanes, u64 groups, Look look) {
    Vec* const alive = vectors(lanes.alive);
    for (; groups > 0; --groups) {
      if (lanes.next_row + kGroup > lanes.capacity) rewind(lanes);
      Block fresh;
      compute_group<kOneVector>(lanes, fresh);
      const Vec* const at = row(lanes, lanes.next_row);
      Vec any = zero();
      const int count = kOneVector ? 1 : lanes.vectors;
      for (int v = 0; v < count; ++v) {
        if constexpr (!kOneVector) load_fresh(lanes, at + v, fresh);
        alive[v] &= look(at + v, fresh);
        any |= alive[v];
      }
      lanes.next_row += kGroup;
      if (!Isa::any(any)) return false;
    }
    return true;
  }

  // ---- segments -------------------------------------------------------------------------------------------

  /// Lanes whose `zero_cells` newest cells were all zero after some step of the group.
  [[gnu::always_inline]] static Vec at_mark(const Vec* at, std::int64_t stride, const Block& fresh,
                                            int zero_cells) {
    Vec before = zero();
    const Vec* old = at - stride;
    for (int i = zero_cells - kGroup; i > 0; --i, old -= stride) before |= *old;
    Block prefix;
    prefix.v[0] = fresh.v[0];
#pragma GCC unroll 8
    for (int j = 1; j < kGroup; ++j) prefix.v[j] = prefix.v[j - 1] | fresh.v[j];
    Vec none = ones();
#pragma GCC unroll 8
    for (int j = kGroup - 1; j >= 0; --j, old -= stride) {
      none = Isa::and_or3(none, before, prefix.v[j]);
      before |= *old;
    }
    return ~none;
  }

  /// Counts in fields of 16 bits, four levels a vector: enough for a leg, and they stay in registers.
  static constexpr int kFieldBits = 16, kFields = 4;
  static constexpr int kCounters = (kMostCountedZeroCells - kLowestCounted + kFields - 1) / kFields;
  typedef unsigned long long Unsigned __attribute__((vector_size(sizeof(Vec))));
  struct Counters {
    Unsigned v[kCounters];
    [[gnu::always_inline]] void add(int level, Vec lanes) {
      const int n = level - kLowestCounted;
      // Unsigned: the uppermost field may use the sign bit.
      v[n / kFields] += __builtin_bit_cast(Unsigned, Isa::popcount(lanes)) << (n % kFields * kFieldBits);
    }
  };

  /// at_mark() of the lanes `alive`, which also counts them by level: once for each time a run of zeros of a
  /// lane becomes k cells long, k the level.
  template <int kZeroCells>
  [[gnu::always_inline]] static Vec at_mark_counting(const Vec* at, std::int64_t stride, const Block& fresh,
                                                     Vec alive, Counters& counters) {
    const auto plane = [&](int i) { return i < 0 ? at[i * stride] : fresh.v[i]; };
    // Levels below kGroup. Within level + 1 successive steps a lane can reach it once only.
    Block window;
#pragma GCC unroll 8
    for (int j = 0; j < kGroup; ++j) {
      window.v[j] = plane(j);
#pragma GCC unroll 8
      for (int i = 1; i < kLowestCounted; ++i) window.v[j] |= plane(j - i);
    }
#pragma GCC unroll 8
    for (int level = kLowestCounted; level < kGroup; ++level) {
      Vec once = zero(), again = zero();
#pragma GCC unroll 8
      for (int j = 0; j < kGroup; ++j) {
        Vec& reached = j <= level ? once : again;
        reached = Isa::or_andnot(reached, plane(j - level), window.v[j]);
        window.v[j] |= plane(j - level);
      }
      counters.add(level, once & alive);
      if (level + 1 < kGroup) counters.add(level, again & alive);
    }
    // Levels from kGroup on, and the marks: reached by the run of zeros that the group began with, if at all.
    Block prefix;
    prefix.v[0] = fresh.v[0];
#pragma GCC unroll 8
    for (int j = 1; j < kGroup; ++j) prefix.v[j] = prefix.v[j - 1] | fresh.v[j];
    Vec none[kZeroCells + 1];
    Vec before = zero();
#pragma GCC unroll 32
    for (int i = 0; i < kZeroCells; ++i) {
#pragma GCC unroll 8
      for (int j = kGroup - 1; j >= 0; --j) {
        const int level = i + 1 + j;
        if (level < kGroup || level > kZeroCells) continue;
        none[level] = j == kGroup - 1 ? before | prefix.v[j] : Isa::and_or3(none[level], before, prefix.v[j]);
      }
      before |= plane(-1 - i);
      const int level = i + 1;
      if (level >= kGroup && level < kZeroCells)
        counters.add(level, Isa::andnot3(before, alive, none[level]));
    }
    return alive & ~none[kZeroCells];
  }

  /// Takes back what was counted behind the mark in the group in which `lane` reached it after `step`.
  static void uncount(const SegmentRun& run, int group_row, int step, int lane) {
    const int left = kGroup - 1 - step;
    if (left <= kLowestCounted) return;
    u64 cells = column(run.lanes, group_row + step + 1, left, lane);
    const int ones = cells == 0 ? left : __builtin_ctzll(cells);  // the run of zeros goes on
    int zeros = 0;
    bool started = false;
    for (int i = ones; i < left; ++i) {
      if ((cells >> i & 1) != 0) {
        zeros = 0;
        started = true;
      } else if (started && ++zeros >= kLowestCounted) {
        --run.counts[zeros];
      }
    }
  }

  /// Adds the counters of a leg to the run's counts.
  static void add_counts(const SegmentRun& run, const Counters& counters) {
    alignas(Vec) u64 words[kWords];
    for (int level = kLowestCounted; level < run.zero_cells; ++level) {
      const int n = level - kLowestCounted;
      *vectors(words) = __builtin_bit_cast(Vec, counters.v[n / kFields]);
      for (const u64 word : words)
        run.counts[level] += word >> (n % kFields * kFieldBits) & ((1 << kFieldBits) - 1);
    }
  }

  /// Bits of `lane` in `count` successive rows from `first` on, the first one lowest. In four chains side by
  /// side.
  static u64 column(const Lanes& lanes, int first, int count, int lane) {
    const int chain = (count + 3) / 4;
    const std::int64_t stride = lanes.words, next = chain * stride;
    const u64* word = lanes.rows + (first + chain) * stride + lane / 64;
    const int shift = lane % 64;
    u64 bits[4] = {};
    for (int i = 0; i < chain; ++i) {
      word -= stride;
#pragma GCC unroll 4
      for (int c = 0; c < 4; ++c) bits[c] = 2 * bits[c] + (word[c * next] >> shift & 1);
    }
    const u64 all = bits[0] | bits[1] << chain | bits[2] << 2 * chain | bits[3] << 3 * chain;
    return all & ((u64{1} << count) - 1);
  }

  /// Records the segment of a lane that reached a mark in the group of rows at `group_row`, which ended at
  /// `time`.
  static void record_segment(const SegmentRun& run, int group_row, u64 time, int lane) {
    const Lanes& lanes = run.lanes;
    const int low_cells = lanes.degree - run.zero_cells;
    // The low cells after the group's first step, and above them what can still be seen of its window of zero
    // cells after the last. Each further step leaves out the lowest of these: the lane was at its mark when
    // no bit was left.
    const u64 seen = column(lanes, group_row + 1 - lanes.degree, low_cells + kGroup - 1, lane);
    const u64 window = seen >> low_cells;
    const int step = window == 0 ? 0 : 64 - __builtin_clzll(window);
    const u64 next = seen >> step & ((u64{1} << low_cells) - 1);
    if (run.counts != nullptr) uncount(run, group_row, step, lane);
    run.record(run.context, run.mark[lane], next,
               time - kGroup + static_cast<u64>(step) + 1 - run.started[lane]);
  }

  /// Records the segments noted in the leg that began at row `first_row`.
  [[gnu::noinline]] static void record_notes(const SegmentRun& run, int first_row, int notes) {
    const Lanes& lanes = run.lanes;
    for (int base = 0; base < notes; base += 8) {
      for (u64 flags = *reinterpret_cast<const Flags*>(run.words_noted + base); flags != 0;) {
        const int byte = __builtin_ctzll(flags) / 8;
        const int n = base + byte;
        const int group_row = first_row + n / lanes.vectors * kGroup;
        const int first_word = n % lanes.vectors * kWords;
        const u64 time = run.time - static_cast<u64>(lanes.next_row - group_row - kGroup);
        const u64* words = run.noted + static_cast<std::int64_t>(n) * kWords;
        do {
          const int w = __builtin_ctzll(flags) - 8 * byte;
          u64 left = words[w];
          do {
            record_segment(run, group_row, time, (first_word + w) * 64 + __builtin_ctzll(left));
          } while ((left &= left - 1) != 0);
          flags &= flags - 1;
        } while ((flags >> (8 * byte) & 0xff) != 0);
      }
    }
  }

  /// Gives the next marks to lanes without work, as many as there are of both. The rows are those of the
  /// current state.
  [[gnu::noinline]] static void put_marks(SegmentRun& run) {
    Lanes& lanes = run.lanes;
    u64 taken[kMaxWords], first[kMaxWords];
    typename Isa::Packing packing[kMaxWords];
    // Marks with equal high cells, so that only the planes of the low ones differ from lane to lane.
    constexpr int kLowCells = 10;
    const u64 boundary = (run.next_mark >> kLowCells << kLowCells) + (u64{1} << kLowCells);
    const u64 end = run.end_mark < boundary ? run.end_mark : boundary;
    const u64 high = run.next_mark;
    for (int w = 0; w < lanes.words; ++w) {
      taken[w] = 0;
      first[w] = run.next_mark;
      for (u64 idle = ~lanes.alive[w]; idle != 0 && run.next_mark < end; idle &= idle - 1) {
        const int lane = 64 * w + __builtin_ctzll(idle);
        run.mark[lane] = run.next_mark++;
        run.started[lane] = run.time;
        taken[w] |= idle & (u64{0} - idle);
      }
      packing[w] = Isa::packing(taken[w]);
      lanes.alive[w] |= taken[w];
    }
    u64* plane = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int cell = 0; cell < lanes.degree; ++cell, plane += lanes.words) {
      const bool low = cell < kLowCells && cell < lanes.degree - run.zero_cells;
      const bool one = cell < lanes.degree - run.zero_cells && (high >> cell & 1) != 0;
      for (int w = 0; w < lanes.words; ++w) {
        const u64 bits = low   ? Isa::unpack(digit_of_successors(first[w], cell), packing[w])
                         : one ? taken[w]
                               : 0;
        plane[w] = (plane[w] & ~taken[w]) | bits;
      }
    }
  }

  /// Bit t is bit `digit` of n + t.
  static u64 digit_of_successors(u64 n, int digit) {
    if (digit >= 6) {
      const int change =
          64 - static_cast<int>(n % 64);  // from here on bits above 5 are those of the next multiple of 64
      const u64 before = u64{0} - (n >> digit & 1), after = u64{0} - (((n | 63) + 1) >> digit & 1);
      return change == 64 ? before : (before & ((u64{1} << change) - 1)) | after << change;
    }
    const int shift = static_cast<int>(n % 64);
    return shift == 0 ? kCounting[digit] : kCounting[digit] >> shift | kCounting[digit] << (64 - shift);
  }

  static u64 idle_lanes(const Lanes& lanes) {
    u64 idle = 0;
    for (int w = 0; w < lanes.words; ++w) idle += static_cast<u64>(__builtin_popcountll(~lanes.alive[w]));
    return idle;
  }

  static void segments_start(SegmentRun& run) {
    Lanes& lanes = run.lanes;
    lanes.next_row = lanes.history;
    for (int w = 0; w < lanes.words; ++w) lanes.alive[w] = 0;
    while (run.next_mark < run.end_mark && idle_lanes(lanes) > 0) put_marks(run);
  }

  /// Giving out marks costs as much as about this many lanes cost in a leg; so wait until waiting has cost as
  /// much.
  static constexpr u64 kIdleLegs = 32;

  /// @tparam kCounted  zero_cells where states are counted, else 0
  template <bool kOneVector, int kCounted>
  static bool segments_leg_as(SegmentRun& run) {
    Lanes& lanes = run.lanes;
    const std::int64_t stride = kOneVector ? 1 : lanes.vectors;
    Counters counters{};
    const int begin = lanes.next_row;
    const int count = kOneVector ? 1 : lanes.vectors;
    int notes = 0;
    for (; lanes.next_row + kGroup <= lanes.capacity; lanes.next_row += kGroup) {
      Block fresh;
      compute_group<kOneVector>(lanes, fresh);
      const Vec* const at = row(lanes, lanes.next_row);
      for (int v = 0; v < count; ++v) {
        if constexpr (!kOneVector) load_fresh(lanes, at + v, fresh);
        Vec& alive = vectors(lanes.alive)[v];
        Vec hit;
        if constexpr (kCounted > 0) {
          hit = at_mark_counting<kCounted>(at + v, stride, fresh, alive, counters);
        } else {
          hit = at_mark(at + v, stride, fresh, run.zero_cells) & alive;
        }
        alive ^= hit;
        // Noted whether there is a hit or not: a branch would be mispredicted, a data-dependent place would
        // make all later loads wait.
        vectors(run.noted)[notes] = hit;
        run.words_noted[notes++] = Isa::words_set(hit);
      }
    }
    run.time += static_cast<u64>(lanes.next_row - begin);
    for (int n = notes; n % 8 != 0; ++n) run.words_noted[n] = 0;
    if constexpr (kCounted > 0) add_counts(run, counters);
    record_notes(run, begin, notes);
    const u64 idle = idle_lanes(lanes);
    run.idle_legs += idle;
    if (run.next_mark < run.end_mark && run.idle_legs >= kIdleLegs * static_cast<u64>(count)) {
      put_marks(run);
      run.idle_legs = 0;
    }
    rewind(lanes);
    return run.next_mark < run.end_mark || idle_lanes(lanes) < 64 * static_cast<u64>(lanes.words);
  }

  template <bool kOneVector>
  static bool segments_leg_on(SegmentRun& run) {
    if (run.counts == nullptr) return segments_leg_as<kOneVector, 0>(run);
    switch (run.zero_cells) {
      case 11:
        return segments_leg_as<kOneVector, 11>(run);
      case 12:
        return segments_leg_as<kOneVector, 12>(run);
      case 13:
        return segments_leg_as<kOneVector, 13>(run);
      case 14:
        return segments_leg_as<kOneVector, 14>(run);
      case 15:
        return segments_leg_as<kOneVector, 15>(run);
      case 16:
        return segments_leg_as<kOneVector, 16>(run);
      case 17:
        return segments_leg_as<kOneVector, 17>(run);
      case 18:
        return segments_leg_as<kOneVector, 18>(run);
      case 19:
        return segments_leg_as<kOneVector, 19>(run);
      case 20:
        return segments_leg_as<kOneVector, 20>(run);
      case 21:
        return segments_leg_as<kOneVector, 21>(run);
      case 22:
        return segments_leg_as<kOneVector, 22>(run);
      case 23:
        return segments_leg_as<kOneVector, 23>(run);
      default:
        static_assert(kFewestCountedZeroCells == 11 && kMostCountedZeroCells == 24);
        return segments_leg_as<kOneVector, 24>(run);
    }
  }

  static bool segments_leg(SegmentRun& run) {
    return run.lanes.vectors == 1 ? segments_leg_on<true>(run) : segments_leg_on<false>(run);
  }

  // ---- leaders --------------------------------------------------------------------------------------------

  /// Lanes that met no smaller state in the group: after no step the `level` newest cells were zeros and the
  /// three digits behind them less than 1, c1, c2.
  template <int kLevel>
  [[gnu::always_inline]] static Vec not_smaller_low(const Vec* at, std::int64_t stride, const Block& fresh,
                                                    Vec c1, Vec c2) {
    constexpr int kOld = kLevel + 2;
    Vec x[kOld + kGroup];
#pragma GCC unroll 16
    for (int i = 0; i < kOld; ++i) x[i] = at[(i - kOld) * stride];
#pragma GCC unroll 8
    for (int i = 0; i < kGroup; ++i) x[kOld + i] = fresh.v[i];
    Vec go_on = ones();
#pragma GCC unroll 8
    for (int j = 0; j < kGroup; ++j) {
      const Vec* const newest = x + kOld + j;
      const Vec less = Isa::less2(newest[-kLevel - 1], newest[-kLevel - 2], c1, c2);
      go_on = Isa::and_or3(go_on, window<kLevel>(newest), newest[-kLevel] & ~less);
    }
    return go_on;
  }

  /// OR of the `n` vectors up to `newest`.
  template <int n>
  [[gnu::always_inline]] static Vec window(const Vec* newest) {
    if constexpr (n == 0)
      return zero();
    else if constexpr (n == 1)
      return newest[0];
    else if constexpr (n == 2)
      return newest[0] | newest[-1];
    else if constexpr (n == 3)
      return Isa::or3(newest[0], newest[-1], newest[-2]);
    else if constexpr (n == 4)
      return window<3>(newest) | newest[-3];
    else if constexpr (n == 5)
      return Isa::or3(window<3>(newest), newest[-3], newest[-4]);
    else if constexpr (n == 6)
      return window<3>(newest) | window<3>(newest - 3);
    else
      return Isa::or3(window<3>(newest), window<3>(newest - 3), newest[-6]);
  }

  /// The same for levels of at least kGroup.
  [[gnu::always_inline]] static Vec not_smaller(const Vec* at, std::int64_t stride, const Block& fresh,
                                                int level, Vec c1, Vec c2) {
    Vec before = zero();
    const Vec* old = at - stride;
    for (int i = level - kGroup; i > 0; --i, old -= stride) before |= *old;
    Block prefix;
    prefix.v[0] = fresh.v[0];
#pragma GCC unroll 8
    for (int j = 1; j < kGroup; ++j) prefix.v[j] = prefix.v[j - 1] | fresh.v[j];
    Vec go_on = ones();
    Vec one = old[0], first = old[-stride];
#pragma GCC unroll 8
    for (int j = kGroup - 1; j >= 0; --j, old -= stride) {
      const Vec second = old[-2 * stride];
      const Vec less = Isa::less2(first, second, c1, c2);
      go_on &= Isa::or3(before, prefix.v[j], one & ~less);
      before |= one;
      one = first;
      first = second;
    }
    return go_on;
  }

  template <bool kOneVector, int kLevel>
  static bool leaders_run_as(LeaderBatch& batch, u64 groups) {
    const Vec c1 = all((batch.digits & 2) != 0), c2 = all((batch.digits & 1) != 0);
    const std::int64_t stride = kOneVector ? 1 : batch.lanes.vectors;
    const int level = batch.level;
    return run_batch<kOneVector>(batch.lanes, groups, [=](const Vec* at, const Block& fresh) {
      if constexpr (kLevel < kLowLevels) {
        return not_smaller_low<kLevel>(at, stride, fresh, c1, c2);
      } else {
        return not_smaller(at, stride, fresh, level, c1, c2);
      }
    });
  }

  template <bool kOneVector>
  static bool leaders_run_on(LeaderBatch& batch, u64 groups) {
    switch (batch.level) {
      case 0:
        return leaders_run_as<kOneVector, 0>(batch, groups);
      case 1:
        return leaders_run_as<kOneVector, 1>(batch, groups);
      case 2:
        return leaders_run_as<kOneVector, 2>(batch, groups);
      case 3:
        return leaders_run_as<kOneVector, 3>(batch, groups);
      case 4:
        return leaders_run_as<kOneVector, 4>(batch, groups);
      case 5:
        return leaders_run_as<kOneVector, 5>(batch, groups);
      case 6:
        return leaders_run_as<kOneVector, 6>(batch, groups);
      case 7:
        return leaders_run_as<kOneVector, 7>(batch, groups);
      default:
        return leaders_run_as<kOneVector, kLowLevels>(batch, groups);
    }
  }

  static bool leaders_run(LeaderBatch& batch, u64 groups) {
    return batch.lanes.vectors == 1 ? leaders_run_on<true>(batch, groups)
                                    : leaders_run_on<false>(batch, groups);
  }

  // ---- periodic words -------------------------------------------------------------------------------------

  template <bool kOneVector>
  static bool periods_run_as(PeriodBatch& batch, u64 groups) {
    const std::int64_t stride = kOneVector ? 1 : batch.lanes.vectors;
    const std::int64_t back = batch.period * stride;
    return run_batch<kOneVector>(batch.lanes, groups, [=](const Vec* at, const Block& fresh) {
      Vec differs = zero();
#pragma GCC unroll 8
      for (int j = 0; j < kGroup; ++j) differs |= fresh.v[j] ^ at[j * stride - back];
      return ~differs;
    });
  }

  static bool periods_run(PeriodBatch& batch, u64 groups) {
    return batch.lanes.vectors == 1 ? periods_run_as<true>(batch, groups)
                                    : periods_run_as<false>(batch, groups);
  }

  template <bool kOneVector>
  static void walk_as(Lanes& lanes, u64 groups) {
    for (; groups > 0; --groups, lanes.next_row += kGroup) {
      if (lanes.next_row + kGroup > lanes.capacity) rewind(lanes);
      Block fresh;
      compute_group<kOneVector>(lanes, fresh);
    }
  }

  static void walk(Lanes& lanes, u64 groups) {
    lanes.vectors == 1 ? walk_as<true>(lanes, groups) : walk_as<false>(lanes, groups);
  }

  // ---- loading and packing --------------------------------------------------------------------------------

  static int log2(int n) {
    return 31 - __builtin_clz(static_cast<unsigned>(n));
  }

  static void load_block(Lanes& lanes, u64 prefix, u64 first, u64 last) {
    const int lane_bits = 6 + log2(lanes.words);
    lanes.next_row = lanes.history;
    u64* word = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int i = 0; i < lane_bits && i < lanes.degree; ++i) {
      for (int w = 0; w < lanes.words; ++w)
        *word++ = i < 6 ? kCounting[i] : u64{0} - (static_cast<u64>(w) >> (i - 6) & 1);
    }
    Vec* to = vectors(word);
    for (int i = lane_bits; i < lanes.degree; ++i) {
      const Vec bit = all((prefix >> (i - lane_bits) & 1) != 0);
      for (int v = 0; v < lanes.vectors; ++v) *to++ = bit;
    }
    for (int w = 0; w < lanes.words; ++w) lanes.alive[w] = below(last, w) & ~below(first, w);
  }

  /// Bits of word `w` for the lanes below `count`.
  static u64 below(u64 count, int w) {
    const u64 begin = 64 * static_cast<u64>(w);
    return count <= begin ? 0 : count - begin >= 64 ? ~u64{0} : (u64{1} << (count - begin)) - 1;
  }

  static void pack(const Lanes& lanes, LaneQueue& queue) {
    u64 total = 0;
    for (int w = 0; w < lanes.words; ++w) total += static_cast<u64>(__builtin_popcountll(lanes.alive[w]));
    if (total == 0) return;
    typename Isa::Packing packing[kMaxWords];
    int shift[kMaxWords], used = 0, index[kMaxWords];
    for (int w = 0; w < lanes.words; ++w) {
      if (lanes.alive[w] == 0) continue;
      packing[used] = Isa::packing(lanes.alive[w]);
      shift[used] = __builtin_popcountll(lanes.alive[w]);
      index[used++] = w;
    }
    const int offset = static_cast<int>(queue.count % 64);
    u64* to = queue.words + queue.count / 64;
    const u64* from = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int i = 0; i < lanes.degree; ++i, to += queue.capacity, from += lanes.words) {
      u64* out = to;
      int filled = offset;
      u64 word = filled == 0 ? 0 : *out;
      for (int n = 0; n < used; ++n) {
        const u64 bits = Isa::pack(from[index[n]], packing[n]);
        word |= bits << filled;
        filled += shift[n];
        if (filled >= 64) {
          *out++ = word;
          filled -= 64;
          word = filled == 0 ? 0 : bits >> (shift[n] - filled);
        }
      }
      if (filled > 0) *out = word;
    }
    queue.count += total;
  }

  static void unpack(Lanes& lanes, LaneQueue& queue) {
    const u64 room = 64 * static_cast<u64>(lanes.words);
    const u64 taken = queue.count < room ? queue.count : room;
    const int words = static_cast<int>((taken + 63) / 64);
    const int rest = static_cast<int>((queue.count - taken + 63) / 64);
    lanes.next_row = lanes.history;
    u64* to = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int i = 0; i < lanes.degree; ++i, to += lanes.words) {
      u64* from = queue.words + static_cast<std::int64_t>(i) * queue.capacity;
      for (int w = 0; w < words; ++w) to[w] = from[w];
      for (int w = words; w < lanes.words; ++w) to[w] = 0;
      for (int w = 0; w < rest; ++w) from[w] = from[words + w];
    }
    for (int w = 0; w < lanes.words; ++w) lanes.alive[w] = below(taken, w);
    queue.count -= taken;
  }

  static constexpr LevelFunctions functions() {
    return {kWords, segments_start, segments_leg, load_block, leaders_run, periods_run, walk, pack, unpack};
  }
};

}  // namespace gforbit::cycles::bitsliced
