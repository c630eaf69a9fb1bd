/// Peeling over fields of 3 to 8 elements: the first levels are taken away by images of bitmaps
/// (image_words.hpp), the others from lists. Compiled twice (packed_walk.hpp).
#pragma once

#include <atomic>
#include <bit>
#include <utility>
#include <vector>

#include "gforbit/core/zeroed_allocator.hpp"
#include "image_words.hpp"
#include "kernels/scalar/packed_walk.hpp"
#include "level_lists.hpp"
#include "peeling_tables.hpp"

namespace gforbit::cycles {

namespace {

/// What remains after k levels is the image of all states under k steps.
template <class Walker, std::size_t kOrder>
class ImageTables final : public LeveledTables<ImageTables<Walker, kOrder>, PackedState> {
 public:
  explicit ImageTables(std::shared_ptr<const PackedStep> step)
      : step_(std::move(step)),
        walker_(*step_),
        images_(*step_),
        remaining_(step_->states / Images::kStates),
        image_(remaining_.size()),
        remain_(step_->states) {}

  std::uint64_t begin_pass() override {
    switch (pass_) {
      case Pass::none:
        pass_ = Pass::image;
        return slices();
      case Pass::image:
        return end_image();
      default:
        pass_ = Pass::lists;
        return lists_.begin_level();
    }
  }

  std::uint64_t run(std::uint64_t slice, const core::StopSignal& stop) override {
    switch (pass_) {
      case Pass::image:
        return make_image(slice);
      case Pass::collect:
        collect_level(slice);
        return 0;
      default:
        return this->run_lists(slice, stop);
    }
  }

  [[nodiscard]] std::uint64_t sieve_slices() const override { return slices(); }
  void fill_sieve(std::uint64_t slice, std::uint64_t* sieve, std::uint64_t size) const override {
    const std::uint64_t words = (size + 63) / 64, share = (words + slices() - 1) / slices();
    const std::uint64_t begin = std::min(words, slice * share), end = std::min(words, begin + share);
    for (std::uint64_t w = begin; w < end; ++w) {
      const std::uint64_t first = 64 * w, last = std::min(size, first + 64);
      std::uint64_t bits = 0;
      for (std::uint64_t s = first; s < last;) {
        const std::uint64_t word = s / Images::kStates, at = s - word * Images::kStates;
        bits |= ((~remaining_[word] & Images::kFull) >> at) << (s - first);
        s += Images::kStates - at;
      }
      sieve[w] = last == first + 64 ? bits : bits & ((std::uint64_t{1} << (last - first)) - 1);
    }
  }

 private:
  using Levels = LeveledTables<ImageTables<Walker, kOrder>, PackedState>;
  friend Levels;
  using Levels::leaves_, Levels::levels_, Levels::lists_, Levels::taken_;
  using Images = ImageWords<kOrder>;
  enum class Pass { none, image, collect, lists };
  /// Words of a row that are made in one slice.
  static constexpr std::uint64_t kSlice = 1 << 11;
  /// A level of at most this part of the states is taken away faster from a list.
  static constexpr std::uint64_t kFewStates = 64;

  [[nodiscard]] std::uint64_t slices() const { return (images_.row_words() + kSlice - 1) / kSlice; }

  /// What the image has lost is a level: many states are taken away by another image, few from a list.
  std::uint64_t end_image() {
    const std::uint64_t left = image_states_.exchange(0), level = remain_ - left;
    if (levels_ == 0) leaves_ = level;
    if (level <= step_->states / kFewStates) {
      pass_ = Pass::collect;
      return slices();
    }
    taken_ += level;
    ++levels_;
    remain_ = left;
    remaining_.swap(image_);
    return slices();
  }

  std::uint64_t make_image(std::uint64_t slice) {
    const std::uint64_t begin = slice * kSlice, end = std::min(images_.row_words(), begin + kSlice);
    const std::uint64_t* const set = levels_ == 0 ? nullptr : remaining_.data();
    image_states_.fetch_add(images_.make(set, image_.data(), begin, end), std::memory_order_relaxed);
    return (end - begin) * Images::kStates * kOrder;
  }

