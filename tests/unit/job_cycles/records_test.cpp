// Units, results and checkpoint records as bytes: truncated and corrupt ones are refused.
#include <gtest/gtest.h>

#include "cycles/checkpoint_record.hpp"
#include "cycles/units.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::expect_hostile_bytes_refused;
using Body = std::span<const std::byte>;

cycles::RangePlan some_plan() {
  cycles::RangePlan plan;
  plan.states = 1000;
  plan.marks = 100;
  plan.kernel = cycles::KernelKind::qary;
  plan.simd = cycles::SimdLevel::avx2;
  return plan;
}

RegisterSpec some_register() {
  return {4, {1, 1, 1}, 8, "x0 + x1"};
}

/// One of each kind.
std::vector<JobUnit> some_units() {
  std::vector<cycles::MappingTask> tasks{cycles::SegmentsUnit{{{10}, {20}}, 2.5},
                                         cycles::ShortCyclesUnit{{{3}, {4}}},
                                         cycles::LeadersUnit{{{100}, {300}}, 1e6, 900},
                                         cycles::WalksUnit{std::vector<cycles::OpenWalk>(2), 900},
                                         cycles::ContractionUnit{},
                                         cycles::InterleavedUnit{},
                                         cycles::BasinsUnit{{{10}, {20}}},
                                         cycles::OpenBasinsUnit{std::vector<cycles::TreeWalk>(2)},
                                         cycles::RimsUnit{std::vector<cycles::RimWalk>(2)},
                                         cycles::TreeLeadersUnit{{{100}, {300}}, 900},
                                         cycles::TreeWalksUnit{std::vector<cycles::OpenWalk>(2), 900},
                                         cycles::PeelingUnit{},
                                         cycles::BasinSearchUnit{}};
  EXPECT_EQ(tasks.size(), std::variant_size_v<cycles::MappingTask>);
  std::vector<JobUnit> units{RegisterUnit{3, some_register(), ClassifyUnit{}},
                             RegisterUnit{3, some_register(), AlgebraUnit{7.5, false}}};
  for (auto& task : tasks)
    units.push_back(RegisterUnit{3, some_register(), cycles::MappingUnit{some_plan(), 12, std::move(task)}});
  BundleUnit bundle;
  bundle.entries.resize(2);
  bundle.entries[0].reg = some_register();
  units.push_back(std::move(bundle));
  return units;
}

AlgebraReport some_algebra() {
  AlgebraReport report;
  report.message = "a message";
  report.cofactor = core::power(10, 30);
  report.number = "2^7 - 1";
  report.map.characteristic.polynomial = {1, 1, 0, 1};
  report.map.characteristic.factors.resize(1);
  report.map.characteristic.factors[0].coefficients = {1, 1};
  report.map.characteristic.factors[0].multiplicity = 2;
  report.found_factors = report.map.characteristic.factors;
  report.map.distribution = {{1, 1}, {core::power(7, 30), 3}};
  return report;
}

MapReport some_report() {
  MapReport report;
  report.row = 5;
  report.message = "a message";
  report.state_count = core::power(2, 80);
  report.enumerated = true;
  report.cycles = cycles::CycleCensus(2);
  report.cycles.add({1, 7});
  report.basin_sizes = {9};
  report.transient_lengths.add(1, 2);
  report.algebra = some_algebra();
  return report;
}

TEST(Records, OfUnits) {
  for (const JobUnit& unit : some_units()) {
    const core::Bytes bytes = bytes_of(unit);
    expect_hostile_bytes_refused(bytes, [](Body body) { (void)read_unit(body); });
    EXPECT_EQ(bytes_of(read_unit(bytes)), bytes);
  }
}

