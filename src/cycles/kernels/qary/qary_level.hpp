/// The loops over lanes, written once for all kinds of cells and all vector levels.
///
/// `Cells` names the vector type, computes blocks of new cells and says which lanes of a vector are zero. See
/// qary_machine.hpp for the layout and for what must not appear here.
///
/// How a look works. `support` of a cell is a vector that is zero in the lanes where the cell is; the OR of n
/// supports is zero where n cells are. `common` of two vectors is zero where one of them is (the minimum of
/// elements, the AND of planes). So the windows of eight steps are ORed, which takes log2 n operations a
/// step, and joined by `common`; one comparison tells whether a lane had n zeros in a row after some of the
/// eight steps.
#pragma once

#include <cstdint>

#include "kernels/lane_packing.hpp"
#include "qary_machine.hpp"
#include "qary_plane_fields.hpp"
#include "qary_planes.hpp"

namespace gforbit::cycles::qary {

template <class Cells>
struct Level {
  using Vec = typename Cells::Vec;
  using u64 = std::uint64_t;
  static constexpr int kPlanes = Cells::kPlanes;
  static constexpr int kUnrolled = 8;  ///< windows up to this length have a loop of their own

  static Vec* row(const Lanes& lanes, int index) {
    return reinterpret_cast<Vec*>(lanes.rows) + static_cast<std::int64_t>(index) * lanes.vectors * kPlanes;
  }

  /// Computes the next kGroup rows. Not inlined: a call costs little beside eight rows, and there are many
  /// callers.
  [[gnu::noinline]] static void compute_group(const Lanes& lanes) {
    Vec* at = row(lanes, lanes.next_row);
    for (int block = 0; block < lanes.vectors; ++block, at += kBlock * kPlanes) Cells::evaluate(lanes, at);
  }

  [[gnu::noinline]] static void rewind(Lanes& lanes) {
    const Vec* from = row(lanes, lanes.next_row - lanes.degree);
    Vec* to = row(lanes, 0);
    const int count = lanes.degree * lanes.vectors * kPlanes;
    for (int i = 0; i < count; ++i) to[i] = from[i];
    lanes.next_row = lanes.degree;
  }

  /// In each lane: zero if the n - 1 newest supports after one of the last kGroup steps were all zero, and so
  /// was edge(cell) of the one behind them. `newest` is the newest cell.
  template <int n, class Edge>
  [[gnu::always_inline]] static Vec windows(const Vec* newest, std::int64_t stride, Edge edge) {
    constexpr int kOld = n - 1;
    const Vec* const oldest = newest - (kOld + kGroup - 1) * stride;
    Vec w[kOld + kGroup];
    Vec last[kGroup];
#pragma GCC unroll 16
    for (int i = 0; i < kOld + kGroup; ++i) {
      w[i] = Cells::support(oldest + i * stride);
      if (i < kGroup) last[i] = edge(oldest + i * stride);
    }
    // Windows of n - 1 supports, from those of 1, 2, 4, ... of them.
    int width = 1;
#pragma GCC unroll 4
    for (int round = 0; round < 4; ++round) {
      const int move = 2 * width <= kOld ? width : kOld - width;
      if (move <= 0) break;
#pragma GCC unroll 16
      for (int i = kOld + kGroup - 1; i >= width + move - 1; --i) w[i] |= w[i - move];
      width += move;
    }
    Vec joined = last[0];
    if constexpr (kOld > 0) joined |= w[kOld];
#pragma GCC unroll 8
    for (int j = 1; j < kGroup; ++j) {
      Vec window = last[j];
      if constexpr (kOld > 0) window |= w[kOld + j];
      joined = Cells::common(joined, window);
    }
    return joined;
  }

  /// The same for any n > kUnrolled: OR of the cells before the group and of those in it.
  template <class Edge>
  [[gnu::always_inline]] static Vec long_windows(const Vec* newest, std::int64_t stride, int n, Edge edge) {
    const Vec* const first = newest - (kGroup - 1) * stride;
    Vec before{};
    const Vec* old = first - stride;
    for (int i = n - 1 - kGroup; i > 0; --i, old -= stride) before |= Cells::support(old);
    Vec prefix[kGroup];
    prefix[0] = Cells::support(first);
#pragma GCC unroll 8
    for (int j = 1; j < kGroup; ++j) prefix[j] = prefix[j - 1] | Cells::support(first + j * stride);
    // Step j sees j + 1 cells of the group, n - 2 - j before it, and its edge.
    Vec joined{};
#pragma GCC unroll 8
    for (int j = kGroup - 1; j >= 0; --j, old -= stride) {
      const Vec support = Cells::support(old);
      const Vec window = prefix[j] | before | edge(old);
      joined = j == kGroup - 1 ? window : Cells::common(joined, window);
      before |= support;
    }
    return joined;
  }

  template <int n, class Edge>
  [[gnu::always_inline]] static Vec look(const Vec* newest, std::int64_t stride, int length, Edge edge) {
    if constexpr (n > kUnrolled) {
      return long_windows(newest, stride, length, edge);
    } else {
      return windows<n>(newest, stride, edge);
    }
  }

