// The sieved search for leaders against walks from every state, at every vector level, with ranges in any
// order and on several threads: a sieve must rule out no leader, whatever came before.
#include "gforbit/cycles/leader_sieve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <stop_token>
#include <thread>

#include "gforbit/core/error.hpp"
#include "gforbit/cycles/bitsliced.hpp"
#include "gforbit/cycles/lookup.hpp"
#include "gforbit/cycles/qary.hpp"
#include "gforbit/cycles/whole.hpp"
#include "unit/cycles/map_with.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

std::vector<SimdLevel> levels() {
  std::vector<SimdLevel> found = testing_support::vector_levels();
  found.push_back(SimdLevel::scalar);
  return found;
}

struct Expected {
  std::vector<Cycle> cycles;  ///< with their smallest state above the marks
  ClassCounts seen;           ///< states of these cycles, by class
};

Expected expected(const fsr::Register& reg, const Partition& partition) {
  const fsr::Stepper step(reg);
  const std::uint64_t marks = partition.interval(0).end.value;
  Expected result{{}, ClassCounts(partition.size(), 0)};
  for (const Cycle& cycle : map_bijection(step, CycleCensus::kAll, {})->cycles.rows()) {
    if (cycle.representative < marks) continue;
    result.cycles.push_back(cycle);
    std::uint64_t x = cycle.representative;
    for (std::uint64_t n = 0; n < cycle.period; ++n, x = step.next(x)) ++result.seen[partition.class_of(x)];
  }
  return result;
}

/// All candidates above the marks in ranges of uneven sizes, in random order, by some threads.
Findings search_all(LeaderSieve& sieve, const Partition& partition, std::uint64_t states, int threads,
                    std::mt19937_64& random) {
  const std::uint64_t marks = partition.interval(0).end.value;
  auto ranges = testing_support::cut({{marks}, {states}}, 1 + states / 5, random);
  std::shuffle(ranges.begin(), ranges.end(), random);
  Findings all;
  std::mutex mutex;
  std::vector<std::jthread> team;
  for (int i = 0; i < threads; ++i) {
    team.emplace_back([&] {
      for (;;) {
        std::unique_lock lock(mutex);
        if (ranges.empty()) return;
        const core::StateRange range = ranges.back();
        ranges.pop_back();
        lock.unlock();
        Findings found;
        sieve.search(range, partition, states, states + 1, 0, found, {});
        lock.lock();
        all.merge(std::move(found));
      }
    });
  }
  team.clear();
  std::sort(all.cycles.begin(), all.cycles.end());
  return all;
}

TEST(LeaderSieve, FindsEveryCycleInAnyOrderOfRanges) {
  constexpr std::uint64_t kSeed = 20261130;
  std::mt19937_64 random(kSeed);
  const std::vector<std::pair<std::uint64_t, int>> shapes{
      {2, 8},  {2, 13}, {2, 15}, {3, 8},  {4, 6},   {5, 6},   {7, 4},   {8, 4},   {9, 4},
      {16, 3}, {25, 3}, {27, 3}, {81, 2}, {125, 2}, {243, 2}, {256, 2}, {257, 2}, {625, 2}};
  for (int round = 0; round < 6; ++round) {
    for (const auto& [q, degree] : shapes) {
      const fsr::Register reg = testing_support::random_nonsingular(random, q, degree);
      SCOPED_TRACE(fmt::format("seed {}, GF({}), degree {}: {}", kSeed, q, degree, reg.feedback().text()));
      const std::uint64_t states = *reg.enumerable_state_count();
      const std::uint64_t marks = std::max<std::uint64_t>(1, states >> (random() % 10));
      if (marks == states) continue;
      const std::uint64_t coarse = marks + random() % (states - marks);
      const Partition partition(states, marks, static_cast<unsigned>(random() % 4), coarse);
      const Expected whole = expected(reg, partition);
      for (const SimdLevel level : levels()) {
        LeaderSieve sieve(reg, level);
        sieve.use();
        ASSERT_TRUE(sieve.in_use());
        const Findings found = search_all(sieve, partition, states, 1 + round % 3, random);
        EXPECT_EQ(found.cycles, whole.cycles);
        EXPECT_EQ(found.seen, whole.seen);
        EXPECT_TRUE(found.open.empty());
      }
    }
  }
}

