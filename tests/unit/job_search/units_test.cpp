// Units and results as bytes: truncated and corrupt ones are refused.
#include "search/units.hpp"

#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"
#include "gforbit/search/examine.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::job_search {
namespace {

using testing_support::expect_hostile_bytes_refused;
using Bytes = std::span<const std::byte>;

TEST(Records, OfUnits) {
  const UnitBody body{20, {3, 0, 1}, 1234, 5};
  const core::Bytes bytes = core::to_bytes(body);
  const auto copy = core::from_bytes<UnitBody>(bytes);
  EXPECT_EQ(copy.family().degree(), 20);
  EXPECT_EQ(copy.family().form(), search::Form({3, 0, 1}));
  EXPECT_EQ(copy.first, 1234U);
  EXPECT_EQ(copy.seed, 5U);
  expect_hostile_bytes_refused(bytes, [](Bytes some) { (void)core::from_bytes<UnitBody>(some).family(); });
}

TEST(Records, OfUnitsWithoutAFamilyAreRefused) {
  EXPECT_THROW((void)UnitBody({20, {}, 0, {}}).family(), core::CorruptRecord);
  EXPECT_THROW((void)UnitBody({99, {3, 1}, 0, {}}).family(), core::CorruptRecord);
}

TEST(Records, OfTallies) {
  search::Tally tally;
  tally.without_short_cycles = 17;
  tally.hits = {{5, 2, 31}, {7, 2, 31}};
  const core::Bytes bytes = core::to_bytes(tally);
  EXPECT_EQ(core::from_bytes<search::Tally>(bytes).without_short_cycles, 17U);
  EXPECT_EQ(core::from_bytes<search::Tally>(bytes).hits, tally.hits);
  expect_hostile_bytes_refused(bytes, [](Bytes some) { (void)core::from_bytes<search::Tally>(some); });
}

}  // namespace
}  // namespace gforbit::job_search
