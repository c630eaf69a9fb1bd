// Mapping by ranges (segments, contraction, leaders; basins, rims) against the plain methods that hold every
// state in memory, for every threshold M, with walks cut so short that nearly all of them are continued.
#include <gtest/gtest.h>

#include "gforbit/cycles/contraction.hpp"
#include "gforbit/cycles/kernel.hpp"
#include "gforbit/cycles/mark_graph.hpp"
#include "gforbit/cycles/trees.hpp"
#include "gforbit/cycles/whole.hpp"
#include "seed.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

using testing_support::random_nonsingular;
using testing_support::random_register;
using testing_support::small_shapes;

struct Shape {
  std::uint64_t states, marks, limit;
  [[nodiscard]] Partition partition() const { return {states, marks, 3}; }
};

/// Consecutive ranges of uneven sizes.
std::vector<core::StateRange> cut(std::uint64_t begin, std::uint64_t end, std::mt19937_64& random) {
  std::vector<core::StateRange> ranges;
  while (begin < end) {
    const std::uint64_t size = 1 + random() % 97;
    ranges.push_back({{begin}, {std::min(end, begin + size)}});
    begin += size;
  }
  return ranges;
}

CycleCensus map_by_segments(const fsr::Stepper& step, const Shape& shape, std::mt19937_64& random) {
  const auto kernel = make_scalar_kernel(step, shape.partition());
  SegmentBlock table(core::StateRange{{0}, {shape.marks}});
  Findings all;
  all.seen.resize(shape.partition().size(), 0);
  for (const auto& range : cut(0, shape.marks, random)) {
    SegmentBlock block(range);
    Findings findings;
    kernel->segments(range, shape.limit, block, findings, {});
    table.insert(block);
    all.merge(std::move(findings));
  }
  const auto finish_walks = [&](std::uint64_t max_period) {
    while (!all.open.empty()) {
      Findings more;
      kernel->resume(std::exchange(all.open, {}), max_period, shape.limit, more, {});
      all.merge(std::move(more));
    }
  };
  finish_walks(shape.states);
  for (const auto& s : all.segments) table.set(s.from, s.to, s.length);
  Contraction contraction(table, CycleCensus::kAll);
  while (!contraction.advance(7)) continue;
  CycleCensus census = contraction.census();
  const std::uint64_t deficit = shape.states - static_cast<std::uint64_t>(census.states());
  // What the classes miss adds up to what the cycles miss.
  std::uint64_t missing = 0;
  for (std::size_t c = 0; c < all.seen.size(); ++c) {
    EXPECT_LE(all.seen[c], shape.partition().interval(c).size());
    missing += shape.partition().interval(c).size() - all.seen[c];
  }
  EXPECT_EQ(missing, deficit);
  for (std::size_t c = 1; c < all.seen.size() && deficit > 0; ++c) {
    const auto interval = shape.partition().interval(c);
    if (all.seen[c] == interval.size()) continue;  // nothing missing here, so no leader either
    kernel->leaders(interval, deficit, shape.limit, all, {});
  }
  finish_walks(deficit);
  for (const auto& cycle : all.cycles) census.add(cycle);
  for (std::size_t c = 0; c < all.seen.size(); ++c)
    EXPECT_EQ(all.seen[c], shape.partition().interval(c).size());
  return census;
}

std::vector<std::uint64_t> thresholds(std::uint64_t states, std::mt19937_64& random) {
  return {1, states, 1 + random() % states, std::max<std::uint64_t>(1, states / 16)};
}

TEST(Ranges, NonsingularRegistersAgreeWithTheWholeMap) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const auto& [q, degree] : small_shapes()) {
    for (int round = 0; round < 6; ++round) {
      const auto reg = random_nonsingular(random, q, degree);
      SCOPED_TRACE(fmt::format("GF({})^{}: {}", q, degree, reg.feedback().text()));
      const fsr::Stepper step(reg);
      const auto whole = map_bijection(step, CycleCensus::kAll, {});
      ASSERT_TRUE(whole);
      EXPECT_TRUE(covers_all_states(step.state_count(), whole->cycles, 0));
      for (const std::uint64_t marks : thresholds(step.state_count(), random)) {
        SCOPED_TRACE(fmt::format("marks {}", marks));
        const auto census = map_by_segments(step, {step.state_count(), marks, 1 + random() % 50}, random);
        EXPECT_EQ(census.distribution(), whole->cycles.distribution());
        EXPECT_EQ(census.rows(), whole->cycles.rows());
      }
    }
  }
}

struct SingularMap {
  CycleCensus cycles;
  MarkGraph::Transients transients;
};

