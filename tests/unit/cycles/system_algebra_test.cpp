// Linear and affine systems by algebra, against their graphs: any matrix is the step of a system of registers
// of one cell.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <variant>

#include "gforbit/cycles/algebra.hpp"
#include "gforbit/cycles/mapping.hpp"
#include "gforbit/fsr/system.hpp"

namespace gforbit::cycles {
namespace {

/// @param density  of entries that are not 0, in tenths
/// @param affine   with constants
fsr::Register random_matrix(std::mt19937_64& random, const galois::Field& field, int cells, unsigned density,
                            bool affine) {
  const auto name = [](int cell) { return std::string("n") + static_cast<char>('a' + cell); };
  fsr::SystemForm form;
  for (int row = 0; row < cells; ++row) {
    std::string sum = affine ? std::to_string(random() % field.order()) : "0";
    for (int column = 0; column < cells; ++column) {
      if (random() % 10 < density)
        sum += fmt::format(" + {}*{}0", 1 + random() % (field.order() - 1), name(column));
    }
    form.registers.push_back({name(row), 1, sum, {}});
  }
  return fsr::Register(fsr::System(field, form));
}

AlgebraicMap solved(const fsr::Register& reg) {
  IntegerFactorizer factorizer;
  return std::get<AlgebraicMap>(map_by_algebra(reg, factorizer, {}));
}

void expect_equal(const AlgebraicMap& algebra, const MapResult& graph) {
  std::map<core::Natural, core::Natural> distribution;
  for (const auto& [period, cycles] : graph.cycles.distribution()) distribution[period] = cycles;
  ASSERT_EQ(algebra.distribution, distribution);
  ASSERT_EQ(algebra.transient_states, graph.transient_states);
  ASSERT_EQ(algebra.max_transient_length, graph.max_transient_length);
  ASSERT_EQ(algebra.leaf_states, graph.leaf_states);
}

TEST(SystemAlgebra, FindsWhatTheGraphHas) {
  constexpr std::uint64_t kSeed = 20261204;
  std::mt19937_64 random(kSeed);
  const std::vector<std::pair<std::uint64_t, int>> shapes{{2, 10}, {3, 6}, {4, 5}, {5, 4},
                                                          {7, 3},  {9, 3}, {16, 2}};
  std::uint64_t several = 0;
  for (int run = 0; run < 1000; ++run) {
    const auto [q, most] = shapes[random() % shapes.size()];
    const int cells = 1 + static_cast<int>(random() % static_cast<unsigned>(most));
    const fsr::Register reg = random_matrix(random, galois::Field::of_order(q), cells,
                                            1 + static_cast<unsigned>(random() % 6), run % 2 == 1);
    SCOPED_TRACE(fmt::format("seed {}, run {}: {}", kSeed, run, reg.text()));
    const AlgebraicMap algebra = solved(reg);
    ASSERT_NO_FATAL_FAILURE(expect_equal(algebra, map(reg)));
    const auto& factors = algebra.characteristic.factors;
    for (std::size_t i = 1; i < factors.size(); ++i)
      several += factors[i].coefficients == factors[i - 1].coefficients ? 1 : 0;
  }
  EXPECT_GT(several, 100U);
}

TEST(SystemAlgebra, OfOneRegisterIsThatOfTheRegister) {
  const auto field = galois::Field::of_order(2);
  const fsr::Register reg(fsr::Feedback::parse(field, 300, "x0 + x3 + x7 + x40 + x99"));
  const fsr::Register system(fsr::System(field, {{{"s", 300, "s0 + s3 + s7 + s40 + s99", {}}}, {}}));
  EXPECT_EQ(characteristic_polynomial(system), characteristic_polynomial(reg));
}

// The bits of a polynomial in the updates, as in a register of a data sheet.
// Blocks of x - 1 of several sizes, and constants that move some of them: which one has no fixed point.
TEST(SystemAlgebra, FindsTheBlockWithoutFixedPoint) {
  for (const std::uint64_t q : {2, 3}) {
    const auto field = galois::Field::of_order(q);
    for (int constants = 0; constants < 64; ++constants) {
      // Blocks of 3, 2 and 1 cells: c takes c + the one above.
      fsr::SystemForm form;
      for (int cell = 0; cell < 6; ++cell) {
        const bool is_top = cell == 2 || cell == 4 || cell == 5;
        form.registers.push_back(
            {std::string("n") + static_cast<char>('a' + cell),
             1,
             fmt::format("n{}0 + {} + {}", static_cast<char>('a' + cell),
                         is_top ? "0" : fmt::format("n{}0", static_cast<char>('b' + cell)),
                         constants >> cell & 1),
             {}});
      }
      const fsr::Register reg(fsr::System(field, form));
      SCOPED_TRACE(reg.text());
      ASSERT_NO_FATAL_FAILURE(expect_equal(solved(reg), map(reg)));
    }
  }
}

TEST(SystemAlgebra, KnowsTheGaloisConfiguration) {
  const auto field = galois::Field::of_order(2);
  const fsr::System galois(field,
                           {{{"c", 16, "c0", {{13, "c14 + c0"}, {12, "c13 + c0"}, {10, "c11 + c0"}}}}, {}});
  const fsr::Register reg(galois);
  const AlgebraicMap map = solved(reg);
  EXPECT_TRUE(map.is_primitive);
  EXPECT_EQ(map.order, 65535);
  const Coefficients polynomial{1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(map.characteristic.polynomial, polynomial);
}

}  // namespace
}  // namespace gforbit::cycles
