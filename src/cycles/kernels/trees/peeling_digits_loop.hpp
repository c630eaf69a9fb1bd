/// Peeling over larger fields: a counter of predecessors for each state, which also says what has become of
/// it. Compiled twice (packed_walk.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "gforbit/core/zeroed_allocator.hpp"
#include "kernels/scalar/packed_walk.hpp"
#include "level_lists.hpp"
#include "peeling_block.hpp"
#include "peeling_images_loop.hpp"
#include "peeling_tables.hpp"

namespace gforbit::cycles {

namespace {

template <class Counter, class Walker>
class DigitTables final : public LeveledTables<DigitTables<Counter, Walker>, PackedState> {
 public:
  explicit DigitTables(std::shared_ptr<const PackedStep> step)
      : step_(std::move(step)),
        walker_(*step_),
        block_plan_(*step_),
        blocks_per_slice_(std::max<std::uint64_t>(64, kStatesPerSlice / step_->order)),
        counters_(step_->states + kPadding) {}

  std::uint64_t begin_pass() override {
    switch (pass_) {
      case Pass::none:
        pass_ = Pass::count;
        return slices();
      case Pass::count:
        leaves_ = found_.load();
        return begin_level();
      case Pass::levels:
        std::swap(level_, next_);
        return begin_level();
      default:
        pass_ = Pass::lists;
        return lists_.begin_level();
    }
  }

  std::uint64_t run(std::uint64_t slice, const core::StopSignal& stop) override {
    switch (pass_) {
      case Pass::count:
        return find_first_level(slice);
      case Pass::levels:
        return take_level(slice);
      case Pass::collect:
        collect_level(slice);
        return 0;
      default:
        return this->run_lists(slice, stop);
    }
  }

  [[nodiscard]] std::uint64_t sieve_slices() const override { return slices(); }
  void fill_sieve(std::uint64_t slice, std::uint64_t* sieve, std::uint64_t size) const override {
    // Slices of whole words: states are in index order here.
    const std::uint64_t words = (size + 63) / 64, share = (words + slices() - 1) / slices();
    for (std::uint64_t w = slice * share; w < std::min(words, (slice + 1) * share); ++w) {
      std::uint64_t bits = 0;
      for (std::uint64_t s = 64 * w; s < std::min(size, 64 * w + 64); ++s)
        bits |= static_cast<std::uint64_t>(counters_[s] == kTaken) << (s % 64);
      sieve[w] = bits;
    }
  }

 private:
  using Levels = LeveledTables<DigitTables<Counter, Walker>, PackedState>;
  friend Levels;
  using Levels::leaves_, Levels::levels_, Levels::lists_, Levels::taken_;
  using Value = typename Walker::Value;

  /// The feedback of blocks that are asked for in increasing order.
  class BlockCursor {
   public:
    BlockCursor(const BlockPlan& plan, std::uint64_t first)
        : cursor_(plan.step, first), shift_(plan.step.digit_bits), feedback_(plan) {}
    [[nodiscard]] const BlockFeedback<Value>& at(std::uint64_t block) {
      if (block == block_) return feedback_;
      block_ = block;
      feedback_.begin(cursor_.at(block) << shift_);
      return feedback_;
    }

   private:
    PackedCursor cursor_;
    int shift_;
    BlockFeedback<Value> feedback_;
    std::uint64_t block_ = ~std::uint64_t{0};
  };

  enum class Pass { none, count, levels, collect, lists };
  /// A level of at most this part of the states is taken away faster from a list.
  static constexpr std::uint64_t kFewStates = 128;

  [[nodiscard]] std::uint64_t slices() const {
    return (step_->top_place + blocks_per_slice_ - 1) / blocks_per_slice_;
  }

  /// The level that was found is the one at hand: many states are taken away by a pass, few from a list.
  std::uint64_t begin_level() {
    const std::uint64_t found = found_.exchange(0);
    pass_ = found > step_->states / kFewStates ? Pass::levels : Pass::collect;
    if (pass_ == Pass::levels) {
      taken_ += found;
      ++levels_;
    }
    return slices();
  }

