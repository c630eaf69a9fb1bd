// Segments between marks (lookup_segments.hpp) in vectors of eight 64-bit lanes, two vectors side by side.
// Compiled with flags of its own (CMakeLists.txt).
#if defined(__x86_64__)

#include <immintrin.h>

#include <array>
#include <bit>
#include <cassert>
#include <type_traits>

#include "lookup_segments.hpp"
#include "packed_walk_avx512.hpp"

namespace gforbit::cycles {

namespace {

template <class Walker>
class VectorSegments {
 public:
  VectorSegments(const Walker& walker, const SegmentTask& task, SegmentBlock& block, Findings& findings)
      : walker_(walker),
        task_(task),
        block_(block),
        findings_(findings),
        all_marks_(task.partition.interval(0).end.value),
        cursor_(task.step, task.marks.begin.value),
        next_mark_(task.marks.begin.value) {
    findings_.seen.resize(task.partition.size(), 0);
  }

  void run(const core::StopSignal& stop) {
    fill();
    while (!no_lane_walks() && !stop.stop_requested()) {
      for (int n = 0; n < kBlocksPerStopLook && !no_lane_walks(); ++n) walk();
      cut_long();
    }
    const std::uint64_t marks = next_mark_ - task_.marks.begin.value;
    findings_.seen.front() += marks;
    findings_.seen.back() += steps_ - marks;
    findings_.steps += steps_;
  }

 private:
  static constexpr std::size_t kLanes = 8, kVectors = 2, kTicks = 8;
  static constexpr int kBlocksPerStopLook = 1 << 10;

  struct Lanes {
    VectorState state;
    __m512i mark, begin;  ///< start; tick before the first step
  };

  void walk() {
    const Walker walker = walker_;
    std::array<Lanes, kVectors> lanes = lanes_;
    std::array<__mmask8, kVectors> walks = walks_;
    const __m512i all_marks = set(all_marks_);
    std::size_t ended = 0;
    std::uint64_t tick = tick_;
    for (std::size_t n = 0; n < kTicks; ++n) {
      ++tick;
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        lanes[v].state = walker.next(lanes[v].state);
        const __mmask8 end = _mm512_mask_cmplt_epu64_mask(walks[v], lanes[v].state.index, all_marks);
        if (end == 0) [[likely]]
          continue;
        put(marks_, ended, end, lanes[v].mark);
        put(ends_, ended, end, lanes[v].state.index);
        put(lengths_, ended, end, _mm512_sub_epi64(set(tick), lanes[v].begin));
        ended += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(end)));
        walks[v] = _kandn_mask8(end, walks[v]);
      }
    }
    tick_ = tick;
    lanes_ = lanes;
    walks_ = walks;
    for (std::size_t i = 0; i < ended; ++i) {
      block_.set(marks_[i], ends_[i], lengths_[i]);
      steps_ += lengths_[i];
    }
    if (ended > 0) fill();
  }

  void cut_long() {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const std::array<std::uint64_t, kLanes> begin = values(lanes_[v].begin), mark = values(lanes_[v].mark),
                                              index = values(lanes_[v].state.index);
      for (std::size_t i = 0; i < kLanes; ++i) {
        const std::uint64_t taken = tick_ - begin[i];
        if ((walks_[v] >> i & 1) == 0 || taken < task_.walk_limit) continue;
        findings_.open.push_back({OpenWalk::Purpose::segment, mark[i], index[i], taken, 0});
        steps_ += taken;
        walks_[v] = static_cast<__mmask8>(walks_[v] & ~(1U << i));
      }
    }
    fill();
  }

  /// Marks for lanes that do not walk.
  void fill() {
    for (std::size_t lane = 0; lane < kVectors * kLanes && next_mark_ < task_.marks.end.value; ++lane) {
      const auto at = static_cast<__mmask8>(1U << (lane % kLanes));
      if ((walks_[lane / kLanes] & at) != 0) continue;
      Lanes& lanes = lanes_[lane / kLanes];
      lanes.state.packed = _mm512_mask_mov_epi64(lanes.state.packed, at, set(cursor_.at(next_mark_)));
      lanes.state.index = _mm512_mask_mov_epi64(lanes.state.index, at, set(next_mark_));
      lanes.mark = _mm512_mask_mov_epi64(lanes.mark, at, set(next_mark_));
      lanes.begin = _mm512_mask_mov_epi64(lanes.begin, at, set(tick_));
      walks_[lane / kLanes] = _kor_mask8(walks_[lane / kLanes], at);
      ++next_mark_;
    }
  }

  [[nodiscard]] bool no_lane_walks() const {
    static_assert(kVectors == 2);
    return (walks_[0] | walks_[1]) == 0;
  }

  using Buffer = std::array<std::uint64_t, kTicks * kVectors * kLanes + kLanes>;
  [[gnu::always_inline]] static void put(Buffer& to, std::size_t at, __mmask8 lanes, __m512i values) {
    _mm512_storeu_si512(&to[at], _mm512_maskz_compress_epi64(lanes, values));
  }
  static std::array<std::uint64_t, kLanes> values(__m512i v) {
    std::array<std::uint64_t, kLanes> result;
    _mm512_storeu_si512(result.data(), v);
    return result;
  }

  const Walker& walker_;
  const SegmentTask& task_;
  SegmentBlock& block_;
  Findings& findings_;
  std::uint64_t all_marks_;
  PackedCursor cursor_;
  std::uint64_t next_mark_;
  std::array<Lanes, kVectors> lanes_{};
  std::array<__mmask8, kVectors> walks_{};  ///< lanes at work
  Buffer marks_, ends_, lengths_;           ///< segments that ended in this block
  std::uint64_t tick_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace

void lookup_segments_avx512(const SegmentTask& task, SegmentBlock& block, Findings& findings,
                            const core::StopSignal& stop) {
  assert(task.partition.size() == 2);
  with_vector_digits(task.step, [&](const auto& walker) {
    VectorSegments<std::decay_t<decltype(walker)>>(walker, task, block, findings).run(stop);
  });
}

}  // namespace gforbit::cycles

#endif
