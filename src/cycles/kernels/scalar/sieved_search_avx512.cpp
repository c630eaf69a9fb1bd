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
#include <optional>
#include <type_traits>
#include <vector>

#include "long_walks.hpp"
#include "packed_walk_avx512.hpp"
#include "sieve_candidates.hpp"
#include "sieved_search.hpp"

namespace gforbit::cycles {

namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kVectors = 2;
constexpr std::size_t kAllLanes = kVectors * kLanes;
/// Steps of a block. The local minima of a block are put into the sieve some blocks later: their words are
/// fetched meanwhile.
constexpr std::size_t kTicks = 8, kBlocks = 4;

/// What is rare: it is noted in a buffer and dealt with after the block, so that the loop calls nothing and
/// keeps its vectors in registers.
struct Events {
  enum Kind : std::uint64_t { passed, ended };  // in the order of a tick
  static constexpr std::size_t kCapacity = 2 * kTicks * kAllLanes + kLanes;

  [[gnu::always_inline]] void add_passed(std::size_t vector, __mmask8 lanes, __m512i states,
                                         std::size_t tick) {
    put(what, lanes, which(passed, vector, tick));
    put(state, lanes, states);
    count += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(lanes)));
  }
  [[gnu::always_inline]] void add_ended(std::size_t vector, __mmask8 lanes, __m512i states, __m512i starts,
                                        __m512i steps) {
    put(what, lanes, which(ended, vector, 0));
    put(state, lanes, states);
    put(start, lanes, starts);
    put(taken, lanes, steps);
    count += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(lanes)));
  }
  void clear() noexcept { count = 0; }

  [[nodiscard]] Kind kind(std::size_t i) const noexcept { return static_cast<Kind>(what[i] >> 8 & 0xff); }
  [[nodiscard]] std::size_t lane(std::size_t i) const noexcept { return what[i] & 0xff; }
  /// Of a state that was passed: the tick of the block.
  [[nodiscard]] std::size_t tick(std::size_t i) const noexcept { return what[i] >> 16; }

  std::array<std::uint64_t, kCapacity> state;         ///< passed, or where the walk ended
  std::array<std::uint64_t, kCapacity> start, taken;  ///< of walks that ended
  std::size_t count = 0;

 private:
  static __m512i which(Kind kind, std::size_t vector, std::size_t tick) {
    return _mm512_or_si512(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0),
                           set(tick << 16 | kind << 8 | vector * kLanes));
  }
  [[gnu::always_inline]] void put(std::array<std::uint64_t, kCapacity>& to, __mmask8 lanes, __m512i values) {
    _mm512_storeu_si512(&to[count], _mm512_maskz_compress_epi64(lanes, values));
  }

  std::array<std::uint64_t, kCapacity> what;
};

template <class Walker>
class VectorLoop {
 public:
  VectorLoop(const Walker& walker, const SievedTask& task, LongWalks& long_walks, Findings& findings)
      : walker_(walker),
        task_(task),
        findings_(findings),
        long_walks_(long_walks),
        candidates_(task),
        watched_(task.coarse) {
    findings_.seen.resize(task.partition.size(), 0);
  }

  /// The last few walks are left as ready.
  void run(const core::StopSignal& stop) {
    while (!stop.stop_requested()) {
      long_walks_.poll();
      candidates_.refill();
      fill();
      if (candidates_.done() && few_are_left()) break;
      for (int n = 0; n < kBlocksPerStopLook && candidates_.left() >= kMostStarted; ++n)
        watched_ != 0 ? walk_full<true>() : walk_full<false>();
      if (candidates_.done()) walk_rest();
      look_at_long();
    }
    for (Minima& minima : minima_) set_minima(minima);
    for (std::size_t i = 0; i < kAllLanes; ++i) {
      if (at_work(i)) long_walks_.ready().push_back(walk_of(i));
    }
    findings_.steps += steps_;
  }

 private:
  static constexpr int kBlocksPerStopLook = 64;
  static constexpr int kMostStarted = static_cast<int>((kTicks + 1) * kAllLanes);  ///< in a block
  /// So few are faster one by one.
  static constexpr int kFewWalks = 8;

  struct Lanes {
    VectorState state;
    __m512i start, begin;  ///< candidate; tick before the first step
    __mmask8 falls;        ///< the last step went to a smaller state
    __mmask8 noted;        ///< there is something to do at the end
  };
  struct Minima {
    std::array<std::uint64_t, static_cast<std::size_t>((kTicks + 1) * kVectors * kLanes)> states;
    std::ptrdiff_t count = 0;
  };

