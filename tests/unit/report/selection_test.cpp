/// Rows and columns of a summary.
#include "gforbit/report/selection.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "gforbit/core/error.hpp"
#include "gforbit/store/result_writer.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::report {
namespace {

using store::ColumnType;
using test::contains;
using test::message_of;

class SelectionTest : public ::testing::Test {
 protected:
  SelectionTest() {
    store::Table table({"results/counts",
                        "Counts",
                        {{"id", "a name", "", ColumnType::fixed_text},
                         {"n", "a count", "", ColumnType::uint64},
                         {"n_decimal", "the count, exact", "", ColumnType::fixed_text},
                         {"colour", "a colour", "", ColumnType::int8, {"red", "green"}},
                         {"time", "a time", "s", ColumnType::float64}}});
    table.append("a_b", 7, "7", 0, 0.5);
    table.append("huge", 0, "18446744073709551616", 1, 1.5);
    table.append("ten", 10, "10", 1, 1e-3);
    table.append("none", 0, "", 0, 2.5);
    table.append("nine", 9, "9", 1, 20.0);
    store::ResultWriter writer(directory_ / "a.h5", false);
    writer.set_header("test", true, core::ExitStatus::done);
    writer.write(table);
    writer.commit();
  }
  std::string selected(const Selection& selection, SummaryFormat format = SummaryFormat::csv) {
    std::ostringstream out;
    write_selection(store::ResultReader(directory_ / "a.h5"), "results/counts", selection, format, out);
    return out.str();
  }
  test::TemporaryDirectory directory_;
};

TEST_F(SelectionTest, ColumnsInTheOrderAskedFor) {
  EXPECT_EQ(selected({.columns = {"colour", "id"}}),
            "colour,id\nred,a_b\ngreen,huge\ngreen,ten\nred,none\ngreen,nine\n");
  EXPECT_EQ(selected({}).substr(0, 27), "id,n,n_decimal,colour,time\n");
}

TEST_F(SelectionTest, ConditionsCompareNumbersExactlyAndTextsAsTexts) {
  const auto ids = [&](const std::string& where) {
    std::string text = selected({.columns = {"id"}, .where = where});
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text.substr(3);
  };
  EXPECT_EQ(ids("n > 9"), "huge ten ");
  EXPECT_EQ(ids("n >= 9"), "huge ten nine ");
  EXPECT_EQ(ids("n = 18446744073709551616"), "huge ");
  EXPECT_EQ(ids("n != 7 and n < 10"), "none nine ");
  EXPECT_EQ(ids("n ="), "none ");
  EXPECT_EQ(ids("colour=green and time<=1.5"), "huge ten ");
  EXPECT_EQ(ids("id == ten"), "ten ");
  EXPECT_EQ(ids("time > 2"), "none nine ");
}

TEST_F(SelectionTest, TheLargestFirst) {
  EXPECT_EQ(selected({.columns = {"id"}, .top = 2, .by = {"n"}}), "id\nhuge\nten\n");
  EXPECT_EQ(selected({.columns = {"id"}, .by = {"n"}}), "id\nhuge\nten\nnine\na_b\nnone\n");
  EXPECT_EQ(selected({.columns = {"id"}, .by = {"colour", "time"}}), "id\nnone\na_b\nnine\nhuge\nten\n");
  EXPECT_EQ(selected({.columns = {"id"}, .where = "colour = red", .top = 1, .by = {"n"}}), "id\na_b\n");
  EXPECT_EQ(selected({.columns = {"id"}, .top = 1}), "id\na_b\n");
  EXPECT_EQ(selected({.columns = {"id"}, .top = 0, .by = {"n"}}), "id\n");
}

TEST_F(SelectionTest, EveryFormat) {
  const Selection two{.columns = {"id", "n"}, .where = "n < 10", .top = 2, .by = {"n"}};
  EXPECT_EQ(selected(two, SummaryFormat::text), "id    n\nnine  9\na_b   7\n");
  EXPECT_EQ(nlohmann::json::parse(selected(two, SummaryFormat::json)),
            nlohmann::json::parse(R"([{"id": "nine", "n": 9}, {"id": "a_b", "n": 7}])"));
  EXPECT_TRUE(nlohmann::json::parse(selected({.where = "id = huge"}, SummaryFormat::json))[0]["n"].is_null());
  EXPECT_EQ(
      selected(two, SummaryFormat::latex),
      "% needs \\usepackage{booktabs,longtable}\n\\begin{longtable}{lr}\n\\toprule\nid & n \\\\\n\\midrule\n"
      "\\endhead\n\\bottomrule\n\\endfoot\nnine & 9 \\\\\na\\_b & 7 \\\\\n\\end{longtable}\n");
}

TEST_F(SelectionTest, WhatIsWrongIsSaid) {
  const auto message = [&](const Selection& selection) {
    return message_of<core::UsageError>([&] { static_cast<void>(selected(selection)); });
  };
  EXPECT_TRUE(contains(message({.columns = {"m"}}), "has no column 'm'; its columns are: id, n, n_decimal"));
  EXPECT_TRUE(contains(message({.where = "n is 3"}), "'n is 3' is no condition: expected COLUMN = VALUE"));
  EXPECT_TRUE(contains(message({.where = "m = 3"}), "has no column 'm'"));
  EXPECT_TRUE(contains(message({.by = {"m"}}), "has no column 'm'"));
}

TEST(IsLess, IntegersNumbersAndTexts) {
  EXPECT_TRUE(is_less("9", "10"));
  EXPECT_TRUE(is_less("-10", "-9"));
  EXPECT_TRUE(is_less("-1", "0"));
  EXPECT_TRUE(is_less("0.5", "1"));
  EXPECT_TRUE(is_less("", "-1"));
  EXPECT_TRUE(is_less("abc", "abd"));
  EXPECT_FALSE(is_less("007", "7"));
  EXPECT_FALSE(is_less("7", "007"));
}

}  // namespace
}  // namespace gforbit::report
