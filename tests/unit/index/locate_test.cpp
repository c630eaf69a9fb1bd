// Answers of an index against brute force: random registers of many kinds, and random questions.
#include "gforbit/index/locate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "brute_force.hpp"
#include "gforbit/index/verify.hpp"
#include "seed.hpp"

namespace gforbit::index {
namespace {

using testing_support::IndexedCase;

index::BuildOptions random_options(std::mt19937_64& random, std::uint64_t states) {
  BuildOptions options;
  options.threads = 1 + static_cast<int>(random() % 2);
  if (random() % 3 > 0) options.most_marks = 1 + random() % states;
  return options;
}

std::optional<std::uint64_t> brute_distance(const std::vector<Place>& places, const fsr::Stepper& step,
                                            std::uint64_t from, std::uint64_t to) {
  const Place& a = places[from];
  std::uint64_t state = from;
  for (std::uint64_t steps = 0; steps < a.distance + a.period; ++steps, state = step.next(state)) {
    if (state == to) return steps;
  }
  return std::nullopt;
}

void ask(const IndexedCase& c, const std::string& path, std::mt19937_64& random, int questions) {
  const IndexFile file(path);
  ASSERT_EQ(file.size(), 1U);
  const Locator locator(c.reg, file.view(0));
  const auto places = testing_support::all_places(c.reg, c.cycles);
  const fsr::Stepper step(c.reg);
  const auto text = c.reg.feedback().text();
  for (int i = 0; i < questions; ++i) {
    const std::uint64_t from = random() % places.size(), to = random() % places.size();
    ASSERT_EQ(locator.locate(from), places[from]) << text << " state " << from;
    const std::uint64_t steps = random() % (2 * places[from].period + places[from].distance + 3);
    std::uint64_t state = from;
    for (std::uint64_t s = 0; s < steps; ++s) state = step.next(state);
    ASSERT_EQ(locator.jump(from, steps), state) << text << " from " << from << " by " << steps;
    ASSERT_EQ(locator.jump(from, core::Natural(places[from].period) * 1000000007 * 1000000007 * 1000000007 +
                                     places[from].distance + steps),
              locator.jump(from, places[from].distance + steps));
    for (const std::uint64_t other : {to, state}) {
      ASSERT_EQ(locator.distance(from, other), brute_distance(places, step, from, other))
          << text << " from " << from << " to " << other;
    }
  }
  std::vector<std::uint64_t> many{0, places.size() - 1, places.size() / 2};
  while (many.size() < 500) many.push_back(random() % places.size());
  const auto all = locator.locate_all(many, 2);
  for (std::size_t i = 0; i < many.size(); ++i)
    ASSERT_EQ(all[i], places[many[i]]) << text << " state " << many[i];
}

void ask_random_registers(bool nonsingular, int bits, int registers, int questions) {
  std::mt19937_64 random(testing_support::test_seed());
  const testing_support::TempFolder folder;
  for (int i = 0; i < registers; ++i) {
    const fsr::Register reg = testing_support::random_small_register(random, bits, nonsingular);
    const IndexedCase c =
        testing_support::indexed(reg, random_options(random, *reg.enumerable_state_count()));
    testing_support::write_index(folder.path("a.gfi"), reg, c.orbits);
    ask(c, folder.path("a.gfi"), random, questions);
    const IndexFile file(folder.path("a.gfi"));
    const auto done = verify({"1", 0, reg}, file.view(0), {});
    ASSERT_EQ(done->wrong, std::vector<std::string>{}) << reg.feedback().text();
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(IndexAnswers, OfNonsingularRegistersAreThoseOfBruteForce) {
  ask_random_registers(true, 12, 150, 20);
}

TEST(IndexAnswers, OfSingularRegistersAreThoseOfBruteForce) {
  ask_random_registers(false, 12, 150, 20);
}

TEST(IndexAnswers, OfLargerRegistersAreThoseOfBruteForce) {
  ask_random_registers(true, 20, 4, 6);
  ask_random_registers(false, 18, 4, 6);
}

/// At 28 cells brute force takes too long: walks one state at a time from known places.
TEST(IndexAnswers, OfALargeRegisterAreThoseOfWalks) {
  const fsr::Register reg(
      fsr::Feedback::parse(galois::Field::of_order(2), 28, "x0 + x3 + x5*x9 + x2*x7*x11 + 1"));
  const testing_support::TempFolder folder;
  const IndexedCase c = testing_support::indexed(reg, {.threads = 2});
  testing_support::write_index(folder.path("a.gfi"), reg, c.orbits);
  const IndexFile file(folder.path("a.gfi"));
  const Locator locator(reg, file.view(0));
  const fsr::Stepper step(reg);
  std::mt19937_64 random(testing_support::test_seed());
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t from = random() % step.state_count(), steps = random() % 200000;
    std::uint64_t to = from;
    for (std::uint64_t s = 0; s < steps; ++s) to = step.next(to);
    const Place a = locator.locate(from), b = locator.locate(to);
    EXPECT_EQ(a.representative, b.representative);
    EXPECT_EQ((a.position + steps) % a.period, b.position);
    EXPECT_EQ(locator.jump(from, steps), to);
    EXPECT_EQ(locator.distance(from, to), steps % a.period);
    EXPECT_EQ(locator.state_at(a.cycle, a.position), from);
  }
}

TEST(IndexBuilder, KnownSegmentsGiveTheSameIndexAsWalks) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int i = 0; i < 20; ++i) {
    const fsr::Register reg =
        testing_support::random_nonsingular(random, i % 2 == 0 ? 2 : 3, i % 2 == 0 ? 16 : 9);
    const auto rows = cycles::map(reg).cycles.rows();
    for (const std::uint64_t known : {std::uint64_t{4096}, std::uint64_t{729}}) {
      const auto segments = walk_segments(reg, known, 2, cycles::SimdLevel::scalar).value();
      BuildOptions options;
      options.most_marks = 1 + random() % (2 * known);
      const std::uint64_t marks = index_marks(reg, options);
      const Orbits by_walks = build_orbits(reg, true, rows, marks, options).value();
      const Orbits by_table = build_orbits(reg, true, rows, marks, options, &segments).value();
      EXPECT_EQ(by_walks.cycles, by_table.cycles);
      EXPECT_EQ(by_walks.positions, by_table.positions);
      EXPECT_EQ(by_walks.cycle_of, by_table.cycle_of);
      EXPECT_EQ(by_walks.order, by_table.order);
    }
  }
}

}  // namespace
}  // namespace gforbit::index
