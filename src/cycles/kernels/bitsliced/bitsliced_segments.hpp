/// Segments: lanes that walk from mark to mark.
///
/// How a look works. Let q_j be the OR of the first j + 1 of the new planes and g_i the OR of the last i
/// planes before them. The K newest cells after step j are all zero exactly where neither q_j nor g_{K-1-j}
/// has a bit. So all windows of a group cost one OR each for q, g and the result.
///
/// A lane that reaches its mark goes on with nonsense until the leg ends and is given a new mark: a hundred
/// steps or two of some 2^K are lost, and there is no special case inside the loop.
#pragma once

#include "bitsliced_steps.hpp"
#include "kernels/lane_packing.hpp"

namespace gforbit::cycles::bitsliced {

template <class Isa>
struct Segments : Steps<Isa> {
  using Base = Steps<Isa>;
  using Base::kCounting;
  using Base::kMaxWords;
  using Base::kWords;
  using Base::ones;
  using Base::vectors;
  using Base::zero;
  using typename Base::Block;
  using typename Base::u64;
  using typename Base::Vec;
  template <int kCount>
  using Planes = typename Base::template Planes<kCount>;

  using Flags [[gnu::may_alias]] = u64;  ///< eight bytes at once

  /// q of the look: entry j is the OR of the first j + 1 planes.
  template <int kCount>
  [[gnu::always_inline]] static Planes<kCount> prefixes(const Planes<kCount>& fresh) {
    Planes<kCount> prefix = fresh;
#pragma GCC unroll 16
    for (int j = 1; j < kCount; ++j) prefix.v[j] |= prefix.v[j - 1];
    return prefix;
  }

