#include "gforbit/report/export.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gforbit/core/error.hpp"
#include "gforbit/report/rows.hpp"
#include "gforbit/store/result_writer.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::report {
namespace {

using store::ColumnType;
using test::contains;
using test::message_of;
using test::TemporaryDirectory;

store::Table counts() {
  store::Table table({"results/counts",
                      "Counts",
                      {{"name", "a name", "", ColumnType::text},
                       {"n", "a count", "", ColumnType::uint64},
                       {"n_decimal", "the count, exact", "", ColumnType::fixed_text},
                       {"colour", "a colour", "", ColumnType::int8, {"red", "green"}},
                       {"sign", "a sign", "", ColumnType::int8},
                       {"truth", "0 or 1", "", ColumnType::uint8},
                       {"time", "a time", "s", ColumnType::float64}}});
  table.append("plain", 7, "7", 0, -1, 1, 0.1);
  table.append("with, \"quotes\"\nand \xe2\x88\x9e", std::numeric_limits<std::uint64_t>::max(),
               "18446744073709551615", 1, 1, 0, 1e300);
  table.append("too large", 0, "18446744073709551616", 0, 0, 0, std::numeric_limits<double>::quiet_NaN());
  table.append("unknown", 0, "", 0, 0, 0, 0.0);
  table.append("zero", 0, "0", 0, 0, 0, 0.0);
  return table;
}

class Export : public ::testing::Test {
 protected:
  Export() {
    store::ResultWriter writer(directory_ / "a.h5", false);
    writer.set_header("test", true, core::ExitStatus::done);
    writer.write(counts());
    writer.write(store::Table(test::every_type_spec("results/empty")));
    store::Table numbers({"results/many", "Many", {{"i", "a number", "", ColumnType::uint64}}});
    for (std::uint64_t i = 0; i < kMany; ++i) numbers.append(i);
    writer.write(numbers);
    writer.commit();
  }
  static constexpr std::uint64_t kMany = 150'000;  // more than two blocks
  TemporaryDirectory directory_;
  std::string exported(const std::string& table, ExportFormat format) {
    std::ostringstream out;
    export_table(store::ResultReader(directory_ / "a.h5"), table, format, out);
    return out.str();
  }
};

TEST_F(Export, CsvQuotesAndMeanings) {
  EXPECT_EQ(exported("results/counts", ExportFormat::csv),
            "name,n,n_decimal,colour,sign,truth,time\n"
            "plain,7,7,red,-1,1,0.1\n"
            "\"with, \"\"quotes\"\"\nand "
            "\xe2\x88\x9e\",18446744073709551615,18446744073709551615,green,1,0,1e+300\n"
            "too large,0,18446744073709551616,red,0,0,nan\n"
            "unknown,0,,red,0,0,0\n"
            "zero,0,0,red,0,0,0\n");
}

TEST_F(Export, JsonLinesAreObjectsWithNullForWhatDoesNotFit) {
  std::istringstream lines(exported("results/counts", ExportFormat::jsonl));
  std::vector<nlohmann::json> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0],
            nlohmann::json::parse(
                R"({"name":"plain","n":7,"n_decimal":"7","colour":"red","sign":-1,"truth":1,"time":0.1})"));
  EXPECT_EQ(rows[1]["name"], "with, \"quotes\"\nand \xe2\x88\x9e");
  EXPECT_EQ(rows[1]["n"].get<std::uint64_t>(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(rows[2]["n"].is_null());
  EXPECT_EQ(rows[2]["n_decimal"], "18446744073709551616");
  EXPECT_TRUE(rows[2]["time"].is_null());
  EXPECT_TRUE(rows[3]["n"].is_null());
  EXPECT_EQ(rows[4]["n"], 0);
}

TEST_F(Export, EmptyAndLargeTables) {
  EXPECT_EQ(exported("results/empty", ExportFormat::csv),
            "big,signed,small,colour,truth,real,digits,words\n");
  EXPECT_EQ(exported("results/empty", ExportFormat::jsonl), "");
  std::istringstream lines(exported("results/many", ExportFormat::csv));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "i");
  for (std::uint64_t i = 0; i < kMany; ++i) {
    ASSERT_TRUE(std::getline(lines, line));
    ASSERT_EQ(line, std::to_string(i));
  }
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(Export, AnUnknownTableListsThoseThereAre) {
  const std::string text =
      message_of<core::UsageError>([&] { static_cast<void>(exported("results/conts", ExportFormat::csv)); });
  EXPECT_TRUE(contains(text, "results/counts, results/empty, results/many"));
  EXPECT_TRUE(contains(
      message_of<core::UsageError>([&] { static_cast<void>(exported("counts", ExportFormat::csv)); }),
      "has no table 'counts' (did you mean 'results/counts'?)"));
}

TEST_F(Export, AClosedOutputIsAnError) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_THROW(export_table(store::ResultReader(directory_ / "a.h5"), "results/many", ExportFormat::csv, out),
               core::OutputError);
}

TEST_F(Export, GroupedRowsComeInOrder) {
  const store::ResultReader reader(directory_ / "a.h5");
  GroupedRows rows(reader, "results/many", "i");
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < kMany; i += 1000) {
    int n = 0;
    if (i > 0) {
      for (std::uint64_t skipped = i - 999; skipped < i; ++skipped)
        rows.take(skipped, [](const store::Table&, std::size_t) {});
    }
    rows.take(i, [&](const store::Table& block, std::size_t row) {
      sum += block.column<std::uint64_t>("i")[row];
      ++n;
    });
    EXPECT_EQ(n, 1);
  }
  EXPECT_EQ(sum, 149u * 150u / 2u * 1000u);
  GroupedRows again(reader, "results/many", "i");
  EXPECT_THROW(again.take(5, [](const store::Table&, std::size_t) {}), core::InputError);  // 0 was left out
  EXPECT_THROW(GroupedRows(reader, "results/counts", "name"), core::InputError);
}

TEST(ExportFormat, Names) {
  EXPECT_EQ(export_format("csv"), ExportFormat::csv);
  EXPECT_EQ(export_format("jsonl"), ExportFormat::jsonl);
  EXPECT_TRUE(
      contains(message_of<core::UsageError>([] { static_cast<void>(export_format("xml")); }), "'xml'"));
}

}  // namespace
}  // namespace gforbit::report
