// Registers mapped by ranges through plan, engine and executors, against the plain methods that hold every
// state in memory.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "cycles/units.hpp"
#include "gforbit/sched/protocol.hpp"
#include "seed.hpp"
#include "unit/cycles/random_register.hpp"
#include "unit/job_cycles/in_ranges.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::Batch;
using testing_support::expect_map;
using testing_support::in_ranges;
using testing_support::Interference;
using testing_support::json_line;
using testing_support::kind_of;
using testing_support::map_whole;
using testing_support::parsed;
using testing_support::random_nonsingular;
using testing_support::random_register;
using testing_support::real_clock;
using testing_support::run_plan;

class MappingShape : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(MappingShape, RandomRegistersAgreeWithTheWholeMap) {
  const auto [ranks, threads] = GetParam();
  std::mt19937_64 random(testing_support::test_seed());
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
  for (const cycles::Simd simd :
       {cycles::Simd(cycles::SimdLevel::scalar), cycles::Simd(cycles::SimdLevel::sse2), cycles::Simd()}) {
    PlanSettings settings = in_ranges(64 << random() % 5, ranks);
    settings.coalesce = false;
    settings.mapping.simd = simd;
    settings.mapping.peel = !simd;
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
  settings.mapping.stored = 10;
  CyclesPlan plan(batch.input(), settings, real_clock());
  run_plan(plan, {1, 2});
  const auto all = map_whole(parsed(2, 16, "x0")).cycles;
  auto smallest = all.rows();
  smallest.resize(10);
  EXPECT_EQ(plan.rows()[0].map.cycles.rows(), smallest);
  EXPECT_EQ(plan.rows()[0].map.cycles.distribution(), all.distribution());
}

}  // namespace
}  // namespace gforbit::job_cycles
