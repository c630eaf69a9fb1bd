// Formulas against the same calculation item by item, with values at the edges of their types.
#include "gforbit/stream/formula.hpp"
#include "seed.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
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

__extension__ using Wide = __int128;

/// What does not fit is an error.
std::optional<Int> fit(Wide value) {
  if (value < kLeast || value > kMost) return std::nullopt;
  return static_cast<Int>(value);
}
std::optional<Int> remainder(Int x, Int y) {
  if (y == 0) return std::nullopt;
  if (y == -1) return 0;
  const Int rest = x % y;
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

/// The values of a formula, and which of them are errors.
struct Evaluated {
  Column values;
  std::vector<bool> is_error;
};
Evaluated evaluate(const Formula& formula, const Batch& batch) {
  std::vector<RowError> errors;
  Evaluated result{formula.evaluate(batch, errors), std::vector<bool>(batch.size, false)};
  for (const RowError& error : errors) result.is_error[error.row] = true;
  return result;
}

TEST(Formula, IntegersAsItemByItem) {
  const Items items(testing_support::test_seed());
  const auto expect = [&](const std::string& text, const std::function<std::optional<Int>(Int, Int)>& f) {
    const Formula formula = items.formula(text);
    ASSERT_EQ(formula.type(), Type::int64) << text;
    const Evaluated found = evaluate(formula, items.batch);
    const auto values = std::get<Slice<Int>>(found.values);
    std::vector<RowError> errors;
    const Rows rows = formula.rows(items.batch, errors);
    std::size_t row = 0;
    for (std::size_t i = 0; i < items.batch.size; ++i) {
      const std::optional<Int> expected = f(items.a[i], items.b[i]);
      ASSERT_EQ(found.is_error[i], !expected) << text << ", a = " << items.a[i] << ", b = " << items.b[i];
      if (!expected) continue;
      ASSERT_EQ(values[i], *expected) << text << ", a = " << items.a[i] << ", b = " << items.b[i];
      if (*expected == 0) continue;
      ASSERT_LT(row, rows.size) << text;
      ASSERT_EQ(rows.span()[row++], i) << text;
    }
    EXPECT_EQ(row, rows.size) << text;
  };
  expect("a", [](Int a, Int) { return a; });
  expect("17", [](Int, Int) { return 17; });
  expect("-9223372036854775808", [](Int, Int) { return kLeast; });
  expect("a + 1", [](Int a, Int) { return fit(Wide{a} + 1); });
  expect("a - b", [](Int a, Int b) { return fit(Wide{a} - b); });
  expect("a + b", [](Int a, Int b) { return fit(Wide{a} + b); });
  expect("a * b", [](Int a, Int b) { return fit(Wide{a} * b); });
  expect("a * 6364136223846793005", [](Int a, Int) { return fit(Wide{a} * 6364136223846793005); });
  expect("2*a + 1", [](Int a, Int) {
    const auto twice = fit(Wide{a} * 2);
    return twice ? fit(Wide{*twice} + 1) : twice;
  });
  expect("-a", [](Int a, Int) { return fit(-Wide{a}); });
  const auto then = [](std::optional<Int> x, auto f) { return x ? fit(f(Wide{*x})) : x; };
  expect("9 - 3*(a - 5)", [&](Int a, Int) {
    const auto thrice = then(fit(Wide{a} - 5), [](Wide x) { return 3 * x; });
    return then(thrice, [](Wide x) { return 9 - x; });
  });
  expect("-(a * -4611686018427387904)",
         [&](Int a, Int) { return then(fit(Wide{a} * -(Wide{1} << 62)), [](Wide x) { return -x; }); });
  expect("(a + 9223372036854775807) * 2",
         [&](Int a, Int) { return then(fit(Wide{a} + kMost), [](Wide x) { return 2 * x; }); });
  expect("0 * (a + 1)", [&](Int a, Int) { return then(fit(Wide{a} + 1), [](Wide) { return 0; }); });
  expect("a - -9223372036854775808", [](Int a, Int) { return fit(Wide{a} - kLeast); });
  expect("-9223372036854775808 + a", [](Int a, Int) { return fit(Wide{a} + kLeast); });
  expect("4294967296 * (4294967296 * a) - 1", [&](Int a, Int) {
    const auto once = fit(Wide{a} << 32);
    return then(then(once, [](Wide x) { return x << 32; }), [](Wide x) { return x - 1; });
  });
  expect("-(-(a + b))", [&](Int a, Int b) {
    const auto minus = then(fit(Wide{a} + b), [](Wide x) { return -x; });
    return then(minus, [](Wide x) { return -x; });
  });
  for (std::uint64_t seed = testing_support::test_seed(), round = 0; round < 200; ++round) {
    std::mt19937_64 random(seed + round);
    std::string text = "a";
    std::vector<std::pair<char, Int>> steps;
    for (std::uint64_t i = 0; i < 1 + random() % 4; ++i) {
      const char sign = "+-*~"[random() % 4];
      const Int by = static_cast<Int>(random()) >> (random() % 64);
      if (by == kLeast) continue;  // as a literal it is tested above
      steps.emplace_back(sign, by);
      text = sign == '~' ? fmt::format("({} - ({}))", by, text) : fmt::format("(({}) {} {})", text, sign, by);
    }
    expect(text, [&](Int a, Int) {
      std::optional<Int> value = a;
      for (const auto& [sign, by] : steps) {
        value = then(value, [s = sign, n = by](Wide x) -> Wide {
          if (s == '+') return x + n;
          if (s == '-') return x - n;
          if (s == '~') return n - x;
          return x * n;
        });
      }
      return value;
    });
  }
  expect("abs(a)", [](Int a, Int) { return fit(a < 0 ? -Wide{a} : Wide{a}); });
  expect("power(a, 2)", [](Int a, Int) { return fit(Wide{a} * a); });
  expect("a % b", remainder);
  expect("7 % b", [](Int, Int b) { return remainder(7, b); });
  expect("a < b and not b == 0", [](Int a, Int b) { return a < b && b != 0 ? 1 : 0; });
  expect("b != 0 and 7 % b == 1", [](Int, Int b) { return b != 0 && *remainder(7, b) == 1 ? 1 : 0; });
  expect("if(b == 0, 0, 7 % b)", [](Int, Int b) { return b == 0 ? 0 : remainder(7, b); });
  expect("a >= 2 or b", [](Int a, Int b) { return a >= 2 || b != 0 ? 1 : 0; });
  expect("-5 < a <= b", [](Int a, Int b) { return -5 < a && a <= b ? 1 : 0; });
  expect("a <= 4503599627370496.5", [](Int a, Int) { return a <= Int{1} << 52 ? 1 : 0; });
  expect("a < 9223372036854775808.0", [](Int, Int) { return 1; });
  expect("a < 1e300", [](Int, Int) { return 1; });
  expect("a < 9223372036854775808", [](Int, Int) { return 1; });
  expect("min(a, b) != max(a, 5)",
         [](Int a, Int b) { return std::min(a, b) != std::max<Int>(a, 5) ? 1 : 0; });
  expect("index", [i = Int{7}](Int, Int) mutable { return i++; });
  for (const Int d : {Int{1}, Int{2}, Int{3}, Int{6}, Int{8}, Int{10}, Int{1000003}, Int{1} << 62, kMost,
                      kMost - 1, Int{0}, Int{-3}}) {
    const std::string by = "a % " + std::to_string(d);
    const auto if_whole = [d](auto f) {
      return [d, f](Int a, Int) -> std::optional<Int> {
        const auto rest = remainder(a, d);
        return rest ? std::optional<Int>(f(*rest)) : rest;
      };
    };
    expect(by, if_whole([](Int rest) { return rest; }));
    expect(by + " == 0", if_whole([](Int rest) { return rest == 0 ? 1 : 0; }));
    expect(by + " != 0", if_whole([](Int rest) { return rest != 0 ? 1 : 0; }));
    expect(by + " == 2", if_whole([](Int rest) { return rest == 2 ? 1 : 0; }));
  }
}

TEST(Formula, DoublesAsItemByItem) {
  const Items items(testing_support::test_seed());
  const auto expect = [&](const std::string& text, const std::function<double(Int, double)>& f) {
    const Formula formula = items.formula(text);
    ASSERT_EQ(formula.type(), Type::float64) << text;
    const Evaluated found = evaluate(formula, items.batch);
    const auto values = std::get<Slice<double>>(found.values);
    for (std::size_t i = 0; i < items.batch.size; ++i) {
      if (found.is_error[i]) {
        EXPECT_EQ(items.x[i], 0) << text;  // a division
        continue;
      }
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
  std::vector<RowError> errors;
  const Rows rows = items.formula("x").rows(items.batch, errors);
  EXPECT_EQ(rows.size,
            static_cast<std::size_t>(std::ranges::count_if(items.x, [](double x) { return x != 0; })));
}

}  // namespace
}  // namespace gforbit::stream
