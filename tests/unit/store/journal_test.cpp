// Journals: what was appended comes back, and nothing that is torn, damaged, foreign or newer passes for it.
#include "gforbit/store/journal.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "unit/store/fixtures.hpp"

namespace gforbit::store {
namespace {

using test::file_bytes;
using test::message_of;
using test::write_bytes;
using Records = std::vector<JournalRecord>;

core::Bytes bytes_of(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

/// `type:payload` of every record that can be read.
std::vector<std::string> contents(const std::filesystem::path& path, std::string* damage = nullptr,
                                  std::uint64_t* good = nullptr) {
  JournalReader reader(path);
  std::vector<std::string> all;
  reader.read([&](const JournalRecord& r) {
    all.push_back(fmt::format(
        "{}:{}", r.type, std::string(reinterpret_cast<const char*>(r.payload.data()), r.payload.size())));
  });
  if (damage != nullptr) *damage = reader.damage();
  if (good != nullptr) *good = reader.good_bytes();
  return all;
}

class JournalTest : public testing::Test {
 protected:
  test::TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_ / "a.h5.ckpt";

  void write_sample() {
    Journal journal = Journal::create(path_, "field = 2\n");
    journal.append(Records{{1, bytes_of("one")}, {2, bytes_of("")}});
    journal.append(Records{{3, bytes_of("three")}});
  }
};

TEST_F(JournalTest, WhatWasAppendedComesBack) {
  write_sample();
  EXPECT_EQ(JournalReader(path_).header(), "field = 2\n");
  std::string damage;
  EXPECT_EQ(contents(path_, &damage), (std::vector<std::string>{"1:one", "2:", "3:three"}));
  EXPECT_EQ(damage, "");
  EXPECT_FALSE(std::filesystem::exists(path_.string() + ".tmp"));
}

TEST_F(JournalTest, CutAnywhereItKeepsTheWholeRecordsAndGoesOn) {
  write_sample();
  const std::string whole = file_bytes(path_);
  const std::uint64_t begin = Journal::create(folder_ / "empty", "field = 2\n").bytes();
  for (std::size_t size = begin; size < whole.size(); ++size) {
    write_bytes(path_, whole.substr(0, size));
    std::string damage;
    std::uint64_t good = 0;
    std::vector<std::string> kept = contents(path_, &damage, &good);
    ASSERT_LE(kept.size(), 2u);
    EXPECT_EQ(damage.empty(), good == size) << size;
    {
      Journal journal = Journal::reopen(path_, good);
      journal.append(Records{{4, bytes_of("four")}});
    }
    kept.emplace_back("4:four");
    EXPECT_EQ(contents(path_, &damage), kept) << size;
    EXPECT_EQ(damage, "");
  }
}

TEST_F(JournalTest, AReplacementIsNothingUntilItIsPublished) {
  write_sample();
  const std::filesystem::path temporary = path_.string() + ".tmp";
  {
    Journal never = Journal::replacement(path_, "field = 2\n");
    never.append(Records{{7, bytes_of("seven")}});
    EXPECT_TRUE(std::filesystem::exists(temporary));
  }
  EXPECT_FALSE(std::filesystem::exists(temporary));
  EXPECT_EQ(contents(path_).size(), 3u);
  Journal journal = Journal::reopen(path_, std::filesystem::file_size(path_));
  Journal shorter = Journal::replacement(path_, "field = 2\n");
  shorter.append(Records{{2, bytes_of("both")}});
  journal.append(Records{{4, bytes_of("too late")}});
  shorter.publish();
  journal = std::move(shorter);
  journal.append(Records{{5, bytes_of("after")}});
  EXPECT_FALSE(std::filesystem::exists(temporary));
  EXPECT_EQ(contents(path_), (std::vector<std::string>{"2:both", "5:after"}));
  EXPECT_EQ(journal.bytes(), std::filesystem::file_size(path_));
}

TEST_F(JournalTest, AFlippedBitEndsTheGoodPart) {
  write_sample();
  const std::string whole = file_bytes(path_);
  const auto all = contents(path_);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    write_bytes(path_, damaged);
    try {
      std::string damage;
      const auto kept = contents(path_, &damage);
      // Unused fields of frames and preamble carry nothing.
      ASSERT_TRUE(std::equal(kept.begin(), kept.end(), all.begin())) << "bit " << bit;
      EXPECT_EQ(kept.size() == all.size(), damage.empty()) << "bit " << bit;
    } catch (const core::InputError&) {
      EXPECT_LT(bit / 8, whole.find("one")) << "only the header may refuse the file";
    }
  }
}

TEST_F(JournalTest, ForeignNewerAndMissingFilesAreNamed) {
  EXPECT_NE(message_of<core::InputError>([&] { JournalReader{path_}; }).find("a.h5.ckpt"), std::string::npos);
  write_bytes(path_, "something else that is long enough to be read");
  EXPECT_NE(message_of<core::InputError>([&] { JournalReader{path_}; }).find("no checkpoint"),
            std::string::npos);
  write_sample();
  std::string newer = file_bytes(path_);
  newer[16] = static_cast<char>(kJournalVersion + 1);
  write_bytes(path_, newer);
  EXPECT_NE(message_of<core::InputError>([&] { JournalReader{path_}; }).find("version 2"), std::string::npos);
}

TEST_F(JournalTest, AnAppendThatFailsLeavesTheJournalAsItWas) {
  Journal journal = Journal::create(path_, "");
  journal.append(Records{{1, bytes_of("one")}});
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  struct rlimit small = before;
  small.rlim_cur = journal.bytes() + 1000;
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(journal.append(Records{{2, bytes_of("two")}, {3, core::Bytes(5000)}}), core::OutputError);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(std::filesystem::file_size(path_), journal.bytes());
  journal.append(Records{{4, bytes_of("four")}});
  EXPECT_EQ(contents(path_), (std::vector<std::string>{"1:one", "4:four"}));
}

TEST_F(JournalTest, OneThatLostItsNameIsWrittenAnew) {
  Journal journal = Journal::create(path_, "field = 2\n");
  journal.append(Records{{1, bytes_of("one")}});
  const auto other = folder_ / "other";
  for (int way = 0; way < 3; ++way) {
    if (way == 0) std::filesystem::remove(path_);
    if (way == 1) std::filesystem::rename(path_, other);
    if (way == 2) {
      write_bytes(other, "something else");
      std::filesystem::rename(other, path_);
    }
    EXPECT_FALSE(journal.is_in_place());
    journal.append(Records{});
    EXPECT_TRUE(journal.is_in_place());
    EXPECT_EQ(contents(path_), (std::vector<std::string>{"1:one"}));
  }
  EXPECT_EQ(journal.times_written_anew(), 3u);
  std::filesystem::remove(path_);
  journal.append(Records{{2, bytes_of("two")}});
  EXPECT_EQ(contents(path_), (std::vector<std::string>{"1:one", "2:two"}));
  journal.remove();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(JournalTest, OneThatAnotherProcessCutsTakesNoMore) {
  Journal journal = Journal::create(path_, "field = 2\n");
  journal.append(Records{{1, bytes_of("one")}});
  write_bytes(path_, file_bytes(path_) + "more");
  journal.append(Records{{2, bytes_of("two")}});
  EXPECT_EQ(contents(path_), (std::vector<std::string>{"1:one", "2:two"}));
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 5);
  EXPECT_NE(message_of<core::OutputError>([&] {
              journal.append(Records{{3, bytes_of("3")}});
            }).find("has cut"),
            std::string::npos);
  EXPECT_FALSE(journal.is_in_place());
  EXPECT_EQ(contents(path_), (std::vector<std::string>{"1:one"}));
}

}  // namespace
}  // namespace gforbit::store
