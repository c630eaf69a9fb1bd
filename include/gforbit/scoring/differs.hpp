/// Differs: what of one grid is missing in another, by kind of feature. They tell which part of a task a
/// candidate gets right even where its output does not match.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gforbit/scoring/grid.hpp"

namespace gforbit::scoring {

enum class Differ : std::uint8_t { palette, dimensions, cells, singles, components };
inline constexpr std::array<std::string_view, 5> kDifferNames{"palette", "dimensions", "cells", "singles",
                                                              "components"};
inline constexpr std::size_t kDiffers = kDifferNames.size();

/// How many features of `a` each differ finds that `b` has not.
///   palette     colors
///   dimensions  1 if the shapes differ, else 0
///   cells       positions of a whose color differs in b, or that lie outside b
///   singles     components of one cell, as (color, position)
///   components  components as (color, set of cells), without those of a's background
/// Positions are (row, column). Cost: O(cells) where colors are 0 to 63, else O(cells log cells).
[[nodiscard]] std::array<std::uint64_t, kDiffers> features_missing(const Grid& a, const Grid& b);

/// One count each of the differs' questions, summed over samples. With input I, output C and expected O:
/// size_none = missing(I, O): what a program that does nothing leaves, size_out = missing(C, O).
struct DifferCount {
  std::uint64_t iz = 0;  ///< sum of (size_none > 0) + (size_out == 0)
  std::uint64_t zo = 0;  ///< sum of (size_none == 0) + (size_out > 0)
  std::uint64_t n_samples = 0;
  DifferCount& operator+=(const DifferCount& other) {
    iz += other.iz;
    zo += other.zo;
    n_samples += other.n_samples;
    return *this;
  }
  friend bool operator==(const DifferCount&, const DifferCount&) = default;
};
using DifferCounts = std::array<DifferCount, kDiffers>;

/// What the differs need to know of a sample, made once for all candidates. Thread-safe.
class ExpectedFeatures {
 public:
  ExpectedFeatures(const Grid& input, const Grid& expected);

  /// Adds the sample with this output.
  void add(const Grid& output, DifferCounts& counts) const;
  /// size_none > 0 of each differ.
  [[nodiscard]] const std::array<bool, kDiffers>& needed() const noexcept { return needed_; }

 private:
  Grid expected_;
  Components components_;
  std::array<bool, kDiffers> needed_{};
};

}  // namespace gforbit::scoring
