// Linear complexities of periodic sequences against ranks of their shifts.
#include "gforbit/cycles/linear_complexity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "seed.hpp"

namespace gforbit::cycles {
namespace {

using galois::Element;
using galois::Field;

/// The space of all shifts of a periodic sequence has the linear complexity as its dimension.
std::uint64_t dimension_of_shifts(const Field& field, const std::vector<Element>& period) {
  std::vector<std::vector<Element>> rows;
  for (std::size_t shift = 0; shift < period.size(); ++shift) {
    rows.push_back(period);
    std::ranges::rotate(rows.back(), rows.back().begin() + static_cast<std::ptrdiff_t>(shift));
  }
  std::size_t rank = 0;
  for (std::size_t column = 0; column < period.size(); ++column) {
    const auto pivot = std::ranges::find_if(rows.begin() + static_cast<std::ptrdiff_t>(rank), rows.end(),
                                            [&](const auto& row) { return row[column] != 0; });
    if (pivot == rows.end()) continue;
    std::iter_swap(pivot, rows.begin() + static_cast<std::ptrdiff_t>(rank));
    const Element inverse = field.inverse(rows[rank][column]);
    for (std::size_t i = rank + 1; i < rows.size(); ++i) {
      const Element factor = field.multiply(rows[i][column], inverse);
      for (std::size_t k = 0; k < period.size(); ++k)
        rows[i][k] = field.subtract(rows[i][k], field.multiply(factor, rows[rank][k]));
    }
    ++rank;
  }
  return rank;
}

TEST(LinearComplexity, IsTheDimensionOfTheShifts) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const std::uint64_t q : {2, 3, 4, 7, 9}) {
    const Field field = Field::of_order(q);
    for (int i = 0; i < 60; ++i) {
      std::vector<Element> period(1 + random() % 24);
      const std::uint64_t values = i % 3 == 0 ? 2 : q;  // with zeros and repetitions
      for (Element& element : period) element = random() % values;
      EXPECT_EQ(linear_complexity(field, period), dimension_of_shifts(field, period));
      const std::vector<Element> once = period;
      period.insert(period.end(), once.begin(), once.end());
      EXPECT_EQ(linear_complexity(field, period), linear_complexity(field, once));
    }
  }
}

TEST(LinearComplexity, OfConstants) {
  const Field field = Field::of_order(2);
  EXPECT_EQ(linear_complexity(field, std::vector<Element>{0}), 0);
  EXPECT_EQ(linear_complexity(field, std::vector<Element>{1}), 1);
  EXPECT_EQ(linear_complexity(field, std::vector<Element>(70, 0)), 0);
  EXPECT_EQ(linear_complexity(field, std::vector<Element>(70, 1)), 1);
}

}  // namespace
}  // namespace gforbit::cycles
