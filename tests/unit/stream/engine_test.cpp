// Execution: what arrives at the sinks does not depend on threads, batches or bounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "run_text.hpp"

namespace gforbit::stream::test {
namespace {

/// A source without items that notes which of its columns a, b, c, d are read.
class Columns final : public Source {
 public:
  explicit Columns(std::string* read) : read_(read) {}
  [[nodiscard]] Schema prepare() override {
    return Schema(
        {{"a", Type::int64, {}}, {"b", Type::int64, {}}, {"c", Type::text, {}}, {"d", Type::float64, {}}});
  }
  void only(const ColumnSet& wanted) override {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i]) *read_ += "abcd"[i];
    }
  }
  [[nodiscard]] Produced produce(std::size_t, Context&) override { return {{}, true}; }
  [[nodiscard]] std::uint64_t position() const noexcept override { return 0; }
  void save(core::ByteWriter&) const override {}
  void load(core::ByteReader&) override {}

 private:
  std::string* read_;
};

TEST(Graph, ReadsTheColumnsThatAreUsed) {
  const auto read = [](const std::string& terms) {
    std::string columns;
    Library library = builtin_library();
    library.add_source("columns", {{},
                                   [&](Arguments&) -> Pipeline::Make {
                                     return [&] { return std::make_unique<Columns>(&columns); };
                                   },
                                   ""});
    Graph graph(parse("columns * " + terms, library));
    graph.read_what_is_used();
    return columns;
  };
  EXPECT_EQ(read("table(t)"), "abcd");
  EXPECT_EQ(read("discard"), "");
  EXPECT_EQ(read("print * discard"), "abcd");
  EXPECT_EQ(read("aggregate(n=count()) * table(t)"), "");
  EXPECT_EQ(read("aggregate(s=sum(b), every=2) * table(t)"), "b");
  EXPECT_EQ(read("aggregate(s=sum(b), by=c) * table(t)"), "bc");
  EXPECT_EQ(read("select(b) * table(t)"), "b");
  EXPECT_EQ(read("rename(x=a) * select(d, x) * table(t)"), "ad");
  EXPECT_EQ(read("filter(length(c) > 2) * select(b) * table(t)"), "bc");
  EXPECT_EQ(read("map(b = a) * select(b) * table(t)"), "a");
  EXPECT_EQ(read("map(b = 2*b, e = d) * select(b) * table(t)"), "bd");
  EXPECT_EQ(read("stop(`a` == 1) * take(3) * delay(0) * add_index * select(item, d) * table(t)"), "ad");
  EXPECT_EQ(read("key_filter(c, x) * select(a) * table(t)"), "ac");
  EXPECT_EQ(read("(select(a) | map(a = b) * select(a)) * table(t)"), "ab");
  EXPECT_EQ(read("(select(a) | select(d)) * zip * discard"), "ad");
  EXPECT_EQ(read("flat_map(a, b) * select(value) * table(t)"), "abcd");
  EXPECT_EQ(read("(discard | aggregate(m=max(d)) * discard)"), "d");
}

TEST(Engine, RunsTermsInSequence) {
  EXPECT_EQ(result("range(4) * map(y = 2*value + 1) * filter(value != 2) * table(t)"), "0:0,1 1:1,3 3:3,7");
  EXPECT_EQ(result("range(5, 0, -2) * rename(x=value) * table(t)"), "0:5 1:3 2:1");
  EXPECT_EQ(result("range(0) * table(t)"), "");
}

TEST(Engine, MergesByIndexThenInput) {
  EXPECT_EQ(result("range(3) * (map(value = -value) | map(value = 10*value)) * table(t)"),
            "0:0 0:0 1:-1 1:10 2:-2 2:20");
  EXPECT_EQ(result("range(4) * (filter(value == 3) | filter(value < 2)) * table(t)"), "0:0 1:1 3:3");
  EXPECT_EQ(result("(range(3) | range(2) * map(value = value + 5)) * table(t)"), "0:0 0:5 1:1 1:6 2:2");
}

TEST(Engine, ZipsFirstInFirstOut) {
  EXPECT_EQ(result("range(6) * (filter(value % 2 == 0) | map(value = -value)) * zip * table(t)"),
            "0:0,0 2:2,-1 4:4,-2");
}

