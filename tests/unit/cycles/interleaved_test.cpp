// Interleaved registers from their part, against walks through all states.
#include "gforbit/cycles/interleaved.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "seed.hpp"
#include "unit/cycles/random_register.hpp"

namespace gforbit::cycles {
namespace {

std::uint64_t spread(std::uint64_t cells, int copies) {
  std::uint64_t result = 0;
  for (int cell = 0; cell * copies < 64; ++cell) result |= (cells >> cell & 1) << (cell * copies);
  return result;
}

/// The register whose cells are those of `copies` registers in turn.
fsr::Register interleave(const fsr::Register& part, int copies) {
  if (!part.feedback().has_terms()) {
    std::vector<fsr::SignedProduct> products;
    for (const fsr::SignedProduct& product : part.feedback().products())
      products.push_back({spread(product.cells, copies), spread(product.ones, copies)});
    return fsr::Register(
        fsr::Feedback::from_products(part.field(), part.degree() * copies, products).value());
  }
  std::vector<fsr::Term> terms(part.feedback().terms().begin(), part.feedback().terms().end());
  for (auto& term : terms) {
    for (auto& factor : term.factors) factor.cell *= copies;
  }
  return fsr::Register(fsr::Feedback::from_terms(part.field(), part.degree() * copies, std::move(terms)));
}

TEST(Interleaved, AgreesWithTheWholeMap) {
  std::mt19937_64 random(testing_support::test_seed());
  for (const std::uint64_t q : {2, 3, 4, 5, 7, 9}) {
    const int most_cells = static_cast<int>(16 / std::log2(static_cast<double>(q)));
    for (int round = 0; round < 20; ++round) {
      const int copies = 2 + static_cast<int>(random() % 4);
      if (most_cells / copies == 0) continue;
      const int degree = 1 + static_cast<int>(random() % static_cast<unsigned>(most_cells / copies));
      const auto reg = interleave(testing_support::random_nonsingular(random, q, degree), copies);
      SCOPED_TRACE(fmt::format("GF({}), degree {}: {}", q, reg.degree(), reg.feedback().text()));
      const auto interleaving = interleaving_of(reg);
      ASSERT_TRUE(interleaving);
      EXPECT_EQ(interleaving->copies % copies, 0);
      const auto whole = map_bijection(fsr::Stepper(reg), CycleCensus::kAll, {})->cycles;
      for (const std::uint64_t stored : {CycleCensus::kAll, std::uint64_t{0}, std::uint64_t{5}}) {
        const auto mapped = map_interleaved(reg, *interleaving, stored, {})->cycles;
        EXPECT_EQ(mapped.distribution(), whole.distribution());
        auto rows = whole.rows();
        if (rows.size() > stored) rows.resize(stored);
        EXPECT_EQ(mapped.rows(), rows);
      }
    }
  }
}

TEST(Interleaved, NecklacesOfSixtyBeads) {
  const fsr::Register cycling(fsr::Feedback::parse(galois::Field::of_order(2), 60, "x0"));
  const auto interleaving = interleaving_of(cycling);
  ASSERT_TRUE(interleaving);
  EXPECT_EQ(interleaving->copies, 60);
  const auto mapped = map_interleaved(cycling, *interleaving, 3, {})->cycles;
  EXPECT_EQ(mapped.cycles(), core::natural("19215358428046176"));
  EXPECT_EQ(mapped.rows(), (std::vector<Cycle>{{0, 1}, {1, 60}, {3, 60}}));
}

TEST(Interleaved, OnlyWhatIs) {
  const auto interleaving = [](int degree, const char* feedback) {
    return interleaving_of(fsr::Register(fsr::Feedback::parse(galois::Field::of_order(2), degree, feedback)));
  };
  EXPECT_EQ(interleaving(24, "x0 + x6 + x8*x12")->copies, 2);
  EXPECT_EQ(interleaving(24, "x0 + x6 + x12*x18 + 1")->copies, 6);
  EXPECT_EQ(interleaving(24, "x0 + x6 + x12*x18 + 1")->part.feedback().text(), "x0 + x1 + x2*x3 + 1");
  EXPECT_FALSE(interleaving(25, "x0 + x6 + x12*x18"));
  EXPECT_FALSE(interleaving(24, "x0 + x6 + x12*x17"));
  EXPECT_FALSE(interleaving(60, "x0 + x6 + x12*x14")) << "the part has 2^30 states";
  EXPECT_FALSE(interleaving(64, "x0 + x8"));
}

TEST(Interleaved, AStopIsSeen) {
  std::stop_source stop;
  stop.request_stop();
  const fsr::Register reg(fsr::Feedback::parse(galois::Field::of_order(2), 36, "x0 + x2 + x4*x8"));
  EXPECT_FALSE(map_interleaved(reg, *interleaving_of(reg), 1000, stop.get_token()));
}

}  // namespace
}  // namespace gforbit::cycles
