// Random systems of registers mapped in every way, against the graph of their next states.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gforbit/cycles/basins.hpp"
#include "gforbit/cycles/mapping.hpp"
#include "gforbit/cycles/mapping/plan.hpp"
#include "gforbit/cycles/system_kernel.hpp"
#include "unit/cycles/random_system.hpp"

namespace gforbit::cycles {
namespace {

using testing_support::next_states;
using testing_support::random_systems;
using testing_support::RandomSystem;

/// What there is to find, by walking from every state.
struct Graph {
  std::vector<Cycle> cycles;
  std::vector<std::uint64_t> basins;  ///< of the cycles
  std::uint64_t transient_states = 0, max_transient_length = 0, leaves = 0;

  explicit Graph(const std::vector<std::uint64_t>& next) {
    const std::uint64_t n = next.size();
    std::vector<std::uint64_t> seen(n, n), distance(n, 0), cycle_of(n, 0);
    std::vector<bool> known(n, false), hit(n, false);
    std::vector<std::uint64_t> trail;
    for (const std::uint64_t s : next) hit[s] = true;
    leaves = static_cast<std::uint64_t>(std::count(hit.begin(), hit.end(), false));
    for (std::uint64_t start = 0; start < n; ++start) {
      trail.clear();
      std::uint64_t s = start;
      for (; !known[s] && seen[s] != start; s = next[s]) {
        seen[s] = start;
        trail.push_back(s);
      }
      std::size_t on_trail = trail.size();
      if (!known[s]) {
        on_trail = static_cast<std::size_t>(std::find(trail.begin(), trail.end(), s) - trail.begin());
        const auto first = trail.begin() + static_cast<std::ptrdiff_t>(on_trail);
        cycles.push_back({*std::min_element(first, trail.end()), trail.size() - on_trail});
        basins.push_back(trail.size() - on_trail);
        for (auto at = first; at != trail.end(); ++at) {
          known[*at] = true;
          cycle_of[*at] = cycles.size() - 1;
        }
      }
      for (std::size_t i = on_trail; i-- > 0;) {
        const std::uint64_t state = trail[i];
        known[state] = true;
        distance[state] = distance[next[state]] + 1;
        cycle_of[state] = cycle_of[next[state]];
        ++basins[cycle_of[state]];
        ++transient_states;
        max_transient_length = std::max(max_transient_length, distance[state]);
      }
    }
  }
};

void expect_equal(const MapResult& found, const Graph& graph, bool with_basins) {
  std::map<Cycle, std::uint64_t> cycles;
  for (std::size_t i = 0; i < graph.cycles.size(); ++i) cycles[graph.cycles[i]] = graph.basins[i];
  std::vector<Cycle> rows;
  std::vector<std::uint64_t> basins;
  for (const auto& [cycle, basin] : cycles) {
    rows.push_back(cycle);
    basins.push_back(basin);
  }
  ASSERT_EQ(found.cycles.rows(), rows);
  ASSERT_EQ(found.transient_states, graph.transient_states);
  ASSERT_EQ(found.max_transient_length, graph.max_transient_length);
  ASSERT_EQ(found.leaf_states, graph.leaves);
  if (with_basins && graph.transient_states > 0) {
    ASSERT_EQ(found.basin_sizes, basins);
  }
}

/// As a whole, in ranges, in memory, with basins, by trees.
std::vector<MappingOptions> all_ways() {
  const MappingOptions whole;
  MappingOptions ranges;
  ranges.whole_limit = 0;
  ranges.threads = 2;
  MappingOptions trees = ranges;
  trees.memory_bytes = 1 << 15;
  trees.peel = false;
  MappingOptions basins = ranges;
  basins.basins = true;
  MappingOptions whole_basins;
  whole_basins.basins = true;
  return {whole, ranges, trees, basins, whole_basins};
}

TEST(Systems, AreMappedAsTheirGraphsAre) {
  constexpr std::uint64_t kSeed = 20261202;
  std::mt19937_64 random(kSeed);
  const auto bits = static_cast<double>(testing_support::from_environment("GFORBIT_SYSTEM_BITS", 12));
  const std::vector<std::uint64_t> orders{2, 2, 3, 4, 5, 7, 8, 9, 11, 13, 16};
  const auto ways = all_ways();
  std::uint64_t nonsingular = 0;
  const std::uint64_t runs = random_systems(1000);
  for (std::uint64_t run = 0; run < runs; ++run) {
    const std::uint64_t q = orders[random() % orders.size()];
    const auto most = static_cast<unsigned>(bits / std::log2(static_cast<double>(q)));
    const auto field = galois::Field::of_order(q);
    const fsr::SystemForm form = RandomSystem(random, q).make(1 + static_cast<int>(random() % most));
    const fsr::Register reg(fsr::System(field, form));
    SCOPED_TRACE(fmt::format("seed {}, run {}: {}", kSeed, run, reg.text()));
    const Graph graph(next_states(field, form));
    nonsingular += graph.transient_states == 0 ? 1 : 0;
    MappingOptions options = ways[run % ways.size()];
    constexpr std::uint64_t kMostTried = 16;  // backwards, for each state
    if (!options.peel && fsr::Stepper(reg).previous_cost() > kMostTried) options = ways.front();
    ASSERT_NO_FATAL_FAILURE(expect_equal(map(reg, options), graph, options.basins));
  }
  EXPECT_GT(nonsingular, runs / 4);
  EXPECT_LT(nonsingular, runs - runs / 10);
}

// The bit-sliced kernel, with runs of cells of all lengths, and functions that read the newest cells.
TEST(Systems, AreMappedInLanesAsByPlainMethods) {
  constexpr std::uint64_t kSeed = 20261203;
  std::mt19937_64 random(kSeed);
  const std::vector<std::vector<std::uint64_t>> shapes{
      {4, 12}, {3, 3, 12}, {16}, {1, 1, 14}, {2, 13}, {3, 15}, {5, 4, 6}, {12, 2, 1, 1}, {9, 8}};
  std::uint64_t in_lanes = 0;
  for (std::uint64_t run = 0; run < std::min<std::uint64_t>(random_systems(200), 2000) / 5; ++run) {
    const auto form = RandomSystem(random, 2).make(shapes[random() % shapes.size()], random() % 5);
    const fsr::Register reg(fsr::System(galois::Field::of_order(2), form));
    if (!fsr::is_nonsingular(reg).value()) continue;
    SCOPED_TRACE(fmt::format("seed {}, run {}: {}", kSeed, run, reg.text()));
    const MapResult whole = map(reg);
    for (const SimdLevel level : simd_levels()) {
      if (!simd_available(level)) continue;
      MappingOptions options;
      options.whole_limit = 0;
      options.threads = 2;
      options.simd = level;
      if (plan_ranges(reg, true, options).kernel == KernelKind::system) ++in_lanes;
      const MapResult found = map(reg, options);
      ASSERT_EQ(found.cycles.rows(), whole.cycles.rows()) << simd_name(level);
    }
  }
  EXPECT_GT(in_lanes, 20U);
}

TEST(Systems, OfOneRegisterHaveTheCyclesOfTheRegister) {
  const auto field = galois::Field::of_order(2);
  const fsr::Register reg(fsr::Feedback::parse(field, 22, "x0 + x5 + x3*x9 + x17"));
  const fsr::Register system(fsr::System(field, {{{"s", 22, "s0 + s5 + s3*s9 + s17", {}}}, {}}));
  MappingOptions options;
  options.whole_limit = 0;
  EXPECT_EQ(map(system, options).cycles.rows(), map(reg).cycles.rows());
}

// Going back from a state of this system tries 2^8 values of the cells that a step drops. Cycles have up to
// 127 * 11 states, far more than a walk may have here before it is handed on.
TEST(Systems, WalksGoOnWhereGoingBackIsDear) {
  fsr::SystemForm form;
  for (int node = 0; node < 7; ++node) {
    const auto name = [](int n) { return std::string("n") + static_cast<char>('a' + n % 7); };
    form.registers.push_back(
        {name(node), 1, node < 6 ? name(node + 1) + "0" : name(0) + "0 + " + name(1) + "0", {}});
  }
  form.registers.push_back({"b", 11, "b0", {}});
  const fsr::Register reg(fsr::System(galois::Field::of_order(2), form));
  constexpr std::uint64_t kMarks = 1 << 7, kWalkLimit = 64;
  const fsr::Stepper step(reg);
  std::vector<std::uint64_t> next(step.state_count());
  for (std::uint64_t s = 0; s < next.size(); ++s) next[s] = step.next(s);
  std::vector<Cycle> expected = Graph(next).cycles;
  std::erase_if(expected, [](const Cycle& cycle) { return cycle.representative < kMarks; });
  ASSERT_TRUE(system_kernel_applies(reg, kMarks));
  const auto kernel = make_system_kernel(reg, kMarks, system_partition(reg, kMarks), best_simd_level());
  Findings found;
  kernel->leaders({{kMarks}, {next.size()}}, next.size(), kWalkLimit, found, {});
  for (const OpenWalk& walk : found.open) EXPECT_NE(walk.purpose, OpenWalk::Purpose::leader);
  const auto order = [](const Cycle& a, const Cycle& b) { return a.representative < b.representative; };
  std::ranges::sort(found.cycles, order);
  std::ranges::sort(expected, order);
  EXPECT_GT(expected.size(), 20U);
  EXPECT_EQ(found.cycles, expected);
}

TEST(Systems, ThatAreTooLargeSayWhatToDo) {
  fsr::SystemForm network;
  for (int node = 0; node < 40; ++node)
    network.registers.push_back(
        {std::string(1, static_cast<char>('b' + node % 20)) + (node < 20 ? "" : "_"), 1, "b0*c0", {}});
  const fsr::Register reg(fsr::System(galois::Field::of_order(2), network));
  try {
    static_cast<void>(map(reg));
    ADD_FAILURE() << "was mapped";
  } catch (const MemoryShortage& shortage) {
    EXPECT_NE(std::string(shortage.what()).find("choose shorter registers"), std::string::npos)
        << shortage.what();
  }
}

}  // namespace
}  // namespace gforbit::cycles
