// Rows of a part, and the first of equal rows.
#include "skeleton/batch_rows.hpp"

#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"

namespace gforbit::skeleton {
namespace {

const std::vector<std::string> kKeys{"a", "b", "a", "c", "b", "a"};

config::CommonOptions part(std::uint64_t index, std::uint64_t count) {
  config::CommonOptions options;
  options.part = {index, count};
  return options;
}

TEST(BatchRows, EqualRowsShareTheFirst) {
  const BatchRows rows(kKeys, part(1, 1), "row");
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows.first_equal(2), 0U);
  EXPECT_EQ(rows.first_equal(5), 0U);
  EXPECT_EQ(rows.first_equal_of_batch(4), 1U);
  EXPECT_EQ(rows.coalesced_into(3), -1);
  EXPECT_EQ(rows.coalesced_into(4), 1);
}

TEST(BatchRows, OfAPart) {
  const BatchRows rows(kKeys, part(2, 3), "row");  // rows 2 and 3
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.part().first, 2U);
  EXPECT_EQ(rows.first_equal(0), 0U) << "the first in this part";
  EXPECT_EQ(rows.first_equal_of_batch(0), 0U) << "in the batch";
  const BatchRows last(kKeys, part(3, 3), "row");
  EXPECT_EQ(last.first_equal(1), 1U);
  EXPECT_EQ(last.first_equal_of_batch(1), 0U);
}

TEST(BatchRows, EachItsOwnWithoutCoalescing) {
  config::CommonOptions options = part(2, 2);
  options.coalesce = config::Coalesce::off;
  const BatchRows rows(kKeys, options, "row");
  for (std::uint64_t row = 0; row < rows.size(); ++row) {
    EXPECT_EQ(rows.first_equal(row), row);
    EXPECT_EQ(rows.first_equal_of_batch(row), 3 + row);
  }
}

TEST(BatchRows, PartsCoverAllRowsOnce) {
  for (std::uint64_t n = 1; n < 20; ++n) {
    for (std::uint64_t count = 1; count <= n; ++count) {
      std::uint64_t next = 0;
      for (std::uint64_t index = 1; index <= count; ++index) {
        const PartRows rows = part_rows({index, count}, n, "row");
        EXPECT_EQ(rows.first, next);
        EXPECT_GT(rows.size(), 0U);
        next = rows.end;
      }
      EXPECT_EQ(next, n);
    }
  }
  EXPECT_THROW(static_cast<void>(part_rows({1, 3}, 2, "row")), core::UsageError);
}

}  // namespace
}  // namespace gforbit::skeleton
