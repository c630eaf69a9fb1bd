// What must hold for every register, whatever its cycles are: the certificate, the parity of the number of
// cycles, representatives that are really the smallest, and transformations of the register that keep its
// periods.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/state.hpp"
#include "seed.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

using fsr::Factor;
using fsr::Feedback;
using fsr::Register;
using fsr::Term;
using galois::Element;
using galois::Field;
using testing_support::multiplied_out;
using testing_support::random_nonsingular;
using testing_support::random_register;
using testing_support::small_shapes;

MapResult map_whole(const Register& reg) {
  const fsr::Stepper step(reg);
  const bool nonsingular = fsr::is_nonsingular(reg.feedback()).value();
  auto map = nonsingular ? map_bijection(step, CycleCensus::kAll, {})
                         : map_functional_graph(step, CycleCensus::kAll, {});
  return std::move(map).value();
}

/// Runs `check(register, random)` on a few random registers of every small shape.
template <class Make, class Check>
void on_random_registers(int rounds, Make make, Check check) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const auto& [q, degree] : small_shapes()) {
    for (int round = 0; round < rounds; ++round) {
      const Register reg = make(random, q, degree);
      SCOPED_TRACE(fmt::format("GF({})^{}: {}", q, degree, reg.feedback().text()));
      check(reg, random);
    }
  }
}

TEST(Identities, CyclesAndTransientStatesMakeAllStates) {
  on_random_registers(6, random_register, [](const Register& reg, auto&) {
    const MapResult map = map_whole(reg);
    EXPECT_TRUE(covers_all_states(reg.state_count(), map.cycles, map.transient_states));
    EXPECT_EQ(map.transient_states == 0, fsr::is_nonsingular(reg.feedback()).value());
    EXPECT_EQ(map.max_transient_length == 0, map.transient_states == 0);
  });
}

TEST(Identities, RepresentativesAreTheSmallestStatesAndPeriodsReturn) {
  on_random_registers(4, random_register, [](const Register& reg, auto&) {
    const fsr::Stepper step(reg);
    std::uint64_t on_cycles = 0;
    for (const Cycle& cycle : map_whole(reg).cycles.rows()) {
      std::uint64_t state = cycle.representative, steps = 0;
      do {
        ASSERT_GE(state, cycle.representative);
        state = step.next(state);
        ++steps;
      } while (state != cycle.representative && steps < cycle.period);
      EXPECT_EQ(state, cycle.representative);
      EXPECT_EQ(steps, cycle.period);
      on_cycles += steps;
    }
    EXPECT_EQ(map_whole(reg).cycles.states(), on_cycles);
  });
}

// ---- parity ----------------------------------------------------------------------------------------------

/// Whether a permutation of [0, q) is odd: it has q minus (number of its cycles) transpositions.
bool is_odd(const std::vector<std::uint64_t>& image) {
  std::vector<bool> seen(image.size(), false);
  std::size_t transpositions = image.size();
  for (std::size_t start = 0; start < image.size(); ++start) {
    if (seen[start]) continue;
    --transpositions;
    for (std::size_t at = start; !seen[at]; at = image[at]) seen[at] = true;
  }
  return transpositions % 2 == 1;
}

/// Number of cycles modulo 2 without walking: the step map is a rotation of the cells after a permutation of
/// x0 that depends on the others, and the number of cycles of a permutation of N elements is N minus its
/// transpositions.
std::uint64_t cycles_modulo_2(const Register& reg) {
  const std::uint64_t q = reg.field().order();
  const auto d = static_cast<std::uint64_t>(reg.degree());
  const std::uint64_t others = *reg.enumerable_state_count() / q;
  std::uint64_t odd = 0;
  std::vector<Element> cells;
  std::vector<std::uint64_t> image(q);
  for (std::uint64_t u = 0; u < others; ++u) {
    cells = fsr::cells_of(u * q, q, reg.degree());
    for (std::uint64_t x0 = 0; x0 < q; ++x0) {
      cells[0] = x0;
      image[x0] = reg.feedback().evaluate(cells);
    }
    odd += is_odd(image) ? 1 : 0;
  }
  const std::uint64_t rotation = q % 2 == 1 ? 1 + (d - 1) * (q - 1) / 2 : (q == 2 && d == 2 ? 1 : 0);
  return (rotation + odd) % 2;
}

TEST(Identities, ParityOfTheNumberOfCycles) {
  // GF(2)^1 and GF(4)^1 and the like have no rotation: N is even and the parity is that of the one
  // permutation.
  on_random_registers(8, random_nonsingular, [](const Register& reg, auto&) {
    EXPECT_EQ(map_whole(reg).cycles.cycles() % 2, cycles_modulo_2(reg));
  });
}

TEST(Identities, ParityOverTwoElementsIsTheFullMonomial) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const int degree : {3, 4, 7, 10, 13}) {
    std::string monomial = "x1";
    for (int cell = 2; cell < degree; ++cell) monomial += fmt::format("*x{}", cell);
    for (int round = 0; round < 10; ++round) {
      const Register reg = multiplied_out(random_nonsingular(random, 2, degree));
      const auto& terms = reg.feedback().terms();
      const bool full = std::any_of(terms.begin(), terms.end(), [&](const Term& term) {
        return term.factors.size() == static_cast<std::size_t>(degree - 1) && term.factors.front().cell == 1;
      });
      const Register toggled(
          Feedback::parse(Field::of_order(2), degree, reg.feedback().text() + " + " + monomial));
      SCOPED_TRACE(reg.feedback().text());
      EXPECT_EQ(map_whole(reg).cycles.cycles() % 2, full ? 1 : 0);
      EXPECT_EQ(map_whole(toggled).cycles.cycles() % 2, full ? 0 : 1);
    }
  }
}

