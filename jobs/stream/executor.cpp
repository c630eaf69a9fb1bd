#include "stream/executor.hpp"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <chrono>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/work_clock.hpp"
#include "gforbit/sys/clock.hpp"
#include "stream/input.hpp"
#include "stream/units.hpp"

namespace gforbit::job_stream {

namespace {

constexpr int kMostThreads = 256;  ///< in one stateless term
constexpr std::uint64_t kSliceNs = 2'000'000;

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(sys::now().steady.time_since_epoch()).count());
}

/// Without the time that a suspended job stands still.
std::uint64_t work_ns() {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(core::work_now().time_since_epoch()).count());
}

/// Adds up how long it lives.
class Spent {
 public:
  explicit Spent(std::atomic<std::uint64_t>& total) : total_(total), begun_(now_ns()) {}
  ~Spent() { total_.fetch_add(now_ns() - begun_, std::memory_order_relaxed); }
  Spent(const Spent&) = delete;
  Spent& operator=(const Spent&) = delete;

 private:
  std::atomic<std::uint64_t>& total_;
  std::uint64_t begun_;
};

stream::Graph timed_graph(const std::string& text, std::atomic<std::uint64_t>& total) {
  const Spent spent(total);
  return make_graph(text);
}

class PipelineExecution final : public sched::Execution {
 public:
  PipelineExecution(const UnitBody& unit, std::atomic<std::uint64_t>& items)
      : items_(items),
        keeps_letters_(unit.on_error == stream::OnError::dead_letter),
        graph_(timed_graph(unit.text, spent_)),
        engine_((prepare(unit), graph_), engine_options(unit)) {
    if (unit.state.empty()) return;
    core::ByteReader in(unit.state);
    engine_.load(in);
  }

  [[nodiscard]] int width() const noexcept override { return engine_.width(); }

  [[nodiscard]] bool work(core::StopSignal stop) override {
    std::uint64_t none = 0;
    begun_.compare_exchange_strong(none, work_ns(), std::memory_order_relaxed);
    const Spent spent(spent_);
    return engine_.work(stop, kSliceNs);
  }

  [[nodiscard]] core::Bytes result() override {
    const std::uint64_t begin = now_ns();
    UnitResult result;
    result.ended = engine_.ended();
    result.items = engine_.source_items();
    result.elapsed_s = 1e-9 * static_cast<double>(work_ns() - begun_.load(std::memory_order_relaxed));
    result.metrics = engine_.metrics();
    UnitRows rows{engine_.take_kept(), engine_.take_dead_letters()};
    result.errors = rows.letters.size();
    if (!keeps_letters_) rows.letters.clear();
    result.rows = put_rows(rows);
    if (!result.ended) {
      core::ByteWriter out;
      engine_.save(out);
      result.state = out.take();
    }
    result.metrics.push_back(of_engine(result.metrics, now_ns() - begin));
    items_.fetch_add(result.items, std::memory_order_relaxed);
    return result.bytes();
  }

 private:
  /// What the unit took beside its terms. @param last  ns beside what was timed
  [[nodiscard]] stream::TermMetrics of_engine(const std::vector<stream::TermMetrics>& terms,
                                              std::uint64_t last) const {
    std::uint64_t others = engine_.waited();
    for (const stream::TermMetrics& term : terms) others += term.busy;
    const std::uint64_t all = spent_.load(std::memory_order_relaxed) + last;
    stream::TermMetrics engine;
    engine.busy = all - std::min(all, others);  // short runs of terms are estimated
    return engine;
  }
  void prepare(const UnitBody& unit) {
    if (unit.on_error != stream::OnError::dead_letter) graph_.read_what_is_used();
    if (unit.cut) graph_.only_source().cut(unit.begin, unit.end, unit.place);
  }
  static stream::EngineOptions engine_options(const UnitBody& unit) {
    stream::EngineOptions options;
    options.batch_items = unit.batch_items;
    options.edge_capacity = unit.edge_capacity;
    options.memory = unit.memory;
    options.on_error = unit.on_error;
    options.threads = kMostThreads;
    options.pause_after = unit.pause_ns;
    options.pause_bytes = unit.pause_bytes;
    options.clock = now_ns;
    return options;
  }

  std::atomic<std::uint64_t>& items_;
  bool keeps_letters_;
  std::atomic<std::uint64_t> spent_{0};  ///< ns of all threads; before what is timed by it
  stream::Graph graph_;
  stream::Engine engine_;
  std::atomic<std::uint64_t> begun_{0};
};

}  // namespace

/// States and rows of stretches are megabytes of ever other sizes, and batches of a few items thousands of
/// small pieces. glibc would keep for itself what it has once taken for them.
StreamExecutor::StreamExecutor() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 1 << 18);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

std::unique_ptr<sched::Execution> StreamExecutor::start(std::span<const std::byte> unit) {
  return std::make_unique<PipelineExecution>(UnitBody::read(unit), items_);
}

}  // namespace gforbit::job_stream
