/// Summaries of a job that has registered nothing, and of one that has.
#include "gforbit/report/summary.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "gforbit/core/error.hpp"
#include "gforbit/store/result_writer.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::report {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryDirectory;

class Summary : public ::testing::Test {
 protected:
  Summary() {
    store::ResultWriter writer(directory_ / "a.h5", false);
    writer.set_header("test", false, core::ExitStatus::stopped);
    store::Table table(test::every_type_spec("results/things"));
    table.append(7, -1, 3, 1, 1, 0.5, "7", "x");
    table.append(8, -1, 3, 2, 0, 0.5, "8", "y");
    writer.write(table);
    writer.write(store::Table(test::every_type_spec("results/other")));
    writer.write(store::Table(test::every_type_spec("runtime/ranks")));
    digest_ = writer.commit();
  }
  std::string summary(SummaryFormat format, std::span<const JobReport> reports = {}) {
    std::ostringstream out;
    summarize(store::ResultReader(directory_ / "a.h5"), format, reports, out);
    return out.str();
  }
  TemporaryDirectory directory_;
  std::string digest_;
};

TEST_F(Summary, JsonOfAnyJobHasItsResultTablesAsLists) {
  const auto json = nlohmann::json::parse(summary(SummaryFormat::json));
  EXPECT_EQ(json, nlohmann::json::parse(R"({"schema": "gforbit", "schema_version": [1, 1], "job": "test",
    "complete": 0, "exit_status": 75, "other": [], "things": [
      {"big": 7, "signed": -1, "small": 3, "colour": "green", "truth": 1, "real": 0.5, "digits": "7", "words": "x"},
      {"big": 8, "signed": -1, "small": 3, "colour": "blue", "truth": 0, "real": 0.5, "digits": "8", "words": "y"}]})"));
}

TEST_F(Summary, TextSaysLoudlyThatTheFileIsIncomplete) {
  const std::string text = summary(SummaryFormat::text);
  EXPECT_TRUE(contains(text, "INCOMPLETE"));
  EXPECT_TRUE(contains(text, "exit status 75"));
  EXPECT_TRUE(contains(text, "results/things: 2 rows"));
}

TEST_F(Summary, UsesWhatTheJobRegistered) {
  const std::vector<JobReport> reports = {
      {"other", {}, [](const auto&, std::ostream& out) { out << "wrong"; }, {}, {}, {}},
      {"test",
       [](const auto&, std::ostream& out) { out << "\"mine\": 1"; },
       [](const auto&, std::ostream& out) { out << "my text"; },
       [](const auto&, std::ostream& out) { out << "my csv"; },
       {},
       {}}};
  EXPECT_EQ(nlohmann::json::parse(summary(SummaryFormat::json, reports))["mine"], 1);
  EXPECT_TRUE(contains(summary(SummaryFormat::text, reports), "my text"));
  EXPECT_EQ(summary(SummaryFormat::csv, reports), "my csv");
  EXPECT_TRUE(contains(
      message_of<core::UsageError>([&] { static_cast<void>(summary(SummaryFormat::latex, reports)); }),
      "latex"));
}

TEST_F(Summary, DigestIsThatOfTheWriter) {
  std::ostringstream out;
  write_digest(store::ResultReader(directory_ / "a.h5"), out);
  EXPECT_EQ(out.str(), digest_ + "\n");
}

TEST(SummaryFormat, Names) {
  EXPECT_EQ(summary_format("text"), SummaryFormat::text);
  EXPECT_EQ(summary_format("latex"), SummaryFormat::latex);
  EXPECT_THROW(static_cast<void>(summary_format("Text")), core::UsageError);
}

}  // namespace
}  // namespace gforbit::report
