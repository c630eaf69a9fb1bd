// The sieved search (leader_sieve.hpp) in vectors of eight 64-bit lanes, a walk in each, two vectors side by
// side. Nothing in the loop depends on one lane alone: walks that end are replaced by the next candidates of
// a buffer with one instruction, local minima go to a buffer with another. Compiled with flags of its own
// (CMakeLists.txt).
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <vector>

#include "sieve_candidates.hpp"
#include "sieved_search.hpp"

namespace gforbit::cycles {

namespace {

constexpr int kLanes = 8;
constexpr int kVectors = 2;

struct VectorState {
  __m512i packed, index;
};

/// GF(2): each linear term and each product is a test under a mask.
/// @tparam kTaps, kProducts  how many there are, -1: any number
template <int kTaps, int kProducts>
class VectorBits {
 public:
  static constexpr bool kPackedIsIndex = true;

  explicit VectorBits(const PackedStep& step)
      : constant_(step.constant != 0 ? 0xff : 0), top_(_mm512_set1_epi64(1LL << step.top_shift)) {
    if constexpr (kTaps < 0) {
      taps_[0] = set(step.linear);
    } else {
      __m512i* tap = taps_;
      for (std::uint64_t rest = step.linear; rest != 0; rest &= rest - 1) *tap++ = set(rest & (~rest + 1));
    }
    for (const std::uint64_t mask : step.products_of_bits) products_[n_products_++] = set(mask);
  }

  [[gnu::always_inline]] VectorState next(VectorState s) const {
    __mmask8 sum = constant_;
    if constexpr (kTaps < 0) {
      sum = _kxor_mask8(sum, parity(_mm512_and_si512(s.index, taps_[0])));
    } else {
#pragma GCC unroll 8
      for (int i = 0; i < kTaps; ++i) sum = _kxor_mask8(sum, _mm512_test_epi64_mask(s.index, taps_[i]));
    }
    if constexpr (kProducts < 0) {
      for (int i = 0; i < n_products_; ++i) sum = _kxor_mask8(sum, contains(s.index, products_[i]));
    } else {
#pragma GCC unroll 8
      for (int i = 0; i < kProducts; ++i) sum = _kxor_mask8(sum, contains(s.index, products_[i]));
    }
    const __m512i shifted = _mm512_srli_epi64(s.index, 1);
    const __m512i next = _mm512_mask_or_epi64(shifted, sum, shifted, top_);
    return {next, next};
  }

 private:
  static __m512i set(std::uint64_t value) {
    return _mm512_set1_epi64(static_cast<long long>(value));
  }
  [[gnu::always_inline]] static __mmask8 contains(__m512i index, __m512i product) {
    return _mm512_cmpeq_epi64_mask(_mm512_and_si512(index, product), product);
  }
  static __mmask8 parity(__m512i v) {
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 32));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 16));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 8));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 4));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 2));
    v = _mm512_xor_si512(v, _mm512_srli_epi64(v, 1));
    return _mm512_test_epi64_mask(v, _mm512_set1_epi64(1));
  }

  __mmask8 constant_;
  __m512i top_;
  __m512i taps_[kTaps > 0 ? kTaps : 1];  ///< one each, or all in one mask
  __m512i products_[kProducts > 0 ? kProducts : kMostProductsInVectors];
  int n_products_ = 0;
};

/// Larger fields: look-ups by gathers. An index is divided by an odd q without a remainder, so by a
/// multiplication with the inverse of q modulo 2^64.
template <class Value>
class VectorDigits {
 public:
  static constexpr bool kPackedIsIndex = false;

  explicit VectorDigits(const PackedStep& step)
      : step_(step),
        digit_((std::uint64_t{1} << step.digit_bits) - 1),
        inverse_(inverse_of(step.order)),
        values_(values_of(step)) {}

