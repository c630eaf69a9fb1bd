// Units and results as bytes: truncated and corrupt ones are refused.
#include "search/units.hpp"

#include <gtest/gtest.h>

#include "hostile_bytes.hpp"

namespace gforbit::job_search {
namespace {

using testing_support::expect_hostile_bytes_refused;
using Bytes = std::span<const std::byte>;

TEST(Records, OfUnits) {
  const UnitBody body{20, search::Form({3, 0, 1}), 1234, 5};
  const UnitBody copy = UnitBody::read(body.bytes());
  EXPECT_EQ(copy.degree, 20);
  EXPECT_EQ(copy.form, body.form);
  EXPECT_EQ(copy.first, 1234U);
  EXPECT_EQ(copy.seed, 5U);
  expect_hostile_bytes_refused(body.bytes(), [](Bytes bytes) { (void)UnitBody::read(bytes); });
}

TEST(Records, OfTallies) {
  search::Tally tally;
  tally.without_short_cycles = 17;
  tally.hits = {{5, 2, 31}, {7, 2, 31}};
  EXPECT_EQ(read_tally(tally_bytes(tally)).hits, tally.hits);
  expect_hostile_bytes_refused(tally_bytes(tally), [](Bytes bytes) { (void)read_tally(bytes); });
}

}  // namespace
}  // namespace gforbit::job_search
