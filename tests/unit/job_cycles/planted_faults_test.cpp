// Results that are lost, doubled or wrong: the register fails, with a message that says so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "cycles/units.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/sched/protocol.hpp"
#include "unit/job_cycles/in_ranges.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::job_cycles {
namespace {

using ::testing::HasSubstr;
using testing_support::Batch;
using testing_support::expect_failed;
using testing_support::expect_map;
using testing_support::in_ranges;
using testing_support::Interference;
using testing_support::json_line;
using testing_support::kDegree;
using testing_support::kEqualPeriods;
using testing_support::kind_of;
using testing_support::map_whole;
using testing_support::parsed;
using testing_support::real_clock;
using testing_support::run_plan;

/// A nonsingular and a singular register with several cycles above 64 marks.
const char* const kBijection = "x0 + x3 + x1*x2";
const char* const kSingular = "x0*x15 + x1 + x5*x6";

/// Runs `feedback` with interference beside a register that nothing happens to; the row that comes of it.
RowResult run_with(const std::string& feedback, const Interference& interference) {
  Batch batch({json_line(parsed(2, kDegree, feedback)), json_line(parsed(3, 8, "x0 + x1*x2^2"))});
  CyclesPlan plan(batch.input(), in_ranges(), real_clock());
  run_plan(plan, {2, 2}, interference);
  EXPECT_EQ(plan.rows()[1].status, RowStatus::completed) << plan.rows()[1].message;
  return plan.rows()[0];
}

/// Changes the findings of the first result of `kind` of row 0 for which `change` returns true.
template <class Findings, class Change>
Interference spoil(UnitKind kind, Change change) {
  Interference interference;
  interference.after = [=, done = std::make_shared<bool>(false)](const core::Bytes& body,
                                                                 core::Bytes result) {
    if (kind_of(body) != kind || *done) return result;
    const RegisterUnit unit = register_unit(body).value();
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

/// The certificate does not see it; a second mapping does.
TEST(PlantedFaults, AWrongRepresentativeThatASecondMappingFinds) {
  const auto change = [](cycles::Findings& findings, Block&) {
    if (findings.cycles.size() < 2) return false;
    ++std::ranges::min_element(findings.cycles)->representative;
    return true;
  };
  for (const bool twice : {false, true}) {
    Batch batch({json_line(parsed(2, kDegree, kBijection))});
    PlanSettings settings = in_ranges();
    settings.double_check = twice;
    CyclesPlan plan(batch.input(), settings, real_clock());
    run_plan(plan, {1, 1}, spoil<cycles::Findings>(UnitKind::leaders, change));
    EXPECT_EQ(plan.methods_disagree(), twice);
    EXPECT_EQ(plan.rows()[0].status == RowStatus::completed, !twice);
    if (twice) expect_failed(plan.rows()[0], {"two mappings"});
  }
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
    if (kind_of(body) != UnitKind::leaders || register_unit(body).value().row != 0 || swapped) return result;
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

/// Of a unit of segments or basins.
core::StateRange& marks_of(RegisterUnit& unit) {
  cycles::MappingTask& task = std::get<cycles::MappingUnit>(unit.task).task;
  if (auto* const segments = std::get_if<cycles::SegmentsUnit>(&task)) return segments->marks;
  return std::get<cycles::BasinsUnit>(task).marks;
}

TEST(PlantedFaults, ARangeOfMarksInPlaceOfAnother) {
  // A register with several ranges of marks: one is worked on twice, its neighbor never.
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
      RegisterUnit unit = register_unit(body).value();
      if (unit.row != 0) return body;
      core::StateRange& marks = marks_of(unit);
      if (!first) {
        first = marks;
        return body;
      }
      exchanged = true;
      marks = *first;
      return bytes_of(std::move(unit));
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
    auto reports = core::from_bytes<MapReports>(result);
    cycles::CycleCensus fewer;
    auto rows = reports.at(0).cycles.rows();
    rows.pop_back();
    for (const auto& cycle : rows) fewer.add(cycle);
    reports[0].cycles = fewer;
    return core::to_bytes(reports);
  };
  run_plan(plan, {1, 1}, interference);
  expect_failed(plan.rows()[0], {"certificate"});
  EXPECT_EQ(plan.rows()[1].status, RowStatus::completed);
}

/// Throws for the first unit of row 0.
template <class Error>
Interference throwing() {
  Interference interference;
  interference.after = [](const core::Bytes& body, core::Bytes result) {
    if (kind_of(body) != UnitKind::bundle && register_unit(body).value().row == 0)
      throw Error("disk on fire");
    return result;
  };
  return interference;
}

TEST(PlantedFaults, AnExecutorThatThrows) {
  for (const char* const feedback : {kBijection, kSingular}) {
    expect_failed(run_with(feedback, throwing<std::runtime_error>()), {"disk on fire"});
    expect_failed(run_with(feedback, throwing<core::CertificateError>()), {"disk on fire"});
  }
}

/// The message with which the run of two registers ends.
std::string stop_of(const Interference& interference, const PlanSettings& settings = in_ranges()) {
  Batch batch({json_line(parsed(2, kDegree, kBijection)), json_line(parsed(3, 8, "x0 + x1*x2^2"))});
  CyclesPlan plan(batch.input(), settings, real_clock());
  try {
    run_plan(plan, {2, 2}, interference);
  } catch (const core::Error& error) {
    EXPECT_EQ(error.status(), core::ExitStatus::internal);
    EXPECT_NE(plan.rows()[0].status, RowStatus::failed);
    return error.what();
  }
  return "";
}

TEST(PlantedFaults, ABugAnOddUnitAndATruncatedResultStopTheRun) {
  EXPECT_THAT(stop_of(throwing<core::InternalError>()),
              HasSubstr("internal error: disk on fire; this is a bug"));
  EXPECT_THAT(stop_of(throwing<std::out_of_range>()), HasSubstr("please report it"));
  Interference interference;
  interference.after = [](const core::Bytes& body, core::Bytes result) {
    if (kind_of(body) == UnitKind::segments) result.resize(result.size() / 2);
    return result;
  };
  EXPECT_THAT(stop_of(interference), HasSubstr("(result): a byte record ends"));
  interference = {};
  interference.before = [](core::Bytes body) {
    if (kind_of(body) != UnitKind::bundle) body.resize(body.size() - 1);
    return body;
  };
  EXPECT_THAT(stop_of(interference), HasSubstr("a byte record ends"));
  interference = {};
  interference.after = [](const core::Bytes& body, core::Bytes result) {
    return kind_of(body) == UnitKind::bundle ? core::to_bytes(MapReports{}) : result;
  };
  EXPECT_THAT(stop_of(interference, {}), HasSubstr("(result): a bundle of 2 registers has 0 results"));
}

}  // namespace
}  // namespace gforbit::job_cycles
