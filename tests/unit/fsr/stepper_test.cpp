// The compiled step against the definition, over every way it is compiled, up to the largest registers.
#include "gforbit/fsr/stepper.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "gforbit/core/error.hpp"
#include "seed.hpp"
#include "unit/fsr/random_feedback.hpp"

namespace gforbit::fsr {
namespace {

using galois::Field;

std::vector<std::uint64_t> walk(const Stepper& stepper, std::uint64_t state, int steps) {
  std::vector<std::uint64_t> states = {state};
  for (int i = 0; i < steps; ++i) states.push_back(stepper.next(states.back()));
  return states;
}

TEST(Stepper, TheExampleOfTheRegister) {
  const Stepper stepper(Register(Feedback::parse(Field::of_order(2), 3, "x0 + x1")));
  EXPECT_EQ(stepper.state_count(), 8U);
  EXPECT_EQ(walk(stepper, 1, 7), (std::vector<std::uint64_t>{1, 4, 2, 5, 6, 7, 3, 1}));
}

struct Shape {
  std::uint64_t q;
  int largest_degree;  // q^d <= 2^63
};

class StepperOver : public testing::TestWithParam<Shape> {};

TEST_P(StepperOver, NextIsTheDefinition) {
  test::Random random(testing_support::test_seed());
  const auto [q, largest] = GetParam();
  const Field field = Field::of_order(q);
  for (int round = 0; round < 30; ++round) {
    const int degree = round % 2 == 0 ? largest : 1 + random.below(largest);
    const auto feedback = random.feedback(field, degree, 8);
    const Stepper stepper{Register(feedback)};
    const std::uint64_t states = stepper.state_count();
    SCOPED_TRACE(testing::Message() << "GF(" << q << "), d = " << degree << ": " << feedback.text());
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t s = i == 0 ? 0 : i == 1 ? states - 1 : i == 2 ? states / q : random.below(states);
      ASSERT_EQ(stepper.next(s), test::step(feedback, s)) << s;
    }
  }
}

TEST_P(StepperOver, PreviousOfNextContainsTheState) {
  test::Random random(testing_support::test_seed());
  const auto [q, largest] = GetParam();
  const Field field = Field::of_order(q);
  std::vector<std::uint64_t> previous = {99};
  for (int round = 0; round < 30; ++round) {
    const int degree = 1 + random.below(largest);
    auto terms = random.terms(field, degree, 6);
    if (q > 300) {  // q evaluations, or q states, would take long
      std::erase_if(terms, [](const Term& t) {
        return std::ranges::find(t.factors, 0, &Factor::cell) != t.factors.end();
      });
      terms.push_back({1 + random.below(q - 1), {{0, 1}}});
    }
    const auto feedback = Feedback::from_terms(field, degree, terms);
    const Stepper stepper{Register(feedback)};
    SCOPED_TRACE(testing::Message() << "GF(" << q << "), d = " << degree << ": " << feedback.text());
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t s = random.below(stepper.state_count());
      stepper.previous(stepper.next(s), previous);
      ASSERT_TRUE(std::ranges::binary_search(previous, s));
      ASSERT_TRUE(std::ranges::all_of(previous, [&](auto t) { return stepper.next(t) == stepper.next(s); }));
      ASSERT_LE(previous.size(), q);
    }
  }
}

constexpr Shape kShapes[] = {
    {2, 63},        {3, 39},    {4, 31},      {5, 27},         {7, 22},         {8, 21},
    {9, 19},        {13, 17},   {16, 15},     {25, 13},        {27, 13},        {49, 11},
    {64, 10},       {125, 9},   {243, 7},     {251, 7},        {256, 7},        {257, 7},
    {289, 7},       {343, 7},   {1024, 6},    {6561, 4},       {65536, 3},      {65537, 3},
    {1 << 21, 3},   {66049, 3}, {2097143, 3}, {2147483647, 2}, {4294967291, 1}, {std::uint64_t{1} << 32, 1},
    {3486784401, 1}};
INSTANTIATE_TEST_SUITE_P(Fields, StepperOver, testing::ValuesIn(kShapes),
                         [](const auto& test) { return fmt::format("q{}", test.param.q); });

TEST(Stepper, PreviousIsTheInverseImage) {
  test::Random random(testing_support::test_seed());
  constexpr std::pair<std::uint64_t, int> kSmall[] = {{2, 1}, {2, 2}, {2, 6}, {3, 1}, {3, 4},  {4, 3},
                                                      {5, 1}, {5, 3}, {8, 2}, {9, 2}, {257, 1}};
  for (int round = 0; round < 400; ++round) {
    const auto [q, degree] = kSmall[random.below(std::size(kSmall))];
    const auto feedback = random.feedback(Field::of_order(q), degree, 5);
    const Stepper original{Register(feedback)};
    const Stepper stepper = original;
    SCOPED_TRACE(testing::Message() << "GF(" << q << "), d = " << degree << ": " << feedback.text());
    std::vector<std::vector<std::uint64_t>> inverse(stepper.state_count());
    for (std::uint64_t s = 0; s < stepper.state_count(); ++s) inverse[test::step(feedback, s)].push_back(s);
    std::vector<std::uint64_t> previous;
    bool all_single = true;
    for (std::uint64_t s = 0; s < stepper.state_count(); ++s) {
      stepper.previous(s, previous);
      ASSERT_EQ(previous, inverse[s]) << s;
      all_single = all_single && previous.size() == 1;
    }
    ASSERT_EQ(is_nonsingular(feedback), all_single);
  }
}

TEST(Stepper, TooManyStates) {
  const auto refusal = [](std::uint64_t q, int degree) -> std::string {
    try {
      static_cast<void>(Stepper(Register(Feedback::parse(Field::of_order(q), degree, "x0"))));
    } catch (const core::InputError& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(refusal(2, 64), "2^64 states are too many to enumerate: the limit is 2^63");
  EXPECT_EQ(refusal(3, 40), "3^40 states are too many to enumerate: the limit is 2^63");
  EXPECT_EQ(refusal(2, 63), "");
}

}  // namespace
}  // namespace gforbit::fsr
