// The vector kernels beyond GF(2), at every vector level of this machine, against one scalar step after the
// other.
#include "gforbit/cycles/qary.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <latch>
#include <thread>

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

/// Every kind of lanes and of sums: planes, bytes with short and long tables, digits packed in bytes, 16 and
/// 32 bits.
const std::vector<std::uint64_t> kOrders{
    3,   4,   5,    7,    8,     9,     11,    13,    16,    17,    25,     27,        31,
    32,  49,  64,   81,   121,   125,   127,   128,   131,   169,   243,    251,       256,
    257, 512, 4093, 4096, 32749, 32768, 32771, 65521, 65536, 65537, 131072, 2147483647};

std::uint64_t power(std::uint64_t q, int n) {
  std::uint64_t result = 1;
  for (int i = 0; i < n; ++i) result *= q;
  return result;
}

/// The largest degree with at most `bits` bits of state.
int degree_within(std::uint64_t q, double bits) {
  return static_cast<int>(bits / std::log2(static_cast<double>(q)));
}

/// c x0 + products of up to `factors` of the cells 1..highest.
fsr::Register random_shape(std::mt19937_64& random, std::uint64_t q, int degree, int terms, int factors,
                           int highest) {
  std::string text = fmt::format("{}*x0 + {}", 1 + random() % (q - 1), random() % q);
  for (int t = 0; t < terms && highest > 0; ++t) {
    text += fmt::format(" + {}", 1 + random() % (q - 1));
    for (int f = 0; f <= static_cast<int>(random() % static_cast<unsigned>(factors)); ++f) {
      text += fmt::format("*x{}^{}", 1 + random() % static_cast<unsigned>(highest),
                          random() % 3 == 0 ? 1 + random() % (q - 1) : 1);
    }
  }
  return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, text));
}

/// Sparse and dense feedbacks, with and without the newest cells, so that every block shape occurs.
fsr::Register random_of(std::mt19937_64& random, std::uint64_t q, int degree) {
  switch (random() % 5) {
    case 0:
      return random_shape(random, q, degree, 40, 3, degree - 1);
    case 1:
      return random_shape(random, q, degree, 2, 12, degree - 1);
    case 2:
      return random_shape(random, q, degree, 3, 2, degree / 2);
    case 3:
      return random_shape(random, q, degree, 3, 2, degree - 8);
    default:
      return random_nonsingular(random, q, degree);
  }
}

/// Segments of one range at one level: each one is that of a scalar walk, and all of them together are
/// counted.
void check_segments(const fsr::Register& reg, std::uint64_t marks, const Partition& partition,
                    core::StateRange range, SimdLevel level) {
  constexpr std::uint64_t kLimit = 1 << 10;
  const fsr::Stepper step(reg);
  SegmentBlock block(range);
  Findings findings;
  make_qary_kernel(reg, marks, partition, level)->segments(range, kLimit, block, findings, {});
  std::uint64_t steps = 0, open = 0;
  for (std::uint64_t mark = range.begin.value; mark < range.end.value; ++mark) {
    if (block.is_open(mark)) {
      ++open;
      continue;
    }
    std::uint64_t x = mark, length = 0;
    do {
      x = step.next(x);
      ++length;
    } while (x >= marks);
    ASSERT_EQ(block.next(mark), x) << mark;
    ASSERT_EQ(block.length(mark), length) << mark;
    steps += length;
  }
  EXPECT_EQ(findings.open.size(), open);
  for (const OpenWalk& walk : findings.open) {
    EXPECT_TRUE(block.is_open(walk.start));
    EXPECT_GE(walk.steps, kLimit);
    steps += walk.steps;
  }
  EXPECT_EQ(findings.steps, steps);
  EXPECT_EQ(findings.seen, classes_passed(step, partition, block, findings.open));
}