  /// All lanes walk, and there are candidates enough to replace those that end.
  /// @tparam kWatches  states below watched_ are looked at
  template <bool kWatches>
  void walk_full() {
    const Walker walker = walker_;
    std::array<Lanes, kVectors> lanes = lanes_;
    const std::uint64_t* index = candidates_.index();
    const std::uint64_t* packed = candidates_.packed();
    const std::uint64_t* const first = index;
    Minima& minima = minima_[block_ % kBlocks];
    std::uint64_t* end = minima.states.data();
    std::uint64_t tick = tick_;
    for (std::size_t n = 0; n < kTicks; ++n) {
      ++tick;
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVectors; ++v) {
        const __mmask8 ended = step<kWatches>(walker, v, lanes[v], 0xff, end, tick, n);
        put(lanes[v], ended, packed, index, tick);
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
    for (int n = 0; n < kBlocksPerStopLook; ++n) {
      if (few_are_left()) return;
      Minima& minima = minima_[block_ % kBlocks];
      std::uint64_t* end = minima.states.data();
      for (std::size_t tick = 0; tick < kTicks; ++tick) {
        ++tick_;
        for (std::size_t v = 0; v < kVectors; ++v) {
          Lanes& lanes = lanes_[v];
          const __mmask8 ended = step<true>(walker_, v, lanes, walks_[v], end, tick_, tick);
          walks_[v] = static_cast<__mmask8>(walks_[v] & ~ended);
          // A lane whose walk has ended goes on below its start, where its minima mean nothing.
          lanes.falls = _kand_mask8(lanes.falls, walks_[v]);
        }
      }
      minima.count = end - minima.states.data();
      end_block();
      fill();
    }
  }

  /// One step of each lane; local minima are appended at `minima`.
  /// @param walks  lanes at work
  /// @return lanes whose walks ended
  template <bool kWatches>
  [[gnu::always_inline]] __mmask8 step(const Walker& walker, std::size_t v, Lanes& lanes, __mmask8 walks,
                                       std::uint64_t*& minima, std::uint64_t tick, std::size_t n) {
    const VectorState from = lanes.state, to = walker.next(from);
    const __mmask8 falls = _mm512_cmplt_epu64_mask(to.index, from.index);
    const __mmask8 lowest = _kandn_mask8(falls, lanes.falls);
    _mm512_storeu_si512(minima, _mm512_maskz_compress_epi64(lowest, from.index));
    minima += std::popcount(static_cast<unsigned>(lowest));
    lanes.falls = falls;
    lanes.state = to;
    const __mmask8 ended = _mm512_mask_cmple_epu64_mask(walks, to.index, lanes.start);
    __mmask8 noted = _mm512_mask_cmpeq_epu64_mask(ended, to.index, lanes.start);  // a cycle
    if constexpr (kWatches) {
      const __mmask8 below =
          _mm512_mask_cmplt_epu64_mask(_kandn_mask8(ended, walks), to.index, set(watched_));
      noted = _kor_mask8(noted, _kand_mask8(lanes.noted, ended));
      if (below != 0) [[unlikely]] {
        events_.add_passed(v, below, to.index, n);
        lanes.noted = _kor_mask8(lanes.noted, below);
      }
    }
    if (noted != 0) [[unlikely]] {
      events_.add_ended(v, noted, to.index, lanes.start, _mm512_sub_epi64(set(tick), lanes.begin));
      lanes.noted = _kandn_mask8(noted, lanes.noted);
    }
    return ended;
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

  void deal_with_events() {
    bool any_arrived = false;
    for (std::size_t i = 0; i < events_.count; ++i) {
      const std::size_t lane = events_.lane(i);
      const std::uint64_t state = events_.state[i];
      if (events_.kind(i) == Events::ended) {
        end(lane, state, events_.start[i], events_.taken[i]);
        continue;
      }
      if (state < task_.coarse)
        passed_[lane].push_back(static_cast<std::uint32_t>(task_.partition.class_of(state)));
      if (state < known_below_ && !arrived_[lane] && long_walks_.knows(state)) {
        arrived_[lane] = Arrival{state, tick_ - (kTicks - 1) + events_.tick(i), passed_[lane].size()};
        any_arrived = true;
      }
    }
    events_.clear();
    if (!any_arrived) return;
    for (std::size_t lane = 0; lane < kAllLanes; ++lane) {
      if (arrived_[lane]) arrive(lane);
    }
    fill();
  }

  /// A walk came to its start or to a smaller state.
  void end(std::size_t lane, std::uint64_t state, std::uint64_t start, std::uint64_t taken) {
    if (state == start) {
      report_cycle(task_, start, taken, passed_[lane], findings_);
      if (is_long_[lane]) long_walks_.closed(start);
    } else if (is_long_[lane]) {
      long_walks_.ended({0, state, start, taken, true, std::move(passed_[lane])});
    }
    passed_[lane].clear();
    arrived_[lane].reset();
    jumped_[lane] = 0;
    is_long_[lane] = false;
  }

  /// The walk of this lane came to the start of a long one, and has gone on until the end of the block.
  void arrive(std::size_t lane) {
    const Arrival at = *arrived_[lane];
    SievedWalk walk = walk_of(lane);
    walk.index = at.state;
    walk.taken -= tick_ - at.tick;
    walk.passed.resize(at.passed);
    free(lane);
    long_walks_.arrived(std::move(walk));
  }

  [[nodiscard]] bool at_work(std::size_t lane) const {
    return (walks_[lane / kLanes] >> (lane % kLanes) & 1) != 0;
  }

  [[nodiscard]] SievedWalk walk_of(std::size_t lane) {
    const Lanes& lanes = lanes_[lane / kLanes];
    const std::size_t i = lane % kLanes;
    return {values(lanes.state.packed)[i],  values(lanes.state.index)[i], values(lanes.start)[i],
            tick_ - values(lanes.begin)[i], (lanes.falls >> i & 1) != 0,  std::move(passed_[lane])};
  }

  void free(std::size_t lane) {
    const auto others = static_cast<__mmask8>(~(1U << (lane % kLanes)));
    walks_[lane / kLanes] = _kand_mask8(walks_[lane / kLanes], others);
    lanes_[lane / kLanes].noted = _kand_mask8(lanes_[lane / kLanes].noted, others);
    passed_[lane].clear();
    arrived_[lane].reset();
    jumped_[lane] = 0;
    is_long_[lane] = false;
  }

  /// Walks that are ready and candidates for lanes that do not walk.
  void fill() {
    for (std::size_t lane = 0; lane < kAllLanes; ++lane) {
      if (at_work(lane)) continue;
      Lanes& lanes = lanes_[lane / kLanes];
      const auto at = static_cast<__mmask8>(1U << (lane % kLanes));
      if (!long_walks_.ready().empty()) {
        go_on(lane, lanes, at);
      } else if (candidates_.left() > 0) {
        put(lanes, at, candidates_.packed(), candidates_.index(), tick_);
        candidates_.take(1);
      } else {
        return;
      }
      walks_[lane / kLanes] = _kor_mask8(walks_[lane / kLanes], at);
    }
  }

  void go_on(std::size_t lane, Lanes& lanes, __mmask8 at) {
    SievedWalk walk = std::move(long_walks_.ready().back());
    long_walks_.ready().pop_back();
    lanes.state.packed = _mm512_mask_mov_epi64(lanes.state.packed, at, set(walk.packed));
    lanes.state.index = _mm512_mask_mov_epi64(lanes.state.index, at, set(walk.index));
    lanes.start = _mm512_mask_mov_epi64(lanes.start, at, set(walk.start));
    lanes.begin = _mm512_mask_mov_epi64(lanes.begin, at, set(tick_ - walk.taken));
    lanes.falls = walk.falls ? _kor_mask8(lanes.falls, at) : _kandn_mask8(at, lanes.falls);
    lanes.noted = _kor_mask8(lanes.noted, at);
    jumped_[lane] = walk.taken;
    is_long_[lane] = long_walks_.knows(walk.start);
    passed_[lane] = std::move(walk.passed);
  }

  [[nodiscard]] int lanes_at_work() const {
    int n = 0;
    for (const __mmask8 walks : walks_) n += std::popcount(static_cast<unsigned>(walks));
    return n;
  }
  [[nodiscard]] bool few_are_left() const {
    return candidates_.left() == 0 && long_walks_.ready().empty() && lanes_at_work() <= kFewWalks;
  }

  /// Of the states of this block, the words of the minima are fetched; those of an earlier block are set.
  void end_block() {
    if (events_.count > 0) deal_with_events();
    Minima& now = minima_[block_ % kBlocks];
    for (int i = 0; i < now.count; ++i)
      __builtin_prefetch(task_.sieve + now.states[static_cast<std::size_t>(i)] / 64, 1);
    steps_ += kTicks * static_cast<std::uint64_t>(lanes_at_work());
    ++block_;
    set_minima(minima_[block_ % kBlocks]);
  }

  void set_minima(Minima& minima) {
    const std::uint64_t size = task_.sieve_size;
    std::uint64_t* const sieve = task_.sieve;
    for (std::ptrdiff_t i = 0; i < minima.count; ++i) {
      const std::uint64_t state = minima.states[static_cast<std::size_t>(i)];
      if (state >= size) continue;
      const std::atomic_ref word(sieve[state / 64]);
      word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << (state % 64),
                 std::memory_order_relaxed);
    }
    minima.count = 0;
  }

  /// Walks longer than the limit go on as work of their own; those longer than any missing cycle are given
  /// up.
  void look_at_long() {
    for (std::size_t lane = 0; lane < kAllLanes; ++lane) {
      if (!at_work(lane)) continue;
      Lanes& lanes = lanes_[lane / kLanes];
      const std::uint64_t start = values(lanes.start)[lane % kLanes];
      const std::uint64_t taken = tick_ - values(lanes.begin)[lane % kLanes];
      if (taken >= task_.max_period || taken - jumped_[lane] >= task_.walk_limit) {
        if (taken < task_.max_period)
          findings_.open.push_back({OpenWalk::Purpose::leader, start, walk_of(lane).index, taken, 0});
        if (is_long_[lane]) long_walks_.given_up(start, taken >= task_.max_period);
        free(lane);
      } else if (!is_long_[lane] && long_walks_.is_long(start, taken)) {
        is_long_[lane] = long_walks_.add(start);
        lanes.noted = static_cast<__mmask8>(lanes.noted | 1U << (lane % kLanes));
      }
    }
    known_below_ = long_walks_.bound();
    watched_ = std::max(task_.coarse, known_below_);
  }

  static std::array<std::uint64_t, kLanes> values(__m512i v) {
    std::array<std::uint64_t, kLanes> result;
    _mm512_storeu_si512(result.data(), v);
    return result;
  }

  /// Where a walk came to a known state.
  struct Arrival {
    std::uint64_t state, tick;
    std::size_t passed;  ///< how many classes were noted up to there
  };

  const Walker& walker_;
  const SievedTask& task_;
  Findings& findings_;
  LongWalks& long_walks_;
  SieveCandidates candidates_;
  std::uint64_t watched_;          ///< states below are looked at; 0: none
  std::uint64_t known_below_ = 0;  ///< starts of long walks are below
  std::array<Lanes, kVectors> lanes_{};
  std::array<__mmask8, kVectors> walks_{};                      ///< lanes at work
  std::array<std::vector<std::uint32_t>, kAllLanes> passed_{};  ///< SievedWalk::passed
  std::array<std::optional<Arrival>, kAllLanes> arrived_{};     ///< in this block
  std::array<std::uint64_t, kAllLanes> jumped_{};               ///< steps that were not taken here
  std::array<bool, kAllLanes> is_long_{};                       ///< others may wait for it
  std::array<Minima, kBlocks> minima_{};
  Events events_{};
  std::size_t block_ = 0;
  std::uint64_t tick_ = 0;
  std::uint64_t steps_ = 0;
};

template <class Walker>
void search(const SievedTask& task, LongWalks& long_walks, Findings& findings, const core::StopSignal& stop) {
  const Walker walker(task.step);
  return VectorLoop<Walker>(walker, task, long_walks, findings).run(stop);
}

/// With as many taps and products as there are, where that is a few of each.
template <int kTaps, int kProducts>
void search_bits(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                 const core::StopSignal& stop) {
  const auto taps = std::popcount(task.step.linear);
  const auto products = static_cast<int>(task.step.products_of_bits.size());
  if constexpr (kTaps > 0) {
    if (taps < kTaps) return search_bits<kTaps - 1, kProducts>(task, long_walks, findings, stop);
  }
  if constexpr (kProducts > 0) {
    if (products < kProducts) return search_bits<kTaps, kProducts - 1>(task, long_walks, findings, stop);
  }
  return search<VectorBits<kTaps, kProducts>>(task, long_walks, findings, stop);
}

void search_bits(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                 const core::StopSignal& stop) {
  constexpr int kMostTaps = 4, kMostProducts = 3;
  const bool few_taps = std::popcount(task.step.linear) <= kMostTaps;
  const bool few_products = task.step.products_of_bits.size() <= kMostProducts;
  if (few_taps && few_products)
    return search_bits<kMostTaps, kMostProducts>(task, long_walks, findings, stop);
  return search<VectorBits<-1, -1>>(task, long_walks, findings, stop);
}

}  // namespace

void sieved_search_avx512(const SievedTask& task, LongWalks& long_walks, Findings& findings,
                          const core::StopSignal& stop) {
  if (task.step.order == 2) return search_bits(task, long_walks, findings, stop);
  with_vector_digits(task.step, [&](const auto& walker) {
    VectorLoop<std::decay_t<decltype(walker)>>(walker, task, long_walks, findings).run(stop);
  });
}

}  // namespace gforbit::cycles

#endif
