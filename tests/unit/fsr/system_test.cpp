#include "gforbit/fsr/system.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/register.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "unit/cycles/random_system.hpp"

namespace gforbit::fsr {
namespace {

using testing_support::next_states;
using testing_support::RandomSystem;

System bits(const SystemForm& form) {
  return {galois::Field::of_order(2), form};
}

std::string error_of(const SystemForm& form, std::uint64_t order = 2) {
  try {
    static_cast<void>(System(galois::Field::of_order(order), form));
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(System, StepsAsItsTextsSay) {
  constexpr std::uint64_t kSeed = 20261201;
  std::mt19937_64 random(kSeed);
  for (int run = 0; run < 600; ++run) {
    const std::vector<std::pair<std::uint64_t, int>> shapes{{2, 9}, {3, 6}, {4, 4},  {5, 4},  {7, 3},
                                                            {8, 3}, {9, 3}, {16, 2}, {257, 1}};
    const auto [q, most] = shapes[random() % shapes.size()];
    const auto field = galois::Field::of_order(q);
    const SystemForm form =
        RandomSystem(random, q).make(1 + static_cast<int>(random() % static_cast<unsigned>(most)));
    const Register reg(System(field, form));
    SCOPED_TRACE(fmt::format("seed {}, run {}: {}", kSeed, run, reg.text()));
    const std::vector<std::uint64_t> next = next_states(field, form);
    const Stepper step(reg);
    ASSERT_EQ(step.state_count(), next.size());
    std::vector<std::uint64_t> previous;
    std::vector<std::vector<std::uint64_t>> reference(next.size());
    for (std::uint64_t s = 0; s < next.size(); ++s) {
      ASSERT_EQ(step.next(s), next[s]) << s;
      reference[next[s]].push_back(s);
    }
    for (std::uint64_t s = 0; s < next.size(); ++s) {
      step.previous(s, previous);
      ASSERT_EQ(previous, reference[s]) << s;
    }
    const std::set<std::uint64_t> images(next.begin(), next.end());
    ASSERT_EQ(is_nonsingular(reg), images.size() == next.size());
  }
}

TEST(System, OfOneRegisterIsTheRegister) {
  const auto field = galois::Field::of_order(3);
  const Register reg(Feedback::parse(field, 5, "x0 + 2*x1^2*x3 + 1"));
  const Register system(System(field, {{{"s", 5, "s0 + 2*s1^2*s3 + 1", {}}}, {}}));
  const Stepper a(reg), b(system);
  for (std::uint64_t s = 0; s < a.state_count(); ++s) ASSERT_EQ(a.next(s), b.next(s));
  EXPECT_EQ(system.kind(), FeedbackKind::nonlinear);
  EXPECT_EQ(system.degree(), 5);
}

TEST(System, WritesItsCanonicalText) {
  const System system = bits(
      {{{"s", 3, "(s0 + s1)", {}}, {"b", 4, "s0 + b0 + b3*b1 + b1*b3 + 1", {{1, "b2 + s2"}}}}, "b3 + s0"});
  EXPECT_EQ(system.text(),
            R"({"field": 2, "registers": [{"name": "s", "length": 3, "feedback": "s0 + s1"}, )"
            R"({"name": "b", "length": 4, "feedback": "s0 + b0 + 1", "updates": {"1": "s2 + b2"}}], )"
            R"("output": "s0 + b3"})");
  EXPECT_EQ(system.kind(), FeedbackKind::affine);
  EXPECT_EQ(system.dropped_cells(), (std::vector<int>{0, 3, 5}));
}

TEST(System, DecidesWhereSeveralCellsAreMixed) {
  // An invertible and a singular matrix of the two dropped cells; and one that depends on a copied cell.
  const auto of = [](const std::string& first, const std::string& second) {
    return is_nonsingular(Register(bits({{{"s", 3, first, {}}, {"b", 3, second, {}}}, {}})));
  };
  EXPECT_EQ(of("s0 + b0", "s0"), true);
  EXPECT_EQ(of("s0 + b0", "s0 + b0 + s1"), false);
  EXPECT_EQ(of("s0 + b1*b0", "b0 + s2*s0"), false);
  // (s0, b0) is swapped where b1 is 1.
  EXPECT_EQ(of("s0 + b1*(s0 + b0)", "b0 + b1*(s0 + b0)"), true);
  EXPECT_EQ(of("s0 + b1*(s0 + b0)", "b0 + b2*(s0 + b0)"), false);
}

TEST(System, SaysWhatIsWrong) {
  EXPECT_EQ(error_of({{}, {}}), "registers: the list is empty: give one at least");
  EXPECT_EQ(
      error_of({{{"s1", 3, "s0", {}}}, {}}),
      "registers[0] 's1': name: expected 1 to 32 letters or _, a letter first, as in \"s\" or \"lfsr\": the "
      "cells are then s0, s1, ...");
  EXPECT_EQ(error_of({{{"maj", 3, "maj0", {}}}, {}}),
            "registers[0] 'maj': name: 'maj' is a word of expressions: choose another");
  EXPECT_EQ(error_of({{{"a", 3, "a0 + a1", {}}}, {}}, 4),
            "registers[0] 'a': name: 'a' is the root of the modulus in expressions: choose another");
  EXPECT_EQ(error_of({{{"s", 3, "s0", {{1, "s2"}, {1, "s0"}}}}, {}}),
            "registers[0] 's': updates: s1 is given twice: leave one out");
  EXPECT_EQ(error_of({{{"a", 3, "a0 + a[1]", {}}}, {}}), "");
  EXPECT_EQ(error_of({{{"s", 3, "s0", {}}, {"s", 3, "s0", {}}}, {}}),
            "registers[1] 's': name: registers[0] has it already: choose another");
  EXPECT_EQ(error_of({{{"s", 0, "s0", {}}}, {}}),
            "registers[0] 's': length: 0 is not in 1..1048576, the cells that are left of 1048576 in all");
  EXPECT_EQ(error_of({{{"s", 3, "s0", {{2, "s0"}}}}, {}}),
            "registers[0] 's': updates: s2 is the top cell, whose update is the key feedback");
  EXPECT_EQ(error_of({{{"s", 3, "s0", {{7, "s0"}}}}, {}}),
            "registers[0] 's': updates: there is no cell s7: the register has s0..s2");
  EXPECT_NE(error_of({{{"s", 3, "s0 + s3", {}}}, {}}).find("registers[0] 's': feedback, character 6: "),
            std::string::npos);
  EXPECT_NE(error_of({{{"s", 3, "s0 + s3", {}}}, {}}).find("there is no cell s3"), std::string::npos);
}

}  // namespace
}  // namespace gforbit::fsr
