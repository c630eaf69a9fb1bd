// Formulas against the same calculation item by item, with values at the edges of their types.
#include "gforbit/stream/formula.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace gforbit::stream {
namespace {

using Int = std::int64_t;

constexpr Int kLeast = std::numeric_limits<Int>::min(), kMost = std::numeric_limits<Int>::max();

/// Columns a, b (integers) and x (doubles) of more items than a formula works on at a time.
struct Items {
  Schema schema{{{"a", Type::int64, {}}, {"b", Type::int64, {}}, {"x", Type::float64, {}}}};
  std::vector<Int> a, b;
  std::vector<double> x;
  Batch batch;

  explicit Items(unsigned seed) {
    std::mt19937_64 random(seed);
    const std::vector<Int> edges{0, 1, -1, 2, -2, 3, 6, kLeast, kLeast + 1, kMost, kMost - 1};
    for (std::size_t i = 0; i < 2500; ++i) {
      const auto any = [&] {
        return random() % 4 == 0 ? edges[random() % edges.size()]
                                 : static_cast<Int>(random()) >> (random() % 64);
      };
      a.push_back(any());
      b.push_back(any());
      x.push_back(random() % 8 == 0 ? 0 : static_cast<double>(any()) / 3);
    }
    batch.size = a.size();
    batch.indices = Indices::counting(7);
    batch.columns = {make_slice(a), make_slice(b), make_slice(x)};
  }
  [[nodiscard]] Formula formula(const std::string& text) const {
    return {text, parse_expression(text), schema};
  }
};

Int add(Int x, Int y) {
  return static_cast<Int>(static_cast<std::uint64_t>(x) + static_cast<std::uint64_t>(y));
}
Int multiply(Int x, Int y) {
  return static_cast<Int>(static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(y));
}
Int remainder(Int x, Int y) {
  if (y == 0 || y == -1) return 0;
  const Int rest = x % y;
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

TEST(Formula, IntegersAsItemByItem) {
  const Items items(testing_support::test_seed());
  const auto expect = [&](const std::string& text, const std::function<Int(Int, Int)>& f) {
    const Formula formula = items.formula(text);
    ASSERT_EQ(formula.type(), Type::int64) << text;
    const auto values = std::get<Slice<Int>>(formula.evaluate(items.batch));
    const Rows rows = formula.rows(items.batch);
    std::size_t row = 0;
    for (std::size_t i = 0; i < items.batch.size; ++i) {
      const Int expected = f(items.a[i], items.b[i]);
      ASSERT_EQ(values[i], expected) << text << ", a = " << items.a[i] << ", b = " << items.b[i];
      if (expected == 0) continue;
      ASSERT_LT(row, rows.size) << text;
      ASSERT_EQ(rows.span()[row++], i) << text;
    }
    EXPECT_EQ(row, rows.size) << text;
  };
  expect("a", [](Int a, Int) { return a; });
  expect("17", [](Int, Int) { return 17; });
  expect("2*a + 1", [](Int a, Int) { return add(multiply(2, a), 1); });
  expect("a - b*a", [](Int a, Int b) { return add(a, multiply(-1, multiply(b, a))); });
  expect("3 - (a - (b - (a - b)))", [](Int a, Int b) {
    const auto minus = [](Int x, Int y) { return add(x, multiply(-1, y)); };
    return minus(3, minus(a, minus(b, minus(a, b))));
  });
  expect("-a", [](Int a, Int) { return multiply(-1, a); });
  expect("a % b", remainder);
  expect("7 % b", [](Int, Int b) { return remainder(7, b); });
  expect("a < b and not (b == 0)", [](Int a, Int b) { return a < b && b != 0 ? 1 : 0; });
  expect("a >= 2 or b", [](Int a, Int b) { return a >= 2 || b != 0 ? 1 : 0; });
  expect("min(a, b) != max(a, 5)",
         [](Int a, Int b) { return std::min(a, b) != std::max<Int>(a, 5) ? 1 : 0; });
  expect("index", [i = Int{7}](Int, Int) mutable { return i++; });
  for (const Int d : {Int{1}, Int{2}, Int{3}, Int{6}, Int{8}, Int{10}, Int{1000003}, Int{1} << 62, kMost,
                      kMost - 1, Int{0}, Int{-3}}) {
    const std::string by = "a % " + std::to_string(d);
    expect(by, [d](Int a, Int) { return remainder(a, d); });
    expect(by + " == 0", [d](Int a, Int) { return remainder(a, d) == 0 ? 1 : 0; });
    expect(by + " != 0", [d](Int a, Int) { return remainder(a, d) != 0 ? 1 : 0; });
    expect(by + " == 2", [d](Int a, Int) { return remainder(a, d) == 2 ? 1 : 0; });
  }
}

TEST(Formula, DoublesAsItemByItem) {
  const Items items(testing_support::test_seed());
  const auto expect = [&](const std::string& text, const std::function<double(Int, double)>& f) {
    const Formula formula = items.formula(text);
    ASSERT_EQ(formula.type(), Type::float64) << text;
    const auto values = std::get<Slice<double>>(formula.evaluate(items.batch));
    for (std::size_t i = 0; i < items.batch.size; ++i) {
      const double expected = f(items.a[i], items.x[i]);
      const bool same = values[i] == expected || (std::isnan(values[i]) && std::isnan(expected));
      ASSERT_TRUE(same) << text << ", a = " << items.a[i] << ", x = " << items.x[i];
    }
  };
  const auto real = [](Int a) { return static_cast<double>(a); };
  expect("x", [](Int, double x) { return x; });
  expect("a / x", [&](Int a, double x) { return real(a) / x; });
  expect("a*x + 0.5", [&](Int a, double x) {
    const volatile double product = real(a) * x;  // two roundings, not one
    return product + 0.5;
  });
  expect("sqrt(abs(x)) - floor(x)", [](Int, double x) { return std::sqrt(std::fabs(x)) - std::floor(x); });
  expect("x % 3", [](Int, double x) {
    const volatile double product = 3 * std::floor(x / 3);
    return x - product;
  });
  expect("max(a, x)", [&](Int a, double x) { return std::max(real(a), x); });
  expect("-(x ^ 2)", [](Int, double x) {
    const volatile double two = 2;  // or the compiler makes it a product
    return -std::pow(x, two);
  });
  const Rows rows = items.formula("x").rows(items.batch);
  EXPECT_EQ(rows.size,
            static_cast<std::size_t>(std::ranges::count_if(items.x, [](double x) { return x != 0; })));
}

}  // namespace
}  // namespace gforbit::stream
