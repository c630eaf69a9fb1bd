// Peeling against the plain method that holds the whole graph in memory, at every vector level and with
// several threads.
#include "gforbit/cycles/peeling.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <tuple>

#include "gforbit/cycles/whole.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

std::vector<SimdLevel> levels() {
  std::vector<SimdLevel> found;
  for (const SimdLevel level : simd_levels()) {
    if (simd_available(level)) found.push_back(level);
  }
  return found;
}

fsr::Register parsed(std::uint64_t q, int degree, const std::string& text) {
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, text));
}

void expect_same(const fsr::Register& reg, const MapResult& found) {
  const auto whole = map_functional_graph(fsr::Stepper(reg), CycleCensus::kAll, {});
  ASSERT_TRUE(whole);
  EXPECT_EQ(found.cycles.distribution(), whole->cycles.distribution());
  EXPECT_EQ(found.cycles.rows(), whole->cycles.rows());
  EXPECT_EQ(found.transient_states, whole->transient_states);
  EXPECT_EQ(found.max_transient_length, whole->max_transient_length);
  EXPECT_EQ(found.leaf_states, whole->leaf_states);
}

MapResult peel(const fsr::Register& reg, SimdLevel level, int threads) {
  Peeling peeling(reg, CycleCensus::kAll, level);
  std::vector<std::jthread> team;
  for (int i = 0; i < threads; ++i) {
    team.emplace_back([&] {
      while (peeling.work({})) continue;
    });
  }
  team.clear();
  return peeling.result();
}

// Shapes of at least 2^10 states, so that every kind of table and element is used.
TEST(Peeling, FindsWhatThePlainMethodFinds) {
  constexpr std::uint64_t kSeed = 20261129;
  std::mt19937_64 random(kSeed);
  const std::vector<std::pair<std::uint64_t, int>> shapes{
      {2, 10},  {2, 13},  {2, 17},  {3, 7},   {3, 9},   {4, 6},   {5, 5},  {7, 4},
      {8, 4},   {9, 4},   {16, 3},  {25, 3},  {32, 3},  {49, 2},  {81, 2}, {243, 2},
      {251, 2}, {256, 2}, {257, 2}, {343, 2}, {512, 2}, {521, 2}, {529, 2}};
  for (int round = 0; round < 6; ++round) {
    for (const auto& [q, degree] : shapes) {
      const fsr::Register reg = testing_support::random_register(random, q, degree);
      SCOPED_TRACE(fmt::format("seed {}, GF({}), degree {}: {}", kSeed, q, degree, reg.feedback().text()));
      ASSERT_TRUE(Peeling::bytes_for(reg));
      for (const SimdLevel level : levels()) expect_same(reg, peel(reg, level, 1 + round % 3));
    }
  }
}

// The oldest cell in two tables of the step: then a state may have q predecessors, though x0 alone is a
// permutation.
TEST(Peeling, CountsPredecessorsOfProductsWithTheOldestCell) {
  for (const std::string text : {"x0 + 112*x0*x1 + x0*x1^4 + 147", "x0 + 84*x0*x1 + 3*x0*x1^4 + 56",
                                 "x0 + x0*x1", "x0^3 + 5*x0*x1 + x1^2", "x0 + x0*x1^7 + 1"}) {
    for (const std::uint64_t q : {256, 257, 343, 1021}) {
      const auto reg = parsed(q, 2, text);
      SCOPED_TRACE(fmt::format("GF({}): {}", q, text));
      for (const SimdLevel level : {SimdLevel::scalar, best_simd_level()})
        expect_same(reg, peel(reg, level, 2));
    }
  }
}

// The extremes: no transient state, one level, as many levels as cells, nothing but one cycle state, one pair
// of states that lead to the same one.
TEST(Peeling, FindsTheExtremes) {
  const std::string all_cells = "x0*x1*x2*x3*x4*x5*x6*x7*x8*x9*x10*x11";
  for (const std::string text : {"x0 + x3*x5", "x0", "x1", "x11", "0", "1", "x0*x1", "x0 + x3 + x5*x9"}) {
    const auto reg = parsed(2, 12, text);
    SCOPED_TRACE(text);
    for (const SimdLevel level : levels()) expect_same(reg, peel(reg, level, 2));
  }
  const auto pair = parsed(2, 12, "x0 + x3 + x5*x9 + " + all_cells);
  expect_same(pair, peel(pair, best_simd_level(), 2));
  for (const std::string text : {"x0 + x1*x6", "x6", "x1*x2", "0", "2"}) {
    const auto reg = parsed(3, 7, text);
    SCOPED_TRACE(text);
    for (const SimdLevel level : levels()) expect_same(reg, peel(reg, level, 2));
  }
}

// So large that images are made in several stages, of tiles of rows that are not adjacent.
TEST(Peeling, FindsTheSameInSeveralStages) {
  for (const std::string text : {"x0*x1 + x3 + x5*x9 + 1", "x1*x4 + x3 + x21*x20*x2", "x21 + x0*x7*x19"}) {
    const auto reg = parsed(2, 22, text);
    SCOPED_TRACE(text);
    expect_same(reg, peel(reg, best_simd_level(), 2));
  }
}

// Larger fields with a bit for each state: rows of many words, constants, products of several look-ups, and a
// look-up with too many keys, for which there are counters instead.
TEST(Peeling, FindsTheSameInImagesOverSmallFields) {
  const std::vector<std::tuple<std::uint64_t, int, std::string>> cases{
      {3, 12, "x1*x2 + 2"},
      {3, 12, "x0*x1*x2*x3*x4*x5*x6*x7*x8*x9*x10 + x3"},
      {3, 12, "x0^2 + x11*x4 + x7^2*x9 + x2*x5 + x1*x8 + x10*x6 + 1"},
      {3, 12, "x1*x2*x3*x4*x5*x6*x7*x8*x9 + x0*x11"},
      {4, 9, "x0*x1 + x3 + 2"},
      {4, 9, "x8"},
      {4, 9, "x0^2*x1 + 3*x4*x5*x6 + x7*x8 + x2^3*x3"},
      {5, 7, "x1*x2 + x3 + 4"},
      {5, 7, "x0^2 + 3*x0*x6 + x1*x5 + x2*x4"},
      {7, 6, "x0^2 + x3 + x1*x2 + 6"},
      {7, 6, "x1 + 3*x0^3*x5"},
      {8, 7, "x0*x1*x2*x3*x4*x5*x6 + 3*x2 + 5"},
      {8, 6, "x0^2 + x3*x5 + x1*x2*x4 + 1"},
  };
  for (const auto& [q, degree, text] : cases) {
    const auto reg = parsed(q, degree, text);
    SCOPED_TRACE(fmt::format("GF({}): {}", q, text));
    for (const SimdLevel level : {SimdLevel::scalar, best_simd_level()})
      expect_same(reg, peel(reg, level, 2));
  }
}

TEST(Peeling, RefusesWhatItCannotDo) {
  EXPECT_FALSE(Peeling::bytes_for(parsed(2, 9, "x1")));
  EXPECT_FALSE(Peeling::bytes_for(parsed(2, 41, "x1")));
  EXPECT_FALSE(Peeling::bytes_for(parsed(65537, 2, "x1")));
  EXPECT_FALSE(Peeling::bytes_for(parsed(2187, 2, "x1")));
  EXPECT_TRUE(Peeling::bytes_for(parsed(2, 40, "x1")));
}

TEST(Peeling, EndsWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(map_by_peeling(parsed(2, 16, "x1*x2 + x3"), 0, stop.get_token()));
}

}  // namespace
}  // namespace gforbit::cycles