  /// Predecessors are counted for a few adjacent blocks at a time: the q counters that one block leads to are
  /// far apart, often in the same set of a cache, and are written in runs so.
  std::uint64_t find_first_level(std::uint64_t slice) {
    const auto [begin, end] = blocks(slice);
    const std::uint64_t q = step_->order, most = columns();
    std::vector<Counter> counts(q * most);
    BlockCursor block(block_plan_, begin);
    std::uint64_t found = 0;
    for (std::uint64_t u = begin; u < end; u += most) {
      const std::uint64_t adjacent = std::min(most, end - u);
      std::fill(counts.begin(), counts.end(), Counter{0});
      for (std::uint64_t i = 0; i < adjacent; ++i) {
        Counter* const column = counts.data() + i;
        block.at(u + i).for_each([column, most](std::uint64_t feedback, std::uint64_t states) {
          column[feedback * most] = static_cast<Counter>(column[feedback * most] + states);
        });
      }
      for (std::uint64_t row = 0; row < q; ++row)
        found += write_counts({counts.data() + row * most, adjacent}, row * step_->top_place + u);
    }
    found_.fetch_add(found, std::memory_order_relaxed);
    return (end - begin) * q;
  }

  /// @return states among them that have no predecessor
  std::uint64_t write_counts(std::span<const Counter> counts, std::uint64_t first) {
    std::uint64_t none = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      none += counts[i] == 0 ? 1 : 0;
      counters_[first + i] = counts[i] == 0 ? level_ : counts[i];
    }
    return none;
  }

  /// A line of a cache for each of the q counters, less where these would not fit the first cache.
  [[nodiscard]] std::uint64_t columns() const {
    constexpr std::uint64_t kLine = 64 / sizeof(Counter), kFirstCache = (1 << 15) / sizeof(Counter);
    return std::clamp<std::uint64_t>(kFirstCache / step_->order, 8, kLine);
  }

  std::uint64_t take_level(std::uint64_t slice) {
    const auto [begin, end] = blocks(slice);
    const std::uint64_t q = step_->order, top = step_->top_place;
    BlockCursor block(block_plan_, begin);
    std::uint64_t taken = 0, found = 0, u = begin;
    std::array<std::uint64_t, kTogether> to;  // whose counters are on their way from memory
    std::size_t waiting = 0;
    const auto drop_all = [&] {
      for (std::size_t i = 0; i < waiting; ++i) found += drop_predecessor<false>(to[i], next_) ? 1 : 0;
      waiting = 0;
    };
    for_each_of_level(begin * q, end * q, [&](std::uint64_t s) {
      if (s >= (u + 1) * q) u = s < (u + 2) * q ? u + 1 : step_->by_order.quotient(s);
      set_counter(s, kTaken);
      ++taken;
      to[waiting] = u + block.at(u)(s - u * q) * top;
      __builtin_prefetch(&counters_[to[waiting]], 1);
      if (++waiting == kTogether) drop_all();
    });
    drop_all();
    found_.fetch_add(found, std::memory_order_relaxed);
    return taken;
  }

  void collect_level(std::uint64_t slice) {
    const auto [begin, end] = blocks(slice);
    PackedCursor cursor(*step_, begin * step_->order);
    std::vector<PackedState> level;
    for_each_of_level(begin * step_->order, end * step_->order, [&](std::uint64_t s) {
      level.push_back({cursor.at(s), s});
    });
    lists_.add(level);
  }

  template <bool kShared>
  void take(std::span<const PackedState> level, std::vector<PackedState>& found) {
    for (; level.size() >= kTogether; level = level.subspan(kTogether))
      take_some<kShared>(level.first(kTogether), found);
    take_some<kShared>(level, found);
  }

  static constexpr std::size_t kTogether = 16;  ///< counters that are fetched at once

  template <bool kShared>
  void take_some(std::span<const PackedState> states, std::vector<PackedState>& found) {
    PackedState to[kTogether];
    for (std::size_t i = 0; i < states.size(); ++i) {
      to[i] = walker_.next(states[i]);
      __builtin_prefetch(&counters_[to[i].index], 1);
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
      set_counter(states[i].index, kTaken);
      if (drop_predecessor<kShared>(to[i].index, 0)) found.push_back(to[i]);
    }
  }

  /// True if it was the last one: the state is of the next level.
  /// @tparam kShared  other threads may drop others of this state
  /// @param none_left  becomes of the counter then
  template <bool kShared>
  bool drop_predecessor(std::uint64_t s, Counter none_left) {
    if constexpr (kShared) {
      return std::atomic_ref(counters_[s]).fetch_sub(1, std::memory_order_relaxed) == 1;
    } else {
      const auto left = static_cast<Counter>(counter(s) - 1);
      set_counter(s, left == 0 ? none_left : left);
      return left == 0;
    }
  }