  void collect_level(std::uint64_t slice) {
    const std::uint64_t begin = slice * kSlice, end = std::min(images_.row_words(), begin + kSlice);
    std::vector<PackedState> level;
    for (std::uint64_t row = 0; row < kOrder; ++row) {
      for (std::uint64_t w = begin; w < end; ++w) {
        const std::uint64_t at = row * images_.row_words() + w;
        if (levels_ == 0) remaining_[at] = Images::kFull;
        for (std::uint64_t lost = remaining_[at] & ~image_[at]; lost != 0; lost &= lost - 1) {
          const std::uint64_t s = at * Images::kStates + static_cast<std::uint64_t>(std::countr_zero(lost));
          level.push_back({step_->pack(s), s});
        }
      }
    }
    lists_.add(level);
  }

  /// Of the states that lead to the same one, the one that is taken away last is followed by it.
  template <bool kShared>
  void take(std::span<const PackedState> level, std::vector<PackedState>& found) {
    constexpr std::size_t kAhead = 24;  // words on their way from memory
    constexpr std::uint64_t kAll = (std::uint64_t{1} << kOrder) - 1;
    for (std::size_t i = 0; i < level.size(); ++i) {
      if (i + kAhead < level.size())
        __builtin_prefetch(&remaining_[level[i + kAhead].index / Images::kStates], 1);
      const PackedState& s = level[i];
      const std::uint64_t at = s.index / Images::kStates, place = s.index - at * Images::kStates;
      const std::uint64_t bit = std::uint64_t{1} << place, oldest = place % kOrder;
      std::uint64_t& word = remaining_[at];
      const std::uint64_t before =
          kShared ? std::atomic_ref(word).fetch_and(~bit, std::memory_order_relaxed) : word;
      if constexpr (!kShared) word &= ~bit;
      const std::uint64_t others = (before & ~bit) >> (place - oldest) & kAll, value = walker_.feedback(s);
      if (!leads_to(s.packed - oldest, others, value)) found.push_back(shifted(*step_, s, value));
    }
  }

  /// Whether one of these states of a block has this feedback.
  [[nodiscard]] bool leads_to(std::uint64_t block, std::uint64_t states, std::uint64_t value) const {
    for (; states != 0; states &= states - 1) {
      const std::uint64_t packed = block + static_cast<std::uint64_t>(std::countr_zero(states));
      if (walker_.feedback({packed, 0}) == value) return true;
    }
    return false;
  }

  std::shared_ptr<const PackedStep> step_;
  Walker walker_;
  Images images_;
  std::vector<std::uint64_t, core::ZeroedAllocator<std::uint64_t>> remaining_;  ///< after the levels so far
  std::vector<std::uint64_t, core::ZeroedAllocator<std::uint64_t>> image_;      ///< after one more
  Pass pass_ = Pass::none;
  std::uint64_t remain_;  ///< states of remaining_
  std::atomic<std::uint64_t> image_states_{0};
};

/// @return nullptr unless has_image_words()
template <class Walker>
std::unique_ptr<PeelingTables> image_tables_of(std::shared_ptr<const PackedStep> step) {
  if (!has_image_words(*step)) return nullptr;
  switch (step->order) {
    case 3:
      return std::make_unique<ImageTables<Walker, 3>>(std::move(step));
    case 4:
      return std::make_unique<ImageTables<Walker, 4>>(std::move(step));
    case 5:
      return std::make_unique<ImageTables<Walker, 5>>(std::move(step));
    case 7:
      return std::make_unique<ImageTables<Walker, 7>>(std::move(step));
    default:
      return std::make_unique<ImageTables<Walker, 8>>(std::move(step));
  }
}

}  // namespace
}  // namespace gforbit::cycles
