#include "lane_walk.hpp"

#include <cassert>
#include <cstring>

#include "word_walk.hpp"

namespace gforbit::search {

namespace {

constexpr int kWordBits = 32;

/// Two vectors side by side, so that one computes while the other waits. Not one of twice the size, which the
/// compiler would keep in memory.
template <int kBytes>
struct alignas(kBytes) Pair {
  typedef std::uint32_t Vec __attribute__((vector_size(kBytes)));
  static constexpr int kLanes = 2 * kBytes / static_cast<int>(sizeof(std::uint32_t));
  Vec a, b;

  [[gnu::always_inline]] void take_xor(const Pair& other) {
    a ^= other.a;
    b ^= other.b;
  }
  [[gnu::always_inline]] void take_and(const Pair& other) {
    a &= other.a;
    b &= other.b;
  }
  [[gnu::always_inline]] void take_or(const Pair& other) {
    a |= other.a;
    b |= other.b;
  }
  /// Each lane by its own number of bits.
  [[gnu::always_inline]] void shifted(const Pair& words, const Pair& by) {
    a = words.a >> by.a;
    b = words.b >> by.b;
  }
  [[nodiscard]] std::uint32_t lane(int i) const {
    std::uint32_t lanes[kLanes];
    std::memcpy(lanes, this, sizeof lanes);
    return lanes[i];
  }
  void set(int i, std::uint64_t value) {
    const auto word = static_cast<std::uint32_t>(value);
    std::memcpy(reinterpret_cast<char*>(this) + static_cast<std::size_t>(i) * sizeof word, &word,
                sizeof word);
  }
};

/// Turns between two looks for lanes that may be done.
constexpr int kTurns = 8;
constexpr int kTurnsPerStopLook = 1 << 13;
/// Few enough false alarms.
constexpr int kFixedZeros = 11;
/// Fewer walks than these are taken to their end one by one.
constexpr int kFewLanes = 3;

template <int kBytes>
class LaneWalk {
 public:
  using Lanes = Pair<kBytes>;
  static constexpr int kLanes = Lanes::kLanes;

  LaneWalk(std::span<const Function> functions, const core::StopSignal& stop)
      : functions_(functions), stop_(stop), periods_(functions.size(), 0) {
    const WordWalk shape = walk_of(0);
    n_ = shape.degree();
    linear_.resize(shape.linear().size());
    factors_.resize(shape.factors().size());
    factors_of_ = shape.factors_of();
    walks_.resize(kLanes, shape);
    for (int lane = 0; lane < kLanes; ++lane) refill(lane);
  }

  [[gnu::always_inline]] std::optional<std::vector<std::uint64_t>> run() {
    for (int turns = 0; live_ > kFewLanes || (live_ > 0 && next_ < functions_.size()); turns += kTurns) {
      if (turns >= kTurnsPerStopLook) {
        if (stop_.stop_requested()) return std::nullopt;
        turns = 0;
      }
      const Lanes before = state_;
      Lanes state = state_, maybe{};
      for (int turn = 0; turn < kTurns; ++turn) {
        Lanes sum = state, product;
        for (const Lanes& cell : linear_) {
          product.shifted(state, cell);
          sum.take_xor(product);
        }
        const Lanes* factor = factors_.data();
        for (const int factors : factors_of_) {
          product.shifted(state, *factor++);
          for (int i = 1; i < factors; ++i) {
            Lanes other;
            other.shifted(state, *factor++);
            product.take_and(other);
          }
          sum.take_xor(product);
        }
        maybe.a |= static_cast<Vec>((state.a & zero_before_one_.a) == 0);
        maybe.b |= static_cast<Vec>((state.b & zero_before_one_.b) == 0);
        sum.take_and(new_cells_);
        sum.a <<= n_;
        sum.b <<= n_;
        sum.take_or(state);
        state.shifted(sum, at_once_);
      }
      state_ = state;
      maybe.take_and(live_lanes_);
      if (any(maybe)) end_lanes(before, maybe);
      turns_ += kTurns;
    }
    for (int lane = 0; lane < kLanes; ++lane) {
      if (live_lanes_.lane(lane) == 0) continue;
      const std::uint64_t period = walk(lane).period_of_one(state_.lane(lane), steps(lane), stop_);
      if (period == 0) return std::nullopt;
      periods_[owner_[lane]] = period;
    }
    return std::move(periods_);
  }

 private:
  using Vec = typename Lanes::Vec;

