/// Images of a set of states over GF(2), in place: from X to F(X), F the step map, in a few operations for
/// hundreds of states.
///
/// The set is a bitmap in which, after k images, the state s has the place rotl(s, k): its d binary digits
/// rotated left by k. The states 2u and 2u + 1 lead to u, if the feedback is 0, and to u + N/2, if it is 1;
/// these have the places after one more image that 2u and 2u + 1 have now. So an image is a butterfly: two
/// bits whose places differ in the digit k mod d become two others there, and no other bit is touched. As in
/// a fast Fourier transform, many images are made of a tile of the bitmap while it is in the cache, and d of
/// them bring each state back to the place that is its index.
///
/// A collision is a pair that leads to one state; the image is smaller by one for each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gforbit/cycles/simd.hpp"
#include "gforbit/fsr/signed_products.hpp"

namespace gforbit::cycles {

/// A sum of products as a function of the place, for a vector of adjacent places at once: their lowest digits
/// are constant patterns, the others are the index of the vector.
struct PlacedSum {
  static constexpr std::uint64_t kWords = 8;  ///< of the longest vector
  /// Products with the same factors in the index.
  struct Part {
    fsr::SignedProduct index;  ///< counts where this holds for it
    std::uint64_t values[kWords] = {};
  };
  Part always;               ///< whatever the index is
  std::uint64_t linear = 0;  ///< terms that are one digit of the index
  std::vector<Part> parts;
};

/// One image, of the sets in which the states have turned by some number of digits.
struct ImagePass {
  int digit;  ///< in which the places of a pair differ: that of x0
  /// Where the digit lies inside a vector: the feedback, for both of a pair. Else of the first of them, with
  /// x0 = 0.
  PlacedSum feedback;
  PlacedSum difference;  ///< by which the feedback of the second differs, if x0 = 1
};

/// @param low_digits  of places, that lie inside a vector
[[nodiscard]] ImagePass place_image(std::span<const fsr::SignedProduct> feedback, int degree, int turn,
                                    int low_digits);

/// Vectors of the bitmap that some images turn into each other: rows of adjacent vectors, in one array.
struct ImageTile {
  std::uint64_t* words;
  std::uint64_t first;    ///< index in the bitmap of the first vector
  std::uint64_t columns;  ///< vectors of a row, a power of two
  std::uint64_t rows;     ///< a power of two
  int row_digit;          ///< of the index, that counts the rows
};

/// Part of a search for the states that no state of a set leads to, in a bitmap in which each state has the
/// place that is its index.
struct LevelSearch {
  const PlacedSum& feedback;
  const std::uint64_t* words;
  std::uint64_t half;  ///< words of half of the states
  /// Words of the lower half, multiples of half a vector. The same words of the upper half are searched too:
  /// the states that lead to both are the same.
  std::uint64_t begin, end;
};

/// For one vector level.
struct ImageFunctions {
  int low_digits;  ///< a vector has 2^low_digits states
  /// Makes the images of a tile, and adds their collisions.
  /// @param passes  consecutive; their digits lie inside a vector, a column or a row of the tile
  void (*make_images)(const ImageTile& tile, std::span<const ImagePass> passes, std::uint64_t* collisions);
  /// Appends the states of the set that no state of the set leads to. @return the number of states of the set
  /// among those that lead to these words
  std::uint64_t (*find_level)(const LevelSearch& search, std::vector<std::uint64_t>& found);
};

[[nodiscard]] ImageFunctions image_functions(SimdLevel level) noexcept;

extern const ImageFunctions kPlainImages, kAvx2Images, kAvx512Images, kAvx512PopcountImages;

}  // namespace gforbit::cycles