TEST(Engine, CombinesSequencesByFunctions) {
  const std::string two =
      "(register(field=2, coefficients=1:1:0, length=1000) | register(field=2, "
      "coefficients=1:0:1:0:0, length=900)) * ";
  const std::string end = " * window(900) * table(t)";
  const auto by_map = [&](const std::string& function) {
    return result(two + "zip * map(value = " + function + ") * elements(field=2) * select(value)" + end);
  };
  for (const std::uint64_t batch : {1, 7, 64, 1000}) {
    EngineOptions options;
    options.batch_items = batch;
    EXPECT_EQ(result(two + "xor" + end, 2, options), by_map("(value + value_2) % 2"));
    EXPECT_EQ(result(two + "output(x0*x1 + x1 + 1)" + end, 2, options),
              by_map("(value * value_2 + value_2 + 1) % 2"));
    EXPECT_EQ(result(two + "interleave" + " * window(1800) * table(t)", 2, options),
              result(two + "merge * take(1800) * window(1800) * table(t)"));
  }
  EXPECT_EQ(
      result(
          "(register(field=5, coefficients=2:1, length=8) | register(field=5, coefficients=1:3, length=8)) "
          "* output(\"2*x0 + x1^2\") * table(t)"),
      result(
          "(register(field=5, coefficients=2:1, length=8) | register(field=5, coefficients=1:3, length=8)) "
          "* zip * map(value = (2*value + value_2*value_2) % 5) * elements(field=5) * select(value) * "
          "table(t)"));
}

TEST(Engine, FiltersSequencesByFunctionsOfNeighbors) {
  for (const char* const field : {"2", "3"}) {
    const std::string sequence =
        std::string("register(field=") + field + ", coefficients=1:0:1:0:1, length=500) * ";
    for (const std::uint64_t batch : {1, 2, 3, 65, 1000}) {
      EngineOptions options;
      options.batch_items = batch;
      EXPECT_EQ(result(sequence + "output(x0 + x1*x3 + 1) * table(t)", 2, options),
                result(sequence +
                       "add_index(i) * (filter(i < 497) * select(value) | filter(i > 0) * filter(i < 498) "
                       "* select(value) | filter(i > 2) * select(value)) * zip * "
                       "map(value = (value + value_2 * value_3 + 1) % " +
                       field + ") * elements(field=" + field + ") * select(value) * table(t)"));
    }
  }
  EXPECT_EQ(result("register(field=2, coefficients=1:1, length=0) * output(x0 + x5) * table(t)"), "");
  try {
    result("register(field=2, coefficients=1:1, length=5) * output(x0 + x5) * table(t)");
    FAIL() << "a sequence that is too short passed";
  } catch (const core::InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "term 'output': x5 needs a sequence of at least 6 elements, and this one has 5");
  }
}

TEST(Engine, LatestByIndex) {
  EXPECT_EQ(result("range(5) * (filter(value % 2 == 1) | filter(value % 3 == 0)) * latest * table(t)"),
            "1:1,0 3:3,3");
}

TEST(Engine, WindowsAndTakes) {
  EXPECT_EQ(result("register(field=2, coefficients=1:1:0, length=8) * window(3) * table(t)"),
            "2:[1,0,0] 5:[1,0,1]");
  EXPECT_EQ(result("register(field=2, coefficients=1:1:0, length=8) * window(3, last=keep) * table(t)"),
            "2:[1,0,0] 5:[1,0,1] 7:[1,1]");
  EXPECT_EQ(result("range() * take(3) * table(t)"), "0:0 1:1 2:2");
  EXPECT_EQ(result("range() * stop(value > 1) * table(t)"), "0:0 1:1");
  EXPECT_EQ(result("range() * (take(2) | stop(value == 3)) * table(t)"), "0:0 0:0 1:1 1:1 2:2");
}

