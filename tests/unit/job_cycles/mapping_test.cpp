// Registers mapped by ranges through plan, engine and executors, against the plain methods that hold every
// state in memory; faults planted in between; the rules of the plan.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>

#include "cycles/units.hpp"
#include "gforbit/sched/protocol.hpp"
#include "unit/cycles/random_register.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::all_rows;
using testing_support::Batch;
using testing_support::Interference;
using testing_support::json_line;
using testing_support::memory_for_marks;
using testing_support::random_nonsingular;
using testing_support::random_register;
using testing_support::real_clock;
using testing_support::run_plan;
using testing_support::RunShape;

/// Every register in ranges, by scalar kernels, which cut small registers in many.
PlanSettings in_ranges(std::uint64_t marks = 64, int ranks = 1) {
  PlanSettings settings;
  settings.ranks = ranks;
  settings.stored = cycles::CycleCensus::kAll;
  settings.whole_limit = 0;
  settings.memory_bytes = memory_for_marks(marks);
  settings.simd = cycles::SimdLevel::scalar;
  return settings;
}

fsr::Register parsed(std::uint64_t q, int degree, const std::string& feedback) {
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, feedback));
}

void expect_map(const RowResult& row, const cycles::MapResult& whole) {
  ASSERT_EQ(row.status, RowStatus::completed) << row.message;
  EXPECT_TRUE(row.coverage_verified);
  EXPECT_EQ(row.method, RowMethod::enumerated);
  EXPECT_EQ(row.map.cycles.distribution(), whole.cycles.distribution());
  EXPECT_EQ(row.map.cycles.rows(), whole.cycles.rows());
  EXPECT_EQ(row.map.transient_states, whole.transient_states);
  EXPECT_EQ(row.map.max_transient_length, whole.max_transient_length);
}

cycles::MapResult map_whole(const fsr::Register& reg) {
  const fsr::Stepper step(reg);
  const bool nonsingular = fsr::is_nonsingular(reg.feedback()).value();
  return (nonsingular ? cycles::map_bijection(step, cycles::CycleCensus::kAll, {})
                      : cycles::map_functional_graph(step, cycles::CycleCensus::kAll, {}))
      .value();
}

// ---- equal results however the work is cut ----------------------------------------------------------------

