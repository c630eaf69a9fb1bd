#include "gforbit/config/line_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "gforbit/core/error.hpp"
#include "seed.hpp"
#include "unit/config/temp_folder.hpp"

namespace gforbit::config {
namespace {

using testing_support::message_of;
using testing_support::TempFolder;

struct Found {
  std::uint64_t offset, number;
  std::string text;
  bool operator==(const Found&) const = default;
};

std::vector<Found> lines_of(LineFile& file) {
  std::vector<Found> found;
  for (Line line; file.next(line);) found.push_back({line.offset, line.number, std::string(line.text)});
  return found;
}

TEST(LineFile, EndsOfLinesAndOfTheFile) {
  const TempFolder folder;
  const auto read = [&](std::string_view bytes) {
    LineFile file(folder.write("f", bytes));
    return lines_of(file);
  };
  using List = std::vector<Found>;
  EXPECT_EQ(read(""), List{});
  EXPECT_EQ(read("\n"), (List{{0, 1, ""}}));
  EXPECT_EQ(read("a"), (List{{0, 1, "a"}}));
  EXPECT_EQ(read("a\nb\n"), (List{{0, 1, "a"}, {2, 2, "b"}}));
  EXPECT_EQ(read("a\r\n\r\nb\r"), (List{{0, 1, "a"}, {3, 2, ""}, {5, 3, "b"}}));
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a\nb"),
            (List{{3, 1, "a"}, {5, 2, "b"}}));
  EXPECT_EQ(read("\xEF\xBB\xBF"), List{});
  EXPECT_EQ(read("a\n\xEF\xBB\xBF"
                 "b"),
            (List{{0, 1, "a"},
                  {2, 2,
                   "\xEF\xBB\xBF"
                   "b"}}));
  EXPECT_EQ(read(std::string_view("a\0b\n", 4)), (List{{0, 1, std::string("a\0b", 3)}}));
}

TEST(LineFile, CountsLinesBeforeTheyAreRead) {
  const TempFolder folder;
  LineFile file(folder.write("f", "a\n\nlast without an end"));
  EXPECT_EQ(file.count_lines(), 3u);
  EXPECT_EQ(lines_of(file).size(), 3u);
  std::string many;
  for (int i = 0; i < 50000; ++i) many += "line\n";
  LineFile long_file(folder.write("g", many));
  EXPECT_EQ(long_file.count_lines(), 50001u);
  EXPECT_EQ(lines_of(long_file).size(), 50000u);
}

TEST(LineFile, HoldsBytesWithoutLineEnds) {
  const TempFolder folder;
  const LineFile file = LineFile::of_bytes(folder.write("f", "abcdef"));
  EXPECT_EQ(file.size(), 6U);
  std::string part(4, '-');
  EXPECT_EQ(file.read(3, part), 3U);
  EXPECT_EQ(part, "def-");
  EXPECT_EQ(file.read(6, part), 0U);
  // What is spooled is whole, although no line could be so long.
  std::uint64_t left = kLongestLine + (std::uint64_t{1} << 20);
  const std::uint64_t all = left;
  const LineFile spooled(
      "zeros",
      [&left](std::span<char> block) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
        std::fill_n(block.begin(), n, '\0');
        left -= n;
        return n;
      },
      LineFile::kAll);
  EXPECT_EQ(spooled.size(), all);
}

TEST(LineFile, LinesOfAnyLengthAgainByOffset) {
  std::mt19937_64 random(testing_support::test_seed());
  std::string bytes;
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) {
    texts.emplace_back(random() % (i % 50 == 0 ? 300'000 : 3000), static_cast<char>('a' + i % 26));
    bytes += texts.back() + (random() % 2 == 0 ? "\n" : "\r\n");
  }
  const TempFolder folder;
  LineFile file(folder.write("f", bytes));
  const auto found = lines_of(file);
  ASSERT_EQ(found.size(), texts.size());
  for (int i = 0; i < 1000; ++i) {
    const std::size_t k = random() % found.size();
    EXPECT_EQ(found[k].text, texts[k]);
    EXPECT_EQ(file.at(found[k].offset), texts[k]);
  }
}

TEST(LineFile, SurvivesMovesAndTheRemovalOfItsName) {
  const TempFolder folder;
  const auto path = folder.write("f", "a\nb\nc\n");
  LineFile first(path);
  Line line;
  ASSERT_TRUE(first.next(line));
  std::filesystem::remove(path);
  LineFile second(std::move(first));
  ASSERT_TRUE(second.next(line));
  EXPECT_EQ(line.text, "b");
  LineFile third(folder.write("g", "x\n"));
  third = std::move(second);
  ASSERT_TRUE(third.next(line));
  EXPECT_EQ(line.text, "c");
  EXPECT_EQ(third.at(0), "a");
  EXPECT_EQ(third.name(), path);
}

TEST(LineFile, APipeIsReadTwice) {
  const TempFolder folder;
  const auto path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string long_line(200'000, 'z');
  std::thread writer([&] { std::ofstream(path) << "a\n" << long_line << "\nb"; });
  LineFile file(path);
  writer.join();
  const auto found = lines_of(file);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].text, long_line);
  EXPECT_EQ(file.at(found[2].offset), "b");
  EXPECT_EQ(file.at(0), "a");
}

TEST(LineFile, SaysWhyAFileCannotBeRead) {
  const auto message = [](const std::string& path) {
    return message_of<core::InputError>([&] { LineFile file(path); });
  };
  EXPECT_EQ(message("/no/such/file"), "cannot read '/no/such/file': No such file or directory");
  EXPECT_EQ(message("/"), "cannot read '/': Is a directory");
  EXPECT_EQ(message(""), "cannot read '': No such file or directory");
}

TEST(LineFile, SaysWhereAPipeCannotBeKept) {
  const TempFolder folder;
  const auto path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path).flush(); });
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/no/such/folder", 1);
  const std::string message = message_of<core::EnvironmentError>([&] { LineFile file(path); });
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
  writer.join();
  EXPECT_EQ(message.find("cannot keep a copy of " + path), 0U) << message;
  EXPECT_NE(message.find("set TMPDIR"), std::string::npos) << message;
  EXPECT_NE(message.find("'/no/such/folder'"), std::string::npos) << message;
}

}  // namespace
}  // namespace gforbit::config
