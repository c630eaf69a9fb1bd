#include "gforbit/sys/human.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace gforbit::sys {
namespace {

TEST(QuantityText, KeepsSmallWholeNumbersAndShortensLargeOnes) {
  EXPECT_EQ(quantity_text(0), "0");
  EXPECT_EQ(quantity_text(0.004), "0.004");
  EXPECT_EQ(quantity_text(0.5), "0.5");
  EXPECT_EQ(quantity_text(7.25), "7.2");
  EXPECT_EQ(quantity_text(9.96), "10");
  EXPECT_EQ(quantity_text(950), "950");
  EXPECT_EQ(quantity_text(999.7), "1.0e3");
  EXPECT_EQ(quantity_text(12345), "1.2e4");
  EXPECT_EQ(quantity_text(1.2e11), "1.2e11");
  EXPECT_EQ(quantity_text(3e200), "3.0e200");
}

TEST(QuantityText, UnknownIsAQuestionMark) {
  EXPECT_EQ(quantity_text(-1), "?");
  EXPECT_EQ(quantity_text(std::nan("")), "?");
  EXPECT_EQ(quantity_text(std::numeric_limits<double>::infinity()), "?");
}

TEST(QuantityText, ReadsBackWithinHalfAUnitOfItsLastDigit) {
  std::mt19937_64 random(testing_support::test_seed());
  std::uniform_real_distribution<double> exponent(0, 30);
  for (int i = 0; i < 2000; ++i) {
    const double value = std::pow(10, exponent(random));
    EXPECT_NEAR(std::stod(quantity_text(value)) / value, 1, 0.051) << value << " as " << quantity_text(value);
  }
}

TEST(DurationText, NamesTheTwoLargestUnits) {
  EXPECT_EQ(duration_text(0), "0.00 s");
  EXPECT_EQ(duration_text(0.42), "0.42 s");
  EXPECT_EQ(duration_text(3.21), "3.2 s");
  EXPECT_EQ(duration_text(12.4), "12 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7500), "2 h 5 min");
  EXPECT_EQ(duration_text(3 * 86400 + 4 * 3600 + 59), "3 d 4 h");
}

TEST(DurationText, CarriesWhereRoundingReachesTheNextUnit) {
  EXPECT_EQ(duration_text(0.999), "1.0 s");
  EXPECT_EQ(duration_text(9.97), "10 s");
  EXPECT_EQ(duration_text(59.7), "1 min 0 s");
  EXPECT_EQ(duration_text(3599.6), "1 h 0 min");
  EXPECT_EQ(duration_text(86399), "1 d 0 h");
}

TEST(DurationText, UnknownIsAQuestionMark) {
  EXPECT_EQ(duration_text(-1), "?");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "?");
}

TEST(BytesText, UsesPowersOf1024) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text((1ULL << 30) - 1), "1.0 GiB");
  EXPECT_EQ(bytes_text(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

}  // namespace
}  // namespace gforbit::sys
