/// Segments and leaders of systems on vectors, written once for all vector levels.
///
/// Marks and leading zeros are those of the last run of cells, so the looks are those of one register
/// (bitsliced_segments.hpp, bitsliced_searches.hpp). What differs is what a step computes, and that a state
/// lies in the rows of several runs. A deep look is for a last run that is too short: after each step the
/// planes of the most significant cells, of whichever runs, are looked at one by one.
#pragma once

#include "bitsliced_packing.hpp"
#include "bitsliced_searches.hpp"
#include "bitsliced_segments.hpp"
#include "system_machine.hpp"

namespace gforbit::cycles::bitsliced {

/// What is done with all runs.
template <class Isa>
struct SystemSteps : Steps<Isa> {
  using Base = Steps<Isa>;
  using typename Base::Block;
  using typename Base::u64;
  using typename Base::Vec;

  /// Computes a group of rows of every run.
  [[gnu::noinline]] static void compute_group(const OtherRuns& others, const Lanes& last, int next_row) {
    for (int block = 0; block < last.vectors; ++block) {
      for (int i = 0; i <= others.count; ++i) {
        const Lanes& run = i < others.count ? others.runs[i] : last;
        Block fresh;
        Base::compute(run, Base::row(run, next_row) + block * kBlock, fresh);
      }
    }
  }

  static void rewind(OtherRuns& others, Lanes& last) {
    for (int i = 0; i < others.count; ++i) {
      others.runs[i].next_row = last.next_row;
      Base::rewind(others.runs[i]);
    }
    Base::rewind(last);
  }

  /// Calls use(cell, plane) for the plane of each cell of the current state.
  template <class Use>
  [[gnu::always_inline]] static void for_each_plane(const OtherRuns& others, const Lanes& last, Use use) {
    for (int i = 0, cell = 0; i <= others.count; ++i) {
      const Lanes& run = i < others.count ? others.runs[i] : last;
      u64* plane = run.rows + static_cast<std::int64_t>(last.next_row - run.degree) * last.words;
      for (int n = 0; n < run.degree; ++n, ++cell, plane += last.words) use(cell, plane);
    }
  }
};

/// Looks at several runs.
template <class Isa>
struct DeepLooks : SystemSteps<Isa> {
  using Base = SystemSteps<Isa>;
  using typename Base::Vec;

  /// Calls use(plane) for the `cells` most significant cells of vector v after the step that made `row`, the
  /// most significant first.
  template <class Use>
  [[gnu::always_inline]] static void for_each_top_plane(const OtherRuns& others, const Lanes& last, int row,
                                                        std::int64_t v, int cells, Use use) {
    for (int i = others.count; cells > 0; --i) {
      const Lanes& run = i == others.count ? last : others.runs[i];
      const int here = cells < run.degree ? cells : run.degree;
      const Vec* plane = Base::row(run, row) + v;
      for (int n = 0; n < here; ++n, plane -= run.vectors) use(*plane);
      cells -= here;
    }
  }

  /// Lanes in which one of these cells is 1 after every step of the group that begins with `row`.
  static Vec never_zero(const OtherRuns& others, const Lanes& last, int row, std::int64_t v, int cells) {
    Vec go_on = Base::ones();
    for (int j = 0; j < kGroup; ++j) {
      Vec any = Base::zero();
      for_each_top_plane(others, last, row + j, v, cells, [&](Vec plane) { any |= plane; });
      go_on &= any;
    }
    return go_on;
  }
};

template <class Isa>
struct SystemSegments : Segments<Isa> {
  using Base = Segments<Isa>;
  using Runs = SystemSteps<Isa>;
  using Deep = DeepLooks<Isa>;
  using typename Base::u64;
  using typename Base::Unsigned;
  using typename Base::Vec;

  static bool is_deep(const SystemSegmentRun& run) { return run.last.zero_cells > run.last.lanes.degree; }

  static void put_marks(SystemSegmentRun& run) {
    const typename Base::TakenMarks marks(run.last);
    const Lanes& last = run.last.lanes;
    Runs::for_each_plane(run.others, last, [&](int cell, u64* plane) {
      marks.put_cell(plane, last.words, cell, run.others.cells - run.last.zero_cells);
    });
  }

  static void segments_start(SystemSegmentRun& run) {
    Lanes& last = run.last.lanes;
    last.next_row = last.history;
    for (int w = 0; w < last.words; ++w) last.alive[w] = 0;
    while (run.last.next_mark < run.last.end_mark && Base::idle_lanes(last) > 0) put_marks(run);
  }