class MappingShape : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(MappingShape, RandomRegistersAgreeWithTheWholeMap) {
  const auto [ranks, threads] = GetParam();
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  std::vector<fsr::Register> registers;
  std::vector<std::string> lines;
  const std::vector<std::pair<std::uint64_t, int>> shapes{{2, 1}, {2, 6}, {2, 13}, {2, 16}, {3, 9},
                                                          {4, 7}, {5, 6}, {9, 4},  {16, 3}, {16, 4}};
  for (const auto& [q, degree] : shapes) {
    for (int round = 0; round < 2; ++round) {
      registers.push_back(random_nonsingular(random, q, degree));
      registers.push_back(random_register(random, q, degree));
    }
  }
  for (const auto& reg : registers) lines.push_back(json_line(reg));
  Batch batch(lines);
  for (const Simd simd : {Simd(cycles::SimdLevel::scalar), Simd(cycles::SimdLevel::sse2), Simd()}) {
    PlanSettings settings = in_ranges(64 << random() % 5, ranks);
    settings.coalesce = false;
    settings.simd = simd;
    CyclesPlan plan(batch.input(), settings, real_clock());
    run_plan(plan, {ranks, threads});
    for (std::size_t row = 0; row < registers.size(); ++row) {
      SCOPED_TRACE(lines[row]);
      expect_map(plan.rows()[row], map_whole(registers[row]));
    }
    EXPECT_EQ(plan.progress().rows_done, registers.size());
    EXPECT_EQ(plan.progress().share, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(RanksAndThreads, MappingShape,
                         testing::Combine(testing::Values(1, 2, 3), testing::Values(1, 2, 3)));

/// Counts the units of each kind that ranks work on.
struct KindCounter {
  std::map<UnitKind, int> counts{};
  [[nodiscard]] Interference watch() {
    Interference interference;
    interference.before = [this](core::Bytes unit) {
      ++counts[kind_of(unit)];
      return unit;
    };
    return interference;
  }
};

TEST(Mapping, ManyRangesOfOneRegister) {
  for (const char* const feedback : {"x0 + x3 + x1*x2 + x19", "x1 + x3*x2 + x0*x4 + x20 + 1"}) {
    const auto reg = parsed(2, 21, feedback);
    Batch batch({json_line(reg)});
    CyclesPlan plan(batch.input(), in_ranges(4096, 3), real_clock());
    KindCounter counter;
    const Interference watch = counter.watch();
    run_plan(plan, {3, 2}, watch);
    expect_map(plan.rows()[0], map_whole(reg));
    EXPECT_GE(counter.counts[UnitKind::segments] + counter.counts[UnitKind::basins], 2);
    EXPECT_GE(plan.rows()[0].n_ranges, 4u);
  }
}

TEST(Mapping, LongWalksAreCutAndGoOn) {
  // x -> x + 1 modulo a prime: from the last mark it is the whole field to the next one.
  const std::uint64_t q = 4194319;
  Batch batch({json_line(parsed(q, 1, "x0 + 1"))});
  CyclesPlan plan(batch.input(), in_ranges(64, 2), real_clock());
  KindCounter counter;
  const Interference watch = counter.watch();
  run_plan(plan, {2, 2}, watch);
  ASSERT_EQ(plan.rows()[0].status, RowStatus::completed) << plan.rows()[0].message;
  EXPECT_EQ(plan.rows()[0].map.cycles.rows(), (std::vector<cycles::Cycle>{{0, q}}));
  EXPECT_GE(counter.counts[UnitKind::walks], 3);
}

TEST(Mapping, LongSearchesInTreesAreCutAndGoOn) {
  // Nearly all states lie in the basin of one mark.
  const auto reg = parsed(2, 22, "x1 + x3*x2 + x0*x4 + 1");
  Batch batch({json_line(reg)});
  CyclesPlan plan(batch.input(), in_ranges(64, 2), real_clock());
  KindCounter counter;
  const Interference watch = counter.watch();
  run_plan(plan, {2, 2}, watch);
  expect_map(plan.rows()[0], map_whole(reg));
  EXPECT_GE(counter.counts[UnitKind::open_basins] + counter.counts[UnitKind::rims], 2);
}

TEST(Mapping, OnlyTheSmallestRepresentativesAreKept) {
  std::vector<std::string> lines{json_line(parsed(2, 16, "x0")), json_line(parsed(2, 16, "x1*x2"))};
  Batch batch(lines);
  PlanSettings settings = in_ranges();
  settings.stored = 10;
  CyclesPlan plan(batch.input(), settings, real_clock());
  run_plan(plan, {1, 2});
  const auto all = map_whole(parsed(2, 16, "x0")).cycles;
  auto smallest = all.rows();
  smallest.resize(10);
  EXPECT_EQ(plan.rows()[0].map.cycles.rows(), smallest);
  EXPECT_EQ(plan.rows()[0].map.cycles.distribution(), all.distribution());
}

// ---- planted faults ---------------------------------------------------------------------------------------

/// A nonsingular and a singular register with several cycles above 64 marks.
const char* const kBijection = "x0 + x3 + x1*x2";
const char* const kSingular = "x0*x15 + x1 + x5*x6";
constexpr int kDegree = 16;
/// Divides x^17 - 1: all cycles but one have 17 states.
const char* const kEqualPeriods =
    "x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11 + x12 + x13 + x14 + x15";

/// Runs `feedback` with interference beside a register that nothing happens to; the row that comes of it.
RowResult run_with(const std::string& feedback, const Interference& interference) {
  Batch batch({json_line(parsed(2, kDegree, feedback)), json_line(parsed(3, 8, "x0 + x1*x2^2"))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  run_plan(plan, {2, 2}, interference);
  EXPECT_EQ(plan.rows()[1].status, RowStatus::completed) << plan.rows()[1].message;
  return plan.rows()[0];
}

void expect_failed(const RowResult& row, const std::vector<std::string>& words) {
  EXPECT_EQ(row.status, RowStatus::failed);
  EXPECT_FALSE(row.coverage_verified);
  const bool told = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return row.message.find(word) != std::string::npos;
  });
  EXPECT_TRUE(told) << "the message is: " << row.message;
}

/// Changes the findings of the first result of `kind` of row 0 for which `change` returns true.
template <class Findings, class Change>
Interference spoil(UnitKind kind, Change change) {
  Interference interference;
  interference.after = [=, done = std::make_shared<bool>(false)](const core::Bytes& body,
                                                                 core::Bytes result) {
    if (kind_of(body) != kind || *done) return result;
    const RangeUnit unit = RangeUnit::read(body);
    if (unit.row != 0) return result;
    core::ByteReader in(result);
    auto findings = Findings::read(in);
    std::optional<cycles::SegmentBlock> block;
    if (kind == UnitKind::segments) block = cycles::SegmentBlock::read(in);
    if (!change(findings, block)) return result;
    *done = true;
    core::ByteWriter out;
    findings.write(out);
    if (block) block->write(out);
    return out.take();
  };
  return interference;
}

using Block = std::optional<cycles::SegmentBlock>;

TEST(PlantedFaults, WithoutAnyBothRegistersComplete) {
  for (const char* const feedback : {kBijection, kSingular}) {
    const auto whole = map_whole(parsed(2, kDegree, feedback));
    std::set<std::uint64_t> periods_above;
    for (const auto& cycle : whole.cycles.rows()) {
      if (cycle.representative >= 64) periods_above.insert(cycle.period);
    }
    EXPECT_GE(periods_above.size(), 2u) << "not enough to lose in " << feedback;
    expect_map(run_with(feedback, {}), whole);
  }
}

TEST(PlantedFaults, ACycleDropped) {
  expect_failed(run_with(kBijection, spoil<cycles::Findings>(UnitKind::leaders,
                                                             [](cycles::Findings& findings, Block&) {
                                                               if (findings.cycles.empty()) return false;
                                                               findings.cycles.pop_back();
                                                               return true;
                                                             })),
                {"certificate"});
  expect_failed(run_with(kSingular, spoil<cycles::TreeFindings>(UnitKind::tree_leaders,
                                                                [](cycles::TreeFindings& findings, Block&) {
                                                                  if (findings.cycles.empty()) return false;
                                                                  findings.cycles.pop_back();
                                                                  return true;
                                                                })),
                {"certificate"});
}

TEST(PlantedFaults, ACycleCountedTwice) {
  expect_failed(
      run_with(kBijection, spoil<cycles::Findings>(UnitKind::leaders,
                                                   [](cycles::Findings& findings, Block&) {
                                                     if (findings.cycles.empty()) return false;
                                                     findings.cycles.push_back(findings.cycles.back());
                                                     return true;
                                                   })),
      {"certificate", "twice"});
  expect_failed(
      run_with(kSingular, spoil<cycles::TreeFindings>(UnitKind::tree_leaders,
                                                      [](cycles::TreeFindings& findings, Block&) {
                                                        if (findings.cycles.empty()) return false;
                                                        findings.cycles.push_back(findings.cycles.back());
                                                        return true;
                                                      })),
      {"certificate", "twice"});
}

TEST(PlantedFaults, ACycleInPlaceOfAnotherOfTheSamePeriod) {
  // The sum of the periods is right; only that a cycle is there twice tells.
  expect_failed(run_with(kEqualPeriods, spoil<cycles::Findings>(
                                            UnitKind::leaders,
                                            [](cycles::Findings& findings, Block&) {
                                              for (std::size_t i = 1; i < findings.cycles.size(); ++i) {
                                                if (findings.cycles[i].period != findings.cycles[0].period)
                                                  continue;
                                                findings.cycles[i] = findings.cycles[0];
                                                return true;
                                              }
                                              return false;
                                            })),
                {"certificate", "twice", "range"});
}

TEST(PlantedFaults, OneRangesResultForAnothers) {
  // Both of the same length of cycles, so that the sum of the periods is right.
  const auto states_on = [](const core::Bytes& result) {
    core::ByteReader in(result);
    std::uint64_t states = 0;
    for (const auto& cycle : cycles::Findings::read(in).cycles) states += cycle.period;
    return states;
  };
  std::map<std::uint64_t, core::Bytes> earlier;
  bool swapped = false;
  Interference interference;
  interference.after = [&](const core::Bytes& body, core::Bytes result) {
    if (kind_of(body) != UnitKind::leaders || RangeUnit::read(body).row != 0 || swapped) return result;
    const std::uint64_t states = states_on(result);
    if (states == 0) return result;
    const auto [same, fresh] = earlier.try_emplace(states, result);
    swapped = !fresh;
    return same->second;
  };
  const RowResult row = run_with(kEqualPeriods, interference);
  ASSERT_TRUE(swapped);
  expect_failed(row, {"certificate", "twice", "range"});
}

TEST(PlantedFaults, ASegmentThatIsLostOrWrong) {
  const auto with_block = [](auto change) {
    return run_with(
        kBijection, spoil<cycles::Findings>(UnitKind::segments, [=](cycles::Findings&, Block& block) {
          cycles::SegmentBlock spoilt(core::StateRange{{block->first()}, {block->first() + block->size()}});
          for (std::uint64_t i = 0; i < block->size(); ++i) change(*block, spoilt, block->first() + i);
          block = spoilt;
          return true;
        }));
  };
  const auto copy = [](const cycles::SegmentBlock& from, cycles::SegmentBlock& to, std::uint64_t mark) {
    to.set(mark, from.next(mark), from.length(mark));
  };
  expect_failed(with_block([=](const auto& from, auto& to, std::uint64_t mark) {
                  if (mark != 5) copy(from, to, mark);
                }),
                {"lost"});
  expect_failed(with_block([=](const auto& from, auto& to, std::uint64_t mark) {
                  to.set(mark, from.next(mark == 5 ? 6 : mark), from.length(mark));
                }),
                {"a range is wrong"});
  for (const int difference : {-1, 1}) {
    expect_failed(with_block([=](const auto& from, auto& to, std::uint64_t mark) {
                    const auto length = static_cast<std::int64_t>(from.length(mark));
                    to.set(mark, from.next(mark),
                           static_cast<std::uint64_t>(mark == 5 ? length + difference : length));
                  }),
                  {"certificate", "more states on cycles", "a range is wrong"});
  }
}

TEST(PlantedFaults, ARangeOfMarksInPlaceOfAnother) {
  // A register with several ranges of marks: one is worked on twice, its neighbour never.
  const std::map<UnitKind, std::string> examples{{UnitKind::segments, "x0 + x3 + x1*x2"},
                                                 {UnitKind::basins, "x1 + x3*x2 + x0*x4 + 1"}};
  for (const auto& [kind, feedback] : examples) {
    Batch batch({json_line(parsed(2, 22, feedback)), json_line(parsed(3, 8, "x0 + x1*x2^2"))});
    CyclesPlan plan(batch.input(), in_ranges(4096), real_clock());
    std::optional<core::StateRange> first;
    bool exchanged = false;
    Interference interference;
    interference.before = [&, kind = kind](core::Bytes body) {
      if (kind_of(body) != kind) return body;
      RangeUnit unit = RangeUnit::read(body);
      if (unit.row != 0) return body;
      if (!first) {
        first = unit.range;
        return body;
      }
      exchanged = true;
      unit.range = *first;
      return unit.bytes();
    };
    run_plan(plan, {2, 1}, interference);
    EXPECT_TRUE(exchanged);
    expect_failed(plan.rows()[0], {"lost", "twice", "range"});
    EXPECT_EQ(plan.rows()[1].status, RowStatus::completed);
  }
}

TEST(PlantedFaults, BasinsAndRimsLostDoubledOrWrong) {
  const auto with_findings = [](UnitKind kind, auto change) {
    return run_with(kSingular, spoil<cycles::TreeFindings>(kind, [=](cycles::TreeFindings& findings, Block&) {
                      return change(findings);
                    }));
  };
  expect_failed(with_findings(UnitKind::basins,
                              [](auto& findings) {
                                findings.basins.pop_back();
                                return true;
                              }),
                {"lost", "a range is wrong"});
  expect_failed(with_findings(UnitKind::basins,
                              [](auto& findings) {
                                findings.basins.push_back(findings.basins.front());
                                return true;
                              }),
                {"twice"});
  for (const std::uint64_t difference : {std::uint64_t{1}, ~std::uint64_t{0}}) {
    SCOPED_TRACE(difference);
    expect_failed(with_findings(UnitKind::basins,
                                [=](auto& findings) {
                                  for (auto& basin : findings.basins) {
                                    if (basin.size < 5) continue;
                                    basin.size += difference;
                                    return true;
                                  }
                                  return false;
                                }),
                  {"certificate", "twice", "a range is wrong", "more states"});
  }
  expect_failed(with_findings(UnitKind::rims,
                              [](auto& findings) {
                                if (findings.rim_states == 0) return false;
                                findings.rim_states = 0;
                                return true;
                              }),
                {"lost", "certificate"});
  expect_failed(with_findings(UnitKind::rims,
                              [](auto& findings) {
                                if (findings.rim_states == 0) return false;
                                findings.rim_states *= 2;
                                return true;
                              }),
                {"twice", "certificate"});
}

TEST(PlantedFaults, ACycleDroppedFromASmallRegister) {
  Batch batch({json_line(parsed(2, 10, "x0 + x3 + x1*x2")), json_line(parsed(3, 4, "x0 + x1*x2^2"))});
  CyclesPlan plan(batch.input(), {}, real_clock());
  Interference interference;
  interference.after = [](const core::Bytes&, core::Bytes result) {
    auto reports = read_reports(result);
    cycles::CycleCensus fewer;
    auto rows = reports.at(0).cycles.rows();
    rows.pop_back();
    for (const auto& cycle : rows) fewer.add(cycle);
    reports[0].cycles = fewer;
    core::ByteWriter out;
    out.put(static_cast<std::uint64_t>(reports.size()));
    for (const auto& report : reports) report.write(out);
    return out.take();
  };
  run_plan(plan, {1, 1}, interference);
  expect_failed(plan.rows()[0], {"certificate"});
  EXPECT_EQ(plan.rows()[1].status, RowStatus::completed);
}

TEST(PlantedFaults, AnExecutorThatThrows) {
  for (const char* const feedback : {kBijection, kSingular}) {
    Interference interference;
    interference.after = [](const core::Bytes& body, core::Bytes result) {
      if (kind_of(body) != UnitKind::bundle && RangeUnit::read(body).row == 0)
        throw std::runtime_error("disk on fire");
      return result;
    };
    expect_failed(run_with(feedback, interference), {"disk on fire"});
  }
}

// ---- rules of the plan ------------------------------------------------------------------------------------

TEST(Plan, EqualRowsRunOnceAndPointToTheFirst) {
  const auto reg = parsed(2, 9, "x0 + x3 + x1*x2");
  const auto other = parsed(2, 9, "x0 + x4");
  for (const bool coalesce : {true, false}) {
    for (const std::uint64_t whole_limit : {cycles::kWholeLimit, std::uint64_t{0}}) {
      // The last of the equal rows is the most urgent one; the first row runs all the same.
      Batch batch({json_line(other, R"("priority": "low")"), json_line(reg, R"("priority": "idle")"),
                   json_line(other), json_line(reg), json_line(reg, R"("priority": "critical")"),
                   json_line(reg, R"("timeout": 1000)")});
      PlanSettings settings = in_ranges(64, 2);
      settings.whole_limit = whole_limit;
      settings.coalesce = coalesce;
      CyclesPlan plan(batch.input(), settings, real_clock());
      run_plan(plan, {2, 2});
      const auto& rows = plan.rows();
      const std::vector<std::int64_t> into{-1, -1, 0, 1, 1, -1};
      for (std::size_t row = 0; row < rows.size(); ++row) {
        EXPECT_EQ(rows[row].coalesced_into, coalesce ? into[row] : -1) << "row " << row;
        if (rows[row].coalesced_into >= 0) continue;
        expect_map(rows[row], map_whole(row % 2 == 0 && row < 4 ? other : reg));
      }
    }
  }
}

/// Rows in the order in which a plan hands them out.
std::vector<std::uint64_t> order_of(CyclesPlan& plan) {
  std::vector<std::uint64_t> order;
  while (const auto unit = plan.next(0)) {
    if (kind_of(unit->body) == UnitKind::bundle) {
      for (const auto& entry : read_bundle(unit->body)) order.push_back(entry.row);
    } else {
      order.push_back(RangeUnit::read(unit->body).row);
    }
  }
  return order;
}

std::vector<std::string> with_priorities(const std::vector<std::string>& priorities) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    lines.push_back(json_line(parsed(2, 10, fmt::format("x0 + x{}*x9", i + 1)),
                              fmt::format(R"("priority": "{}")", priorities[i])));
  }
  return lines;
}

TEST(Plan, UrgentRowsAreOpenedFirstAndEqualOnesInInputOrder) {
  Batch small(with_priorities({"idle", "normal", "critical", "low", "high", "critical", "normal"}));
  CyclesPlan whole(small.input(), {}, real_clock());
  EXPECT_EQ(order_of(whole), (std::vector<std::uint64_t>{2, 5, 4, 1, 6, 3, 0}));
  Batch large(with_priorities({"low", "low", "critical", "normal"}));
  CyclesPlan ranges(large.input(), in_ranges(), real_clock());
  const auto order = order_of(ranges);
  EXPECT_EQ(order, (std::vector<std::uint64_t>{2, 3, 0})) << "three at once, each is classified first";
}

TEST(Plan, ARowIsAsUrgentAsItsMostUrgentEqual) {
  Batch batch({json_line(parsed(2, 10, "x0 + x1"), R"("priority": "high")"),
               json_line(parsed(2, 10, "x0 + x2"), R"("priority": "idle")"),
               json_line(parsed(2, 10, "x0 + x2"), R"("priority": "critical")")});
  CyclesPlan plan(batch.input(), {}, real_clock());
  EXPECT_EQ(order_of(plan), (std::vector<std::uint64_t>{1, 0}));
}

TEST(Plan, TooManyStatesFailTheirRowOnly) {
  const auto good = parsed(2, 8, "x0 + x1*x2");
  Batch batch({json_line(parsed(2, 64, "x0 + x1*x2")), json_line(good), json_line(parsed(3, 40, "x0 + x1")),
               json_line(parsed(2, 64, "x0 + x2*x1"))},
              {"--method=enumerate"});
  CyclesPlan plan(batch.input(), {}, real_clock());
  run_plan(plan, {2, 1});
  expect_failed(plan.rows()[0], {"2^64 states are more than the 2^63"});
  expect_map(plan.rows()[1], map_whole(good));
  expect_failed(plan.rows()[2], {"3^40 states are more than the 2^63"});
  EXPECT_EQ(plan.rows()[3].coalesced_into, 0);
}

/// 2^60 states: it does not end by itself.
const char* const kEndless = R"({"field": 2, "degree": 60, "feedback": "x0 + x7 + x1*x2*x40")";

TEST(Plan, EnoughMaximalPeriodsCancelTheRest) {
  const std::string maximal = "x0 + x2", other = "x0";  // degree 5
  for (const std::uint64_t whole_limit : {cycles::kWholeLimit, std::uint64_t{0}}) {
    Batch batch({json_line(parsed(2, 5, other)), json_line(parsed(2, 5, maximal)),
                 std::string(kEndless) + "}", json_line(parsed(2, 11, maximal)),
                 json_line(parsed(2, 12, other), R"("priority": "idle")")});
    PlanSettings settings = in_ranges(64, 2);
    settings.whole_limit = whole_limit;
    settings.stop_after = 2;
    CyclesPlan plan(batch.input(), settings, real_clock());
    run_plan(plan, {2, 2});
    const auto& rows = plan.rows();
    EXPECT_EQ(rows[1].status, RowStatus::completed);
    EXPECT_EQ(rows[3].status, RowStatus::completed);
    EXPECT_EQ(rows[2].status, RowStatus::cancelled);
    EXPECT_FALSE(rows[2].message.empty());
    for (const auto& row : all_rows(plan)) {
      EXPECT_TRUE(row.status == RowStatus::completed || row.status == RowStatus::cancelled);
    }
    EXPECT_TRUE(plan.finished());
  }
}

TEST(Plan, ARegisterEndsWhenItsTimeIsOver) {
  std::atomic<std::int64_t> seconds{0};
  const auto clock = [&] { return std::chrono::steady_clock::time_point(std::chrono::seconds(seconds)); };
  Batch batch({std::string(kEndless) + R"(, "timeout": 100})", json_line(parsed(2, 12, "x0 + x1*x2")),
               std::string(kEndless) + R"(, "timeout": 7})"});
  CyclesPlan plan(batch.input(), in_ranges(64, 2), clock);
  run_plan(plan, {2, 2}, {}, [&] { seconds += 5; });
  const auto& rows = plan.rows();
  for (const std::size_t row : {std::size_t{0}, std::size_t{2}}) {
    EXPECT_EQ(rows[row].status, RowStatus::timed_out);
    EXPECT_NE(rows[row].message.find("time limit"), std::string::npos);
    EXPECT_FALSE(rows[row].coverage_verified);
  }
  EXPECT_EQ(rows[1].status, RowStatus::completed);
  EXPECT_GT(seconds, 100);
}

TEST(Plan, StoppingEndsTheRunAndLeavesTheRestPending) {
  for (const RunShape shape : {RunShape{1, 1}, RunShape{3, 2}}) {
    Batch batch({json_line(parsed(2, 12, "x0 + x1*x2"), R"("priority": "high")"), std::string(kEndless) + "}",
                 R"({"field": 2, "degree": 60, "feedback": "x1*x2 + x40"})"});
    CyclesPlan plan(batch.input(), in_ranges(1024, shape.ranks), real_clock());
    run_plan(plan, shape, {}, [&] {
      if (plan.rows()[0].status == RowStatus::completed && plan.progress().steps > 1 << 20) plan.stop();
    });
    EXPECT_EQ(plan.rows()[0].status, RowStatus::completed);
    EXPECT_EQ(plan.rows()[1].status, RowStatus::pending);
    EXPECT_EQ(plan.rows()[2].status, RowStatus::pending);
    EXPECT_TRUE(plan.finished());
  }
}

TEST(Plan, StoppingBetweenSmallRegistersKeepsWhatIsDone) {
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i)
    lines.push_back(json_line(parsed(2, 18, fmt::format("x0 + x1*x2 + x3*x{}*x{}", 4 + i % 14, 4 + i / 15))));
  Batch batch(lines);
  PlanSettings settings;
  settings.coalesce = false;
  CyclesPlan plan(batch.input(), settings, real_clock());
  run_plan(plan, {1, 2}, {}, [&] {
    if (plan.progress().rows_done > 0) plan.stop();
  });
  std::size_t completed = 0;
  for (const auto& row : all_rows(plan)) {
    ASSERT_TRUE(row.status == RowStatus::completed || row.status == RowStatus::pending);
    completed += row.status == RowStatus::completed ? 1 : 0;
  }
  EXPECT_EQ(completed, plan.progress().rows_done);
  EXPECT_GT(completed, 0u);
}

