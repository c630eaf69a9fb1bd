// Planted faults: a cycle dropped, a range lost or counted twice. The checks must notice each of them.
#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/contraction.hpp"
#include "gforbit/cycles/mark_graph.hpp"
#include "gforbit/cycles/trees.hpp"
#include "gforbit/cycles/whole.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

fsr::Register nonlinear(const char* text, int degree) {
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(2), degree, text));
}

TEST(Faults, ADroppedOrDoubledCycleOpensTheCertificate) {
  const fsr::Stepper step(nonlinear("x0 + x3 + x1*x2", 10));
  const auto map = map_bijection(step, CycleCensus::kAll, {});
  const auto cycles = map->cycles.rows();
  ASSERT_GE(cycles.size(), 2u);
  for (std::size_t fault = 0; fault < cycles.size(); ++fault) {
    CycleCensus dropped, doubled;
    for (std::size_t i = 0; i < cycles.size(); ++i) {
      if (i != fault) dropped.add(cycles[i]);
      doubled.add(cycles[i]);
    }
    doubled.add(cycles[fault]);
    EXPECT_FALSE(covers_all_states(1024, dropped, 0));
    EXPECT_FALSE(covers_all_states(1024, doubled, 0));
  }
}

class SegmentFaults : public testing::Test {
 protected:
  static constexpr std::uint64_t kMarks = 64;
  SegmentFaults() : step_(nonlinear("x0 + x3 + x1*x2", 10)), table_(core::StateRange{{0}, {kMarks}}) {
    const auto kernel = make_scalar_kernel(step_, Partition(1024, kMarks, 2));
    Findings findings;
    kernel->segments({{0}, {kMarks}}, 1 << 20, table_, findings, {});
  }
  fsr::Stepper step_;
  SegmentBlock table_;
};

TEST_F(SegmentFaults, ALostRangeIsNoticed) {
  SegmentBlock partial(core::StateRange{{0}, {kMarks}});
  for (std::uint64_t mark = 0; mark < kMarks; ++mark) {
    if (mark / 8 != 3) partial.set(mark, table_.next(mark), table_.length(mark));
  }
  Contraction contraction(partial, 10);
  EXPECT_THROW(while (!contraction.advance(1000)){}, core::CertificateError);
}

TEST_F(SegmentFaults, ASegmentToTheWrongMarkIsNoticed) {
  table_.set(5, table_.next(6), table_.length(5));
  Contraction contraction(table_, 10);
  EXPECT_THROW(while (!contraction.advance(1000)){}, core::CertificateError);
}

TEST_F(SegmentFaults, AWrongLengthOpensTheCertificate) {
  table_.set(5, table_.next(5), table_.length(5) + 1);
  Contraction contraction(table_, 10);
  while (!contraction.advance(1000)) continue;
  CycleCensus census = contraction.census();
  const auto whole = map_bijection(step_, CycleCensus::kAll, {});
  for (const auto& cycle : whole->cycles.rows()) {
    if (cycle.representative >= kMarks) census.add(cycle);
  }
  EXPECT_FALSE(covers_all_states(1024, census, 0));
}

class BasinFaults : public testing::Test {
 protected:
  static constexpr std::uint64_t kMarks = 32;
  BasinFaults()
      : kernel_(fsr::Stepper(nonlinear("x1 + x3*x2 + x0*x4 + 1", 10)), kMarks, Partition(1024, kMarks, 2)) {
    kernel_.basins({{0}, {kMarks}}, 1 << 20, basins_, {});
  }
  TreeKernel kernel_;
  TreeFindings basins_;
};

TEST_F(BasinFaults, ALostRangeIsNoticed) {
  basins_.basins.pop_back();
  MarkGraph graph(kMarks);
  graph.add_basins(basins_);
  EXPECT_THROW(static_cast<void>(graph.find_cycles(10)), core::CertificateError);
}

TEST_F(BasinFaults, ARangeCountedTwiceIsNoticed) {
  MarkGraph graph(kMarks);
  graph.add_basins(basins_);
  EXPECT_THROW(graph.add_basins(basins_), core::CertificateError);
}

TEST_F(BasinFaults, ALostOrDoubledRimIsNoticed) {
  for (const int times : {0, 2}) {
    MarkGraph graph(kMarks);
    graph.add_basins(basins_);
    static_cast<void>(graph.find_cycles(10));
    TreeFindings rims;
    kernel_.rims(graph.rims_to_search(), 1 << 20, rims, {});
    ASSERT_GT(rims.rim_states, 0u);
    for (int i = 0; i < times; ++i) graph.add_rims(rims, true);
    EXPECT_THROW(static_cast<void>(graph.transients()), core::CertificateError);
  }
}

TEST(Faults, AMapThatIsNoBijectionIsNotMappedAsOne) {
  const fsr::Stepper step(nonlinear("x1*x2", 6));
  EXPECT_THROW(static_cast<void>(map_bijection(step, 10, {})), core::CertificateError);
}

}  // namespace
}  // namespace gforbit::cycles