// Registers with long terms and many of them: products of several look-ups, comparisons, more products than
// vectors take.
TEST(LeaderSieve, TakesTermsOfEveryShape) {
  std::string pairs = "x0";
  for (int i = 1; i < 13; ++i) {
    for (int j = i + 1; j < 13; ++j) pairs += fmt::format(" + x{}*x{}", i, j);
  }
  std::string sum = "x0", product = "x1";
  for (int i = 1; i < 13; ++i) sum += fmt::format(" + x{}", i);
  for (int i = 2; i < 13; ++i) product += fmt::format("*x{}", i);
  std::mt19937_64 random(1);
  const std::vector<std::tuple<std::uint64_t, int, std::string>> registers{
      {2, 13, pairs},
      {2, 13, sum},
      {2, 13, sum + " + 1"},
      {2, 13, "x0 + " + product},
      {2, 13, "x0 + 1"},
      {3, 9, "x0 + x1*x2*x3*x4*x5*x6*x7*x8"},
      {3, 9, "2*x0 + x1^2*x2*x3*x4*x5*x6*x7*x8^2 + x4*x8 + 1"},
      {9, 4, "2*x0 + x1^5*x2^3*x3 + 4*x2 + 3"}};
  for (const auto& [q, degree, text] : registers) {
    SCOPED_TRACE(text);
    const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(q), degree, text));
    const std::uint64_t states = *reg.enumerable_state_count();
    const Partition partition(states, 1, 0, 1);
    const Expected whole = expected(reg, partition);
    for (const SimdLevel level : levels()) {
      LeaderSieve sieve(reg, level);
      sieve.use();
      const Findings found = search_all(sieve, partition, states, 2, random);
      EXPECT_EQ(found.cycles, whole.cycles);
    }
  }
}

// Most states of these registers lie on a few long cycles, which many candidates and threads walk at the same
// time. Without what one long walk tells the others, 2 to 5 steps a state are taken.
TEST(LeaderSieve, SharesTheWorkOfLongCycles) {
  std::mt19937_64 random(3);
  const std::vector<std::tuple<std::uint64_t, int, const char*>> registers{{2, 21, "x0 + x1*x2"},
                                                                           {5, 9, "x0 + x1*x2"},
                                                                           {16, 5, "x0 + x1*x3"},
                                                                           {81, 3, "x0 + x1*x2 + 1"},
                                                                           {257, 2, "x0^3 + 5*x1^2"}};
  for (const auto& [q, degree, text] : registers) {
    const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(q), degree, text));
    const std::uint64_t states = *reg.enumerable_state_count(), marks = states >> 12;
    const Partition partition(states, marks, 1, states >> (random() % 12));
    const Expected whole = expected(reg, partition);
    for (const SimdLevel level : levels()) {
      for (const int threads : {1, 3}) {
        SCOPED_TRACE(
            fmt::format("GF({}), {}, level {}, {} threads", q, text, static_cast<int>(level), threads));
        LeaderSieve sieve(reg, level);
        sieve.use();
        const Findings found = search_all(sieve, partition, states, threads, random);
        EXPECT_EQ(found.cycles, whole.cycles);
        EXPECT_EQ(found.seen, whole.seen);
        EXPECT_TRUE(found.open.empty());
      }
      LeaderSieve sieve(reg, level);
      sieve.use();
      Findings found;
      sieve.search({{marks}, {states}}, partition, states, states + 1, 0, found, {});
      EXPECT_EQ(found.seen, whole.seen);
      constexpr std::uint64_t kFew = 1 << 18;  // there walks are looked at too seldom
      if (states > kFew) {
        EXPECT_LT(found.steps, states + states / 2) << text;
      }
    }
  }
}

// A search that is stopped leaves walks of other threads that wait for its own: they go on by themselves.
TEST(LeaderSieve, StoppedSearchesKeepNoOtherWaiting) {
  std::mt19937_64 random(4);
  const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(2), 21, "x0 + x1*x2"));
  const std::uint64_t states = *reg.enumerable_state_count(), marks = states >> 12;
  const Partition partition(states, marks, 0, marks);
  const Expected whole = expected(reg, partition);
  for (const SimdLevel level : levels()) {
    LeaderSieve sieve(reg, level);
    sieve.use();
    std::stop_source stop;
    std::jthread others([&] {
      for (std::uint64_t first = 2 * marks; !stop.stop_requested(); first += marks) {
        std::stop_source soon;
        int polls = 0;
        const core::StopSignal::Look look = [&] {
          if (++polls == 3) soon.request_stop();
        };
        Findings dropped;
        sieve.search({{first}, {states}}, partition, states, states + 1, 0, dropped,
                     core::StopSignal(soon.get_token(), &look));
      }
    });
    Findings found;
    sieve.search({{marks}, {states}}, partition, states, states + 1, 0, found, {});
    stop.request_stop();
    others.join();
    std::sort(found.cycles.begin(), found.cycles.end());
    EXPECT_EQ(found.cycles, whole.cycles);
    EXPECT_EQ(found.seen, whole.seen);
  }
}