/// Rank 0 of a network of one, worked by hand: units are taken in, executed and given back when the test says
/// so.
class ByHand {
 public:
  ByHand(CyclesPlan& plan, sched::Transport& transport)
      : plan_(plan),
        transport_(transport),
        coordinator_(plan, transport),
        executor_([&](std::uint64_t row) { return plan_.local_work(row); }) {}

  /// Asks for `n` units and takes those that come.
  std::vector<sched::AssignBody> take(std::uint32_t n) {
    coordinator_.handle({0, sched::Tag::request, sched::RequestBody{n}.bytes()});
    coordinator_.tick();
    std::vector<sched::AssignBody> units;
    while (const auto message = transport_.receive()) {
      if (message->tag == sched::Tag::assign) units.push_back(sched::AssignBody::from(message->body));
    }
    return units;
  }
  /// Does the work; the result as it would arrive.
  core::Bytes work(const sched::AssignBody& assigned) {
    const auto execution = executor_.start(assigned.unit);
    while (execution->work({})) continue;
    return sched::ResultBody{assigned.lease, sched::Outcome::completed, execution->result(), {}}.bytes();
  }
  void give(core::Bytes result) {
    coordinator_.handle({0, sched::Tag::result, std::move(result)});
    while (coordinator_.take_large_results()) continue;
  }
  [[nodiscard]] sched::Coordinator& coordinator() noexcept { return coordinator_; }

