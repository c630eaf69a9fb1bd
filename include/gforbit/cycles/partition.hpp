/// Classes of states: a partition of [0, N) into intervals, fine where leaders are rare and dear, coarse
/// where they are many and cheap.
///
/// Segments count the states they see by class. How many states a class holds is known, so what a class still
/// misses (its deficit) is known too, and leaders are searched only in classes that miss something. Searching
/// [a, b) costs about N ln(b/a) steps, so classes have equal ratios b/a: class 0 is [0, M), the marks; above
/// M every octave [2^e, 2^(e+1)) is cut in 2^digits equal parts, up to the limit from which on all states are
/// one class (where counting costs more than searching).
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>
#include <vector>

#include "gforbit/core/state_index.hpp"

namespace gforbit::cycles {

using ClassCounts = std::vector<std::uint64_t>;

class Partition {
 public:
  /// @param states   N
  /// @param marks    M, 1 <= M <= N
  /// @param digits   binary digits after the leading one that tell classes apart, 0..8
  Partition(std::uint64_t states, std::uint64_t marks, unsigned digits)
      : Partition(states, marks, digits, states) {}

  /// @param coarse   states from here on are one class, the last; M <= coarse <= N
  Partition(std::uint64_t states, std::uint64_t marks, unsigned digits, std::uint64_t coarse)
      : states_(states), marks_(marks), coarse_(coarse), digits_(digits), first_key_(key(marks)) {
    assert(marks >= 1 && marks <= coarse && coarse <= states && digits <= 8);
  }

  [[nodiscard]] std::size_t size() const noexcept { return fine_classes() + (coarse_ < states_ ? 1 : 0); }

  [[nodiscard]] std::size_t class_of(std::uint64_t state) const noexcept {
    if (state >= coarse_) return fine_classes();
    return state < marks_ ? 0 : static_cast<std::size_t>(key(state) - first_key_ + 1);
  }

  [[nodiscard]] core::StateRange interval(std::size_t index) const noexcept {
    if (index == 0) return {{0}, {marks_}};
    if (index == fine_classes()) return {{coarse_}, {states_}};
    const std::uint64_t low = first_state(first_key_ + index - 1);
    const std::uint64_t high = first_state(first_key_ + index);
    return {{low < marks_ ? marks_ : low}, {high > coarse_ ? coarse_ : high}};
  }

  [[nodiscard]] unsigned digits() const noexcept { return digits_; }
  friend bool operator==(const Partition&, const Partition&) = default;

 private:
  /// Class 0 and those between M and the limit.
  [[nodiscard]] std::size_t fine_classes() const noexcept {
    return marks_ == coarse_ ? 1 : static_cast<std::size_t>(key(coarse_ - 1) - first_key_ + 2);
  }

  /// Octave and part in it, in one number that grows with the state. States below 2^digits are classes of
  /// their own.
  [[nodiscard]] std::uint64_t key(std::uint64_t state) const noexcept {
    const auto octave = static_cast<unsigned>(std::bit_width(state | 1)) - 1;
    if (octave < digits_) return state;
    return (std::uint64_t{octave - digits_ + 1} << digits_) + (state >> (octave - digits_)) -
           (std::uint64_t{1} << digits_);
  }

  /// The smallest state with this key; the inverse of key().
  [[nodiscard]] std::uint64_t first_state(std::uint64_t key) const noexcept {
    const std::uint64_t group = key >> digits_;
    const std::uint64_t part = key & ((std::uint64_t{1} << digits_) - 1);
    if (group == 0) return part;
    return (part + (std::uint64_t{1} << digits_)) << (group - 1);
  }

  std::uint64_t states_, marks_, coarse_;
  unsigned digits_;
  std::uint64_t first_key_;
};

}  // namespace gforbit::cycles