// The kernels go over to the sieve in the middle of their search, with their patience nearly used up before
// it.
TEST(LeaderSieve, TakesOverFromTheKernels) {
  std::mt19937_64 random(2);
  const auto check = [&](const fsr::Register& reg, const Partition& partition, const auto& make_kernel) {
    for (const SimdLevel level : testing_support::vector_levels()) {
      const auto sieve = std::make_shared<LeaderSieve>(reg, level);
      EXPECT_FALSE(sieve->note_time(sieve->patience() - std::chrono::nanoseconds(1)));
      const std::shared_ptr<const Kernel> kernel = make_kernel(level, sieve);
      const CycleCensus census =
          testing_support::map_with(reg, kernel, partition, std::uint64_t{1} << 40, 1 << 20, random);
      EXPECT_TRUE(sieve->in_use()) << "the case that this test is about did not happen";
      const auto whole = map_bijection(fsr::Stepper(reg), CycleCensus::kAll, {});
      EXPECT_EQ(census.distribution(), whole->cycles.distribution());
      EXPECT_EQ(census.rows(), whole->cycles.rows());
    }
  };
  const fsr::Register bits(fsr::Feedback::parse(galois::Field::of_order(2), 18, "x0 + x1*x17"));
  const std::uint64_t marks = 1 << 6;
  check(bits, bitsliced_partition(bits, marks), [&](SimdLevel level, std::shared_ptr<LeaderSieve> sieve) {
    return make_bitsliced_kernel(bits, marks, bitsliced_partition(bits, marks), level, 0, std::move(sieve));
  });
  const fsr::Register digits(fsr::Feedback::parse(galois::Field::of_order(3), 11, "x0 + x1*x10"));
  const Partition partition(*digits.enumerable_state_count(), 9, 4, qary_coarse(digits, 9));
  check(digits, partition, [&](SimdLevel level, std::shared_ptr<LeaderSieve> sieve) {
    return make_qary_kernel(digits, 9, partition, level, std::move(sieve));
  });
}

// Odd prime powers above 256 have no lanes; the kernel takes any field but GF(2), with walks cut short, too.
TEST(LookupKernel, AgreesWithTheWholeMap) {
  constexpr std::uint64_t kSeed = 20261201;
  std::mt19937_64 random(kSeed);
  const std::vector<std::pair<std::uint64_t, int>> shapes{{3, 1},  {16, 1},  {3, 8},   {4, 6},  {9, 4},
                                                          {49, 2}, {257, 2}, {343, 2}, {625, 2}};
  for (const auto& [q, degree] : shapes) {
    const fsr::Register reg = testing_support::random_nonsingular(random, q, degree);
    SCOPED_TRACE(fmt::format("seed {}, GF({}), degree {}: {}", kSeed, q, degree, reg.feedback().text()));
    ASSERT_TRUE(lookup_applies(reg));
    const std::uint64_t states = *reg.enumerable_state_count();
    // In one cell all states are marks: one class.
    const std::uint64_t marks = degree == 1 ? states : 1 + states / (10 + random() % 100);
    const std::uint64_t coarse = marks == states ? states : marks + random() % (states - marks);
    const Partition partition(states, marks, static_cast<unsigned>(random() % 3), coarse);
    const auto whole = map_bijection(fsr::Stepper(reg), CycleCensus::kAll, {});
    for (const auto& [level, sieved] :
         {std::pair{SimdLevel::scalar, false}, {SimdLevel::scalar, true}, {best_simd_level(), true}}) {
      const std::shared_ptr<const Kernel> kernel = make_lookup_kernel(
          reg, partition, level, sieved ? std::make_shared<LeaderSieve>(reg, level) : nullptr);
      for (const std::uint64_t limit : {std::uint64_t{100}, std::uint64_t{1} << 40}) {
        const CycleCensus census =
            testing_support::map_with(reg, kernel, partition, limit, states / 3, random);
        EXPECT_EQ(census.distribution(), whole->cycles.distribution());
        EXPECT_EQ(census.rows(), whole->cycles.rows());
      }
    }
  }
}

TEST(Findings, CountsCyclesWhereTheyAreVeryMany) {
  Findings findings;
  for (std::uint64_t i = 0; i < 10000; ++i) findings.cycles.push_back({20000 - i, 1 + i % 3});
  Findings few = findings;
  few.cycles.resize(100);
  few.count_cycles({{0}, {30000}}, 10);
  EXPECT_EQ(few.cycles.size(), 100U);
  Findings same = findings, elsewhere = findings;
  findings.count_cycles({{10001}, {20001}}, 10);
  EXPECT_TRUE(findings.cycles.empty());
  EXPECT_EQ(findings.counted.cycles(), 10000);
  EXPECT_EQ(findings.counted.rows().size(), 10U);
  EXPECT_EQ(findings.counted.rows().front().representative, 10001U);
  EXPECT_THROW(elsewhere.count_cycles({{10001}, {20000}}, 10), core::CertificateError);
  same.cycles.back() = same.cycles.front();
  EXPECT_THROW(same.count_cycles({{0}, {30000}}, 10), core::CertificateError);
}

}  // namespace
}  // namespace gforbit::cycles