  static constexpr Counter kTaken = std::numeric_limits<Counter>::max();
  static constexpr std::uint64_t kStatesPerSlice = 1 << 18;
  static constexpr std::uint64_t kPadding = 8;

  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> blocks(std::uint64_t slice) const {
    return {slice * blocks_per_slice_, std::min(step_->top_place, (slice + 1) * blocks_per_slice_)};
  }

  /// Other threads write counters of states that are no part of this level, while this one looks for the
  /// level.
  [[nodiscard]] Counter counter(std::uint64_t s) const {
    return std::atomic_ref(const_cast<Counter&>(counters_[s])).load(std::memory_order_relaxed);
  }
  void set_counter(std::uint64_t s, Counter value) {
    std::atomic_ref(counters_[s]).store(value, std::memory_order_relaxed);
  }

  /// Calls `use` for the states of this level; eight bytes of counters are looked at together (as strlen()
  /// looks for a zero).
  template <class Use>
  void for_each_of_level(std::uint64_t begin, std::uint64_t end, Use use) {
    constexpr std::uint64_t kInWord = sizeof(std::uint64_t) / sizeof(Counter);
    std::uint64_t s = begin;
    const auto one_by_one = [&](std::uint64_t until) {
      for (; s < until; ++s) {
        if (counter(s) == level_) use(s);
      }
    };
    one_by_one(std::min(end, (s + kInWord - 1) / kInWord * kInWord));
    constexpr int kBits = 8 * sizeof(Counter);
    for (; s + kInWord <= end; s += kInWord) {
      for (std::uint64_t found = tops_of_level(s); found != 0; found &= found - 1)
        use(s + static_cast<std::uint64_t>(std::countr_zero(found) / kBits));
    }
    one_by_one(end);
  }

  /// In the word that begins with s, the top bits of the counters of this level.
  [[nodiscard]] std::uint64_t tops_of_level(std::uint64_t s) const {
    constexpr std::uint64_t kOnes = ~std::uint64_t{0} / std::numeric_limits<Counter>::max();
    constexpr std::uint64_t kTops = kOnes << (8 * sizeof(Counter) - 1);
    // Other threads write single counters, none of them of this level; the word is read in one piece.
    const auto* const word = reinterpret_cast<const std::uint64_t*>(counters_.data() + s);
    const std::uint64_t differences = __atomic_load_n(word, __ATOMIC_RELAXED) ^ kOnes * level_;
    return ~(((differences & ~kTops) + ~kTops) | differences | ~kTops);
  }

  std::shared_ptr<const PackedStep> step_;
  Walker walker_;
  BlockPlan block_plan_;
  std::uint64_t blocks_per_slice_;
  std::vector<Counter, core::ZeroedAllocator<Counter>> counters_;
  Counter level_ = kTaken - 1, next_ = kTaken - 2;  ///< values that no count has
  Pass pass_ = Pass::none;
  std::atomic<std::uint64_t> found_{0};  ///< states of the next level, in a pass
};

/// Of one state: where the oldest cell enters as a summand and nowhere else, what the same summand comes
/// from.
std::uint64_t most_predecessors(const PackedStep& step) {
  if (!step.is_oldest_and_lookup()) return step.order;
  const bool in_others = (step.lookups.front().cells & step.lookups.back().cells) != 0;
  if (in_others) return step.order;
  std::vector<std::uint64_t> sources(step.order, 0);
  const std::size_t table = step.lookups.front().offset;
  for (std::uint64_t x = 0; x < step.order; ++x)
    ++sources[step.order <= 256 ? step.values8[table + x] : step.values16[table + x]];
  return *std::max_element(sources.begin(), sources.end());
}

std::unique_ptr<PeelingTables> digit_tables_of(std::shared_ptr<const PackedStep> step) {
  std::unique_ptr<PeelingTables> tables;
  with_walker(*step, [&]<class Walker>(const Walker&) {
    if constexpr (sizeof(typename Walker::Value) == 1) tables = image_tables_of<Walker>(step);
    if (tables != nullptr) return;
    if (most_predecessors(*step) <= kMostByteCounted) {
      tables = std::make_unique<DigitTables<std::uint8_t, Walker>>(std::move(step));
    } else {
      tables = std::make_unique<DigitTables<std::uint16_t, Walker>>(std::move(step));
    }
  });
  return tables;
}

}  // namespace
}  // namespace gforbit::cycles