  /// Lanes whose `zero_cells` newest cells were all zero after one of these steps.
  template <int kCount>
  [[gnu::always_inline]] static Vec at_mark(const Vec* at, std::int64_t stride, const Planes<kCount>& fresh,
                                            int zero_cells) {
    const Planes<kCount> prefix = prefixes(fresh);
    Vec before = zero();
    const Vec* old = at - stride;
    for (int i = zero_cells - kCount; i > 0; --i, old -= stride) before |= *old;
    Vec none = before | prefix.v[kCount - 1];
#pragma GCC unroll 16
    for (int j = kCount - 2; j >= 0; --j, old -= stride) {
      before |= *old;
      none = Isa::and_or3(none, before, prefix.v[j]);
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

  /// Counts by level the lanes `alive` whose run of zeros becomes that long in a part of a group.
  ///
  /// A part is no longer than the levels counted in it, so that only the run of zeros which it began with can
  /// reach them, and once at most: where it was shorter before and is that long after one of the steps.
  /// @param kFirst, kCount  the steps of the part
  /// @param kLow, kHigh     the levels, kCount <= kLow; the lanes that do not reach kHigh are returned
  /// @param planes          of the group, [i] after step i, back to [kFirst - kHigh]
  template <int kFirst, int kCount, int kLow, int kHigh, class PlaneAt>
  [[gnu::always_inline]] static Vec count_levels(PlaneAt planes, Vec alive, Counters& counters) {
    static_assert(kCount <= kLow && kLow <= kHigh);
    Planes<kCount> prefix;
    prefix.v[0] = planes(kFirst);
#pragma GCC unroll 8
    for (int j = 1; j < kCount; ++j) prefix.v[j] = prefix.v[j - 1] | planes(kFirst + j);
    Vec none[kHigh + 1];
    Vec before = zero();
#pragma GCC unroll 32
    for (int i = 0; i < kHigh; ++i) {
      // Here `before` is the OR of i planes: what the windows of i + 1 + j cells after step j hold of them.
#pragma GCC unroll 8
      for (int j = kCount - 1; j >= 0; --j) {
        const int level = i + 1 + j;
        if (level < kLow || level > kHigh) continue;
        none[level] = j == kCount - 1 ? before | prefix.v[j] : Isa::and_or3(none[level], before, prefix.v[j]);
      }
      before |= planes(kFirst - 1 - i);
      const int level = i + 1;
      if (level >= kLow && level < kHigh) counters.add(level, Isa::andnot3(before, alive, none[level]));
    }
    return none[kHigh];
  }

  /// at_mark() of the lanes `alive` after the steps of a group, which also counts them by level: once for
  /// each time a run of zeros of a lane becomes k cells long, k the level.
  template <int kZeroCells>
  [[gnu::always_inline]] static Vec at_mark_counting(const Vec* at, std::int64_t stride, const Block& fresh,
                                                     Vec alive, Counters& counters) {
    const auto planes = [&](int i) { return i < 0 ? at[i * stride] : fresh.v[i]; };
    constexpr int kHalf = kGroup / 2;
    static_assert(kHalf <= kLowestCounted);
    count_levels<0, kHalf, kLowestCounted, kGroup>(planes, alive, counters);
    count_levels<kHalf, kHalf, kLowestCounted, kGroup>(planes, alive, counters);
    return alive & ~count_levels<0, kGroup, kGroup, kZeroCells>(planes, alive, counters);
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

  /// In which step a lane was at its mark.
  /// @param window  of its zero cells after the first step what can be seen after the last, the oldest
  /// lowest:
  ///                each further step leaves out the lowest of these, and the lane was there when no bit was
  ///                left
  static int step_of_mark(u64 window) {
    return window == 0 ? 0 : 64 - __builtin_clzll(window);
  }

  /// Records the segment of a lane that reached a mark in the `noted` steps whose rows begin at `first_row`,
  /// and which ended at `time`.
  static void record_segment(const SegmentRun& run, int first_row, int noted, u64 time, int lane) {
    const Lanes& lanes = run.lanes;
    const int low_cells = lanes.degree - run.zero_cells;
    // The low cells after the first of these steps, and above them what can still be seen of its window of
    // zero cells after the last.
    const u64 seen = column(lanes, first_row + 1 - lanes.degree, low_cells + noted - 1, lane);
    const int step = step_of_mark(seen >> low_cells);
    const u64 next = seen >> step & ((u64{1} << low_cells) - 1);
    if (run.counts != nullptr) uncount(run, first_row, step, lane);
    run.record(run.context, run.mark[lane], next,
               time - static_cast<u64>(noted) + static_cast<u64>(step) + 1 - run.started[lane]);
  }

  /// Records the segments noted in the leg that began at row `first_row`, a note for every `noted` steps of a
  /// vector.
  /// @param record  record_segment(), or what stands for it
  template <class Record>
  [[gnu::noinline]] static void record_notes(const SegmentRun& run, int first_row, int noted, int notes,
                                             Record record) {
    const Lanes& lanes = run.lanes;
    for (int base = 0; base < notes; base += 8) {
      for (u64 flags = *reinterpret_cast<const Flags*>(run.words_noted + base); flags != 0;) {
        const int byte = __builtin_ctzll(flags) / 8;
        const int n = base + byte;
        const int row = first_row + n / lanes.vectors * noted;
        const int first_word = n % lanes.vectors * kWords;
        const u64 time = run.time - static_cast<u64>(lanes.next_row - row - noted);
        const u64* words = run.noted + static_cast<std::int64_t>(n) * kWords;
        do {
          const int w = __builtin_ctzll(flags) - 8 * byte;
          u64 left = words[w];
          do {
            record(run, row, noted, time, (first_word + w) * 64 + __builtin_ctzll(left));
          } while ((left &= left - 1) != 0);
          flags &= flags - 1;
        } while ((flags >> (8 * byte) & 0xff) != 0);
      }
    }
  }

  /// Marks that lanes without work take, as many as there are of both: successive ones in successive lanes.
  struct TakenMarks {
    /// They have equal high cells, so that only the planes of the low ones differ from lane to lane.
    static constexpr int kLowCells = 10;
    u64 taken[kMaxWords], first[kMaxWords];  ///< lanes of each word, and the mark of the first of them
    BitPacking::Packing packing[kMaxWords];
    u64 high;

    [[gnu::always_inline]] explicit TakenMarks(SegmentRun& run) : high(run.next_mark) {
      Lanes& lanes = run.lanes;
      const u64 boundary = (run.next_mark >> kLowCells << kLowCells) + (u64{1} << kLowCells);
      const u64 end = run.end_mark < boundary ? run.end_mark : boundary;
      for (int w = 0; w < lanes.words; ++w) {
        taken[w] = 0;
        first[w] = run.next_mark;
        for (u64 idle = ~lanes.alive[w]; idle != 0 && run.next_mark < end; idle &= idle - 1) {
          const int lane = 64 * w + __builtin_ctzll(idle);
          run.mark[lane] = run.next_mark++;
          run.started[lane] = run.time;
          taken[w] |= idle & (u64{0} - idle);
        }
        packing[w] = BitPacking::packing(taken[w]);
        lanes.alive[w] |= taken[w];
      }
    }

    /// Writes a cell of the marks to its plane.
    /// @param mark_cells  cells of a mark that are not zero for all marks
    [[gnu::always_inline]] void put_cell(u64* plane, int words, int cell, int mark_cells) const {
      const bool low = cell < kLowCells && cell < mark_cells;
      const bool one = cell < mark_cells && (high >> cell & 1) != 0;
      for (int w = 0; w < words; ++w) {
        const u64 bits = low   ? BitPacking::unpack(digit_of_successors(first[w], cell), packing[w])
                         : one ? taken[w]
                               : 0;
        plane[w] = (plane[w] & ~taken[w]) | bits;
      }
    }
  };

  /// Gives the next marks, or other states, to lanes without work. The rows are those of the current state.
  static void put_starts(SegmentRun& run) {
    run.starts == nullptr ? put_marks(run) : put_states(run);
  }

  [[gnu::noinline]] static void put_states(SegmentRun& run) {
    Lanes& lanes = run.lanes;
    u64* const oldest = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int w = 0; w < lanes.words; ++w) {
      for (u64 idle = ~lanes.alive[w]; idle != 0 && run.next_mark < run.end_mark; idle &= idle - 1) {
        const int bit = __builtin_ctzll(idle), lane = 64 * w + bit;
        u64 state = run.starts[run.next_mark];
        run.mark[lane] = run.next_mark++;
        run.started[lane] = run.time;
        lanes.alive[w] |= u64{1} << bit;
        u64* plane = oldest + w;
        for (int cell = 0; cell < lanes.degree; ++cell, plane += lanes.words, state >>= 1)
          *plane = (*plane & ~(u64{1} << bit)) | (state & 1) << bit;
      }
    }
  }

  [[gnu::noinline]] static void put_marks(SegmentRun& run) {
    const TakenMarks marks(run);
    Lanes& lanes = run.lanes;
    u64* plane = lanes.rows + static_cast<std::int64_t>(lanes.next_row - lanes.degree) * lanes.words;
    for (int cell = 0; cell < lanes.degree; ++cell, plane += lanes.words)
      marks.put_cell(plane, lanes.words, cell, lanes.degree - run.zero_cells);
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
    while (run.next_mark < run.end_mark && idle_lanes(lanes) > 0) put_starts(run);
  }

  /// Giving out marks costs as much as about this many lanes cost in a leg; so wait until waiting has cost as
  /// much.
  static constexpr u64 kIdleLegs = 32;

  /// What a leg keeps in registers.
  struct Leg {
    Counters counters{};
    int notes = 0;

    /// Noted whether there is a hit or not: a branch would be mispredicted, a data-dependent place would make
    /// all later loads wait.
    [[gnu::always_inline]] void note(const SegmentRun& run, Vec& alive, Vec at_mark) {
      const Vec hit = at_mark & alive;
      alive ^= hit;
      vectors(run.noted)[notes] = hit;
      run.words_noted[notes++] = Isa::words_set(hit);
    }
  };

  /// A look at a vector of lanes, whose first new plane is at `at`.
  template <int kCounted, int kCount>
  [[gnu::always_inline]] static void look(const SegmentRun& run, Leg& leg, const Vec* at, std::int64_t stride,
                                          const Planes<kCount>& fresh, Vec& alive) {
    if constexpr (kCounted > 0) {
      leg.note(run, alive, at_mark_counting<kCounted>(at, stride, fresh, alive, leg.counters));
    } else {
      leg.note(run, alive, at_mark(at, stride, fresh, run.zero_cells));
    }
  }

  /// @tparam kCounted  zero_cells where states are counted, else 0
  template <Shape kShape, int kCounted>
  static bool segments_leg_as(SegmentRun& run) {
    constexpr bool kTwoGroups = kShape == Shape::wide || kShape == Shape::pair;
    constexpr bool kInLoop = kTwoGroups || kShape == Shape::narrow;
    constexpr int kSteps = kTwoGroups ? 2 * kGroup : kGroup;
    Lanes& lanes = run.lanes;
    const int begin = lanes.next_row;
    Vec* const alive = vectors(lanes.alive);
    Vec only_alive = *alive;
    Leg leg;
    int next_row = begin;
    for (; next_row + kSteps <= lanes.capacity; next_row += kSteps) {
      Vec* const at = Base::row(lanes, next_row);
      if constexpr (kInLoop) {
        Planes<kSteps> fresh;
        if constexpr (kShape == Shape::pair) {
          Base::compute_pair(lanes, at, fresh);
        } else {
          Base::compute(lanes, at, fresh);
        }
        look<kCounted>(run, leg, at, 1, fresh, only_alive);
      } else {
        Base::compute_group(lanes, at);
        const std::int64_t stride = kShape == Shape::one ? 1 : lanes.vectors;
        for (int v = 0; v < stride; ++v)
          look<kCounted>(run, leg, at + v, stride, Base::load_fresh(at + v, stride), alive[v]);
      }
    }
    if constexpr (kInLoop) *alive = only_alive;
    lanes.next_row = next_row;
    run.time += static_cast<u64>(next_row - begin);
    for (int n = leg.notes; n % 8 != 0; ++n) run.words_noted[n] = 0;
    if constexpr (kCounted > 0) add_counts(run, leg.counters);
    record_notes(run, begin, kSteps, leg.notes,
                 [](const SegmentRun& of, int row, int noted, u64 time, int lane) {
                   record_segment(of, row, noted, time, lane);
                 });
    return go_on(run);
  }

  /// After a leg: gives out marks if that pays. False if no lane is at work any more.
  static bool go_on(SegmentRun& run) {
    Lanes& lanes = run.lanes;
    run.idle_legs += idle_lanes(lanes);
    if (run.next_mark < run.end_mark && run.idle_legs >= kIdleLegs * static_cast<u64>(lanes.vectors)) {
      put_starts(run);
      run.idle_legs = 0;
    }
    Base::rewind(lanes);
    return run.next_mark < run.end_mark || idle_lanes(lanes) < 64 * static_cast<u64>(lanes.words);
  }

  template <Shape kShape>
  static bool segments_leg_counting(SegmentRun& run) {
    switch (run.zero_cells) {
      case 11:
        return segments_leg_as<kShape, 11>(run);
      case 12:
        return segments_leg_as<kShape, 12>(run);
      case 13:
        return segments_leg_as<kShape, 13>(run);
      case 14:
        return segments_leg_as<kShape, 14>(run);
      case 15:
        return segments_leg_as<kShape, 15>(run);
      case 16:
        return segments_leg_as<kShape, 16>(run);
      case 17:
        return segments_leg_as<kShape, 17>(run);
      case 18:
        return segments_leg_as<kShape, 18>(run);
      case 19:
        return segments_leg_as<kShape, 19>(run);
      case 20:
        return segments_leg_as<kShape, 20>(run);
      case 21:
        return segments_leg_as<kShape, 21>(run);
      case 22:
        return segments_leg_as<kShape, 22>(run);
      case 23:
        return segments_leg_as<kShape, 23>(run);
      default:
        static_assert(kFewestCountedZeroCells == 11 && kMostCountedZeroCells == 24);
        return segments_leg_as<kShape, 24>(run);
    }
  }

  /// Those of registers that are neither small nor short of memory.
  static constexpr int kUsualZeroCells = 16;

  static bool segments_leg(SegmentRun& run) {
    const bool counting = run.counts != nullptr;
    if (run.lanes.vectors > 1)
      return counting ? segments_leg_counting<Shape::many>(run) : segments_leg_as<Shape::many, 0>(run);
    if (counting) {
      return run.zero_cells == kUsualZeroCells ? segments_leg_as<Shape::narrow, kUsualZeroCells>(run)
                                               : segments_leg_counting<Shape::one>(run);
    }
    if constexpr (Isa::kManyRegisters) {
      // A lane reaches one mark at most in two groups.
      if (run.zero_cells >= 2 * kGroup)
        return run.lanes.wide ? segments_leg_as<Shape::wide, 0>(run) : segments_leg_as<Shape::pair, 0>(run);
    }
    return segments_leg_as<Shape::narrow, 0>(run);
  }
};

}  // namespace gforbit::cycles::bitsliced
