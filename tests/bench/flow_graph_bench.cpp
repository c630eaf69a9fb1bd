// The pipelines of stream_bench.cpp as flow graphs of oneTBB on one thread, for comparison: an item a
// message, as flow graphs are usually written, and blocks of items that the bodies loop over. Bodies are
// compiled in, nodes are lightweight (a message runs through them without a task), nothing is measured and no
// order kept: what favors them. `gforbit_bench --benchmark_filter='StreamPipeline|FlowGraph'`.
#include <benchmark/benchmark.h>
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <tuple>
#include <vector>

namespace gforbit::stream {
namespace {

namespace flow = tbb::flow;

/// Messages of one item.
struct Single {
  using Message = std::int64_t;
  static constexpr std::int64_t kItems = 1'000'000;
  static constexpr std::int64_t kSize = 1;
  static Message make(std::int64_t begin) { return begin; }
  template <class F>
  static Message map(const Message& x, F f) {
    return f(x);
  }
  template <class F, class Ports>
  static void filter(const Message& x, F keeps, Ports& ports) {
    if (keeps(x)) std::get<0>(ports).try_put(x);
  }
};

/// Messages of 4096 items, 32 KiB.
struct Block {
  using Message = std::shared_ptr<const std::vector<std::int64_t>>;
  static constexpr std::int64_t kSize = 4096;
  static constexpr std::int64_t kItems = 5000 * kSize;
  static Message make(std::int64_t begin) {
    std::vector<std::int64_t> values(kSize);
    for (std::int64_t& value : values) value = begin++;
    return std::make_shared<const std::vector<std::int64_t>>(std::move(values));
  }
  template <class F>
  static Message map(const Message& x, F f) {
    std::vector<std::int64_t> values(x->size());
    std::ranges::transform(*x, values.begin(), f);
    return std::make_shared<const std::vector<std::int64_t>>(std::move(values));
  }
  template <class F, class Ports>
  static void filter(const Message& x, F keeps, Ports& ports) {
    std::vector<std::int64_t> values;
    values.reserve(x->size());
    std::ranges::copy_if(*x, std::back_inserter(values), keeps);
    std::get<0>(ports).try_put(std::make_shared<const std::vector<std::int64_t>>(std::move(values)));
  }
};

/// A source of consecutive integers in a graph; what `connect` adds to it is between source and run.
template <class Kind, class Connect>
void measure(benchmark::State& state, Connect connect) {
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  for (auto _ : state) {
    flow::graph graph;
    std::int64_t next = 0;
    flow::input_node<typename Kind::Message> source(graph, [&](tbb::flow_control& control) {
      if (next >= Kind::kItems) control.stop();
      const std::int64_t begin = next;
      next += Kind::kSize;
      return Kind::make(begin);
    });
    connect(graph, source);
  }
  state.counters["items/s"] =
      benchmark::Counter(static_cast<double>(Kind::kItems), benchmark::Counter::kIsIterationInvariantRate);
}

template <class Message>
using Function = flow::function_node<Message, Message, flow::lightweight>;
template <class In>
using Sink = flow::function_node<In, flow::continue_msg, flow::lightweight>;

template <class In>
flow::continue_msg discard(const In& in) {
  benchmark::DoNotOptimize(&in);
  return {};
}

template <class Kind>
void FlowGraphPassThroughOfThree(benchmark::State& state) {
  using Message = typename Kind::Message;
  measure<Kind>(state, [](flow::graph& graph, auto& source) {
    const auto same = [](const Message& x) { return x; };
    Function<Message> a(graph, flow::unlimited, same), b(graph, flow::unlimited, same),
        c(graph, flow::unlimited, same);
    Sink<Message> sink(graph, flow::unlimited, discard<Message>);
    flow::make_edge(source, a);
    flow::make_edge(a, b);
    flow::make_edge(b, c);
    flow::make_edge(c, sink);
    source.activate();
    graph.wait_for_all();
  });
}
BENCHMARK(FlowGraphPassThroughOfThree<Single>);
BENCHMARK(FlowGraphPassThroughOfThree<Block>);

template <class Kind>
void FlowGraphMap(benchmark::State& state) {
  using Message = typename Kind::Message;
  measure<Kind>(state, [](flow::graph& graph, auto& source) {
    Function<Message> map(graph, flow::unlimited, [](const Message& message) {
      return Kind::map(message, [](std::int64_t x) { return 2 * x + 1; });
    });
    Sink<Message> sink(graph, flow::unlimited, discard<Message>);
    flow::make_edge(source, map);
    flow::make_edge(map, sink);
    source.activate();
    graph.wait_for_all();
  });
}
BENCHMARK(FlowGraphMap<Single>);
BENCHMARK(FlowGraphMap<Block>);

template <class Kind>
void FlowGraphFilter(benchmark::State& state) {
  using Message = typename Kind::Message;
  using Filter = flow::multifunction_node<Message, std::tuple<Message>, flow::lightweight>;
  measure<Kind>(state, [](flow::graph& graph, auto& source) {
    Filter filter(graph, flow::unlimited,
                  [](const Message& message, typename Filter::output_ports_type& ports) {
                    Kind::filter(
                        message, [](std::int64_t x) { return x % 3 == 0; }, ports);
                  });
    Sink<Message> sink(graph, flow::unlimited, discard<Message>);
    flow::make_edge(source, filter);
    flow::make_edge(flow::output_port<0>(filter), sink);
    source.activate();
    graph.wait_for_all();
  });
}
BENCHMARK(FlowGraphFilter<Single>);
BENCHMARK(FlowGraphFilter<Block>);

template <class Kind>
void FlowGraphZip(benchmark::State& state) {
  using Message = typename Kind::Message;
  using Pair = std::tuple<Message, Message>;
  measure<Kind>(state, [](flow::graph& graph, auto& source) {
    Function<Message> y(graph, flow::unlimited, [](const Message& message) {
      return Kind::map(message, [](std::int64_t x) { return x; });
    });
    Function<Message> z(graph, flow::unlimited, [](const Message& message) {
      return Kind::map(message, [](std::int64_t x) { return -x; });
    });
    flow::join_node<Pair, flow::queueing> zip(graph);
    Sink<Pair> sink(graph, flow::unlimited, discard<Pair>);
    flow::make_edge(source, y);
    flow::make_edge(source, z);
    flow::make_edge(y, flow::input_port<0>(zip));
    flow::make_edge(z, flow::input_port<1>(zip));
    flow::make_edge(zip, sink);
    source.activate();
    graph.wait_for_all();
  });
}
BENCHMARK(FlowGraphZip<Single>);
BENCHMARK(FlowGraphZip<Block>);

}  // namespace
}  // namespace gforbit::stream