  static void record_segment(const SystemSegmentRun& run, int first_row, int noted, u64 time, int lane) {
    const SegmentRun& of_last = run.last;
    const Lanes& last = of_last.lanes;
    const int zero_cells = of_last.zero_cells;
    const bool deep = is_deep(run);
    const int step =
        deep ? step_of_deep_mark(run, first_row, lane)
             : Base::step_of_mark(Base::column(last, first_row + 1 - zero_cells, noted - 1, lane));
    const int end = first_row + step + 1;
    u64 next = 0;
    for (int i = 0; i <= run.others.count; ++i) {
      const bool is_last = i == run.others.count;
      const Lanes& part = is_last ? last : run.others.runs[i];
      const int cells = is_last && !deep ? part.degree - zero_cells : part.degree;
      next |= Base::column(part, end - part.degree, cells, lane) << run.others.first_cells[i];
    }
    if (!deep && of_last.counts != nullptr) Base::uncount(of_last, first_row, step, lane);
    of_last.record(of_last.context, of_last.mark[lane], next,
                   time - static_cast<u64>(noted) + static_cast<u64>(step) + 1 - of_last.started[lane]);
  }

  /// The first step of a group after which a lane was at a mark.
  static int step_of_deep_mark(const SystemSegmentRun& run, int first_row, int lane) {
    int step = 0;
    for (; step + 1 < kGroup; ++step) {
      u64 ones = 0;
      int cells = run.last.zero_cells;
      for (int i = run.others.count; cells > 0; --i) {
        const Lanes& part = i == run.others.count ? run.last.lanes : run.others.runs[i];
        const int here = cells < part.degree ? cells : part.degree;
        ones |= Base::column(part, first_row + step + 1 - here, here, lane);
        cells -= here;
      }
      if (ones == 0) break;
    }
    return step;
  }

  static u64 sum_of(Unsigned counts) {
    u64 sum = 0;
    for (int w = 0; w < Base::kWords; ++w) sum += counts[w];
    return sum;
  }

  /// Counts, after every step, the lanes with at least so many leading zeros; those with exactly so many are
  /// the difference. Lanes at a mark are at work no more, so nothing is counted behind it.
  static bool segments_leg_deep(SystemSegmentRun& run) {
    SegmentRun& of_last = run.last;
    const Lanes& last = of_last.lanes;
    const int begin = last.next_row;
    Vec* const alive = Base::vectors(last.alive);
    Unsigned at_least[kMostCountedSystemCells + 1] = {};
    int notes = 0, next_row = begin;
    for (; next_row + kGroup <= last.capacity; next_row += kGroup) {
      Runs::compute_group(run.others, last, next_row);
      for (std::int64_t v = 0; v < last.vectors; ++v, ++notes) {
        Vec hit = Base::zero(), at_work = alive[v];
        for (int j = 0; j < kGroup; ++j) {
          Vec any = Base::zero();
          int zeros = 0;
          Deep::for_each_top_plane(run.others, last, next_row + j, v, of_last.zero_cells, [&](Vec plane) {
            any |= plane;
            if (++zeros >= kLowestCounted)
              at_least[zeros] += __builtin_bit_cast(Unsigned, Isa::popcount(at_work & ~any));
          });
          hit |= at_work & ~any;
          at_work &= any;
        }
        alive[v] = at_work;
        Base::vectors(of_last.noted)[notes] = hit;
        of_last.words_noted[notes] = Isa::words_set(hit);
      }
    }
    for (int zeros = kLowestCounted; zeros < of_last.zero_cells; ++zeros)
      of_last.counts[zeros] += sum_of(at_least[zeros]) - sum_of(at_least[zeros + 1]);
    return end_leg(run, begin, next_row, notes);
  }

  /// @tparam kCounted  zero_cells where states are counted, else 0
  template <int kCounted>
  static bool segments_leg_as(SystemSegmentRun& run) {
    SegmentRun& of_last = run.last;
    Lanes& last = of_last.lanes;
    const int begin = last.next_row;
    Vec* const alive = Base::vectors(last.alive);
    const std::int64_t stride = last.vectors;
    typename Base::Leg leg;
    int next_row = begin;
    for (; next_row + kGroup <= last.capacity; next_row += kGroup) {
      Runs::compute_group(run.others, last, next_row);
      Vec* const at = Base::row(last, next_row);
      for (int v = 0; v < stride; ++v)
        Base::template look<kCounted>(of_last, leg, at + v, stride, Base::load_fresh(at + v, stride),
                                      alive[v]);
    }
    if constexpr (kCounted > 0) Base::add_counts(of_last, leg.counters);
    return end_leg(run, begin, next_row, leg.notes);
  }