TEST(Engine, AllTestsSayWhereTheyMeanNothing) {
  const std::string bits =
      "register(field=2, feedback=x0+x3+x5*x9, degree=31, length=1e5) * window(50000) * ";
  EXPECT_EQ(result(bits + "sp800_22 * aggregate(n=count(), p=count(p_value)) * table(t)"), "99999:376,312");
  EXPECT_EQ(
      result(bits + "sp800_22 * filter(statistic == \"universal\") * select(p_value, reason) * table(t)"),
      "49999:nan,needs at least 387840 bits 99999:nan,needs at least 387840 bits");
  EXPECT_EQ(result(bits + "sp800_22 * filter(statistic == \"runs\") * drop(reason) * table(t)"),
            result(bits + "runs * table(t)"));
  // Too few cycles of the walk are no error.
  EXPECT_EQ(result("register(field=2, coefficients=1:1:1, length=100) * window(100) * random_excursions * "
                   "aggregate(n=count(), p=count(p_value)) * table(t)"),
            "99:8,0");
}

TEST(Engine, SecondLevel) {
  EXPECT_EQ(
      result("range(100) * map(statistic = \"a\", p_value = (value + 0.5) / 100) * second_level * table(t)"),
      "99:a,100,10,10,10,10,10,10,10,10,10,10,1.000000,0.990000,0.960150,1");
  EXPECT_EQ(
      result(
          "range(60) * map(statistic = \"a\", p_value = 1.0) * second_level(0.05) * select(sequences, c10, "
          "uniformity, proportion, passes) * table(t)"),
      "59:60,60,0.000000,1.000000,0");
  EXPECT_EQ(result("range(2) * map(statistic = \"a\", p_value = sqrt(-1)) * second_level * select(sequences, "
                   "proportion, passes) * table(t)"),
            "1:0,nan,0");
}

TEST(Engine, ElementsOfNumbers) {
  EXPECT_EQ(result("range(6) * map(value = value % 2) * elements(field=2) * window(3) * table(t)"),
            "2:[0,1,0] 5:[1,0,1]");
  EXPECT_EQ(result("range(4) * map(x = uint(value)) * elements(x, field=9) * table(t)"),
            "0:0,0 1:1,1 2:2,2 3:3,3");
  EngineOptions options;
  options.on_error = OnError::dead_letter;
  const Ran ran = run_text(
      "range(-1, 4) * map(k = null_if(value, 1)) * elements(k, field=3) * select(k) * table(t)", 1, options);
  EXPECT_EQ(ran.sinks[0], "1:0 3:2");
  ASSERT_EQ(ran.letters.size(), 3U);
  EXPECT_EQ(ran.letters[0].message, "-1 is no element of GF(3)");
  EXPECT_EQ(ran.letters[1].message, "a missing value is no element of GF(3)");
  // The combination of two registers by a product.
  EXPECT_EQ(
      result(
          "(register(field=2, coefficients=1:1, length=6) | register(field=2, coefficients=1:0:1, length=6)) "
          "* zip * map(value = value * value_2) * elements(field=2) * window(6) * table(t)"),
      "5:[1,0,0,1,0,1]");
}

TEST(Engine, Decimates) {
  for (const std::uint64_t batch : {1, 2, 3, 100}) {
    EngineOptions options;
    options.batch_items = batch;
    EXPECT_EQ(result("range(8) * decimate(3) * table(t)", 1, options), "0:0 3:3 6:6");
    EXPECT_EQ(result("range(2) * decimate(1) * table(t)", 1, options), "0:0 1:1");
    EXPECT_EQ(result("range(3) * decimate(5) * table(t)", 1, options), "0:0");
  }
}

TEST(Engine, SlidingWindows) {
  const std::string bits = "register(field=2, coefficients=1:1:0, length=8) * ";  // 1 0 0 1 0 1 1 1
  for (const std::uint64_t batch : {1, 2, 3, 100}) {
    EngineOptions options;
    options.batch_items = batch;
    EXPECT_EQ(result(bits + "window(3, step=2) * table(t)", 1, options), "2:[1,0,0] 4:[0,1,0] 6:[0,1,1]");
    EXPECT_EQ(result(bits + "window(2, step=3) * table(t)", 1, options), "1:[1,0] 4:[1,0] 7:[1,1]");
    EXPECT_EQ(result(bits + "window(7, step=1) * table(t)", 1, options),
              "6:[1,0,0,1,0,1,1] 7:[0,0,1,0,1,1,1]");
    EXPECT_EQ(result(bits + "window(9, step=1) * table(t)", 1, options), "");
    EXPECT_EQ(
        result("register(field=3, coefficients=1:1, length=5) * window(2, step=1) * table(t)", 1, options),
        "1:[1,0] 2:[0,1] 3:[1,1] 4:[1,2]");
  }
}