TEST(Qary, SegmentsAreThoseOfScalarWalks) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const std::uint64_t q : kOrders) {
    for (int round = 0; round < 2; ++round) {
      const int most = degree_within(q, 62);
      const int degree = 2 + static_cast<int>(random() % static_cast<unsigned>(most - 1));
      const int zero_cells =
          std::max({1, degree - degree_within(q, 32),
                    std::min(degree, 1 + static_cast<int>(random() %
                                                          static_cast<unsigned>(1 + degree_within(q, 9))))});
      const std::uint64_t marks = power(q, degree - zero_cells);
      const int noted = 1 + static_cast<int>(random() % static_cast<unsigned>(zero_cells));
      const auto reg = random_of(random, q, degree);
      const Partition partition(power(q, degree), marks, 2, power(q, degree - noted));
      SCOPED_TRACE(
          fmt::format("GF({})^{} marks {} noted {}: {}", q, degree, marks, noted, reg.feedback().text()));
      ASSERT_TRUE(qary_applies(reg, marks, partition));
      const std::uint64_t first = random() % marks;
      const core::StateRange range{{first}, {std::min(marks, first + 1 + random() % 60)}};
      for (const SimdLevel level : vector_levels()) {
        SCOPED_TRACE(simd_name(level));
        check_segments(reg, marks, partition, range, level);
        if (HasFailure()) return;
      }
    }
  }
}

TEST(Qary, LeadersAreThoseOfTheScalarKernel) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const std::uint64_t q : kOrders) {
    if (degree_within(q, 15) < 2) continue;
    for (int round = 0; round < 2; ++round) {
      const int degree = 2 + static_cast<int>(random() % static_cast<unsigned>(degree_within(q, 15) - 1));
      const auto reg = random_of(random, q, degree);
      const std::uint64_t states = power(q, degree),
                          marks = power(q, static_cast<int>(random() % static_cast<unsigned>(degree)));
      const Partition partition(states, marks, 1, marks);
      SCOPED_TRACE(fmt::format("GF({})^{} marks {}: {}", q, degree, marks, reg.feedback().text()));
      const std::uint64_t begin = marks + random() % (states - marks);
      const core::StateRange range{{begin}, {begin + 1 + random() % (states - begin)}};
      Findings expected;
      make_scalar_kernel(fsr::Stepper(reg), partition)->leaders(range, states, states, expected, {});
      for (const SimdLevel level : vector_levels()) {
        SCOPED_TRACE(simd_name(level));
        Findings found;
        make_qary_kernel(reg, marks, partition, level)->leaders(range, states, states, found, {});
        std::ranges::sort(found.cycles);
        ASSERT_EQ(found.cycles, expected.cycles);
        ASSERT_EQ(found.seen, expected.seen);
      }
    }
  }
}

// The kernels on planes know one modulus of each order; elements of other fields are carried over.
TEST(Qary, AnyModulusWillDo) {
  std::mt19937_64 random(testing_support::test_seed());
  const std::vector<std::vector<std::uint64_t>> moduli{{1, 0, 1, 1},
                                                       {1, 0, 1},
                                                       {2, 2, 1},
                                                       {1, 0, 0, 1, 1},
                                                       {1, 1, 1, 1, 1},
                                                       {1, 0, 0, 1, 0, 1},
                                                       {1, 1, 0, 1, 1, 0, 0, 0, 1},
                                                       {1, 0, 1, 1, 0, 1, 0, 0, 1}};
  for (const auto& modulus : moduli) {
    const std::uint64_t p = modulus.size() == 3 ? 3 : 2;
    const std::uint64_t q = power(p, static_cast<int>(modulus.size()) - 1);
    const auto field = galois::Field::with_modulus(q, modulus);
    for (int round = 0; round < 4; ++round) {
      const int degree = 2 + static_cast<int>(random() % static_cast<unsigned>(degree_within(q, 16) - 1));
      const std::string text = random_of(random, q, degree).feedback().text();
      SCOPED_TRACE(fmt::format("modulus {}, degree {}: {}", field.modulus_text(), degree, text));
      const fsr::Register reg(fsr::Feedback::parse(field, degree, text));
      const std::uint64_t states = power(q, degree), marks = power(q, degree - 1);
      const Partition partition(states, marks, 2, marks);
      Findings expected;
      make_scalar_kernel(fsr::Stepper(reg), partition)
          ->leaders({{marks}, {states}}, states, states, expected, {});
      for (const SimdLevel level : vector_levels()) {
        SCOPED_TRACE(simd_name(level));
        check_segments(reg, marks, partition, {{0}, {std::min<std::uint64_t>(marks, 200)}}, level);
        if (HasFailure()) return;
        Findings found;
        make_qary_kernel(reg, marks, partition, level)
            ->leaders({{marks}, {states}}, states, states, found, {});
        std::ranges::sort(found.cycles);
        ASSERT_EQ(found.cycles, expected.cycles);
      }
    }
  }
}

