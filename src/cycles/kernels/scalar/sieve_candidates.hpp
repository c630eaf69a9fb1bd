/// The candidates of a range that a sieve has not ruled out, in increasing order, some hundred at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <vector>

#include "sieved_search.hpp"

// Included by files with flags of their own, so each has its own copy.
namespace gforbit::cycles {
namespace {

/// A buffer that vectors are read from: eight values may be read behind its end.
class SieveCandidates {
 public:
  explicit SieveCandidates(const SievedTask& task)
      : task_(task),
        at_(task.candidates.begin.value),
        end_(task.candidates.end.value),
        index_(kCapacity + kPadding),
        packed_(kCapacity + kPadding),
        cursor_(task.step, at_) {}

  /// Fills the buffer with what is not ruled out by now, or looks at a million states: then more may follow.
  void refill() {
    drop_ruled_out();
    const std::uint64_t enough = at_ + kStatesPerRefill;
    while (at_ < end_ && at_ < enough && end_of_buffer_ <= kCapacity - 64) {
      task_.step.order == 2 ? next_word_of_bits() : next_word_of_digits();
    }
  }

  [[nodiscard]] int left() const noexcept { return static_cast<int>(end_of_buffer_ - first_); }
  /// Nothing will follow what is left.
  [[nodiscard]] bool done() const noexcept { return at_ >= end_; }
  /// The next candidates: their indices and packed digits.
  [[nodiscard]] const std::uint64_t* index() const noexcept { return index_.data() + first_; }
  [[nodiscard]] const std::uint64_t* packed() const noexcept { return packed_.data() + first_; }
  /// Drops n of them; requires n <= left().
  void take(std::ptrdiff_t n) noexcept { first_ += n; }

 private:
  /// Those left go to the front of the buffer, but for those that walks have passed meanwhile.
  void drop_ruled_out() {
    const std::size_t end = static_cast<std::size_t>(end_of_buffer_);
    std::size_t kept = 0;
    for (auto i = static_cast<std::size_t>(first_); i < end; ++i) {
      if (is_ruled_out(index_[i])) continue;
      index_[kept] = index_[i];
      packed_[kept++] = packed_[i];
    }
    first_ = 0;
    end_of_buffer_ = static_cast<std::ptrdiff_t>(kept);
  }
  [[nodiscard]] bool is_ruled_out(std::uint64_t state) const {
    return state < task_.sieve_size && (word(state / 64) >> (state % 64) & 1) != 0;
  }
  [[nodiscard]] std::uint64_t word(std::uint64_t n) const {
    return std::atomic_ref(task_.sieve[n]).load(std::memory_order_relaxed);
  }

  static constexpr std::ptrdiff_t kCapacity = 512, kPadding = 8;
  static constexpr std::uint64_t kStatesPerRefill = 1 << 20;

  /// The states of a word of the sieve from at_ to `end` that are not ruled out.
  [[nodiscard]] std::uint64_t open_states(std::uint64_t end) const {
    const std::uint64_t n = at_ / 64;
    std::uint64_t open = ~word(n);
    open &= ~std::uint64_t{0} << (at_ % 64);
    if (end - 64 * n < 64) open &= (std::uint64_t{1} << (end - 64 * n)) - 1;
    return open;
  }

  /// A leader over GF(2) has the newest digit 0 and the feedback 1, or all its digits are the same.
  void next_word_of_bits() {
    const std::uint64_t half = std::min(end_, task_.step.states / 2);
    if (at_ >= half) {
      const std::uint64_t all_ones = task_.step.states - 1;
      if (at_ <= all_ones && all_ones < end_) append(all_ones, all_ones);
      at_ = end_;
      return;
    }
    const std::uint64_t n = at_ / 64;
    const std::uint64_t zero = n == 0 ? 1 : 0;
    for (std::uint64_t open = open_states(half) & ((*task_.word_feedback)(n) | zero); open != 0;
         open &= open - 1) {
      const std::uint64_t i = 64 * n + static_cast<std::uint64_t>(std::countr_zero(open));
      append(i, i);
    }
    at_ = std::min(half, 64 * (n + 1));
  }

  /// The state before a leader is not smaller, so the second digit is not less than the first.
  void next_word_of_digits() {
    const PackedStep& step = task_.step;
    const std::uint64_t second_place = step.top_place / step.order;
    const std::uint64_t first = at_ / step.top_place;
    if (second_place > 0) {
      at_ = std::max(at_, first * (step.top_place + second_place));
      if (at_ >= end_) return;
    }
    const std::uint64_t end = std::min(end_, (first + 1) * step.top_place);
    const std::uint64_t n = at_ / 64;
    for (std::uint64_t open = open_states(end); open != 0; open &= open - 1) {
      const std::uint64_t i = 64 * n + static_cast<std::uint64_t>(std::countr_zero(open));
      append(i, cursor_.at(i));
    }
    at_ = std::min(end, 64 * (n + 1));
  }

  void append(std::uint64_t index, std::uint64_t packed) {
    index_[static_cast<std::size_t>(end_of_buffer_)] = index;
    packed_[static_cast<std::size_t>(end_of_buffer_++)] = packed;
  }

  const SievedTask& task_;
  std::uint64_t at_, end_;
  std::vector<std::uint64_t> index_, packed_;
  std::ptrdiff_t first_ = 0, end_of_buffer_ = 0;
  PackedCursor cursor_;
};

}  // namespace
}  // namespace gforbit::cycles
