// The bit-sliced kernel at every vector level of this machine against one scalar step after the other.
#include "gforbit/cycles/bitsliced.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>

#include "gforbit/cycles/whole.hpp"
#include "seed.hpp"
#include "unit/cycles/map_with.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

using testing_support::classes_passed;
using testing_support::map_with;
using testing_support::random_nonsingular;
using testing_support::vector_levels;

/// x0 + a sum of `terms` products of up to `factors` of the cells 1..highest, perhaps the constant 1.
fsr::Register random_shape(std::mt19937_64& random, int degree, int terms, int factors, int highest) {
  std::string text = random() % 2 == 0 ? "x0" : "x0 + 1";
  for (int t = 0; t < terms; ++t) {
    text += " + 1";
    for (int f = 0; f <= static_cast<int>(random() % static_cast<unsigned>(factors)); ++f) {
      text += fmt::format("*x{}", 1 + random() % static_cast<unsigned>(highest));
    }
  }
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(2), degree, text));
}

/// Sparse and dense feedbacks, with and without the newest cells, so that every block shape occurs.
fsr::Register random_bits(std::mt19937_64& random, int degree) {
  switch (random() % 6) {
    case 0:
      return random_shape(random, degree, 60, 5, degree - 1);
    case 1:
      return random_shape(random, degree, 4, 7, degree - 2);
    case 2:
      return random_shape(random, degree, 3, 2, degree - 4);
    case 3:
      return random_shape(random, degree, 3, 3, degree - 8);
    case 4:
      return random_shape(random, degree, 1, 1, 1);
    default:
      return random_nonsingular(random, 2, degree);
  }
}

struct Walk {
  std::uint64_t next, length;
};

Walk scalar_segment(const fsr::Stepper& step, std::uint64_t mark, std::uint64_t marks) {
  std::uint64_t x = mark, length = 0;
  do {
    x = step.next(x);
    ++length;
  } while (x >= marks);
  return {x, length};
}

/// At every vector level: each segment is that of a scalar walk or was left open after `limit` steps, and the
/// states passed are counted by class.
void check_segments(const fsr::Register& reg, std::uint64_t marks, core::StateRange range,
                    std::uint64_t limit) {
  SCOPED_TRACE(fmt::format("degree {} marks {}: {}", reg.degree(), marks, reg.feedback().text()));
  ASSERT_TRUE(bitsliced_applies(reg, marks));
  const fsr::Stepper step(reg);
  for (const SimdLevel level : vector_levels()) {
    SCOPED_TRACE(simd_name(level));
    const auto kernel = make_bitsliced_kernel(reg, marks, bitsliced_partition(reg, marks), level, 0);
    SegmentBlock block(range);
    Findings findings;
    kernel->segments(range, limit, block, findings, {});
    for (std::uint64_t mark = range.begin.value; mark < range.end.value; ++mark) {
      if (block.is_open(mark)) continue;
      const Walk walk = scalar_segment(step, mark, marks);
      ASSERT_EQ(block.next(mark), walk.next) << mark;
      ASSERT_EQ(block.length(mark), walk.length) << mark;
    }
    for (const OpenWalk& walk : findings.open) {
      EXPECT_TRUE(block.is_open(walk.start));
      EXPECT_GE(walk.steps, limit);
    }
    EXPECT_EQ(findings.open.size(), static_cast<std::size_t>(std::ranges::count_if(
                                        std::views::iota(range.begin.value, range.end.value),
                                        [&](std::uint64_t mark) { return block.is_open(mark); })));
    EXPECT_EQ(findings.seen, classes_passed(step, bitsliced_partition(reg, marks), block, findings.open));
  }
}

TEST(Bitsliced, SegmentsAreThoseOfScalarWalks) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 40; ++round) {
    const int degree = 11 + static_cast<int>(random() % 45);
    const int zero_cells = 8 + static_cast<int>(random() % static_cast<unsigned>(std::min(5, degree - 10)));
    const std::uint64_t marks = std::uint64_t{1} << std::min(degree - zero_cells, 32);
    const auto reg = random_bits(random, degree);
    if (degree - zero_cells > 32) continue;
    const std::uint64_t first = random() % marks;
    check_segments(reg, marks, {{first}, {std::min(marks, first + 1 + random() % 3000)}}, 1 << 18);
  }
}

// Where memory is short: few marks, long segments. The longest are cut; what they passed is counted all the
// same.
TEST(Bitsliced, LongSegmentsAreThoseOfScalarWalks) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int zero_cells = 13 + static_cast<int>(random() % 2); zero_cells <= 24; zero_cells += 2) {
    const int degree = zero_cells + 3 + static_cast<int>(random() % 20);
    const std::uint64_t marks = std::uint64_t{1} << (degree - zero_cells);
    const std::uint64_t first = random() % marks;
    check_segments(random_bits(random, degree), marks, {{first}, {first + 1}}, 1 << 20);
  }
}