TEST(Engine, RunningStatistics) {
  for (const std::uint64_t batch : {1, 2, 100}) {
    EngineOptions options;
    options.batch_items = batch;
    EXPECT_EQ(result("range(4) * running(s=sum(value), m=mean(value), n=count()) * table(t)", 1, options),
              "0:0,0,0.000000,1 1:1,1,0.500000,2 2:2,3,1.000000,3 3:3,6,1.500000,4");
    EXPECT_EQ(result("range(6, 0, -1) * running(a=min(value), b=max(value), d=std(value), over=3) * "
                     "drop(value) * table(t)",
                     1, options),
              "0:6,6,nan 1:5,6,0.707107 2:4,6,1.000000 3:3,5,1.000000 4:2,4,1.000000 5:1,3,1.000000");
    EXPECT_EQ(
        result("range(6) * map(k = value % 2) * running(s=sum(value), over=2, by=k) * drop(k) * table(t)", 1,
               options),
        "0:0,0 1:1,1 2:2,2 3:3,4 4:4,6 5:5,8");
    EXPECT_EQ(result("range(4) * map(x = null_if(value, 1)) * running(s=sum(x), c=count(x), k=missing(x), "
                     "a=max(x), over=2) * table(t)",
                     1, options),
              "0:0,0,0,1,0,0 1:1,null,0,1,1,0 2:2,2,2,1,1,2 3:3,3,5,2,0,3");
  }
  EXPECT_EQ(result("range(2) * map(x = null_if(0, 0)) * running(a=min(x)) * table(t)"),
            "0:0,null,null 1:1,null,null");
  const std::string large = "range(3) * map(x = 4611686018427387904) * running(s=sum(x)";
  EngineOptions options;
  options.on_error = OnError::dead_letter;
  const Ran ran = run_text(large + ") * drop(x) * table(t)", 1, options);
  EXPECT_EQ(ran.sinks[0], "0:0,4611686018427387904");
  ASSERT_EQ(ran.letters.size(), 2U);
  EXPECT_EQ(ran.letters[0].message, "sum(x): the sum does not fit int64");
  options.memory = 1 << 20;
  EXPECT_THROW(
      static_cast<void>(result("range(100000) * running(s=sum(value), over=50000) * discard", 1, options)),
      core::InputError);
}

/// Nothing of what left the window stays, which subtracting would leave behind.
TEST(Engine, RunningStatisticsForget) {
  const std::string tail = result(
      "range(2000) * map(x = if(value == 3, 1e300, 0.1)) * running(s=sum(x), d=std(x), "
      "over=10) * filter(value == 1999) * table(t)");
  EXPECT_EQ(tail, "1999:1999,0.100000,1.000000,0.000000");
  EXPECT_EQ(result("range(30) * map(x = 1 / (value - 3.0)) * running(b=max(x), s=sum(x), over=2) * "
                   "filter(value == 29) * select(b) * table(t)"),
            "29:0.040000");
}

TEST(Engine, Aggregates) {
  EXPECT_EQ(result("range(5) * aggregate(n=count(), s=sum(value), m=mean(value), a=min(value), b=max(value), "
                   "q=quantile(value, 0.5)) * table(t)"),
            "4:5,10,2.000000,0,4,2.000000");
  EXPECT_EQ(result("range(5) * aggregate(s=sum(value), every=2) * table(t)"), "1:1 3:5");
}