// Of 65521^3 states, those with one leading zero live through billions of steps: one batch of them takes
// hours.
TEST(Qary, LeadersOfLongLifeAreStopped) {
  const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(65521), 3, "x0 + x1*x2"));
  const std::uint64_t states = power(65521, 3);
  const Partition partition(states, 1, 1, 1);
  const auto kernel = make_qary_kernel(reg, 1, partition, vector_levels().back());
  std::stop_source source;
  std::latch begins(1);
  bool ended = false;
  std::jthread search([&] {
    Findings found;
    begins.count_down();
    kernel->leaders({{65521}, {2 * 65521}}, states, states, found, source.get_token());
    ended = true;
  });
  begins.wait();
  source.request_stop();
  search.join();  // returns, or the time limit of the test is over
  EXPECT_TRUE(ended);
}

TEST(Qary, MapsAgreeWithTheWholeMap) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const std::uint64_t q : kOrders) {
    if (degree_within(q, 13) < 2) continue;
    for (int round = 0; round < 2; ++round) {
      const int degree = 2 + static_cast<int>(random() % static_cast<unsigned>(degree_within(q, 13) - 1));
      const auto reg = random_of(random, q, degree);
      const std::uint64_t states = power(q, degree);
      const int zero_cells = 1 + static_cast<int>(random() % static_cast<unsigned>(degree));
      const std::uint64_t marks = power(q, degree - zero_cells), limit = std::uint64_t{64} << random() % 12;
      SCOPED_TRACE(
          fmt::format("GF({})^{} marks {} limit {}: {}", q, degree, marks, limit, reg.feedback().text()));
      const auto whole = map_bijection(fsr::Stepper(reg), CycleCensus::kAll, {});
      const Partition partition(
          states, marks, 2,
          power(q, degree - 1 - static_cast<int>(random() % static_cast<unsigned>(zero_cells))));
      for (const SimdLevel level : vector_levels()) {
        SCOPED_TRACE(simd_name(level));
        const auto census =
            map_with(reg, make_qary_kernel(reg, marks, partition, level), partition, limit, marks, random);
        ASSERT_EQ(census.distribution(), whole->cycles.distribution());
        ASSERT_EQ(census.rows(), whole->cycles.rows());
      }
    }
  }
}

TEST(Qary, AppliesWhereItSays) {
  const auto of = [](std::uint64_t q, int degree) {
    return fsr::Register(fsr::Feedback::parse(galois::Field::of_order(q), degree, "x0"));
  };
  const auto applies = [](const fsr::Register& reg, std::uint64_t marks) {
    return qary_applies(reg, marks, Partition(*reg.enumerable_state_count(), marks, 0, marks));
  };
  EXPECT_TRUE(applies(of(3, 20), 243));
  EXPECT_FALSE(applies(of(3, 20), 242));
  EXPECT_FALSE(applies(of(2, 20), 32));
  EXPECT_FALSE(applies(of(343, 3), 343));  // odd and not prime, beyond a byte
  EXPECT_FALSE(applies(of(5, 1), 1));
  EXPECT_TRUE(applies(of(2147483647, 2), 2147483647));
  EXPECT_FALSE(qary_applies(of(3, 5), 9, Partition(243, 9, 0, 80)));
}

TEST(Qary, ItsOwnMarksAndClassesApply) {
  for (const std::uint64_t q : kOrders) {
    for (int degree = 2; degree <= degree_within(q, 62); ++degree) {
      const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(q), degree, "x0"));
      const std::uint64_t memory = 100 << 20;
      const auto marks = qary_marks(reg, memory, 9);
      if (!marks) continue;
      EXPECT_LE(9 * *marks, memory);
      EXPECT_GE(*marks, 64u);
      const Partition partition(*reg.enumerable_state_count(), *marks, 4, qary_coarse(reg, *marks));
      EXPECT_TRUE(qary_applies(reg, *marks, partition)) << q << " " << degree;
    }
  }
}

}  // namespace
}  // namespace gforbit::cycles
