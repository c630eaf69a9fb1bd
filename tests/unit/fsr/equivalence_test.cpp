// Registers with equal keys have equal state graphs, found by walking them; images of a register have its
// key.
#include "gforbit/fsr/equivalence.hpp"
#include "seed.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace gforbit::fsr {
namespace {

using galois::Element;
using galois::Field;

/// What equivalent registers share: number of states by (period of the cycle reached, distance to it).
using Shape = std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t>;

std::vector<std::uint64_t> step_table(const Feedback& f) {
  const std::uint64_t q = f.field().order();
  std::uint64_t states = 1;
  for (int i = 0; i < f.degree(); ++i) states *= q;
  std::vector<std::uint64_t> next(states);
  std::vector<Element> cells(static_cast<std::size_t>(f.degree()));
  for (std::uint64_t s = 0; s < states; ++s) {
    std::uint64_t rest = s;
    for (Element& cell : cells) {
      cell = rest % q;
      rest /= q;
    }
    next[s] = s / q + f.evaluate(cells) * (states / q);
  }
  return next;
}

Shape shape_of(const Feedback& f) {
  const auto next = step_table(f);
  Shape shape;
  for (std::uint64_t s = 0; s < next.size(); ++s) {
    std::map<std::uint64_t, std::uint64_t> seen;
    std::uint64_t at = s, steps = 0;
    while (seen.try_emplace(at, steps).second) {
      at = next[at];
      ++steps;
    }
    ++shape[{steps - seen[at], seen[at]}];
  }
  return shape;
}

Feedback random_feedback(const Field& field, int degree, std::mt19937& random) {
  std::vector<Term> terms;
  for (int i = 0; i < 4; ++i) {
    Term term{1 + random() % (field.order() - 1), {}};
    for (std::uint64_t k = random() % 3; k > 0; --k)
      term.factors.push_back(
          {static_cast<int>(random() % static_cast<unsigned>(degree)), 1 + random() % (field.order() - 1)});
    terms.push_back(term);
  }
  if (random() % 2 == 0) terms.push_back({1, {{0, 1}}});
  return Feedback::from_terms(field, degree, terms);
}

TEST(Equivalence, EqualKeysMeanEqualStateGraphs) {
  std::mt19937 random(testing_support::test_seed());
  for (const auto& [q, degree] : {std::pair(2, 4), std::pair(3, 3), std::pair(4, 2), std::pair(5, 2)}) {
    const Field field = Field::of_order(static_cast<std::uint64_t>(q));
    std::map<std::string, std::pair<Shape, std::string>> by_key;
    std::size_t shared = 0;
    for (int i = 0; i < 400; ++i) {
      const Feedback f = random_feedback(field, degree, random);
      const auto [at, is_new] = by_key.try_emplace(equivalence_key(f), shape_of(f), f.text());
      EXPECT_EQ(at->second.first, shape_of(f)) << f.text() << " and " << at->second.second;
      shared += !is_new && f.text() != at->second.second ? 1 : 0;
    }
    EXPECT_GT(shared, 0u) << "over GF(" << q << ") nothing was compared";
  }
}

struct Pair {
  std::uint64_t q;
  int degree;
  const char* a;
  const char* b;
};

TEST(Equivalence, ImagesOfARegisterHaveItsKey) {
  for (const Pair& pair : {Pair{2, 5, "x0 + x1*x2", "x0 + x3*x4"},                // reversal
                           Pair{2, 5, "x0 + x1*x2", "x0 + x1*x2 + x1 + x2 + 1"},  // complement
                           Pair{2, 5, "x1*x2", "x1*x2 + x1 + x2"},                // of a singular one
                           Pair{3, 4, "x0 + x1*x2", "x0 + 2*x1*x2"},              // scaling by 2
                           Pair{5, 4, "x0 + x1^2*x2", "x0 + 4*x1^2*x2"},          // by 2: 2^-2 = 4
                           Pair{4, 3, "x0 + 2*x1*x2", "x0 + 3*x1*x2"},            // Frobenius
                           Pair{3, 4, "2*x0 + x1*x2", "2*x0 + x2*x3"}}) {         // a = 2: (t0 - g) / 2
    const Field field = Field::of_order(pair.q);
    const Feedback a = Feedback::parse(field, pair.degree, pair.a);
    const Feedback b = Feedback::parse(field, pair.degree, pair.b);
    EXPECT_EQ(equivalence_key(a), equivalence_key(b)) << pair.a << " and " << pair.b;
    EXPECT_EQ(shape_of(a), shape_of(b)) << pair.a << " and " << pair.b;
  }
}

TEST(Equivalence, OtherRegistersHaveOtherKeys) {
  const Field field = Field::of_order(2);
  EXPECT_NE(equivalence_key(Feedback::parse(field, 5, "x0 + x1*x2")),
            equivalence_key(Feedback::parse(field, 5, "x0 + x1*x3")));
  // x0^2 is no power of one cell alone that running backwards keeps a polynomial of this form.
  const Field three = Field::of_order(3);
  EXPECT_NE(equivalence_key(Feedback::parse(three, 3, "x0^2 + x1*x2")),
            equivalence_key(Feedback::parse(three, 3, "x0 + x1*x2")));
}

TEST(Equivalence, LargeFieldsAndLongProductsCostLittle) {
  const Field field = Field::of_order(65521);
  const Feedback f = Feedback::parse(field, 4, "x0 + 3*x1^60000*x2");
  EXPECT_EQ(equivalence_key(f), std::min(f.text(), std::string("x0 + 65518*x2*x3^60000")));
  std::string product = "x1";
  for (int i = 2; i < 40; ++i) product += "*x" + std::to_string(i);
  const Feedback g = Feedback::parse(Field::of_order(2), 40, "x0 + " + product);
  EXPECT_EQ(equivalence_key(g), g.text());
}

}  // namespace
}  // namespace gforbit::fsr
