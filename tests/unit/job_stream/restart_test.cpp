// A run goes on from any part of its checkpoint, condensed or not, to the same rows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "stream/executor.hpp"
#include "stream/plan.hpp"

namespace gforbit::job_stream {
namespace {

using Records = std::vector<store::JournalRecord>;

/// A run of one pipeline in stretches that end as soon as a sink has kept something.
class Restarted : public testing::Test {
 protected:
  Restarted() {
    input_.lines.push_back({"1",
                            "range(200000) * filter(value % 999 == 0) * take(150) * table(t)",
                            sched::Priority::normal,
                            {}});
    settings_.pause_bytes = 1;
    settings_.batch_items = 3000;
    settings_.edge_capacity = 4000;
    settings_.spool_folder = std::filesystem::temp_directory_path();
  }

  /// Goes on from `records`, `most` units at most; what is kept is added to them. @return the rows so far
  std::string run(Records& records, int most = 1 << 30) {
    StreamPlan plan(input_, settings_, [] { return std::chrono::steady_clock::now(); });
    for (const store::JournalRecord& record : records) plan.restore(record);
    plan.end_restore();
    plan.keep_results([&](store::JournalRecord record) { records.push_back(std::move(record)); });
    StreamExecutor executor;
    for (int n = 0; n < most; ++n) {
      const auto unit = plan.next(0);
      if (!unit) break;
      plan.begun(*unit);
      const auto execution = executor.start(unit->body);
      while (execution->work({})) {
      }
      plan.completed(*unit, execution->result());
    }
    std::string text;
    for (const auto& [number, offset] : plan.rows()[0].units) {
      const UnitRows rows = plan.read_rows(offset);
      for (const stream::Batch& batch : rows.kept.at(0)) {
        for (std::size_t i = 0; i < batch.size; ++i) text += fmt::format("{};", batch.indices[i]);
      }
    }
    complete_ = plan.rows()[0].status == RowStatus::completed;
    return text;
  }

  StreamInput input_;
  StreamPlan::Settings settings_;
  bool complete_ = false;
};

TEST_F(Restarted, FromAnyPartOfTheCheckpoint) {
  Records all;
  const std::string expected = run(all);
  ASSERT_TRUE(complete_);
  ASSERT_GT(all.size(), 10U) << "several stretches, each with a state";
  for (const bool condense : {false, true}) {
    for (std::size_t n = 0; n <= all.size(); ++n) {
      Records some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
      if (condense) some = condensed(std::move(some));
      // Torn behind any record, resumed for a moment, and then to the end.
      Records torn(some.begin(), some.end() - (some.empty() ? 0 : 1));
      run(torn, 1);
      EXPECT_EQ(run(torn), expected) << n;
      EXPECT_TRUE(complete_);
      EXPECT_EQ(run(some), expected) << n;
      EXPECT_TRUE(complete_);
    }
  }
}

TEST_F(Restarted, OnlyWhereRowsOfAFollowedFileStay) {
  const auto path = std::filesystem::temp_directory_path() /
                    fmt::format("gforbit-followed-{}.csv", testing::UnitTest::GetInstance()->random_seed());
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  input_.lines[0].text = fmt::format("follow(\"{}\", idle=1e6) * take(3) * table(t)", path.string());
  settings_.batch_items = 1;
  write("a\n1\n2\n");
  Records records;
  run(records, 1);
  ASSERT_FALSE(complete_);
  ASSERT_EQ(records.size(), 2U) << "a stretch with a state";
  for (const char* const other : {"a\n7\n2\n3\n", "b\n1\n2\n3\n"}) {
    write(other);
    Records kept = records;
    EXPECT_THROW(run(kept), core::InputError) << other;
  }
  write("a\n1\n2\n3\n");
  EXPECT_EQ(run(records), "0;1;2;");
  EXPECT_TRUE(complete_);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace gforbit::job_stream
