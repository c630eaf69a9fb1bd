// Jumps by powers of x against single steps.
#include "gforbit/cycles/linear_jump.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <random>

#include "gforbit/fsr/register.hpp"
#include "seed.hpp"

namespace gforbit::cycles {
namespace {

using State = std::vector<galois::Element>;

State stepped(const fsr::Feedback& feedback, State state, std::uint64_t steps) {
  for (; steps > 0; --steps) {
    state.push_back(feedback.evaluate(state));
    state.erase(state.begin());
  }
  return state;
}

/// Linear or affine, nonsingular or not.
fsr::Feedback random_feedback(std::mt19937_64& random, const galois::Field& field, int degree) {
  std::vector<fsr::Term> terms;
  for (int cell = 0; cell < degree; ++cell) {
    const std::uint64_t c = random() % field.order();
    if (c != 0) terms.push_back({c, {{cell, 1}}});
  }
  if (random() % 2 == 0) terms.push_back({1 + random() % (field.order() - 1), {}});
  return fsr::Feedback::from_terms(field, degree, terms);
}

TEST(LinearJump, IsThatOfSingleSteps) {
  std::mt19937_64 random(testing_support::test_seed());
  constexpr std::uint64_t kFields[] = {2, 2, 3, 4, 5, 9, 256, 257};
  for (int i = 0; i < 400; ++i) {
    const auto field = galois::Field::of_order(kFields[random() % std::size(kFields)]);
    const int degree = 1 + static_cast<int>(random() % 70);
    const fsr::Feedback feedback = random_feedback(random, field, degree);
    State state;
    for (int cell = 0; cell < degree; ++cell) state.push_back(random() % field.order());
    const std::uint64_t steps = i % 4 == 0 ? random() % 4 : random() % 300;
    ASSERT_EQ(state_after(feedback, state, steps), stepped(feedback, state, steps))
        << feedback.text() << ", " << steps << " steps";
    const core::Natural many = core::power(10, 40) + random() % 1000;
    ASSERT_EQ(state_after(feedback, state_after(feedback, state, many), steps),
              state_after(feedback, state, many + steps));
  }
}

/// x^521 + x^32 + 1 is primitive: after 2^521 - 1 steps every state is back, and after a half it is not.
TEST(LinearJump, ReturnsAfterThePeriodOfAPrimitivePolynomial) {
  std::vector<std::uint64_t> coefficients(521, 0);
  coefficients[0] = coefficients[32] = 1;
  const auto feedback = fsr::Feedback::linear(galois::Field::of_order(2), coefficients);
  State state(521, 0);
  state[7] = state[500] = 1;
  const core::Natural period = core::power(2, 521) - 1;
  EXPECT_EQ(state_after(feedback, state, period), state);
  EXPECT_EQ(state_after(feedback, state, period + 1000), stepped(feedback, state, 1000));
  EXPECT_NE(state_after(feedback, state, period / 2), state);
}

}  // namespace
}  // namespace gforbit::cycles