/// As pandas: what is missing is left out, wherever it stands, and counted apart.
TEST(Engine, AggregatesLeaveOutWhatIsMissing) {
  const std::string nan_at =
      "range(4) * map(x = if(value == %, sqrt(-1), 3 - value), i = null_if(value, %)) * ";
  const std::string all =
      "aggregate(a=min(x), b=max(x), q=quantile(x, 1), s=sum(x), m=mean(x), n=count(x), k=missing(x), "
      "c=count(), "
      "i=sum(i), j=min(i), l=count(i)) * table(t)";
  const auto with = [&](const std::string& place) {
    std::string text = nan_at + all;
    for (auto at = text.find('%'); at != std::string::npos; at = text.find('%')) text.replace(at, 1, place);
    return result(text);
  };
  EXPECT_EQ(with("0"), "3:0.000000,2.000000,2.000000,3.000000,1.000000,3,1,4,6,1,3");
  EXPECT_EQ(with("1"), "3:0.000000,3.000000,3.000000,4.000000,1.333333,3,1,4,5,0,3");
  EXPECT_EQ(with("3"), "3:1.000000,3.000000,3.000000,6.000000,2.000000,3,1,4,3,0,3");
  EXPECT_EQ(result("range(2) * map(x = sqrt(-1), i = null_if(value, value)) * aggregate(s=sum(x), a=min(x), "
                   "j=max(i), k=sum(i), d=std(x)) * table(t)"),
            "1:0.000000,nan,null,0,nan");
}

TEST(Engine, AggregatesIntegersExactly) {
  EXPECT_EQ(result("range(3) * map(x = 9007199254740992 + value) * aggregate(a=min(x), b=max(x), s=sum(x)) * "
                   "table(t)"),
            "2:9007199254740992,9007199254740994,27021597764222979");
  EXPECT_EQ(
      result("range(2) * map(x = 18446744073709551614 + value) * aggregate(a=min(x), b=max(x)) * table(t)"),
      "1:18446744073709551614,18446744073709551615");
  EXPECT_EQ(result("range(3) * map(x = if(value == 2, -9000000000000000000, 9000000000000000000)) * "
                   "aggregate(s=sum(x)) * table(t)"),
            "2:9000000000000000000");
  EXPECT_THROW(
      static_cast<void>(result("range(2) * map(x = 9000000000000000000) * aggregate(s=sum(x)) * table(t)")),
      core::InputError);
}

TEST(Engine, AggregatesByKey) {
  EXPECT_EQ(
      result("range(10) * map(k = -(value % 3)) * aggregate(n=count(), s=sum(value), d=std(value), by=k) * "
             "table(t)"),
      "9:-2,3,15,3.000000 9:-1,3,12,3.000000 9:0,4,18,3.872983");
  EXPECT_EQ(
      result("range(6) * map(k = if(value % 2, \"b\", \"a\")) * aggregate(s=sum(value), by=k, every=4) * "
             "table(t)"),
      "3:a,2 3:b,4");
  EXPECT_EQ(result("range(4) * map(k = null_if(value % 2, 1)) * aggregate(s=sum(value), by=k) * table(t)"),
            "3:0,2");
  EngineOptions small;
  small.memory = 1 << 20;
  EXPECT_THROW(
      static_cast<void>(result("range(1e5) * aggregate(s=sum(value), by=value) * table(t)", 1, small)),
      core::InputError);
}

/// An aggregate of everything has the index of the last item and comes before later inputs of a merge.
TEST(Engine, WhatComesAtTheEndKeepsTheOrder) {
  for (const int threads : {1, 3}) {
    for (const std::uint64_t items : {0, 1, 3}) {
      EngineOptions options;
      options.batch_items = items;
      EXPECT_EQ(result("range(4) * (aggregate(value=sum(value)) | map(value = -value)) * table(t)", threads,
                       options),
                "0:0 1:-1 2:-2 3:6 3:-3");
      EXPECT_EQ(result("range(5) * (filter(value < 4) * aggregate(value=sum(value)) | filter(value > 2)) * "
                       "table(t)",
                       threads, options),
                "3:6 3:3 4:4");
    }
  }
}

TEST(Engine, QuantilesKeepToTheirMemory) {
  EngineOptions small;
  small.memory = 1 << 20;
  const std::string text =
      "range(1000003) * map(x = value * 7919 % 1000003) * aggregate(q=quantile(x, %)) * table(t)";
  for (const double share : {0.0, 0.25, 0.5, 0.99}) {
    const std::string pipeline = std::string(text).replace(text.rfind('%'), 1, std::to_string(share));
    const std::string found = result(pipeline, 1, small);
    EXPECT_NEAR(std::stod(found.substr(found.find(':') + 1)), share * 1000002, 0.05 * 1000003) << share;
  }
}