  template <int n>
  static void note_zeros_as(Lanes& lanes, int zero_cells, u64* noted) {
    const std::int64_t stride = static_cast<std::int64_t>(lanes.vectors) * kPlanes;
    for (; lanes.next_row + kGroup <= lanes.capacity; lanes.next_row += kGroup) {
      compute_group(lanes);
      const Vec* newest = row(lanes, lanes.next_row + kGroup - 1);
      for (int v = 0; v < lanes.vectors; ++v, newest += kPlanes, noted += Cells::kMaskWords) {
        Cells::zero_lanes(
            look<n>(newest, stride, zero_cells, [](const Vec* cell) { return Cells::support(cell); }), noted);
      }
    }
  }

  static void note_zeros(Lanes& lanes, int zero_cells, u64* noted) {
    switch (zero_cells) {
      case 1:
        return note_zeros_as<1>(lanes, zero_cells, noted);
      case 2:
        return note_zeros_as<2>(lanes, zero_cells, noted);
      case 3:
        return note_zeros_as<3>(lanes, zero_cells, noted);
      case 4:
        return note_zeros_as<4>(lanes, zero_cells, noted);
      case 5:
        return note_zeros_as<5>(lanes, zero_cells, noted);
      case 6:
        return note_zeros_as<6>(lanes, zero_cells, noted);
      case 7:
        return note_zeros_as<7>(lanes, zero_cells, noted);
      case 8:
        return note_zeros_as<8>(lanes, zero_cells, noted);
      default:
        return note_zeros_as<kUnrolled + 1>(lanes, zero_cells, noted);
    }
  }

  template <int n>
  static bool leaders_run_as(LeaderBatch& batch, u64 groups) {
    Lanes& lanes = batch.lanes;
    const std::int64_t stride = static_cast<std::int64_t>(lanes.vectors) * kPlanes;
    const typename Cells::Edge edge(batch);
    for (; groups > 0; --groups, lanes.next_row += kGroup) {
      if (lanes.next_row + kGroup > lanes.capacity) rewind(lanes);
      compute_group(lanes);
      const Vec* newest = row(lanes, lanes.next_row + kGroup - 1);
      u64 any = 0;
      u64* alive = lanes.alive;
      for (int v = 0; v < lanes.vectors; ++v, newest += kPlanes, alive += Cells::kMaskWords) {
        alignas(Vec) u64 dead[Cells::kMaskWords];
        Cells::zero_lanes(look<n>(newest, stride, batch.level + 1, edge), dead);
        for (int w = 0; w < Cells::kMaskWords; ++w) any |= alive[w] &= ~dead[w];
      }
      if (any == 0) return false;
    }
    return true;
  }

  static bool leaders_run(LeaderBatch& batch, u64 groups) {
    switch (batch.level) {
      case 0:
        return leaders_run_as<1>(batch, groups);
      case 1:
        return leaders_run_as<2>(batch, groups);
      case 2:
        return leaders_run_as<3>(batch, groups);
      case 3:
        return leaders_run_as<4>(batch, groups);
      case 4:
        return leaders_run_as<5>(batch, groups);
      case 5:
        return leaders_run_as<6>(batch, groups);
      case 6:
        return leaders_run_as<7>(batch, groups);
      case 7:
        return leaders_run_as<8>(batch, groups);
      default:
        return leaders_run_as<kUnrolled + 1>(batch, groups);
    }
  }

  static void pack_planes(const Lanes& lanes, PlaneQueue& queue) {
    const std::int64_t plane_words = sizeof(Vec) / sizeof(u64),
                       cell_words = lanes.vectors * kPlanes * plane_words;
    const u64* const rows = reinterpret_cast<const u64*>(row(lanes, lanes.next_row - lanes.degree));
    for (int w = 0; w < lanes.mask_words; ++w) {
      if (lanes.alive[w] == 0) continue;
      const u64* const word = rows + w / plane_words * kPlanes * plane_words + w % plane_words;
      queue.count +=
          static_cast<u64>(append_word(word, cell_words, lanes.degree, plane_words, kPlanes, lanes.alive[w],
                                       {queue.words, queue.capacity}, queue.count));
    }
  }

  static constexpr LaneFunctions functions() {
    LaneFunctions f{sizeof(Vec),    kPlanes,    Cells::kLanes, Cells::kAffine,
                    Cells::kLookup, note_zeros, nullptr,       nullptr};
    if constexpr (kPlanes <= kMostLeaderPlanes) f.leaders_run = leaders_run;
    if constexpr (kPlanes > 1) f.pack = pack_planes;
    return f;
  }
};

/// All of a level. `Bits` are vectors of bits, as PlainBits has them.
template <class Bytes, class Halves, class Words, class Bits>
constexpr LevelFunctions level_functions() {
  return {Level<Bytes>::functions(),
          Level<Halves>::functions(),
          Level<Words>::functions(),
          Level<Planes<Bits, Trits>>::functions(),
          Level<Planes<Bits, Quints>>::functions(),
          Level<Planes<Bits, Septs>>::functions(),
          Level<Planes<Bits, Nines>>::functions(),
          {Level<Planes<Bits, Binary<2>::template Field>>::functions(),
           Level<Planes<Bits, Binary<3>::template Field>>::functions(),
           Level<Planes<Bits, Binary<4>::template Field>>::functions(),
           Level<Planes<Bits, Binary<5>::template Field>>::functions(),
           Level<Planes<Bits, Binary<6>::template Field>>::functions(),
           Level<Planes<Bits, Binary<7>::template Field>>::functions(),
           Level<Planes<Bits, Binary<8>::template Field>>::functions()}};
}

}  // namespace gforbit::cycles::qary