TEST(Bitsliced, MapsAgreeWithTheWholeMap) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 30; ++round) {
    const int degree = 11 + static_cast<int>(random() % 8);
    const auto reg = random_bits(random, degree);
    const std::uint64_t marks = std::uint64_t{8} << random() % static_cast<unsigned>(degree - 10);
    const std::uint64_t limit = std::uint64_t{1} << random() % 20;
    SCOPED_TRACE(fmt::format("degree {} marks {} limit {}: {}", degree, marks, limit, reg.feedback().text()));
    const auto whole = map_bijection(fsr::Stepper(reg), CycleCensus::kAll, {});
    for (const SimdLevel level : vector_levels()) {
      SCOPED_TRACE(simd_name(level));
      const auto partition = bitsliced_partition(reg, marks);
      const auto census = map_with(reg, make_bitsliced_kernel(reg, marks, partition, level, 0), partition,
                                   limit, marks, random);
      EXPECT_EQ(census.distribution(), whole->cycles.distribution());
      EXPECT_EQ(census.rows(), whole->cycles.rows());
    }
  }
}

TEST(Bitsliced, OneThreadMapsRegistersWhole) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 40; ++round) {
    const int degree = 14 + static_cast<int>(random() % 7);
    const auto reg = random_bits(random, degree);
    SCOPED_TRACE(fmt::format("degree {}: {}", degree, reg.feedback().text()));
    const auto whole = map_bijection(fsr::Stepper(reg), CycleCensus::kAll, {});
    const auto marks = bitsliced_marks(reg, 1 << 20, 8);
    ASSERT_TRUE(marks);
    for (const SimdLevel level : vector_levels()) {
      SCOPED_TRACE(simd_name(level));
      const auto mapped = map_bijection_bitsliced(reg, *marks, CycleCensus::kAll, level, {});
      EXPECT_EQ(mapped->cycles.distribution(), whole->cycles.distribution());
      EXPECT_EQ(mapped->cycles.rows(), whole->cycles.rows());
    }
  }
}

TEST(ShortCycles, AreThoseOfTheWholeMap) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 40; ++round) {
    const int degree = 9 + static_cast<int>(random() % 8);
    const auto reg = random_bits(random, degree);
    const std::uint64_t states = std::uint64_t{1} << degree;
    const std::uint64_t marks = std::uint64_t{1} << random() % static_cast<unsigned>(degree);
    SCOPED_TRACE(fmt::format("degree {} marks {}: {}", degree, marks, reg.feedback().text()));
    const Partition partition(states, marks, static_cast<unsigned>(random() % 3));
    const fsr::Stepper step(reg);
    const auto whole = map_bijection(step, CycleCensus::kAll, {});
    for (const SimdLevel level : simd_levels()) {
      if (!simd_available(level)) continue;
      SCOPED_TRACE(simd_name(level));
      const ShortCycles search(reg, level);
      Findings found;
      const int longest = search.longest(1e7);
      EXPECT_GE(longest, degree);
      for (int period = 1; period <= longest; ++period) search.find(period, partition, found, {});
      std::vector<Cycle> expected;
      ClassCounts seen(partition.size(), 0);
      for (const auto& cycle : whole->cycles.rows()) {
        if (cycle.period > static_cast<std::uint64_t>(longest) || cycle.representative < marks) continue;
        expected.push_back(cycle);
        for (std::uint64_t n = 0, x = cycle.representative; n < cycle.period; ++n, x = step.next(x)) {
          ++seen[partition.class_of(x)];
        }
      }
      std::ranges::sort(found.cycles);
      EXPECT_EQ(found.cycles, expected);
      EXPECT_EQ(found.seen, seen);
    }
  }
}

TEST(ShortCycles, AreFoundInLargeRegistersToo) {
  // Pure cycling with a complement: the sequence of a state and its complement in turn, so the periods are
  // the divisors of 2d that do not divide d.
  const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(2), 40, "x0 + 1"));
  const Partition partition(std::uint64_t{1} << 40, 1, 0);
  const ShortCycles search(reg, best_simd_level());
  for (int period = 1; period <= 20; ++period) {
    Findings found;
    search.find(period, partition, found, {});
    EXPECT_EQ(found.cycles.size(), period == 16 ? 16u : 0u)
        << period;  // sum over odd j | 8 of mu(j) 2^(8/j) / 16
  }
}

TEST(ShortCycles, TheLongestAffordablePeriodGrowsWithTheBudget) {
  const fsr::Register sparse(fsr::Feedback::parse(galois::Field::of_order(2), 40, "x0 + x3 + x5*x9"));
  const ShortCycles search(sparse, best_simd_level());
  EXPECT_EQ(search.longest(0), 0);
  EXPECT_GE(search.longest(1 << 20), 8);
  EXPECT_GE(search.longest(1e12), 40 + 20);  // 9 + (p - 40) cells
  // Every word of 40 digits is a cycle.
  const fsr::Register cycling(fsr::Feedback::parse(galois::Field::of_order(2), 40, "x0"));
  EXPECT_EQ(ShortCycles(cycling, best_simd_level()).longest(1e12), 39);
}

}  // namespace
}  // namespace gforbit::cycles