TEST(Engine, FlatMapsAndFlattens) {
  EXPECT_EQ(result("range(2) * flat_map(value, value + 10) * table(t)"), "0:0 0:10 1:1 1:11");
  EXPECT_EQ(result("register(field=3, coefficients=1:1, length=4) * window(2) * flatten * table(t)"),
            "1:1 1:0 3:1 3:1");
}

TEST(Engine, PrintHandsOn) {
  const Ran ran = run_text("range(2) * print(here) * table(t)");
  EXPECT_THAT(ran.sinks, testing::ElementsAre("0:0 1:1", "0:0 1:1"));
}

TEST(Engine, ClosedStreamsDoNotHoldUpOthers) {
  EngineOptions small;
  small.edge_capacity = 4;
  EXPECT_EQ(result("range(1000) * (take(1) | filter(value > 998)) * table(t)", 2, small), "0:0 999:999");
}

TEST(Engine, EdgesGrowWhereABoundWouldStopEverything) {
  EngineOptions small;
  small.edge_capacity = 2;
  EXPECT_EQ(result("range(1000) * (filter(value >= 997) | map(value = -value)) * zip * table(t)", 2, small),
            "997:997,0 998:998,-1 999:999,-2");
}

TEST(Engine, EdgesOfFewItemsGrowAsFarAsLargeOnes) {
  const std::string text =
      "range(100000) * (filter(value % 3 == 0) | filter(value % 5 == 0)) * zip * table(t)";
  EngineOptions options;
  options.edge_capacity = 5;
  options.batch_items = 13;
  EXPECT_EQ(result(text, 1, options), result(text));
}

TEST(Engine, ResultsDoNotDependOnThreadsBatchesAndBounds) {
  const std::vector<std::string> pipelines{
      "register(field=2, coefficients=1:0:0:1, length=2e4) * window(100) * (frequency | runs | serial(m=3) | "
      "autocorrelation(lag=1) | linear_complexity) * table(t)",
      "range(4000) * (map(value = value % 7) * filter(value > 2) | aggregate(value=sum(value), every=13) | "
      "flat_map(value, 0)) * map(y = value / 3) * (aggregate(s=sum(y), every=500) | filter(value == 5) * "
      "aggregate(s=mean(y), every=10)) * table(t)",
      "range(1000) * (filter(value % 3 == 0) | filter(value % 5 == 0) | filter(value > 990)) * latest * "
      "table(t)"};
  for (const std::string& pipeline : pipelines) {
    const std::string expected = result(pipeline);
    for (const int threads : {1, 3}) {
      for (const std::uint64_t items : {0, 1, 17}) {
        for (const std::uint64_t capacity : {3, 65536}) {
          EngineOptions options;
          options.batch_items = items;
          options.edge_capacity = capacity;
          EXPECT_EQ(result(pipeline, threads, options), expected)
              << pipeline << " threads " << threads << " items " << items << " capacity " << capacity;
        }
      }
    }
  }
}