SingularMap map_by_basins(const fsr::Stepper& step, const Shape& shape, std::mt19937_64& random) {
  const TreeKernel kernel(step, shape.marks, shape.partition());
  MarkGraph graph(shape.marks);
  TreeFindings all;
  for (const auto& range : cut(0, shape.marks, random)) kernel.basins(range, shape.limit, all, {});
  while (!all.open_basins.empty())
    kernel.resume_basins(std::exchange(all.open_basins, {}), shape.limit, all, {});
  graph.add_basins(all);
  SingularMap result{graph.find_cycles(CycleCensus::kAll), {}};
  const auto search_rims = [&](std::vector<RimWalk> rims, bool with_marks) {
    TreeFindings found;
    while (!rims.empty()) {
      kernel.rims(rims, shape.limit, found, {});
      rims = std::exchange(found.open_rims, {});
    }
    graph.add_rims(found, with_marks);
    return found;
  };
  search_rims(graph.rims_to_search(), true);
  std::uint64_t deficit = shape.states - static_cast<std::uint64_t>(graph.basin_states());
  TreeFindings leaders;
  if (deficit > 0) {
    for (const auto& range : cut(shape.marks, shape.states, random)) {
      kernel.leaders(range, deficit, shape.limit, leaders, {});
    }
    while (!leaders.open_leaders.empty()) {
      kernel.resume_leaders(std::exchange(leaders.open_leaders, {}), deficit, shape.limit, leaders, {});
    }
  }
  for (const auto& cycle : leaders.cycles) {
    result.cycles.add(cycle);
    RimWalk rim;
    rim.cycle_state = cycle.representative;
    rim.remaining = cycle.period;
    rim.marked = 0;
    const auto found = search_rims({rim}, false);
    deficit -= found.rim_states + found.rim_cycle_states;
  }
  EXPECT_EQ(deficit, 0u);
  result.transients = graph.transients();
  return result;
}

TEST(Ranges, SingularRegistersAgreeWithTheWholeMap) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const auto& [q, degree] : small_shapes()) {
    for (int round = 0; round < 6; ++round) {
      const auto reg = random_register(random, q, degree);
      SCOPED_TRACE(fmt::format("GF({})^{}: {}", q, degree, reg.feedback().text()));
      const fsr::Stepper step(reg);
      const auto whole = map_functional_graph(step, CycleCensus::kAll, {});
      ASSERT_TRUE(whole);
      EXPECT_TRUE(covers_all_states(step.state_count(), whole->cycles, whole->transient_states));
      for (const std::uint64_t marks : thresholds(step.state_count(), random)) {
        SCOPED_TRACE(fmt::format("marks {}", marks));
        const auto map = map_by_basins(step, {step.state_count(), marks, 1 + random() % 50}, random);
        EXPECT_EQ(map.cycles.distribution(), whole->cycles.distribution());
        EXPECT_EQ(map.cycles.rows(), whole->cycles.rows());
        EXPECT_EQ(map.transients.states, whole->transient_states);
        EXPECT_EQ(map.transients.max_length, whole->max_transient_length);
      }
    }
  }
}

TEST(Ranges, BothWholeMethodsAgreeOnBijections) {
  std::mt19937_64 random(1);
  for (const auto& [q, degree] : small_shapes()) {
    const fsr::Stepper step(random_nonsingular(random, q, degree));
    const auto walk = map_bijection(step, CycleCensus::kAll, {});
    const auto graph = map_functional_graph(step, CycleCensus::kAll, {});
    EXPECT_EQ(walk->cycles.rows(), graph->cycles.rows());
    EXPECT_EQ(graph->transient_states, 0u);
  }
}

// Of x0^3 only trying all of GF(q) tells the states before one: a step backwards is a million evaluations.
TEST(Trees, AStopIsSeenWhereAStepIsLong) {
  const fsr::Stepper step{
      fsr::Register(fsr::Feedback::parse(galois::Field::of_order(1000003), 1, "x0^3 + 5"))};
  ASSERT_EQ(step.previous_cost(), 1000003u);
  const TreeKernel kernel(step, 64, Partition(step.state_count(), 64, 2));
  int looks = 0;
  const core::StopSignal::Look look = [&] { ++looks; };
  TreeFindings findings;
  kernel.basins({{0}, {1}}, 1 << 16, findings, {std::stop_token{}, &look});
  EXPECT_LE(findings.steps, 4u);
  EXPECT_GE(looks, 15 * static_cast<int>(findings.steps));
}

}  // namespace
}  // namespace gforbit::cycles