// ---- transformations that keep all periods ---------------------------------------------------------------

/// f' with f'(x) = f'(x0, ...): every factor x_i^e replaced as `change` says.
template <class Change>
Register transformed(const Register& reg, Change change) {
  std::vector<Term> terms;
  const Register normal = multiplied_out(reg);
  for (Term term : normal.feedback().terms()) {
    change(term);
    terms.push_back(std::move(term));
  }
  return Register(Feedback::from_terms(reg.field(), reg.degree(), std::move(terms)));
}

void expect_equal_structure(const Register& a, const Register& b) {
  SCOPED_TRACE("transformed: " + b.feedback().text());
  const MapResult one = map_whole(a), two = map_whole(b);
  EXPECT_EQ(one.cycles.distribution(), two.cycles.distribution());
  EXPECT_EQ(one.transient_states, two.transient_states);
  EXPECT_EQ(one.max_transient_length, two.max_transient_length);
}

TEST(Identities, ScalingKeepsThePeriods) {
  // y = c x: y_d = c f(y/c).
  on_random_registers(4, random_register, [](const Register& reg, std::mt19937_64& random) {
    const Field& field = reg.field();
    const Element c = 1 + random() % (field.order() - 1);
    expect_equal_structure(reg, transformed(reg, [&](Term& term) {
                             term.coefficient = field.multiply(field.multiply(term.coefficient, c),
                                                               field.inverse(field.power(c, term.degree())));
                           }));
  });
}

TEST(Identities, FrobeniusKeepsThePeriods) {
  // y = x^p is a map of the field that respects + and *: only the coefficients change.
  on_random_registers(4, random_register, [](const Register& reg, auto&) {
    const Field& field = reg.field();
    expect_equal_structure(reg, transformed(reg, [&](Term& term) {
                             term.coefficient = field.power(term.coefficient, field.characteristic());
                           }));
  });
}

/// The terms of the product of x_i + 1 over the cells of `term`, q = 2.
void add_complemented(const Term& term, std::vector<Term>& terms) {
  const std::size_t n = term.factors.size();
  for (std::uint64_t subset = 0; subset < (std::uint64_t{1} << n); ++subset) {
    Term part{1, {}};
    for (std::size_t i = 0; i < n; ++i) {
      if ((subset >> i & 1) != 0) part.factors.push_back(term.factors[i]);
    }
    terms.push_back(std::move(part));
  }
}

TEST(Identities, ComplementingEveryCellKeepsThePeriods) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const int degree : {1, 2, 3, 6, 11}) {
    for (int round = 0; round < 6; ++round) {
      const Register reg = random_register(random, 2, degree);
      SCOPED_TRACE(reg.feedback().text());
      std::vector<Term> terms{{1, {}}};
      const Register normal = multiplied_out(reg);
      for (const Term& term : normal.feedback().terms()) add_complemented(term, terms);
      expect_equal_structure(reg, Register(Feedback::from_terms(reg.field(), degree, std::move(terms))));
    }
  }
}

TEST(Identities, RunningBackwardsKeepsThePeriods) {
  // From x_d = c x0 + g(x1, ..., x_{d-1}) follows x0 = (x_d - g) / c. Read backwards, the cells are y_i =
  // x_{d-i}.
  on_random_registers(4, random_nonsingular, [](const Register& reg, auto&) {
    const Field& field = reg.field();
    const int d = reg.degree();
    const Register normal = multiplied_out(reg);
    std::vector<Term> terms;
    Element c = 0;
    for (const Term& term : normal.feedback().terms()) {
      if (!term.factors.empty() && term.factors.front().cell == 0) {
        ASSERT_EQ(term.degree(), 1u);
        c = term.coefficient;
      }
    }
    terms.push_back({field.inverse(c), {{0, 1}}});
    for (Term term : normal.feedback().terms()) {
      if (!term.factors.empty() && term.factors.front().cell == 0) continue;
      term.coefficient = field.negate(field.multiply(term.coefficient, field.inverse(c)));
      for (Factor& factor : term.factors) factor.cell = d - factor.cell;
      terms.push_back(std::move(term));
    }
    const Register backwards(Feedback::from_terms(field, d, std::move(terms)));
    expect_equal_structure(reg, backwards);

    // And it really is the inverse: next of the one undoes next of the other on reversed cells.
    const fsr::Stepper forwards_step(reg), backwards_step(backwards);
    const auto reversed = [&](std::uint64_t state) {
      auto cells = fsr::cells_of(state, field.order(), d);
      std::reverse(cells.begin(), cells.end());
      return fsr::index_of(cells, field.order());
    };
    for (std::uint64_t state = 0; state < forwards_step.state_count(); state += 1 + state / 16) {
      EXPECT_EQ(reversed(backwards_step.next(reversed(forwards_step.next(state)))), state);
    }
  });
}

TEST(Identities, PredecessorsAreExactlyTheInverseImages) {
  on_random_registers(3, random_register, [](const Register& reg, std::mt19937_64& random) {
    const fsr::Stepper step(reg);
    std::vector<std::uint64_t> previous;
    std::uint64_t checked = 0;
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t state = random() % step.state_count();
      const std::uint64_t next = step.next(state);
      step.previous(next, previous);
      EXPECT_TRUE(std::is_sorted(previous.begin(), previous.end()));
      EXPECT_TRUE(std::binary_search(previous.begin(), previous.end(), state));
      for (const std::uint64_t p : previous) EXPECT_EQ(step.next(p), next);
      checked += previous.size();
    }
    EXPECT_GE(checked, 50u);
  });
}

}  // namespace
}  // namespace gforbit::cycles
