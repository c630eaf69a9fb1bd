// Basins against walking from every state, at every vector level and with several threads.
#include "gforbit/cycles/basins.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/whole.hpp"
#include "seed.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

fsr::Register parsed(std::uint64_t q, int degree, const std::string& text) {
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, text));
}

std::vector<Cycle> cycles_of(const fsr::Register& reg) {
  const auto rows = map_functional_graph(fsr::Stepper(reg), CycleCensus::kAll, {})->cycles.rows();
  return {rows.begin(), rows.end()};
}

/// Walks from each state until a state of a cycle.
Basins walked(const fsr::Register& reg, const std::vector<Cycle>& cycles) {
  const fsr::Stepper step(reg);
  const std::uint64_t n = step.state_count();
  std::vector<std::size_t> cycle_of(n, cycles.size());
  std::vector<bool> has_previous(n);
  for (std::size_t c = 0; c < cycles.size(); ++c) {
    std::uint64_t s = cycles[c].representative;
    for (std::uint64_t i = 0; i < cycles[c].period; ++i, s = step.next(s)) cycle_of[s] = c;
  }
  Basins basins;
  basins.sizes.resize(cycles.size());
  for (std::uint64_t s = 0; s < n; ++s) {
    has_previous[step.next(s)] = true;
    std::uint64_t length = 0, t = s;
    for (; cycle_of[t] == cycles.size(); ++length) t = step.next(t);
    ++basins.sizes[cycle_of[t]];
    if (length == 0) continue;
    ++basins.transient_states;
    basins.max_transient_length = std::max(basins.max_transient_length, length);
    basins.lengths.add(length, 1);
  }
  basins.leaf_states =
      static_cast<std::uint64_t>(std::count(has_previous.begin(), has_previous.end(), false));
  return basins;
}

Basins searched(const fsr::Register& reg, const std::vector<Cycle>& cycles, SimdLevel level, int threads,
                std::uint64_t memory_bytes) {
  BasinSearch search(reg, cycles, level, memory_bytes);
  std::vector<std::jthread> team;
  for (int i = 0; i < threads; ++i) {
    team.emplace_back([&] {
      while (search.work({})) continue;
    });
  }
  team.clear();
  return search.result();
}

void expect_walked(const fsr::Register& reg, int threads) {
  const std::vector<Cycle> cycles = cycles_of(reg);
  const Basins expected = walked(reg, cycles);
  for (const SimdLevel level : {SimdLevel::scalar, best_simd_level()}) {
    // With and without lists of predecessors over larger fields.
    const std::uint64_t memory = level == SimdLevel::scalar ? 0 : std::uint64_t{1} << 30;
    const Basins found = searched(reg, cycles, level, threads, memory);
    EXPECT_EQ(found.sizes, expected.sizes);
    EXPECT_EQ(found.lengths, expected.lengths);
    EXPECT_EQ(found.transient_states, expected.transient_states);
    EXPECT_EQ(found.max_transient_length, expected.max_transient_length);
    EXPECT_EQ(found.leaf_states, expected.leaf_states);
  }
}

TEST(Basins, AreWhatWalksFromEveryStateFind) {
  std::mt19937_64 random(testing_support::test_seed());
  const std::vector<std::pair<std::uint64_t, int>> shapes{{2, 1}, {2, 3}, {2, 9},  {2, 12},  {3, 7},  {4, 5},
                                                          {5, 4}, {9, 3}, {16, 3}, {257, 1}, {101, 2}};
  for (int round = 0; round < 5; ++round) {
    for (const auto& [q, degree] : shapes) {
      const fsr::Register reg = testing_support::random_register(random, q, degree);
      SCOPED_TRACE(fmt::format("GF({}), degree {}: {}", q, degree, reg.feedback().text()));
      expect_walked(reg, 1 + round % 3);
    }
  }
}

// One tree that doubles with each level, one long path, no tree at all, many fixed points.
TEST(Basins, OfTheExtremes) {
  const std::string all_cells = "x0*x1*x2*x3*x4*x5*x6*x7*x8*x9*x10*x11*x12*x13";
  for (const std::string text : {"0", "1", "x13", "x0*x1", "x0 + x3 + x5*x9", "x0", "x1 + x2*x3"}) {
    SCOPED_TRACE(text);
    expect_walked(parsed(2, 14, text), 3);
  }
  expect_walked(parsed(2, 14, "x0 + x3 + x5*x9 + " + all_cells), 2);
}

TEST(Basins, RefuseCyclesThatAreNotAll) {
  const auto reg = parsed(2, 10, "x1 + x2*x3");
  std::vector<Cycle> cycles = cycles_of(reg);
  ASSERT_FALSE(cycles.empty());
  cycles.pop_back();
  EXPECT_THROW(searched(reg, cycles, best_simd_level(), 1, 0), core::CertificateError);
}

TEST(Basins, BinsAreExactBelow64AndSixteenAnOctave) {
  EXPECT_EQ(TransientLengths::bin_end(1), 2);
  EXPECT_EQ(TransientLengths::bin_end(63), 64);
  EXPECT_EQ(TransientLengths::bin_end(64), 68);
  EXPECT_EQ(TransientLengths::bin_end(67), 68);
  EXPECT_EQ(TransientLengths::bin_end(127), 128);
  EXPECT_EQ(TransientLengths::bin_end(128), 136);
  EXPECT_EQ(TransientLengths::bin_end((std::uint64_t{1} << 40) - 1), std::uint64_t{1} << 40);
}

TEST(Basins, EndWhenStopped) {
  std::stop_source stop;
  stop.request_stop();
  const auto reg = parsed(2, 10, "x1");
  BasinSearch search(reg, cycles_of(reg));
  EXPECT_FALSE(search.work(stop.get_token()));
}

}  // namespace
}  // namespace gforbit::cycles