TEST(Engine, GoesOnFromABarrier) {
  constexpr std::uint64_t kFarAway = 1'000'000'000'000'000'000;  // ns: what was saved has no times
  for (const std::string& text :
       {std::string("range(20000) * (filter(value % 7 == 0) * aggregate(value=sum(value), every=11) | "
                    "filter(value % 100 == 1)) * latest * take(3000) * table(t)"),
        std::string("range(3000) * (filter(value % 2 == 0) | map(value = -value)) * zip * table(t)"),
        std::string("register(field=4, coefficients=1:2:0:3, length=9999) * window(10) * period * table(t)"),
        std::string("register(field=2, feedback=x0+x1*x2, degree=5, length=9999) * window(70) * table(t)"),
        std::string(
            "register(field=2, feedback=x0+x1*x2, degree=5, length=3000) * window(70, step=13) * table(t)"),
        std::string(
            "register(field=2, feedback=x0+x1*x2, degree=5, length=9000) * window(7, step=50) * table(t)"),
        std::string(
            "register(field=2, feedback=x0+x1*x2, degree=5, length=3000) * output(x0 + x2*x9) * table(t)"),
        std::string("(register(field=2, feedback=x0+x1*x2, degree=5, length=3000) | register(field=2, "
                    "coefficients=1:1, length=4000)) * interleave * table(t)"),
        std::string("range(3000) * map(k = value % 3) * running(s=sum(value), d=std(value), over=20, by=k) * "
                    "running(a=max(s)) * table(t)"),
        std::string("range(3000) * map(statistic = text(value % 3), p_value = (value % 97) / 97) * "
                    "(second_level * table(t) | table(u))")}) {
    const std::string expected = result(text);
    EngineOptions options;
    options.batch_items = 64;
    options.edge_capacity = 100;
    options.clock = [] { return kFarAway + now_ns(); };
    options.pause_bytes = 1;
    std::string all;
    core::Bytes state;
    int barriers = 0;
    for (bool ended = false; !ended; ++barriers) {
      Graph graph(parse(text, builtin_library()));
      Engine engine(graph, options);
      if (!state.empty()) {
        core::ByteReader in(state);
        engine.load(in);
        EXPECT_TRUE(in.at_end());
      }
      const Ran ran = run_graph(engine, 2);
      ended = ran.ended;
      for (const TermMetrics& term : ran.metrics) {
        EXPECT_LT(term.latency.largest_s(), 1e6) << text;
        EXPECT_LE(term.queue_mean(), static_cast<double>(term.queue_largest)) << text;
      }
      if (!ran.sinks[0].empty()) all += (all.empty() ? "" : " ") + ran.sinks[0];
      core::ByteWriter out;
      engine.save(out);
      state = out.take();
    }
    EXPECT_EQ(all, expected) << text;
    EXPECT_GT(barriers, 2) << text;
  }
}

TEST(Engine, StatisticsLeaveOutWhatCannotBeDone) {
  const std::string bits = "register(field=2, coefficients=1:0:0:1:0:0:0, length=20000) * ";
  EngineOptions options;
  options.on_error = OnError::skip;
  EXPECT_EQ(result(bits + "(window(100) | window(200)) * merge * longest_run * table(t)", 2, options),
            result(bits + "window(200) * longest_run * table(t)"));
}

TEST(Engine, ErrorsOfItemsByOption) {
  const std::string pipeline =
      "register(field=2, coefficients=1:1, length=300) * window(100) * longest_run * table(t)";
  EXPECT_THROW(result(pipeline), ItemError);
  EngineOptions options;
  options.on_error = OnError::skip;
  EXPECT_EQ(result(pipeline, 1, options), "");
  options.on_error = OnError::dead_letter;
  const Ran ran = run_text(pipeline, 2, options);
  ASSERT_EQ(ran.letters.size(), 3U);
  EXPECT_EQ(ran.letters[1].index, 199U);
  EXPECT_EQ(ran.letters[1].message, "longest_run needs at least 128 bits");
}

/// A term as a user writes it.
class Square final : public ItemMap {
 public:
  Schema prepare(const Schema& in) override {
    column_ = in.index_of("value");
    return in;
  }
  bool map(const Item& item, std::vector<Value>& out) const override {
    out = item.values();
    const auto x = std::get<std::int64_t>(out[column_]);
    if (x == 3) throw std::runtime_error("three is refused");
    out[column_] = x * x;
    return x != 1;
  }

 private:
  std::size_t column_ = 0;
};

TEST(Engine, RunsPipelinesMadeInCpp) {
  const Pipeline source = parse("range(5)", builtin_library());
  const Pipeline sink("discard", [] { return std::make_unique<Sink>(SinkKind::table, "t"); });
  EngineOptions options;
  options.on_error = OnError::skip;
  const Ran ran = run_pipeline(source * (term<Square>("square") | term<Square>("square")) * sink, 2, options);
  EXPECT_EQ(ran.sinks[0], "0:0 0:0 2:4 2:4 4:16 4:16");
}

TEST(Engine, CountsItems) {
  const Ran ran = run_text("range(100) * map(x = value) * filter(x < 10) * discard");
  EXPECT_EQ(ran.metrics[0].out, 100U);
  EXPECT_EQ(ran.metrics[1].in, 100U);
  EXPECT_EQ(ran.metrics[2].out, 10U);
  EXPECT_EQ(ran.metrics[2].filtered, 90U);
  EXPECT_EQ(ran.metrics[3].in, 10U);
}

