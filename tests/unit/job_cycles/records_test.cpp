// Units, results and checkpoint records as bytes: truncated and corrupt ones are refused.
#include <gtest/gtest.h>

#include "cycles/checkpoint_record.hpp"
#include "cycles/units.hpp"
#include "hostile_bytes.hpp"

namespace gforbit::job_cycles {
namespace {

using testing_support::expect_hostile_bytes_refused;
using Body = std::span<const std::byte>;

RegisterUnit some_unit() {
  RegisterUnit unit;
  unit.kind = cycles::UnitKind::walks;
  unit.row = 3;
  unit.plan.states = 1000;
  unit.plan.marks = 100;
  unit.range = {{10}, {20}};
  unit.walks.resize(2);
  unit.trees.resize(1);
  unit.rims.resize(1);
  unit.reg = core::ByteWriter().put_text("a register").take();
  return unit;
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
  report.algebra = some_algebra();
  return report;
}

TEST(Records, OfRegisterUnits) {
  expect_hostile_bytes_refused(some_unit().bytes(), [](Body body) { (void)RegisterUnit::read(body); });
}

TEST(Records, OfBundles) {
  std::vector<BundleEntry> entries(2);
  entries[0].reg = some_unit().reg;
  const core::Bytes bytes = write_bundle(entries);
  EXPECT_EQ(kind_of(bytes), cycles::UnitKind::bundle);
  expect_hostile_bytes_refused(bytes, [&](Body body) {
    if (body.empty() || kind_of(body) == cycles::UnitKind::bundle) (void)read_bundle(body);
  });
}

TEST(Records, OfReports) {
  core::ByteWriter out;
  out.put(std::uint64_t{2});
  some_report().write(out);
  MapReport().write(out);
  expect_hostile_bytes_refused(out.take(), [](Body body) { (void)read_reports(body); });
}

TEST(Records, OfNewsOfAlgebra) {
  AlgebraNews news;
  news.step = "a step";
  news.proven = some_algebra();
  core::ByteWriter out;
  news.write(out);
  expect_hostile_bytes_refused(out.take(), [](Body body) {
    core::ByteReader in(body);
    (void)AlgebraNews::read(in);
  });
}

TEST(Records, OfRangesInACheckpoint) {
  RangeRecord record;
  record.unit = some_unit();
  record.ranges = {{{10}, {12}}, {{15}, {20}}};
  record.result = core::ByteWriter().put_text("a result").take();
  expect_hostile_bytes_refused(record.journal().payload, [](Body body) { (void)RangeRecord::read(body); });
}

// Checkpoints from before there was a limit in the record end without it.
TEST(Records, OfRowsInACheckpoint) {
  RowRecord record;
  record.report = some_report();
  expect_hostile_bytes_refused(
      record.journal().payload, [](Body body) { (void)RowRecord::read(body); }, 8);
  EXPECT_EQ(
      RowRecord::read(Body(record.journal().payload).first(record.journal().payload.size() - 8)).limit_s, 0);
}

TEST(Records, OfEndedRowsInACheckpoint) {
  EndedRecord record;
  record.message = "it failed";
  expect_hostile_bytes_refused(record.journal().payload, [](Body body) { (void)EndedRecord::read(body); });
}

}  // namespace
}  // namespace gforbit::job_cycles