  [[gnu::always_inline]] VectorState next(VectorState s) const {
    const __m512i order = set(step_.order);
    __m512i sum = set(step_.constant);
    for (const PackedStep::Product& product : step_.products) {
      __m512i value = look_up(s.packed, step_.lookups[product.first]);
      for (std::size_t i = product.first + 1; i < product.last; ++i) {
        const __m512i factor = look_up(s.packed, step_.lookups[i]);
        const __m512i place = _mm512_add_epi64(_mm512_mullo_epi64(value, order), factor);
        value = gather<std::uint8_t>(step_.multiply.data(), place);
      }
      if (step_.sum == PackedStep::Sum::exclusive_or) {
        sum = _mm512_xor_si512(sum, value);
      } else if (step_.sum == PackedStep::Sum::modular) {
        sum = _mm512_add_epi64(sum, value);
        sum = _mm512_min_epu64(sum, _mm512_sub_epi64(sum, order));
      } else {
        sum =
            gather<std::uint16_t>(step_.add.data(), _mm512_add_epi64(_mm512_mullo_epi64(sum, order), value));
      }
    }
    const auto bits = static_cast<unsigned>(step_.digit_bits), top = static_cast<unsigned>(step_.top_shift);
    const __m512i packed = _mm512_or_si512(_mm512_srli_epi64(s.packed, bits), _mm512_slli_epi64(sum, top));
    if (step_.packed_is_index) return {packed, packed};
    const __m512i oldest = _mm512_and_si512(s.packed, set(digit_));
    const __m512i rest = _mm512_mullo_epi64(_mm512_sub_epi64(s.index, oldest), set(inverse_));
    return {packed, _mm512_add_epi64(rest, _mm512_mullo_epi64(sum, set(step_.top_place)))};
  }

 private:
  static __m512i set(std::uint64_t value) { return _mm512_set1_epi64(static_cast<long long>(value)); }

  /// Newton's iteration doubles the bits that are right.
  static std::uint64_t inverse_of(std::uint64_t odd) {
    std::uint64_t inverse = odd;
    for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
    return inverse;
  }

  static const Value* values_of(const PackedStep& step) {
    if constexpr (sizeof(Value) == 1) return step.values8.data();
    if constexpr (sizeof(Value) == 2) return step.values16.data();
    if constexpr (sizeof(Value) == 4) return step.values32.data();
  }

  [[gnu::always_inline]] __m512i look_up(__m512i packed, const PackedStep::Lookup& lookup) const {
    __m512i key = _mm512_setzero_si512();
    for (const PackedStep::Run& run : lookup.runs) {
      const __m512i moved = run.right >= 0 ? _mm512_srli_epi64(packed, static_cast<unsigned>(run.right))
                                           : _mm512_slli_epi64(packed, static_cast<unsigned>(-run.right));
      key = _mm512_or_si512(key, _mm512_and_si512(moved, set(run.mask)));
    }
    return gather<Value>(values_ + lookup.offset, key);
  }

  /// Tables end with padding, because four bytes are read for each value.
  template <class Entry>
  [[gnu::always_inline]] static __m512i gather(const Entry* table, __m512i at) {
    const __m512i wide = _mm512_cvtepu32_epi64(
        _mm512_i64gather_epi32(at, reinterpret_cast<const int*>(table), static_cast<int>(sizeof(Entry))));
    constexpr std::uint64_t kMask = (std::uint64_t{1} << (8 * sizeof(Entry))) - 1;
    return _mm512_and_si512(wide, set(kMask));
  }

  const PackedStep& step_;
  std::uint64_t digit_, inverse_;
  const Value* values_;
};

template <class Walker>
class VectorLoop {
 public:
  VectorLoop(const Walker& walker, const SievedTask& task, Findings& findings)
      : walker_(walker), task_(task), findings_(findings), candidates_(task), coarse_(first_coarse(task)) {
    findings_.seen.resize(task.partition.size(), 0);
  }

  void run(const core::StopSignal& stop) {
    while (!stop.stop_requested()) {
      candidates_.refill();
      fill();
      if (no_lane_walks() && candidates_.done()) break;
      for (int n = 0; n < kBlocksPerStopLook && candidates_.left() >= kTicks * kVectors * kLanes; ++n)
        coarse_ != 0 ? walk_full<true>() : walk_full<false>();
      if (candidates_.done()) walk_rest();
      hand_back_long();
    }
    set_minima(0);
    set_minima(1);
    findings_.steps += steps_;
  }