 private:
  CyclesPlan& plan_;
  sched::Transport& transport_;
  sched::Coordinator coordinator_;
  CyclesExecutor executor_;
};

TEST(Plan, ResultsThatArriveTogetherWithTheLastNeededOneAreLeftAside) {
  // Units are handed out before results come in, so some are still out when the register is complete.
  Batch batch({json_line(parsed(2, kDegree, kEqualPeriods))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ByHand rank(plan, *transport);
  std::size_t most = 0;
  while (!plan.finished()) {
    std::vector<core::Bytes> results;
    for (const auto& unit : rank.take(1000)) results.push_back(rank.work(unit));
    most = std::max(most, results.size());
    for (auto& result : results) rank.give(std::move(result));  // no tick between them
  }
  EXPECT_GT(most, 2u);
  expect_map(plan.rows()[0], map_whole(parsed(2, kDegree, kEqualPeriods)));
}

TEST(Plan, AlgebraThatComesAfterTheLastRangeIsWaitedFor) {
  // A linear register is enumerated; algebra tells its factors. Its result is held back until the rest is
  // done.
  Batch batch({json_line(parsed(2, 12, "x0"))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ByHand rank(plan, *transport);
  std::optional<sched::AssignBody> algebra;
  for (int idle_rounds = 0; idle_rounds < 3;) {
    const auto units = rank.take(1000);
    idle_rounds = units.empty() ? idle_rounds + 1 : 0;
    for (const auto& unit : units) {
      if (kind_of(unit.unit) == UnitKind::algebra) {
        algebra = unit;
      } else {
        rank.give(rank.work(unit));
      }
    }
  }
  ASSERT_TRUE(algebra);
  EXPECT_FALSE(plan.finished());
  rank.give(rank.work(*algebra));
  EXPECT_TRUE(plan.finished());
  expect_map(plan.rows()[0], map_whole(parsed(2, 12, "x0")));
  EXPECT_TRUE(plan.rows()[0].map.algebra);
}

TEST(Plan, ResultsThatArriveAfterAStopAreLeftAside) {
  Batch batch({json_line(parsed(2, 12, "x0 + x1*x2")), json_line(parsed(2, 13, "x1*x2"))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  sched::MemoryNetwork network(1);
  const auto transport = network.transport(0);
  ByHand rank(plan, *transport);
  std::vector<core::Bytes> results;
  for (const auto& unit : rank.take(1000)) results.push_back(rank.work(unit));
  ASSERT_FALSE(results.empty());
  plan.stop();
  for (auto& result : results) rank.give(std::move(result));
  rank.coordinator().tick();
  EXPECT_TRUE(rank.coordinator().finished());
  EXPECT_EQ(plan.rows()[0].status, RowStatus::pending);
}

}  // namespace
}  // namespace gforbit::job_cycles