  [[nodiscard]] WordWalk walk_of(std::size_t function) const {
    return {faster_direction(functions_[function]), kWordBits, kFixedZeros};
  }
  [[nodiscard]] WordWalk& walk(int lane) { return walks_[static_cast<std::size_t>(lane)]; }
  /// Taken by the lane so far.
  [[nodiscard]] std::uint64_t steps(int lane) const {
    return (turns_ - began_[lane]) *
           static_cast<std::uint64_t>(walks_[static_cast<std::size_t>(lane)].steps());
  }

  [[gnu::always_inline]] static bool any(const Lanes& lanes) {
    const Vec either = lanes.a | lanes.b;
    std::uint64_t words[sizeof either / sizeof(std::uint64_t)], all = 0;
    std::memcpy(words, &either, sizeof words);
    for (const std::uint64_t word : words) all |= word;
    return all != 0;
  }

  /// The next function for a lane, or none.
  void refill(int lane) {
    live_lanes_.set(lane, 0);
    if (next_ == functions_.size()) return;
    walk(lane) = walk_of(next_);
    const WordWalk& own = walk(lane);
    assert(own.factors_of() == factors_of_ && own.linear().size() == linear_.size() && own.degree() == n_);
    for (std::size_t i = 0; i < linear_.size(); ++i)
      linear_[i].set(lane, static_cast<std::uint64_t>(own.linear()[i]));
    for (std::size_t i = 0; i < factors_.size(); ++i)
      factors_[i].set(lane, static_cast<std::uint64_t>(own.factors()[i]));
    at_once_.set(lane, static_cast<std::uint64_t>(own.steps()));
    new_cells_.set(lane, own.new_cells());
    zero_before_one_.set(lane, own.zero_before_one());
    state_.set(lane, 1);
    live_lanes_.set(lane, ~std::uint32_t{0});
    owner_[lane] = next_++;
    began_[lane] = turns_;
    ++live_;
  }

  /// Repeats the last turns of the lanes that may have come to the state 1.
  [[gnu::noinline]] void end_lanes(const Lanes& before, const Lanes& maybe) {
    for (int lane = 0; lane < kLanes; ++lane) {
      if (maybe.lane(lane) == 0) continue;
      const WordWalk& own = walk(lane);
      std::uint64_t state = before.lane(lane);
      for (int turn = 0; turn < kTurns; ++turn) {
        const std::uint64_t window = own.window(state);
        const int after = (state & own.zero_before_one()) == 0 ? own.one_in(window) : 0;
        if (after > 0) {
          periods_[owner_[lane]] = steps(lane) + static_cast<std::uint64_t>(turn * own.steps() + after);
          --live_;
          ended_[n_ended_++] = lane;
          break;
        }
        state = window >> own.steps();
      }
    }
    // After the turns that were just taken.
    turns_ += kTurns;
    while (n_ended_ > 0) refill(ended_[--n_ended_]);
    turns_ -= kTurns;
  }

  std::span<const Function> functions_;
  const core::StopSignal& stop_;
  std::vector<std::uint64_t> periods_;
  int n_ = 0, live_ = 0, n_ended_ = 0;
  std::size_t next_ = 0;
  std::uint64_t turns_ = 0;
  std::vector<int> factors_of_;
  std::vector<Lanes> linear_, factors_;
  Lanes at_once_{}, new_cells_{}, zero_before_one_{}, state_{}, live_lanes_{};
  std::vector<WordWalk> walks_;
  std::size_t owner_[kLanes] = {};
  std::uint64_t began_[kLanes] = {};
  int ended_[kLanes] = {};
};

using Periods = std::optional<std::vector<std::uint64_t>>;

#if defined(__x86_64__)
[[gnu::target("avx2")]] Periods run_avx2(std::span<const Function> functions, const core::StopSignal& stop) {
  return LaneWalk<32>(functions, stop).run();
}

[[gnu::target("avx512f,prefer-vector-width=512")]] Periods run_avx512(std::span<const Function> functions,
                                                                      const core::StopSignal& stop) {
  return LaneWalk<64>(functions, stop).run();
}
#endif

}  // namespace

bool has_lane_walk(cycles::SimdLevel level) noexcept {
  // Shifts by lane are from AVX2 on.
  return level >= cycles::SimdLevel::avx2;
}

Periods periods_of_one(std::span<const Function> functions, cycles::SimdLevel level,
                       const core::StopSignal& stop) {
  assert(has_lane_walk(level));
  if (functions.empty()) return std::vector<std::uint64_t>{};
#if defined(__x86_64__)
  return level == cycles::SimdLevel::avx512 ? run_avx512(functions, stop) : run_avx2(functions, stop);
#else
  static_cast<void>(stop);
  return std::nullopt;
#endif
}

}  // namespace gforbit::search
