// Images of sets of states, at every vector level and for tiles of every shape, against one state at a time.
#include "kernels/trees/bit_images.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "seed.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

constexpr int kDegree = 13;
constexpr std::uint64_t kStates = std::uint64_t{1} << kDegree;

using Set = std::vector<bool>;
using Words = std::vector<std::uint64_t>;

std::uint64_t next_state(const fsr::Feedback& feedback, std::uint64_t s) {
  std::vector<galois::Element> cells;
  for (int i = 0; i < kDegree; ++i) cells.push_back(s >> i & 1);
  return s >> 1 | feedback.evaluate(cells) << (kDegree - 1);
}

Set image_of(const fsr::Feedback& feedback, const Set& set) {
  Set image(kStates);
  for (std::uint64_t s = 0; s < kStates; ++s) {
    if (set[s]) image[next_state(feedback, s)] = true;
  }
  return image;
}

std::uint64_t size_of(const Set& set) {
  return static_cast<std::uint64_t>(std::count(set.begin(), set.end(), true));
}

std::uint64_t place_of(std::uint64_t s, int turn) {
  const int t = turn % kDegree;
  return (s << t | s >> (kDegree - t)) & (kStates - 1);
}

Words bitmap_of(const Set& set, int turn) {
  Words words(kStates / 64);
  for (std::uint64_t s = 0; s < kStates; ++s) {
    const std::uint64_t place = place_of(s, turn);
    words[place / 64] |= std::uint64_t{set[s]} << (place % 64);
  }
  return words;
}

std::vector<SimdLevel> levels() {
  std::vector<SimdLevel> found;
  for (const SimdLevel level : simd_levels()) {
    if (simd_available(level)) found.push_back(level);
  }
  return found;
}

/// One image of the bitmap in tiles of 2^run_digits adjacent vectors a row, two rows that differ in the digit
/// of the pass; or of adjacent vectors, where it lies within a row.
std::uint64_t make_image(const ImageFunctions& functions, const ImagePass& pass, int run_digits,
                         Words& words) {
  const std::uint64_t vector = std::uint64_t{1} << (functions.low_digits - 6),
                      vectors = words.size() / vector;
  const std::uint64_t run = std::uint64_t{1} << run_digits;
  const int row_digit = pass.digit - functions.low_digits;
  std::uint64_t collisions = 0;
  if (row_digit < run_digits) {
    for (std::uint64_t v = 0; v < vectors; v += run)
      functions.make_images({words.data() + v * vector, v, run, 1, 0}, {&pass, 1}, &collisions);
    return collisions;
  }
  const std::uint64_t distance = std::uint64_t{1} << row_digit;
  Words tile(2 * run * vector);
  for (std::uint64_t v = 0; v < vectors; v += run) {
    if ((v & distance) != 0) continue;
    std::uint64_t *const first = words.data() + v * vector, *const second = first + distance * vector;
    std::memcpy(tile.data(), first, run * vector * 8);
    std::memcpy(tile.data() + run * vector, second, run * vector * 8);
    functions.make_images({tile.data(), v, run, 2, row_digit}, {&pass, 1}, &collisions);
    std::memcpy(first, tile.data(), run * vector * 8);
    std::memcpy(second, tile.data() + run * vector, run * vector * 8);
  }
  return collisions;
}

TEST(BitImages, AreThoseOfTheStatesOneByOne) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 12; ++round) {
    const fsr::Register reg = testing_support::random_register(random, 2, kDegree);
    const auto products = fsr::signed_products(reg.feedback());
    Set set(kStates);
    for (std::uint64_t s = 0; s < kStates; ++s) set[s] = random() % 4 != 0;
    for (int turn = 0; turn < 2 * kDegree; ++turn) {
      const Set image = image_of(reg.feedback(), set);
      for (const SimdLevel level : levels()) {
        const ImageFunctions functions = image_functions(level);
        const int run_digits = static_cast<int>(random() % 4);
        SCOPED_TRACE(fmt::format("{}, {}, turn {}, rows of 2^{} vectors", reg.feedback().text(),
                                 simd_name(level), turn, run_digits));
        Words words = bitmap_of(set, turn);
        const ImagePass pass = place_image(products, kDegree, turn, functions.low_digits);
        EXPECT_EQ(make_image(functions, pass, run_digits, words), size_of(set) - size_of(image));
        ASSERT_EQ(words, bitmap_of(image, turn + 1));
      }
      set = image;
    }
  }
}

TEST(BitImages, TheNextLevelIsWhatNoStateLeadsTo) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 20; ++round) {
    const fsr::Register reg = testing_support::random_register(random, 2, kDegree);
    const auto products = fsr::signed_products(reg.feedback());
    Set set(kStates);
    for (std::uint64_t s = 0; s < kStates; ++s) set[s] = random() % 4 != 0;
    const Set image = image_of(reg.feedback(), set);
    std::vector<std::uint64_t> expected;
    for (std::uint64_t s = 0; s < kStates; ++s) {
      if (set[s] && !image[s]) expected.push_back(s);
    }
    const Words words = bitmap_of(set, 0);
    for (const SimdLevel level : levels()) {
      SCOPED_TRACE(fmt::format("{}, {}", reg.feedback().text(), simd_name(level)));
      const ImageFunctions functions = image_functions(level);
      const ImagePass pass = place_image(products, kDegree, 0, functions.low_digits);
      std::vector<std::uint64_t> found;
      std::uint64_t states = 0;
      for (std::uint64_t begin = 0; begin < words.size() / 2; begin += 16)
        states +=
            functions.find_level({pass.feedback, words.data(), words.size() / 2, begin, begin + 16}, found);
      std::sort(found.begin(), found.end());
      EXPECT_EQ(states, size_of(set));
      ASSERT_EQ(found, expected);
    }
  }
}

}  // namespace
}  // namespace gforbit::cycles
