/// Searches: lanes that walk until what they meet tells that they are not what is looked for.
#pragma once

#include "bitsliced_steps.hpp"

namespace gforbit::cycles::bitsliced {

template <class Isa>
struct Searches : Steps<Isa> {
  using Base = Steps<Isa>;
  using Base::all;
  using Base::ones;
  using Base::zero;
  using typename Base::Block;
  using typename Base::u64;
  using typename Base::Vec;

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

  /// The same for levels of at least kGroup, with windows as bitsliced_segments.hpp explains them.
  /// @tparam kDigits  the digits after the leading one: a state less than they say ends the walk
  template <int kDigits>
  [[gnu::always_inline]] static Vec not_smaller(const Vec* at, std::int64_t stride, const Block& fresh,
                                                int level) {
    Vec before = zero();
    const Vec* old = at - stride;
    for (int i = level - kGroup; i > 0; --i, old -= stride) before |= *old;
    Block prefix = fresh;
#pragma GCC unroll 8
    for (int j = 1; j < kGroup; ++j) prefix.v[j] |= prefix.v[j - 1];
    Vec go_on = ones();
    Vec one = old[0], first = old[-stride];
#pragma GCC unroll 8
    for (int j = kGroup - 1; j >= 0; --j, old -= stride) {
      const Vec second = old[-2 * stride];
      const Vec longer = before | one;
      Vec enough = longer;  // no smaller, if the leading one is where it should be, whatever follows
      if constexpr (kDigits == 1) enough = Isa::or_and_or(before, one, first, second);
      if constexpr (kDigits == 2) enough = Isa::or_and(before, one, first);
      if constexpr (kDigits == 3) enough = before | (one & first & second);
      go_on = Isa::and_or3(go_on, enough, prefix.v[j]);
      before = longer;
      one = first;
      first = second;
    }
    return go_on;
  }

  template <Shape kShape, int kLevel>
  static bool leaders_run_low_as(LeaderBatch& batch, u64 groups) {
    const Vec c1 = all((batch.digits & 2) != 0), c2 = all((batch.digits & 1) != 0);
    return Base::template run_batch<kShape>(batch.lanes, groups,
                                            [=](const Vec* at, std::int64_t stride, const Block& fresh) {
                                              return not_smaller_low<kLevel>(at, stride, fresh, c1, c2);
                                            });
  }

  template <Shape kShape, int kDigits>
  static bool leaders_run_as(LeaderBatch& batch, u64 groups) {
    const int level = batch.level;
    return Base::template run_batch<kShape>(batch.lanes, groups,
                                            [=](const Vec* at, std::int64_t stride, const Block& fresh) {
                                              return not_smaller<kDigits>(at, stride, fresh, level);
                                            });
  }

  template <Shape kShape>
  static bool leaders_run_on(LeaderBatch& batch, u64 groups) {
    switch (batch.digits) {
      case 0:
        return leaders_run_as<kShape, 0>(batch, groups);
      case 1:
        return leaders_run_as<kShape, 1>(batch, groups);
      case 2:
        return leaders_run_as<kShape, 2>(batch, groups);
      default:
        return leaders_run_as<kShape, 3>(batch, groups);
    }
  }

  static bool leaders_run_high(LeaderBatch& batch, u64 groups) {
    if (batch.lanes.vectors > 1) return leaders_run_on<Shape::many>(batch, groups);
    if constexpr (Isa::kManyRegisters) {
      if (batch.lanes.wide && groups % 2 == 0) return leaders_run_on<Shape::wide>(batch, groups);
    }
    return leaders_run_on<Shape::narrow>(batch, groups);
  }

  template <Shape kShape>
  static bool leaders_run_low(LeaderBatch& batch, u64 groups) {
    switch (batch.level) {
      case 0:
        return leaders_run_low_as<kShape, 0>(batch, groups);
      case 1:
        return leaders_run_low_as<kShape, 1>(batch, groups);
      case 2:
        return leaders_run_low_as<kShape, 2>(batch, groups);
      case 3:
        return leaders_run_low_as<kShape, 3>(batch, groups);
      case 4:
        return leaders_run_low_as<kShape, 4>(batch, groups);
      case 5:
        return leaders_run_low_as<kShape, 5>(batch, groups);
      case 6:
        return leaders_run_low_as<kShape, 6>(batch, groups);
      default:
        static_assert(kGroup == 8);
        return leaders_run_low_as<kShape, 7>(batch, groups);
    }
  }

  static bool leaders_run(LeaderBatch& batch, u64 groups) {
    if (batch.level >= kGroup) return leaders_run_high(batch, groups);
    return batch.lanes.vectors == 1 ? leaders_run_low<Shape::one>(batch, groups)
                                    : leaders_run_low<Shape::many>(batch, groups);
  }

  // ---- periodic words -------------------------------------------------------------------------------------

  static bool periods_run(PeriodBatch& batch, u64 groups) {
    const std::int64_t back = batch.period;
    return Base::template run_batch<Shape::many>(batch.lanes, groups,
                                                 [=](const Vec* at, std::int64_t stride, const Block& fresh) {
                                                   Vec differs = zero();
#pragma GCC unroll 8
                                                   for (int j = 0; j < kGroup; ++j)
                                                     differs |= fresh.v[j] ^ at[(j - back) * stride];
                                                   return ~differs;
                                                 });
  }
};

}  // namespace gforbit::cycles::bitsliced
