// Files of lines, read from any item on: by the place that another reader has found, and from a checkpoint.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "gforbit/stream/graph.hpp"
#include "seed.hpp"
#include "stream/input.hpp"
#include "stream/plan.hpp"

namespace gforbit::job_stream {
namespace {

/// Counts what cannot be done.
class Errors final : public stream::Context {
 public:
  void fail(std::uint64_t index, const std::string& message) override {
    all += fmt::format("{} {};", index, message);
  }
  [[nodiscard]] const core::StopSignal& stop() const noexcept override { return stop_; }
  std::string all;

 private:
  core::StopSignal stop_;
};

/// Items as "index:value;" until the source ends, or `most` of them.
std::string items(stream::Source& source, Errors& errors, std::size_t most = SIZE_MAX) {
  std::string text;
  for (std::size_t n = 0; n < most;) {
    const stream::Produced produced = source.produce(std::min<std::size_t>(1000, most - n), errors);
    for (std::size_t i = 0; i < produced.batch.size; ++i)
      text += fmt::format("{}:{};", produced.batch.indices[i],
                          std::get<std::int64_t>(produced.batch.value(0, i)));
    n += produced.batch.size;
    if (produced.ended) break;
  }
  return text + errors.all;
}

class TextSources : public testing::TestWithParam<std::string> {
 protected:
  TextSources()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("gforbit-{}-{}", GetParam(), testing::UnitTest::GetInstance()->random_seed())) {
    const bool csv = GetParam() == "csv";
    std::ofstream out(path_, std::ios::binary);
    out << "\xEF\xBB\xBF" << (csv ? "\r\n\na,\"b\"\r\n" : "\n");
    for (int i = 0; i < kRows; ++i) {
      if (i % 97 == 0) out << "  \r\n";
      if (i == 7777) {
        out << "wrong\n";
      } else if (csv) {
        out << 3 * i << ",\"" << std::string(static_cast<std::size_t>(2 * (i % 7)), '"') << "x\""
            << (i % 2 == 0 ? "\r\n" : "\n");
      } else {
        out << "{\"a\": " << 3 * i << "}" << (i + 1 < kRows ? "\n" : "");
      }
    }
  }
  ~TextSources() override { std::filesystem::remove(path_); }
  TextSources(const TextSources&) = delete;
  TextSources& operator=(const TextSources&) = delete;

  [[nodiscard]] stream::Graph graph() const {
    return make_graph(fmt::format("{}('{}') * discard", GetParam(), path_.string()));
  }

  static constexpr int kRows = 20000;
  std::filesystem::path path_;
};

TEST_P(TextSources, RangesMakeTheWhole) {
  stream::Graph whole = graph();
  ASSERT_EQ(whole.cut()->length, static_cast<std::uint64_t>(kRows));
  Errors whole_errors;
  const std::string expected = items(whole.only_source(), whole_errors);
  std::mt19937 random(testing_support::test_seed());
  std::string all, errors;
  for (std::uint64_t begin = 0, end = 0; begin < kRows; begin = end) {
    end = std::min<std::uint64_t>(kRows, begin + 1 + random() % 6000);
    stream::Graph part = graph();
    part.only_source().cut(begin, end, whole.only_source().place_of(begin));
    Errors part_errors;
    const std::string text = items(part.only_source(), part_errors);
    all += text.substr(0, text.size() - part_errors.all.size());
    errors += part_errors.all;
  }
  EXPECT_EQ(all + errors, expected);
}

TEST_P(TextSources, GoOnFromTheirCheckpoint) {
  stream::Graph whole = graph();
  Errors whole_errors, errors;
  const std::string expected = items(whole.only_source(), whole_errors);
  stream::Graph first = graph(), second = graph();
  std::string all = items(first.only_source(), errors, 4321);
  core::ByteWriter out;
  first.only_source().save(out);
  const core::Bytes state = out.take();
  core::ByteReader in(state);
  second.only_source().load(in);
  all += items(second.only_source(), errors);
  EXPECT_EQ(all, expected);
}

INSTANTIATE_TEST_SUITE_P(Formats, TextSources, testing::Values("csv", "jsonl"));

/// The rows of a csv file with these contents and arguments, as JSON, and errors of items.
std::string rows_of(const std::string& contents, const std::string& arguments = "") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      fmt::format("gforbit-rows-{}-{}", ::getpid(), std::hash<std::string>{}(contents));
  std::ofstream(path, std::ios::binary) << contents;
  stream::Graph graph = make_graph(fmt::format("csv('{}'{}) * discard", path.string(), arguments));
  Errors errors;
  std::string text = graph.nodes()[0].schema.text() + "\n";
  for (bool ended = false; !ended;) {
    const stream::Produced produced = graph.only_source().produce(100, errors);
    for (std::size_t i = 0; i < produced.batch.size; ++i)
      text += text_of_row(graph.nodes()[0].schema, produced.batch, i) + "\n";
    ended = produced.ended;
  }
  const std::string name = path.string() + ":";
  for (auto at = errors.all.find(name); at != std::string::npos; at = errors.all.find(name))
    errors.all.erase(at, name.size());
  EXPECT_EQ(graph.cut()->length, static_cast<std::uint64_t>(std::ranges::count(text, '\n')) - 1 +
                                     static_cast<std::uint64_t>(std::ranges::count(errors.all, ';')));
  std::filesystem::remove(path);
  return text + errors.all;
}

