// Pipelines on a rank's team: hundreds of terms, and no thread besides the team's.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "gforbit/sched/coordinator.hpp"
#include "gforbit/sched/memory_network.hpp"
#include "gforbit/sched/worker_team.hpp"
#include "stream/executor.hpp"
#include "stream/units.hpp"

namespace gforbit::job_stream {
namespace {

std::size_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Stretches of one pipeline; counts threads whenever it is asked anything.
class CountingPlan final : public sched::WorkPlan {
 public:
  CountingPlan(std::string text, int stretches) : text_(std::move(text)), left_(stretches) {}

  std::optional<sched::Unit> next(int) override {
    if (left_ == 0) return std::nullopt;
    --left_;
    ++out_;
    UnitBody body;
    body.text = text_;
    body.edge_capacity = 1 << 16;
    return sched::Unit{0, body.bytes()};
  }
  void completed(const sched::Unit&, std::span<const std::byte> result) override {
    --out_;
    const UnitResult read = UnitResult::read(result);
    EXPECT_TRUE(read.ended);
    for (const stream::TermMetrics& term : read.metrics) runs_ += term.runs;
    terms_ = read.metrics.size();
    count();
  }
  void failed(const sched::Unit&, const std::string& message) override {
    --out_;
    ADD_FAILURE() << message;
  }
  std::vector<std::uint64_t> take_cancelled() override { return {}; }
  void tick() override { count(); }
  bool finished() const override { return left_ == 0 && out_ == 0; }

  std::size_t most_threads = 0;
  [[nodiscard]] std::size_t terms() const { return terms_; }
  [[nodiscard]] std::uint64_t runs() const { return runs_; }

 private:
  void count() { most_threads = std::max(most_threads, threads_of_this_process()); }

  std::string text_;
  int left_, out_ = 0;
  std::size_t terms_ = 0;
  std::uint64_t runs_ = 0;
};

TEST(Threads, TwoHundredParallelTermsHaveTheTeamOnly) {
  constexpr int kTeam = 3;
  std::string text = "register(field=2, coefficients=1:0:0:1, length=1e5) * window(1000) * (runs";
  for (int i = 1; i < 200; ++i) text += " | runs";
  const std::size_t before = threads_of_this_process();
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  CountingPlan plan(text + ") * discard", 5);
  StreamExecutor executor;
  sched::Coordinator coordinator(plan, *transport);
  const auto report = sched::run_worker_team(*transport, executor, kTeam, &coordinator);
  EXPECT_GE(plan.terms(), 203U);  // source, window, 200 times runs, sink
  EXPECT_GE(plan.runs(), 5 * plan.terms());
  EXPECT_EQ(report.threads.size(), static_cast<std::size_t>(kTeam));
  // The calling thread is one of the team.
  EXPECT_EQ(plan.most_threads, before + kTeam - 1);
}

}  // namespace
}  // namespace gforbit::job_stream
