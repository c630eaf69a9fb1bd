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

/// Features of `a` that `b` has not.
///   palette     colours
///   dimensions  1 if the shapes differ, else 0
///   cells       positions of a whose colour differs in b, or that lie outside b
///   singles     components of one cell, as (colour, position)
///   components  components as (colour, set of cells); those of a's background are left out, in a and in b
/// Positions are (row, column). Cost: O(cells log cells).
[[nodiscard]] std::uint64_t features_missing(Differ differ, const Grid& a, const Grid& b);

/// Whether any is missing: the same as a count above 0, without counting further than the first.
[[nodiscard]] bool is_feature_missing(Differ differ, const Grid& a, const Grid& b);

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

/// size_none > 0 of each differ, for one sample: the same for all candidates.
using DifferNeeds = std::array<bool, kDiffers>;
[[nodiscard]] DifferNeeds differ_needs(const Grid& input, const Grid& expected);

/// Adds one sample.
void add_sample(DifferCounts& counts, const DifferNeeds& needs, const Grid& output, const Grid& expected);

}  // namespace gforbit::scoring
