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
  const UnitBody body{.degree = 20,
                      .goal = {search::GoalKind::period, 77},
                      .form = {3, 0, 1},
                      .pattern = "x0 + x{a}",
                      .functions = {"x0 + x1"},
                      .first = 1234,
                      .seed = 5};
  const core::Bytes bytes = core::to_bytes(body);
  const auto copy = core::from_bytes<UnitBody>(bytes);
  EXPECT_EQ(copy.degree, 20);
  EXPECT_EQ(copy.goal, body.goal);
  EXPECT_EQ(copy.form, body.form);
  EXPECT_EQ(copy.pattern, body.pattern);
  EXPECT_EQ(copy.functions, body.functions);
  EXPECT_EQ(copy.first, 1234U);
  EXPECT_EQ(copy.seed, 5U);
  expect_hostile_bytes_refused(bytes, [](Bytes some) { (void)core::from_bytes<UnitBody>(some); });
}

TEST(Records, OfUnitsWithoutAFamilyAreRefused) {
  const search::Examiner examiner;
  for (const UnitBody& body :
       {UnitBody{.degree = 20}, UnitBody{.degree = 99, .form = {3, 1}}, UnitBody{.degree = 20, .form = {0}},
        UnitBody{.degree = 20, .pattern = "x{"}, UnitBody{.degree = 20, .functions = {"x0 + x1", "x0 + x2"}},
        UnitBody{.degree = 20, .functions = {"x0 + x20"}}})
    EXPECT_THROW((void)body.examine(examiner, {0, 1}, {}), core::CorruptRecord);
}

TEST(Records, OfTallies) {
  search::Tally tally;
  tally.without_short_cycles = 17;
  tally.hits = {{5, 2, 31, -1}, {7, 2, 31, 0}};
  const core::Bytes bytes = core::to_bytes(tally);
  EXPECT_EQ(core::from_bytes<search::Tally>(bytes).without_short_cycles, 17U);
  EXPECT_EQ(core::from_bytes<search::Tally>(bytes).hits, tally.hits);
  expect_hostile_bytes_refused(bytes, [](Bytes some) { (void)core::from_bytes<search::Tally>(some); });
}

}  // namespace
}  // namespace gforbit::job_search