TEST(Engine, TheFirstErrorIsTheSameWhateverComesFirst) {
  const std::string pipeline =
      "range(3000) * (filter(value > 2000) * refuse | filter(value > 1000) * refuse) * discard";
  Library library = builtin_library();
  class Refuse final : public ItemMap {
   public:
    Schema prepare(const Schema& in) override { return in; }
    bool map(const Item&, std::vector<Value>&) const override { throw std::runtime_error("refused"); }
  };
  library.add_term(
      "refuse",
      {{}, [](Arguments&) -> Pipeline::Make { return [] { return std::make_unique<Refuse>(); }; }, "refuse"});
  for (int i = 0; i < 10; ++i) {
    try {
      static_cast<void>(run_pipeline(parse(pipeline, library), 3));
      ADD_FAILURE() << "no error";
    } catch (const ItemError& error) {
      EXPECT_STREQ(error.what(), "term 'refuse', item 1001: refused");
    }
  }
}

TEST(Engine, WaitsForTimersWithoutAThread) {
  Graph graph(parse("range() * take(10) * delay(0.01) * table(t)", builtin_library()));
  EngineOptions options;
  std::uint64_t time = 1;
  options.clock = [&] { return time; };
  Engine engine(graph, options);
  EXPECT_EQ(engine.width(), 1);
  EXPECT_TRUE(engine.work({}, 1'000'000));
  EXPECT_EQ(engine.width(), 0) << "everything waits for the timer";
  time += 10'000'000;
  EXPECT_EQ(engine.width(), 1);
  EXPECT_FALSE(engine.work({}, 1'000'000'000));
  EXPECT_EQ(text(engine.take_kept()[0]), "0:0 1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9");
}

TEST(Engine, StopsWhenAsked) {
  Graph graph(parse("range() * discard", builtin_library()));
  EngineOptions options;
  options.clock = now_ns;
  Engine engine(graph, options);
  std::stop_source stop;
  EXPECT_TRUE(engine.work(stop.get_token(), 1000));
  stop.request_stop();
  EXPECT_FALSE(engine.work(stop.get_token(), 1000));
}

/// One item that takes minutes: the stop comes while its term is at work, which shows by its looks at it.
class LongItem : public testing::TestWithParam<const char*> {};

TEST_P(LongItem, EndsWhenAskedInside) {
  Graph graph(parse(GetParam(), builtin_library()));
  EngineOptions options;
  options.clock = now_ns;
  Engine engine(graph, options);
  std::stop_source stop;
  int looks = 0;
  const core::StopSignal::Look look = [&] {
    if (++looks == 3) stop.request_stop();
  };
  while (engine.work({stop.get_token(), &look}, 1'000'000)) {
  }
  EXPECT_EQ(looks, 3) << "the term returns at once";
  EXPECT_FALSE(engine.ended());
}

INSTANTIATE_TEST_SUITE_P(
    Terms, LongItem,
    testing::Values(
        "register(field=2, feedback=x0+x3+x5*x9, degree=31, length=4e6) * window(4e6) * "
        "linear_complexity * discard",
        "register(field=3, feedback=x0+x3+x5*x9, degree=20, length=4e5) * window(4e5) * "
        "linear_complexity * discard",
        "register(field=2, feedback=x0+x3+x5*x9, degree=31, length=4e6) * window(4e6) * "
        "linear_complexity(block=2e6) * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * serial(m=3) * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * "
        "approximate_entropy(m=20) * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * cumulative_sums * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * longest_run * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * rank * discard",
        "register(field=2, coefficients=1:1:1, length=4e7) * window(4e7) * universal * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * overlapping_template * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * non_overlapping_template * "
        "discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * random_excursions * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * sp800_22 * discard",
        "register(field=2, coefficients=1:1:1, length=4e8) * window(4e8) * runs * discard",
        "register(field=2, coefficients=1:1:1, length=2e7) * window(2e7) * period * discard",
        "register(field=9, coefficients=1:1:1, length=1e7) * window(1e7) * period * discard"));

}  // namespace
}  // namespace gforbit::stream::test
