// Products of long polynomials over GF(2), against the definition.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "algebra/polynomial_gf2_words.hpp"

namespace gforbit::cycles {
namespace {

using Words = std::vector<std::uint64_t>;

Words random_words(std::mt19937_64& random, std::size_t n) {
  Words words(n);
  for (auto& word : words) word = random();
  return words;
}

Words by_definition(const Words& a, const Words& b) {
  Words product(a.size() + b.size());
  for (std::size_t i = 0; i < 64 * a.size(); ++i) {
    if ((a[i / 64] >> (i % 64) & 1) != 0) add_shifted(product, b, i);
  }
  return product;
}

TEST(MultiplyWords, FollowsTheDefinition) {
  std::mt19937_64 random(20240601);
  const std::size_t sizes[] = {1, 2, 3, 7, 15, 16, 17, 18, 19, 33, 40, 63, 100, 257};
  for (const std::size_t n : sizes) {
    for (const std::size_t m : sizes) {
      const Words a = random_words(random, n), b = random_words(random, m), expected = by_definition(a, b);
      Words product(n + m);
      multiply_words(a, b, product);
      EXPECT_EQ(product, expected) << n << " " << m;
      if (n * m > 4000) continue;
      multiply_words(a, b, product, WordProduct::portable);
      EXPECT_EQ(product, expected) << n << " " << m;
    }
  }
}

TEST(SquareWords, IsTheProductWithItself) {
  std::mt19937_64 random(20240602);
  for (const std::size_t n : {1, 2, 5, 33}) {
    const Words a = random_words(random, n);
    Words square(2 * n);
    square_words(a, square);
    EXPECT_EQ(square, by_definition(a, a));
  }
}

}  // namespace
}  // namespace gforbit::cycles