  static bool end_leg(SystemSegmentRun& run, int begin, int next_row, int notes) {
    SegmentRun& of_last = run.last;
    of_last.lanes.next_row = next_row;
    of_last.time += static_cast<u64>(next_row - begin);
    for (int n = notes; n % 8 != 0; ++n) of_last.words_noted[n] = 0;
    Base::record_notes(of_last, begin, kGroup, notes,
                       [&run](const SegmentRun&, int row, int noted, u64 time, int lane) {
                         record_segment(run, row, noted, time, lane);
                       });
    return go_on(run);
  }

  static bool go_on(SystemSegmentRun& run) {
    SegmentRun& of_last = run.last;
    Lanes& last = of_last.lanes;
    of_last.idle_legs += Base::idle_lanes(last);
    const u64 enough = Base::kIdleLegs * static_cast<u64>(last.vectors);
    if (of_last.next_mark < of_last.end_mark && of_last.idle_legs >= enough) {
      put_marks(run);
      of_last.idle_legs = 0;
    }
    Runs::rewind(run.others, last);
    return of_last.next_mark < of_last.end_mark || Base::idle_lanes(last) < 64 * static_cast<u64>(last.words);
  }

  template <int kZeroCells>
  static bool segments_leg_counting(SystemSegmentRun& run) {
    if constexpr (kZeroCells <= kMostCountedSystemCells) {
      if (run.last.zero_cells > kZeroCells) return segments_leg_counting<kZeroCells + 1>(run);
      return segments_leg_as<kZeroCells>(run);
    } else {
      return segments_leg_as<0>(run);
    }
  }

  static bool segments_leg(SystemSegmentRun& run) {
    if (is_deep(run)) return segments_leg_deep(run);
    return run.last.counts != nullptr ? segments_leg_counting<kFewestCountedZeroCells>(run)
                                      : segments_leg_as<0>(run);
  }
};

template <class Isa>
struct SystemSearches : Searches<Isa> {
  using Base = Searches<Isa>;
  using Runs = SystemSteps<Isa>;
  using Packing = LanePacking<Isa>;
  using typename Base::u64;
  using typename Base::Vec;

  static void load_block(SystemLeaderBatch& batch, u64 prefix, u64 first, u64 last) {
    Lanes& lanes = batch.last.lanes;
    const int lane_bits = 6 + Packing::log2(lanes.words);
    lanes.next_row = lanes.history;
    Runs::for_each_plane(batch.others, lanes, [&](int cell, u64* plane) {
      for (int w = 0; w < lanes.words; ++w) {
        plane[w] = cell < 6           ? Base::kCounting[cell]
                   : cell < lane_bits ? u64{0} - (static_cast<u64>(w) >> (cell - 6) & 1)
                                      : u64{0} - (prefix >> (cell - lane_bits) & 1);
      }
    });
    for (int w = 0; w < lanes.words; ++w)
      lanes.alive[w] = Packing::below(last, w) & ~Packing::below(first, w);
  }

  static void pack(const SystemLeaderBatch& batch, LaneQueue& queue) {
    const Lanes& last = batch.last.lanes;
    for (int w = 0; w < last.words; ++w) {
      if (last.alive[w] == 0) continue;
      int taken = 0;
      for (int i = 0; i <= batch.others.count; ++i) {
        const Lanes& run = i < batch.others.count ? batch.others.runs[i] : last;
        const u64* const rows = run.rows + static_cast<std::int64_t>(last.next_row - run.degree) * last.words;
        u64* const words =
            queue.words + static_cast<std::int64_t>(batch.others.first_cells[i]) * queue.capacity;
        taken = append_word(rows + w, last.words, run.degree, 0, 1, last.alive[w], {words, queue.capacity},
                            queue.count);
      }
      queue.count += static_cast<u64>(taken);
    }
  }