TEST(CsvSource, FindsTypesThatKeepAllDigits) {
  EXPECT_EQ(rows_of("a\n1\n9223372036854775808\n"), "a: uint64\n{\"a\": 1}\n{\"a\": 9223372036854775808}\n");
  EXPECT_EQ(rows_of("a\n-1\n9223372036854775808\n"),
            "a: text\n{\"a\": \"-1\"}\n{\"a\": \"9223372036854775808\"}\n");
  EXPECT_EQ(rows_of("a\n1\n 2 \n2.5\n"), "a: float64\n{\"a\": 1.0}\n{\"a\": 2.0}\n{\"a\": 2.5}\n");
  EXPECT_EQ(rows_of("a,b\n1,\n,\n"),
            "a: int64, b: float64\n{\"a\": 1, \"b\": null}\n{\"a\": null, \"b\": null}\n");
  EXPECT_EQ(rows_of("a\n1\nx\n", ", types=(a=int64)"),
            "a: int64\n{\"a\": 1}\n1 3: column 'a': 'x' is no integer: csv(..., types=(`a`=text)) takes it "
            "as text;");
  std::string late = "a\n";
  for (int i = 0; i < 3000; ++i) late += "1\n";
  EXPECT_EQ(rows_of(late + "0.5\n").substr(0, 11), "a: float64\n");
}

TEST(CsvSource, TakesTheShortWayOnlyWhereItLeadsToTheSame) {
  EXPECT_EQ(rows_of("a,b\n1,-2\n-3,04\r\n5, 6\n"),
            "a: int64, b: int64\n{\"a\": 1, \"b\": -2}\n{\"a\": -3, \"b\": 4}\n{\"a\": 5, \"b\": 6}\n");
  EXPECT_EQ(
      rows_of("a,b\n1,2\n3,04\n5,6\n", ", zeros=text"),
      "a: int64, b: text\n{\"a\": 1, \"b\": \"2\"}\n{\"a\": 3, \"b\": \"04\"}\n{\"a\": 5, \"b\": \"6\"}\n");
  EXPECT_EQ(rows_of("a\n1\n-99\n3\n", ", null='-99'"), "a: int64\n{\"a\": 1}\n{\"a\": null}\n{\"a\": 3}\n");
  EXPECT_EQ(rows_of("a1b\n213\n415\n", ", delimiter='1'"),
            "a: int64, b: int64\n{\"a\": 2, \"b\": 3}\n{\"a\": 4, \"b\": 5}\n");
  EXPECT_EQ(rows_of("a,b\n1,2\n3\n4,5,6\n7,8\n"),
            "a: int64, b: int64\n{\"a\": 1, \"b\": 2}\n{\"a\": 7, \"b\": 8}\n1 3: 1 cell under 2 names;2 4: "
            "3 cells "
            "under 2 names;");
  EXPECT_EQ(
      rows_of("a\n123456789012345678\n-123456789012345678\n1234567890123456789\n-9223372036854775808\n"),
      "a: int64\n{\"a\": 123456789012345678}\n{\"a\": -123456789012345678}\n{\"a\": 1234567890123456789}\n"
      "{\"a\": -9223372036854775808}\n");
  EXPECT_EQ(rows_of("a\n1\n-\n"), "a: text\n{\"a\": \"1\"}\n{\"a\": \"-\"}\n");
  EXPECT_EQ(rows_of("a\n18446744073709551615\n7\n"),
            "a: uint64\n{\"a\": 18446744073709551615}\n{\"a\": 7}\n");
}

TEST(CsvSource, ReadsCellsInQuotes) {
  EXPECT_EQ(rows_of("a,b\n1,\"x\ny\"\"\"\n2,\"\"\n3,\n"),
            "a: int64, b: text\n{\"a\": 1, \"b\": \"x\\ny\\\"\"}\n{\"a\": 2, \"b\": \"\"}\n{\"a\": 3, \"b\": "
            "null}\n");
  EXPECT_EQ(rows_of("a\n\"x\r\n\ny\"\r\n5\" pipe\n"),
            "a: text\n{\"a\": \"x\\r\\n\\ny\"}\n{\"a\": \"5\\\" pipe\"}\n");
  EXPECT_EQ(rows_of("a\n1\n\"2\n3\n"), "a: int64\n{\"a\": 1}\n1 3: a quotation mark is not closed;");
  EXPECT_EQ(rows_of("a\n1\n\"\"\n"), "a: int64\n{\"a\": 1}\n{\"a\": null}\n");
}

TEST(TextSources, AStopEndsTheSearchForLines) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "gforbit_text_sources_stop.csv";
  {
    std::ofstream file(path);
    file << "a\n";
    for (int i = 0; i < 40000; ++i) file << i << "\n";
  }
  const stream::Graph graph = make_graph(fmt::format("csv('{}') * discard", path.string()));
  std::stop_source stop;
  int looks = 0;
  const core::StopSignal::Look look = [&] {
    if (++looks == 2) stop.request_stop();
  };
  EXPECT_FALSE(graph.look_through({stop.get_token(), &look}));
  EXPECT_EQ(looks, 2);
  EXPECT_TRUE(graph.look_through({}));
  EXPECT_EQ(graph.cut()->length, 40000u);
  // Lines are counted only where a cut needs it.
  const stream::Graph whole =
      make_graph(fmt::format("csv('{}') * aggregate(n=count()) * discard", path.string()));
  EXPECT_TRUE(whole.look_through(stop.get_token()));
  EXPECT_FALSE(whole.cut());

  StreamInput input;
  input.lines.push_back(
      {"1", fmt::format("csv('{}') * discard", path.string()), sched::Priority::normal, {}});
  StreamPlan::Settings settings;
  settings.spool_folder = path.parent_path();
  settings.stop_asked = [] { return true; };
  StreamPlan plan(input, settings, [] { return std::chrono::steady_clock::now(); });
  EXPECT_FALSE(plan.next(0));
  EXPECT_EQ(plan.rows_done(), 0u);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace gforbit::job_stream
