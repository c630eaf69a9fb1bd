#include "gforbit/store/table.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "gforbit/core/error.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::store {
namespace {

using test::contains;
using test::message_of;

enum class Colour : std::int8_t { red = 0, blue = 2 };

TEST(Table, AppendsRowsOfMixedTypes) {
  Table table(test::every_type_spec());
  table.append(7u, -1, 3, Colour::blue, true, 2, "12", std::string("x"));
  EXPECT_EQ(table.n_rows(), 1u);
  EXPECT_EQ(table.column<std::uint64_t>("big"), std::vector<std::uint64_t>{7});
  EXPECT_EQ(table.column<std::int8_t>("colour"), std::vector<std::int8_t>{2});
  EXPECT_EQ(table.column<double>("real"), std::vector<double>{2.0});
  EXPECT_EQ(table.column<std::string>("words"), std::vector<std::string>{"x"});
}

TEST(Table, RefusesARowThatDoesNotFitAndStaysAsItWas) {
  Table table(test::every_type_spec());
  table.append(0u, 0, 0, 0, 0, 0.5, "", "");
  const auto refuse = [&](auto&&... values) {
    const std::string text = message_of<core::InternalError>([&] { table.append(values...); });
    EXPECT_EQ(table.n_rows(), 1u);
    return text;
  };
  EXPECT_TRUE(contains(refuse(1, 2, 3), "8 values"));
  EXPECT_TRUE(contains(refuse(-1, 0, 0, 0, 0, 0.5, "", ""), "-1 does not fit column 'big'"));
  EXPECT_TRUE(contains(refuse(0, 0, std::int64_t{1} << 31, 0, 0, 0.5, "", ""), "'small'"));
  EXPECT_TRUE(
      contains(refuse(0, std::numeric_limits<std::uint64_t>::max(), 0, 0, 0, 0.5, "", ""), "'signed'"));
  EXPECT_TRUE(contains(refuse(0, 0, 0, 128, 0, 0.5, "", ""), "'colour'"));
  EXPECT_TRUE(contains(refuse(0, 0, 0, 0, 0, "no number", "", ""), "'real'"));
  EXPECT_TRUE(contains(refuse(0, 0, 0, 0, 0, 0.5, 5, ""), "'digits'"));
  EXPECT_TRUE(contains(refuse(0, 0.5, 0, 0, 0, 0.5, "", ""), "'signed'"));
}

TEST(Table, SaysWhichColumnIsUnequallyLong) {
  Table table(test::every_type_spec());
  table.append(0, 0, 0, 0, 0, 0, "", "");
  table.column<std::uint8_t>("truth").push_back(1);
  EXPECT_TRUE(contains(message_of<core::InternalError>([&] { static_cast<void>(table.n_rows()); }),
                       "'truth' has 2 rows"));
}

TEST(Table, RefusesUnknownNamesWrongTypesAndBadSpecifications) {
  Table table(test::every_type_spec());
  EXPECT_THROW(static_cast<void>(table.column<double>("big")), core::InternalError);
  EXPECT_THROW(static_cast<void>(table.column<double>("none")), core::InternalError);
  EXPECT_THROW(Table({"t", "", {}}), core::InternalError);
  EXPECT_THROW(Table({"t", "", {{"a", "", "", ColumnType::int8}, {"a", "", "", ColumnType::int8}}}),
               core::InternalError);
  EXPECT_THROW(Table({"t", "", {{"a", "", "", ColumnType::int32, {"x"}}}}), core::InternalError);
}

TEST(Table, CutsAndJoinsRows) {
  std::mt19937_64 random(5);
  const Table all = test::random_rows(test::every_type_spec(), 20, random);
  Table parts(all.spec());
  parts.append_rows(all, 0, 13);
  parts.append_rows(all, 13, 7);
  test::expect_equal(parts, all);
  parts.drop_front(4);
  Table rest(all.spec());
  rest.append_rows(all, 4, 16);
  test::expect_equal(parts, rest);
  EXPECT_THROW(rest.append_rows(all, 15, 6), core::InternalError);
}

}  // namespace
}  // namespace gforbit::store