  static void unpack(SystemLeaderBatch& batch, LaneQueue& queue) {
    Lanes& last = batch.last.lanes;
    const u64 capacity = 64 * static_cast<u64>(last.words);
    const u64 taken = queue.count < capacity ? queue.count : capacity;
    const int words = static_cast<int>((taken + 63) / 64);
    const int rest = static_cast<int>((queue.count - taken + 63) / 64);
    last.next_row = last.history;
    Runs::for_each_plane(batch.others, last, [&](int cell, u64* plane) {
      u64* const from = queue.words + static_cast<std::int64_t>(cell) * queue.capacity;
      for (int w = 0; w < words; ++w) plane[w] = from[w];
      for (int w = words; w < last.words; ++w) plane[w] = 0;
      for (int w = 0; w < rest; ++w) from[w] = from[words + w];
    });
    for (int w = 0; w < last.words; ++w) last.alive[w] = Packing::below(taken, w);
    queue.count -= taken;
  }

  /// Steps::run_batch() for all runs.
  template <class Look>
  [[gnu::always_inline]] static bool run_batch(SystemLeaderBatch& batch, u64 groups, Look look) {
    Lanes& last = batch.last.lanes;
    Vec* const alive = Base::vectors(last.alive);
    const std::int64_t stride = last.vectors;
    for (; groups > 0; --groups) {
      if (last.next_row + kGroup > last.capacity) Runs::rewind(batch.others, last);
      Runs::compute_group(batch.others, last, last.next_row);
      Vec* const at = Base::row(last, last.next_row);
      Vec any = Base::zero();
      for (int v = 0; v < stride; ++v)
        any |= alive[v] &= look(at + v, stride, Base::load_fresh(at + v, stride));
      last.next_row += kGroup;
      if (!Isa::any(any)) return false;
    }
    return true;
  }

  template <int kLevel>
  static bool run_low(SystemLeaderBatch& batch, u64 groups) {
    const int digits = batch.last.digits;
    const Vec c1 = Base::all((digits & 2) != 0), c2 = Base::all((digits & 1) != 0);
    return run_batch(batch, groups, [=](const Vec* at, std::int64_t stride, const auto& fresh) {
      return Base::template not_smaller_low<kLevel>(at, stride, fresh, c1, c2);
    });
  }

  template <int kDigits>
  static bool run_high(SystemLeaderBatch& batch, u64 groups) {
    const int level = batch.last.level;
    return run_batch(batch, groups, [=](const Vec* at, std::int64_t stride, const auto& fresh) {
      return Base::template not_smaller<kDigits>(at, stride, fresh, level);
    });
  }

  /// Lanes die where one zero more leads.
  static bool run_deep(SystemLeaderBatch& batch, u64 groups) {
    Lanes& last = batch.last.lanes;
    Vec* const alive = Base::vectors(last.alive);
    for (; groups > 0; --groups) {
      if (last.next_row + kGroup > last.capacity) Runs::rewind(batch.others, last);
      Runs::compute_group(batch.others, last, last.next_row);
      Vec any = Base::zero();
      for (std::int64_t v = 0; v < last.vectors; ++v) {
        any |= alive[v] &=
            DeepLooks<Isa>::never_zero(batch.others, last, last.next_row, v, batch.last.level + 1);
      }
      last.next_row += kGroup;
      if (!Isa::any(any)) return false;
    }
    return true;
  }

  static bool leaders_run(SystemLeaderBatch& batch, u64 groups) {
    static_assert(kGroup == 8);
    if (looks_deep(batch.last.lanes.degree, batch.last.level)) return run_deep(batch, groups);
    using Run = bool (*)(SystemLeaderBatch&, u64);
    constexpr Run kLow[] = {run_low<0>, run_low<1>, run_low<2>, run_low<3>,
                            run_low<4>, run_low<5>, run_low<6>, run_low<7>};
    constexpr Run kHigh[] = {run_high<0>, run_high<1>, run_high<2>, run_high<3>};
    return batch.last.level < kGroup ? kLow[batch.last.level](batch, groups)
                                     : kHigh[batch.last.digits](batch, groups);
  }
};

template <class Isa>
constexpr SystemFunctions system_functions() {
  return {Steps<Isa>::kWords,
          SystemSegments<Isa>::segments_start,
          SystemSegments<Isa>::segments_leg,
          SystemSearches<Isa>::load_block,
          SystemSearches<Isa>::leaders_run,
          SystemSearches<Isa>::pack,
          SystemSearches<Isa>::unpack};
}

}  // namespace gforbit::cycles::bitsliced
