#include "gforbit/core/divider.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "seed.hpp"

namespace gforbit::core {
namespace {

constexpr std::uint64_t kEnd = std::uint64_t{1} << 63;

/// The numbers where a quotient changes, and the ends.
void expect_quotients(std::uint64_t divisor, std::uint64_t n) {
  const Divider by(divisor);
  const std::uint64_t multiple = n / divisor * divisor;
  for (const std::uint64_t value : {std::uint64_t{0}, n, multiple, multiple - 1, multiple + 1, divisor - 1,
                                    divisor, divisor + 1, kEnd - 1, (kEnd - 1) / divisor * divisor}) {
    if (value >= kEnd) continue;  // multiple - 1 of 0 wraps round
    ASSERT_EQ(by.quotient(value), value / divisor) << value << " / " << divisor;
  }
}

TEST(Divider, DividesByAllSmallNumbers) {
  for (std::uint64_t divisor = 1; divisor <= 4096; ++divisor) {
    for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{12345}, kEnd / 2, kEnd - 1})
      expect_quotients(divisor, n);
  }
}

TEST(Divider, DividesByPowersOfTwoAndTheirNeighbours) {
  for (int bit = 0; bit < 63; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t divisor : {power - 1, power, power + 1}) {
      if (divisor == 0) continue;
      for (int other = 0; other < 63; ++other) expect_quotients(divisor, std::uint64_t{1} << other);
    }
  }
  expect_quotients(kEnd - 1, kEnd - 1);
  expect_quotients(kEnd, kEnd - 1);
}

TEST(Divider, DividesRandomNumbersOfAllSizes) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 100'000; ++round) {
    const std::uint64_t divisor = (random() >> (1 + random() % 63)) + 1;
    expect_quotients(divisor, random() >> (1 + random() % 63));
  }
}

}  // namespace
}  // namespace gforbit::core