 private:
  /// Steps between two times that local minima are put into the sieve: the words are fetched meanwhile.
  static constexpr int kTicks = 8;
  static constexpr int kBlocksPerStopLook = 512;

  struct Lanes {
    VectorState state;
    __m512i start, begin;  ///< candidate; tick before the first step
    __mmask8 falls;        ///< the last step went to a smaller state
  };
  /// Classes of the states that each lane has passed, the last class apart.
  using Passed = std::array<std::vector<std::uint32_t>, kLanes>;
  struct Minima {
    std::array<std::uint64_t, static_cast<std::size_t>((kTicks + 1) * kVectors * kLanes)> states;
    std::ptrdiff_t count = 0;
  };

  /// States below are counted by class; where no walk can go below, none is.
  static std::uint64_t first_coarse(const SievedTask& task) {
    const std::uint64_t coarse = task.partition.interval(task.partition.size() - 1).begin.value;
    return task.candidates.begin.value >= coarse ? 0 : coarse;
  }

  /// All lanes walk, and there are candidates enough to replace those that end.
  /// @tparam kNotes  states are counted by class
  template <bool kNotes>
  void walk_full() {
    std::array<Lanes, kVectors> lanes = lanes_;
    const std::uint64_t* index = candidates_.index();
    const std::uint64_t* packed = candidates_.packed();
    const std::uint64_t* const first = index;
    Minima& minima = minima_[block_ & 1];
    std::uint64_t* end = minima.states.data();
    std::uint64_t tick = tick_;
    for (int n = 0; n < kTicks; ++n) {
      ++tick;
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) {
        const __mmask8 ended = step(lanes[v], end);
        const __mmask8 found = _mm512_mask_cmpeq_epu64_mask(ended, lanes[v].state.index, lanes[v].start);
        if (found != 0) [[unlikely]]
          report(passed_[v], found, lanes[v].start, lanes[v].begin, tick);
        if constexpr (kNotes) note(passed_[v], static_cast<__mmask8>(~ended), lanes[v].state.index);
        put(lanes[v], ended, packed, index, tick);
        if constexpr (kNotes) note_started(passed_[v], ended, lanes[v].start);
        const int count = std::popcount(static_cast<unsigned>(ended));
        index += count;
        if constexpr (!Walker::kPackedIsIndex) packed += count;
      }
    }
    minima.count = end - minima.states.data();
    candidates_.take(index - first);
    tick_ = tick;
    lanes_ = lanes;
    end_block();
  }

  /// The last candidates and walks.
  void walk_rest() {
    for (int n = 0; n < kBlocksPerStopLook && !no_lane_walks(); ++n) {
      Minima& minima = minima_[block_ & 1];
      std::uint64_t* end = minima.states.data();
      for (int tick = 0; tick < kTicks; ++tick) {
        ++tick_;
        for (std::size_t v = 0; v < kVectors; ++v) {
          Lanes& lanes = lanes_[v];
          const auto ended = static_cast<__mmask8>(step(lanes, end) & walks_[v]);
          {
            const __mmask8 found = _mm512_mask_cmpeq_epu64_mask(ended, lanes.state.index, lanes.start);
            if (found != 0) report(passed_[v], found, lanes.start, lanes.begin, tick_);
          }
          walks_[v] = static_cast<__mmask8>(walks_[v] & ~ended);
          // A lane whose walk has ended goes on below its start, where its minima mean nothing.
          lanes.falls = _kand_mask8(lanes.falls, walks_[v]);
          note(passed_[v], walks_[v], lanes.state.index);
        }
      }
      minima.count = end - minima.states.data();
      end_block();
      fill();
    }
  }

  /// One step of each lane; local minima are appended at `minima`. @return lanes whose walks ended
  [[gnu::always_inline]] __mmask8 step(Lanes& lanes, std::uint64_t*& minima) const {
    const VectorState from = lanes.state, to = walker_.next(from);
    const __mmask8 falls = _mm512_cmplt_epu64_mask(to.index, from.index);
    const __mmask8 lowest = _kandn_mask8(falls, lanes.falls);
    _mm512_storeu_si512(minima, _mm512_maskz_compress_epi64(lowest, from.index));
    minima += std::popcount(static_cast<unsigned>(lowest));
    lanes.falls = falls;
    lanes.state = to;
    return _mm512_cmple_epu64_mask(to.index, lanes.start);
  }

  /// In a register: to expand from memory is far slower than to load and expand.
  [[gnu::always_inline]] static __m512i load(const std::uint64_t* from) {
    __m512i v = _mm512_loadu_si512(from);
    asm("" : "+v"(v));
    return v;
  }

  /// The next candidates in the lanes `at`.
  [[gnu::always_inline]] static void put(Lanes& lanes, __mmask8 at, const std::uint64_t* packed,
                                         const std::uint64_t* index, std::uint64_t tick) {
    lanes.state.index = _mm512_mask_expand_epi64(lanes.state.index, at, load(index));
    if constexpr (Walker::kPackedIsIndex) {
      lanes.state.packed = lanes.state.index;
    } else {
      lanes.state.packed = _mm512_mask_expand_epi64(lanes.state.packed, at, load(packed));
    }
    lanes.start = _mm512_mask_mov_epi64(lanes.start, at, lanes.state.index);
    lanes.begin = _mm512_mask_set1_epi64(lanes.begin, at, static_cast<long long>(tick));
    lanes.falls = _kandn_mask8(at, lanes.falls);
  }

  [[gnu::always_inline]] void note(Passed& passed, __mmask8 lanes, __m512i states) const {
    const __mmask8 below =
        _mm512_mask_cmplt_epu64_mask(lanes, states, _mm512_set1_epi64(static_cast<long long>(coarse_)));
    if (below != 0) [[unlikely]]
      note_below(passed, below, states);
  }
  [[gnu::noinline]] void note_below(Passed& passed, __mmask8 below, __m512i states) const {
    const std::array<std::uint64_t, kLanes> state = values(states);
    for_each(below, [&](std::size_t i) {
      passed[i].push_back(static_cast<std::uint32_t>(task_.partition.class_of(state[i])));
    });
  }
  [[gnu::noinline]] void note_started(Passed& passed, __mmask8 lanes, __m512i starts) const {
    for_each(lanes, [&](std::size_t i) { passed[i].clear(); });
    note(passed, lanes, starts);
  }

  /// Cycles that walks have gone round.
  [[gnu::noinline, gnu::cold]] void report(const Passed& passed, __mmask8 found, __m512i starts,
                                           __m512i begins, std::uint64_t tick) {
    const std::array<std::uint64_t, kLanes> start = values(starts), begin = values(begins);
    for_each(found, [&](std::size_t i) {
      const std::uint64_t period = tick - begin[i];
      if (period <= task_.known_periods) return;
      findings_.cycles.push_back({start[i], period});
      for (const std::uint32_t c : passed[i]) ++findings_.seen[c];
      findings_.seen.back() += period - passed[i].size();
    });
  }

  /// Candidates for lanes that do not walk.
  void fill() {
    for (std::size_t v = 0; v < kVectors; ++v) {
      for (std::size_t i = 0; i < kLanes; ++i) {
        const auto at = static_cast<__mmask8>(1U << i);
        if ((walks_[v] & at) != 0 || candidates_.left() == 0) continue;
        put(lanes_[v], at, candidates_.packed(), candidates_.index(), tick_);
        candidates_.take(1);
        note_started(passed_[v], at, lanes_[v].start);
        walks_[v] = static_cast<__mmask8>(walks_[v] | at);
      }
    }
  }

  [[nodiscard]] bool no_lane_walks() const {
    return std::all_of(walks_.begin(), walks_.end(), [](__mmask8 walks) { return walks == 0; });
  }

  /// The words of this block's minima are fetched, and those of the last block are set.
  void end_block() {
    Minima& now = minima_[block_ & 1];
    for (int i = 0; i < now.count; ++i)
      __builtin_prefetch(task_.sieve + now.states[static_cast<std::size_t>(i)] / 64, 1);
    for (const __mmask8 walks : walks_)
      steps_ += static_cast<std::uint64_t>(kTicks * std::popcount(static_cast<unsigned>(walks)));
    ++block_;
    set_minima(block_ & 1);
  }

  void set_minima(std::size_t which) {
    Minima& minima = minima_[which];
    for (std::ptrdiff_t i = 0; i < minima.count; ++i) {
      const std::uint64_t state = minima.states[static_cast<std::size_t>(i)];
      if (state >= task_.sieve_size) continue;
      const std::atomic_ref word(task_.sieve[state / 64]);
      word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << (state % 64),
                 std::memory_order_relaxed);
    }
    minima.count = 0;
  }

  /// Walks longer than the limit go on as work of their own; those longer than any missing cycle are given
  /// up.
  void hand_back_long() {
    const std::uint64_t limit = std::min(task_.max_period, task_.walk_limit);
    for (std::size_t v = 0; v < kVectors; ++v) {
      const std::array<std::uint64_t, kLanes> begin = values(lanes_[v].begin),
                                              start = values(lanes_[v].start),
                                              index = values(lanes_[v].state.index);
      for_each(walks_[v], [&](std::size_t i) {
        const std::uint64_t taken = tick_ - begin[i];
        if (taken < limit) return;
        if (taken < task_.max_period)
          findings_.open.push_back({OpenWalk::Purpose::leader, start[i], index[i], taken, 0});
        walks_[v] = static_cast<__mmask8>(walks_[v] & ~(1U << i));
      });
    }
  }

  static std::array<std::uint64_t, kLanes> values(__m512i v) {
    std::array<std::uint64_t, kLanes> result;
    _mm512_storeu_si512(result.data(), v);
    return result;
  }

  template <class Use>
  static void for_each(__mmask8 lanes, Use use) {
    for (unsigned rest = lanes; rest != 0; rest &= rest - 1)
      use(static_cast<std::size_t>(std::countr_zero(rest)));
  }

  const Walker& walker_;
  const SievedTask& task_;
  Findings& findings_;
  SieveCandidates candidates_;
  std::uint64_t coarse_;
  std::array<Lanes, kVectors> lanes_{};
  std::array<__mmask8, kVectors> walks_{};  ///< lanes at work
  std::array<Passed, kVectors> passed_{};
  std::array<Minima, 2> minima_{};
  std::size_t block_ = 0;
  std::uint64_t tick_ = 0;
  std::uint64_t steps_ = 0;
};

