// Places and distances of states of linear registers by algebra against brute force.
#include "gforbit/cycles/linear_orbits.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <random>

#include "brute_force.hpp"
#include "gforbit/cycles/linear_jump.hpp"
#include "seed.hpp"
#include "unit/cycles/random_linear.hpp"

namespace gforbit::cycles {
namespace {

using Cells = LinearPlace::Cells;

Cells cells_of(std::uint64_t state, std::uint64_t q, int degree) {
  Cells cells;
  for (int i = 0; i < degree; ++i, state /= q) cells.push_back(state % q);
  return cells;
}

/// Linear or affine, nonsingular or not, with repeated factors or random coefficients.
fsr::Register random_linear_register(std::mt19937_64& random, std::uint64_t states) {
  constexpr std::uint64_t kFields[] = {2, 2, 3, 4, 5, 9, 16, 27, 257};
  for (;;) {
    const auto field = galois::Field::of_order(kFields[random() % std::size(kFields)]);
    std::size_t most = 0;
    for (std::uint64_t n = field.order(); n <= states; n *= field.order()) ++most;
    const std::size_t degree = 1 + random() % most;
    auto polynomial = random() % 3 == 0
                          ? testing_support::random_monic(random, field, static_cast<int>(degree))
                          : testing_support::polynomial_with_repeated_factors(random, field, degree);
    if (polynomial.size() < 2) continue;
    const galois::Element constant = random() % 2 == 0 ? 0 : random() % field.order();
    return testing_support::register_with(field, polynomial, constant);
  }
}

void ask(const fsr::Register& reg, std::mt19937_64& random, int questions) {
  const std::uint64_t q = reg.field().order();
  const auto places = testing_support::all_places(reg, cycles::map(reg).cycles.rows());
  const fsr::Stepper step(reg);
  LinearOrbits orbits(reg.feedback(), {});
  const auto cells = [&](std::uint64_t state) { return cells_of(state, q, reg.degree()); };
  for (int i = 0; i < questions; ++i) {
    const std::uint64_t from = random() % places.size();
    const index::Place& place = places[from];
    const auto text =
        reg.feedback().text() + " over GF(" + std::to_string(q) + ") from " + std::to_string(from);
    const LinearPlace found = orbits.locate(cells(from), {});
    ASSERT_EQ(found.period, place.period) << text;
    ASSERT_EQ(found.distance, place.distance) << text;
    ASSERT_EQ(found.entry, cells(place.entry)) << text;
    ASSERT_EQ(found.representative, cells(place.representative)) << text;
    ASSERT_EQ(found.position, place.position) << text;
    std::uint64_t on_the_way = from;
    for (std::uint64_t steps = random() % (place.distance + place.period); steps > 0; --steps)
      on_the_way = step.next(on_the_way);
    for (const std::uint64_t to : {random() % places.size(), on_the_way, from}) {
      std::optional<core::Natural> expected;
      std::uint64_t state = from;
      for (std::uint64_t steps = 0; steps < place.distance + place.period;
           ++steps, state = step.next(state)) {
        if (state == to) {
          expected = steps;
          break;
        }
      }
      ASSERT_EQ(orbits.distance(cells(from), cells(to), {}), expected) << text << " to " << to;
    }
  }
}

TEST(LinearOrbits, AreThoseOfBruteForce) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int i = 0; i < 500; ++i) {
    ask(random_linear_register(random, 4096), random, 10);
    if (HasFatalFailure()) return;
  }
}

/// Long cycles: their smallest states are found among the smallest of all, and not by a walk.
TEST(LinearOrbits, OfLongCyclesAreThoseOfBruteForce) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int i = 0; i < 60; ++i) {
    const bool is_binary = i % 2 == 0;
    const auto field = galois::Field::of_order(is_binary ? 2 : 3);
    const int degree = is_binary ? 16 : 10, small = static_cast<int>(random() % 4);
    const auto polynomial =
        testing_support::product(field, testing_support::random_monic(random, field, small),
                                 testing_support::random_monic(random, field, degree - small));
    ask(testing_support::register_with(field, polynomial, random() % 2), random, 3);
    if (HasFatalFailure()) return;
  }
}

/// Beyond enumeration: what a jump leads to is as far away as it jumped.
TEST(LinearOrbits, MeasureJumps) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int i = 0; i < 30; ++i) {
    const auto field = galois::Field::of_order(i % 3 == 0 ? 4 : i % 3 == 1 ? 2 : 3);
    const auto polynomial = testing_support::polynomial_with_repeated_factors(random, field, 80);
    const auto reg = testing_support::register_with(field, polynomial, random() % 2);
    LinearOrbits orbits(reg.feedback(), {});
    Cells from;
    for (int cell = 0; cell < reg.degree(); ++cell) from.push_back(random() % field.order());
    const LinearPlace place = orbits.locate(from, {});
    const core::Natural steps = place.distance + (core::power(2, 100) + random()) % place.period;
    const Cells to = state_after(reg.feedback(), from, steps);
    ASSERT_EQ(orbits.distance(from, to, {}), steps) << reg.feedback().text();
    ASSERT_EQ(state_after(reg.feedback(), from, place.distance), place.entry);
    if (!place.position) continue;
    ASSERT_EQ(state_after(reg.feedback(), *place.representative, *place.position), place.entry);
    const LinearPlace other = orbits.locate(to, {});
    ASSERT_EQ(other.representative, place.representative);
  }
}

}  // namespace
}  // namespace gforbit::cycles
