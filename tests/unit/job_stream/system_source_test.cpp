// The output of a system as a stream: by hand, and from a checkpoint on, with and without a state index.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gforbit/stream/graph.hpp"
#include "stream/input.hpp"
#include "stream/plan.hpp"

namespace gforbit::job_stream {
namespace {

class NoErrors final : public stream::Context {
 public:
  void fail(std::uint64_t index, const std::string& message) override {
    ADD_FAILURE() << index << ": " << message;
  }
  [[nodiscard]] const core::StopSignal& stop() const noexcept override { return stop_; }

 private:
  core::StopSignal stop_;
};

/// Over GF(3), the second register of this length.
class SystemSource : public testing::TestWithParam<int> {
 protected:
  SystemSource()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("gforbit-system-{}-{}", ::getpid(), GetParam())) {
    std::ofstream(path_) << fmt::format(
        R"({{"field": 3, "registers": [{{"name": "s", "length": 4, "feedback": "s0 + 2*s1^2", "updates": {{"1": "s2 + b0"}}}},)"
        R"({{"name": "b", "length": {}, "feedback": "b0 + s1"}}], "output": "s0*b1 + s3"}})",
        GetParam());
  }
  ~SystemSource() override { std::filesystem::remove(path_); }
  SystemSource(const SystemSource&) = delete;
  SystemSource& operator=(const SystemSource&) = delete;

  [[nodiscard]] stream::Graph graph() const {
    return make_graph(fmt::format("system('{}', state=77, length=3000) * discard", path_.string()));
  }

  /// What the definition says.
  [[nodiscard]] std::string by_hand() const {
    std::vector<int> s{2, 1, 2, 2}, b(static_cast<std::size_t>(GetParam()), 0);  // 77 = 2 + 1*3 + 2*9 + 2*27
    std::string text;
    for (int i = 0; i < 3000; ++i) {
      text += std::to_string((s[0] * b[1] + s[3]) % 3);
      const int top = (s[0] + 2 * s[1] * s[1]) % 3, second = (s[2] + b[0]) % 3, other = (b[0] + s[1]) % 3;
      s = {s[1], second, s[3], top};
      std::ranges::rotate(b, b.begin() + 1);
      b.back() = other;
    }
    return text;
  }

  std::filesystem::path path_;
};

/// Values of the next items, until the source ends or there are `most`.
std::string values(stream::Graph& graph, std::size_t most) {
  NoErrors errors;
  std::string text;
  while (text.size() < most) {
    const stream::Produced produced =
        graph.only_source().produce(std::min<std::size_t>(700, most - text.size()), errors);
    for (std::size_t i = 0; i < produced.batch.size; ++i)
      text += text_of_row(graph.nodes()[0].schema, produced.batch, i).at(std::string(R"({"value": )").size());
    if (produced.ended) break;
  }
  return text;
}

TEST_P(SystemSource, PutsOutWhatTheDefinitionSays) {
  stream::Graph whole = graph();
  EXPECT_EQ(whole.only_source().file(), path_.string());
  EXPECT_EQ(values(whole, SIZE_MAX), by_hand());
}

TEST_P(SystemSource, GoesOnFromItsCheckpoint) {
  stream::Graph first = graph(), second = graph();
  const std::string begin = values(first, 1234);
  core::ByteWriter out;
  first.only_source().save(out);
  const core::Bytes state = out.take();
  core::ByteReader in(state);
  second.only_source().load(in);
  EXPECT_EQ(begin + values(second, SIZE_MAX), by_hand());
}

INSTANTIATE_TEST_SUITE_P(Lengths, SystemSource, testing::Values(5, 60));

}  // namespace
}  // namespace gforbit::job_stream