template <class Walker>
void search(const SievedTask& task, Findings& findings, const core::StopSignal& stop) {
  const Walker walker(task.step);
  VectorLoop<Walker>(walker, task, findings).run(stop);
}

/// With as many taps and products as there are, where that is a few of each.
template <int kTaps, int kProducts>
void search_bits(const SievedTask& task, Findings& findings, const core::StopSignal& stop) {
  const auto taps = std::popcount(task.step.linear);
  const auto products = static_cast<int>(task.step.products_of_bits.size());
  if constexpr (kTaps > 0) {
    if (taps < kTaps) return search_bits<kTaps - 1, kProducts>(task, findings, stop);
  }
  if constexpr (kProducts > 0) {
    if (products < kProducts) return search_bits<kTaps, kProducts - 1>(task, findings, stop);
  }
  search<VectorBits<kTaps, kProducts>>(task, findings, stop);
}

void search_bits(const SievedTask& task, Findings& findings, const core::StopSignal& stop) {
  constexpr int kMostTaps = 4, kMostProducts = 3;
  const bool few_taps = std::popcount(task.step.linear) <= kMostTaps;
  const bool few_products = task.step.products_of_bits.size() <= kMostProducts;
  if (few_taps && few_products) return search_bits<kMostTaps, kMostProducts>(task, findings, stop);
  search<VectorBits<-1, -1>>(task, findings, stop);
}

}  // namespace

void sieved_search_avx512(const SievedTask& task, Findings& findings, const core::StopSignal& stop) {
  if (task.step.order == 2) return search_bits(task, findings, stop);
  if (task.step.order <= 256) return search<VectorDigits<std::uint8_t>>(task, findings, stop);
  if (task.step.order <= 65536) return search<VectorDigits<std::uint16_t>>(task, findings, stop);
  search<VectorDigits<std::uint32_t>>(task, findings, stop);
}

}  // namespace gforbit::cycles

#endif
