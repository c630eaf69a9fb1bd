// The checkpoint's own thread: what it appends, and how it keeps its file small.
#include "launch/checkpoint.hpp"

#include <gtest/gtest.h>

#include <map>

#include "gforbit/core/error.hpp"
#include "unit/config/temp_folder.hpp"

namespace gforbit::launch {
namespace {

using testing_support::TempFolder;

/// Records of these tests: a key, which is the type, and any text; the last of a key counts.
class LastOfEachKey final : public Compaction {
 public:
  void see(const store::JournalRecord& record) override {
    const auto [at, is_new] = last_.try_emplace(record.type, record.payload);
    if (is_new) return;
    outdated_ += at->second.size();
    at->second = record.payload;
  }
  std::uint64_t outdated_bytes() const override { return outdated_; }
  std::optional<store::JournalRecord> keep(store::JournalRecord record) override {
    if (last_.at(record.type) != record.payload) return std::nullopt;
    if (record.type % 2 == 0) return record;
    held_.push_back(std::move(record));
    return std::nullopt;
  }
  Records rest() override { return std::move(held_); }

 private:
  std::map<std::uint32_t, core::Bytes> last_;
  std::uint64_t outdated_ = 0;
  Records held_;
};

RecordRules rules(std::uint64_t least) {
  RecordRules rules;
  rules.compaction = [] { return std::make_unique<LastOfEachKey>(); };
  rules.least_compacted = least;
  return rules;
}

store::JournalRecord record(std::uint32_t key, std::uint32_t value) {
  return {key, core::ByteWriter().put(value).put_text(std::string(100, 'x')).take()};
}

/// Writes record after record, each durable before the next one.
void write_each(Checkpoint& checkpoint, std::uint32_t begin, std::uint32_t end, std::uint32_t keys) {
  const auto writes = checkpoint.statistics().writes;
  for (std::uint32_t i = begin; i < end; ++i) {
    checkpoint.add(record(1 + i % keys, i));
    checkpoint.request();
    while (checkpoint.statistics().writes < writes + i - begin + 1) std::this_thread::yield();
  }
}

/// The last value of each key, and how often the run was restarted.
std::map<std::uint32_t, std::uint32_t> restored(const std::filesystem::path& path, std::int32_t restarts) {
  std::map<std::uint32_t, std::uint32_t> values;
  const Checkpoint checkpoint(path, "problem", {}, [&](const store::JournalRecord& r) {
    values[r.type] = core::ByteReader(r.payload).get<std::uint32_t>();
  });
  EXPECT_EQ(checkpoint.resumed()->damage, "");
  EXPECT_EQ(checkpoint.resumed()->restarts, restarts);
  return values;
}

TEST(Checkpoint, OneThatDoesNotFitIsRefusedWithTheReason) {
  const TempFolder folder;
  const std::filesystem::path path = folder.path("a.h5.ckpt");
  const auto text = [](const char* job, const char* format, const char* degree) {
    return problem_text({{"job", job}, {"checkpoint format", format}, {"degree", degree}});
  };
  { const Checkpoint checkpoint(path, text("cycles", "2", "20"), {}); }
  const auto message = [&](const std::string& ours) -> std::string {
    try {
      const Checkpoint checkpoint(path, ours, {}, [](const auto&) {});
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  const std::string name = "the checkpoint '" + path.string() + "' ";
  EXPECT_EQ(message(text("cycles", "2", "20")), "");
  EXPECT_EQ(
      message(text("cycles", "2", "21")),
      name +
          "belongs to another problem (degree: 20 there, 21 here): resume it with the options it was started "
          "with, choose another --output, or start again with --force");
  EXPECT_EQ(
      message(text("stream", "1", "21")),
      name +
          "belongs to another problem (job: cycles there, stream here): resume it with the options it was "
          "started with, choose another --output, or start again with --force");
  EXPECT_EQ(message(text("cycles", "3", "21")),
            name +
                "was written by another version of gforbit (checkpoint format: 2 there, 3 here): resume it "
                "with that version, or start again with --force");
}

TEST(Checkpoint, ARecordThatTheJobCannotUseIsRefusedWithTheFile) {
  const TempFolder folder;
  const std::filesystem::path path = folder.path("a.h5.ckpt");
  {
    Checkpoint checkpoint(path, "problem", {});
    checkpoint.add({7, core::Bytes(3)});
    checkpoint.finish();
  }
  const auto message = [&](RecordRules rules, const auto& restore) -> std::string {
    try {
      const Checkpoint checkpoint(path, "problem", std::move(rules), restore);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  const auto read = [](const store::JournalRecord& r) {
    static_cast<void>(core::ByteReader(r.payload).get<double>());
  };
  const std::string begin = "the checkpoint '" + path.string() + "' contradicts itself or the input (";
  const std::string end = "): resume it with the gforbit that wrote it, or start again with --force";
  EXPECT_EQ(message({}, read), begin + "a byte record ends inside a value" + end);
  EXPECT_EQ(message({.survey = read}, [](const auto&) {}), begin + "a byte record ends inside a value" + end);
  EXPECT_EQ(message({}, [](const auto&) { throw core::ProtocolError("of type 7"); }),
            begin + "of type 7" + end);
  EXPECT_EQ(message({}, [](const auto&) { throw core::CertificateError("states are missing"); }),
            begin + "states are missing" + end);
  const auto bug = [](const store::JournalRecord&) { throw core::InternalError("two is three"); };
  EXPECT_THROW(Checkpoint(path, "problem", {}, bug), core::InternalError);
  EXPECT_EQ(message({}, [](const auto&) {}), "");
}

TEST(Checkpoint, AFileOfWhichMostIsOutdatedIsReplaced) {
  const TempFolder folder;
  const std::filesystem::path path = folder.path("a.ckpt");
  {
    Checkpoint checkpoint(path, "problem", rules(2000));
    write_each(checkpoint, 0, 1000, 5);
    EXPECT_LT(checkpoint.statistics().bytes, 5000u);
    EXPECT_LT(std::filesystem::file_size(path), 5000u);
  }
  std::uint32_t values = 0;
  {
    Checkpoint checkpoint(path, "problem", rules(2000), [&](const auto&) { ++values; });
    write_each(checkpoint, 1000, 1500, 5);
    EXPECT_LT(std::filesystem::file_size(path), 5000u);
  }
  EXPECT_LT(values, 40u);
  EXPECT_EQ(restored(path, 2),
            (std::map<std::uint32_t, std::uint32_t>{{1, 1495}, {2, 1496}, {3, 1497}, {4, 1498}, {5, 1499}}));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".tmp"));
}

TEST(Checkpoint, WhatCountsIsWrittenOnce) {
  const TempFolder folder;
  const std::filesystem::path path = folder.path("a.ckpt");
  Checkpoint checkpoint(path, "problem", rules(2000));
  const auto file = std::filesystem::hard_link_count(path);
  std::filesystem::create_hard_link(path, folder.path("same"));
  write_each(checkpoint, 0, 300, 300);
  EXPECT_EQ(std::filesystem::hard_link_count(path), file + 1) << "it was replaced";
}

TEST(Checkpoint, AReplacementThatCannotBeWrittenIsDoneWithout) {
  const TempFolder folder;
  const std::filesystem::path path = folder.path("a.ckpt");
  {
    Checkpoint checkpoint(path, "problem", rules(2000));
    std::filesystem::create_directory(path.string() + ".tmp");
    write_each(checkpoint, 0, 200, 5);
    EXPECT_EQ(checkpoint.take_failure(), std::nullopt);
    checkpoint.finish();
  }
  EXPECT_GT(std::filesystem::file_size(path), 20000u);
  EXPECT_EQ(restored(path, 1).at(5), 199u);
}

}  // namespace
}  // namespace gforbit::launch
