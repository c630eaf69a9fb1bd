// Units and results as bytes: truncated and corrupt ones are refused.
#include <gtest/gtest.h>

#include "hostile_bytes.hpp"
#include "scoring/units.hpp"

namespace gforbit::job_scoring {
namespace {

using testing_support::expect_hostile_bytes_refused;
using Body = std::span<const std::byte>;

TEST(Records, OfUnits) {
  UnitBody unit;
  unit.pieces.resize(2);
  Piece& piece = unit.pieces[0];
  piece.solver.id = "a solver";
  piece.solver.composition = {1, 2};
  piece.solver.program.command = {"python3", "solver.py"};
  piece.task.id = "a task";
  piece.task.demos.push_back({scoring::Grid(2, 3, 1), scoring::Grid(1, 1, 5)});
  piece.task.tests.push_back({scoring::Grid(1, 2), std::nullopt});
  const core::Bytes bytes = core::to_bytes(unit);
  EXPECT_EQ(core::from_bytes<UnitBody>(bytes).pieces[0].task.demos[0].input, scoring::Grid(2, 3, 1));
  expect_hostile_bytes_refused(bytes, [](Body body) { (void)core::from_bytes<UnitBody>(body); });
}

TEST(Records, OfUnknownKindsAreRefused) {
  Solver solver;
  solver.kind = SolverKind(4);
  EXPECT_THROW((void)core::from_bytes<Solver>(core::to_bytes(solver)), core::CorruptRecord);
  UnitResult result;
  result.rows.resize(1);
  result.rows[0].status = CallStatus(13);
  EXPECT_THROW((void)core::from_bytes<UnitResult>(core::to_bytes(result)), core::CorruptRecord);
}

TEST(Records, OfResults) {
  UnitResult result;
  result.rows.resize(2);
  result.differs.resize(1);
  result.names = {"one", "another"};
  result.facts.resize(1);
  result.facts[0].message = "crashed";
  result.outputs.resize(1);
  result.outputs[0].grid = "[[1]]";
  expect_hostile_bytes_refused(core::to_bytes(result),
                               [](Body body) { (void)core::from_bytes<UnitResult>(body); });
  CallsReport report{{{0, 1}, {2, 3}}, result};
  EXPECT_EQ(core::from_bytes<CallsReport>(core::to_bytes(report)).ended.at(1).call, 3U);
  expect_hostile_bytes_refused(core::to_bytes(report),
                               [](Body body) { (void)core::from_bytes<CallsReport>(body); });
}

TEST(Records, DifferCountsOfAnOutputAreOneNumber) {
  for (std::int32_t code = 0; code < kDifferCodes; ++code) {
    const auto counts = differ_counts(static_cast<std::uint8_t>(code));
    for (const scoring::DifferCount& count : counts) {
      EXPECT_EQ(count.iz + count.zo, 2U);
      EXPECT_EQ(count.n_samples, 1U);
    }
    EXPECT_EQ(differ_code(counts), code);
  }
  EXPECT_EQ(differ_counts(2)[0].iz, 2U) << "the first differ is the lowest digit";
}

}  // namespace
}  // namespace gforbit::job_scoring