TEST(Records, OfUnitsOfAnUnknownKindAreRefused) {
  EXPECT_THROW((void)read_unit(core::to_bytes(std::uint8_t{2})), core::CorruptRecord);
  core::Bytes bytes = bytes_of(RegisterUnit{3, {}, ClassifyUnit{}});
  bytes.back() = std::byte{3};
  EXPECT_THROW((void)read_unit(bytes), core::CorruptRecord);
  RecordedUnit record;
  EXPECT_EQ(record.kind, UnitKind::bundle);
  EXPECT_THROW((void)record.unit(), core::CorruptRecord);
  bytes = core::to_bytes(record);
  bytes.front() = std::byte{16};
  EXPECT_THROW((void)core::from_bytes<RecordedUnit>(bytes), core::CorruptRecord);
}

// What a restart needs of them.
TEST(Records, OfUnitsInACheckpointMakeTheSameUnits) {
  for (const JobUnit& unit : some_units()) {
    const auto* const alone = std::get_if<RegisterUnit>(&unit);
    if (alone == nullptr) continue;
    const RecordedUnit record = RecordedUnit::of(*alone);
    const auto same = core::from_bytes<RecordedUnit>(core::to_bytes(record)).unit();
    EXPECT_EQ(same.row, alone->row);
    EXPECT_EQ(same.task.index(), alone->task.index());
    if (same.mapping() == nullptr) continue;
    EXPECT_EQ(same.mapping()->plan, alone->mapping()->plan);
    EXPECT_EQ(same.mapping()->task.index(), alone->mapping()->task.index());
    EXPECT_EQ(core::to_bytes(RecordedUnit::of(same)), core::to_bytes(record));
  }
}

TEST(Records, OfReports) {
  const core::Bytes bytes = core::to_bytes(MapReports{some_report(), MapReport()});
  expect_hostile_bytes_refused(bytes, [](Body body) { (void)core::from_bytes<MapReports>(body); });
}

TEST(Records, OfReportsHaveTheStatusOfEarlierCheckpoints) {
  constexpr std::size_t kStatus = sizeof(std::uint64_t);  // behind the row
  MapReport report = some_report();
  std::uint8_t code = 0;
  for (const RowStatus status :
       {RowStatus::completed, RowStatus::timed_out, RowStatus::failed, RowStatus::cancelled}) {
    report.status = status;
    const core::Bytes bytes = core::to_bytes(report);
    EXPECT_EQ(bytes.at(kStatus), std::byte{code++});
    EXPECT_EQ(core::from_bytes<MapReport>(bytes).status, status);
  }
  core::Bytes bytes = core::to_bytes(report);
  bytes.at(kStatus) = std::byte{code};
  EXPECT_THROW((void)core::from_bytes<MapReport>(bytes), core::CorruptRecord);
  report.status = RowStatus::pending;
  EXPECT_THROW((void)core::to_bytes(report), core::InternalError);
}

TEST(Records, OfNewsOfAlgebra) {
  AlgebraNews news;
  news.step = "a step";
  news.proven = some_algebra();
  expect_hostile_bytes_refused(core::to_bytes(news),
                               [](Body body) { (void)core::from_bytes<AlgebraNews>(body); });
}

TEST(Records, OfRangesInACheckpoint) {
  RangeRecord record;
  record.unit.kind = UnitKind::walks;
  record.unit.plan = some_plan();
  record.unit.range = {{10}, {20}};
  record.unit.walks.resize(2);
  record.unit.trees.resize(1);
  record.unit.rims.resize(1);
  record.ranges = {{{10}, {12}}, {{15}, {20}}};
  record.result = core::ByteWriter().put_text("a result").take();
  expect_hostile_bytes_refused(record.journal().payload, [](Body body) { (void)RangeRecord::read(body); });
}

TEST(Records, OfRowsInACheckpoint) {
  RowRecord record;
  record.report = some_report();
  record.limit_s = 2.5;
  EXPECT_EQ(RowRecord::read(record.journal().payload).limit_s, 2.5);
  expect_hostile_bytes_refused(record.journal().payload, [](Body body) { (void)RowRecord::read(body); });
}

TEST(Records, OfEndedRowsInACheckpoint) {
  EndedRecord record;
  record.message = "it failed";
  expect_hostile_bytes_refused(record.journal().payload, [](Body body) { (void)EndedRecord::read(body); });
}

}  // namespace
}  // namespace gforbit::job_cycles
