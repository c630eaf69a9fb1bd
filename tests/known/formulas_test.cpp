// Registers whose cycles are counted by a closed formula, mapped by the whole machinery.
#include <gtest/gtest.h>

#include <numeric>

#include "known/known_registers.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::known {
namespace {

using job_cycles::CyclesPlan;
using job_cycles::PlanSettings;
using job_cycles::RowStatus;

std::uint64_t power(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t result = 1;
  while (exponent-- > 0) result *= base;
  return result;
}

std::uint64_t phi(std::uint64_t n) {
  std::uint64_t count = 0;
  for (std::uint64_t i = 1; i <= n; ++i) count += std::gcd(i, n) == 1 ? 1 : 0;
  return count;
}

/// Moebius function.
std::int64_t mu(std::uint64_t n) {
  std::int64_t sign = 1;
  for (std::uint64_t p = 2; n > 1; ++p) {
    if (n % p != 0) continue;
    n /= p;
    if (n % p == 0) return 0;
    sign = -sign;
  }
  return sign;
}

/// A000031 for q = 2: necklaces of n beads of q colors.
std::uint64_t necklaces(std::uint64_t q, std::uint64_t n) {
  std::uint64_t sum = 0;
  for (std::uint64_t d = 1; d <= n; ++d) {
    if (n % d == 0) sum += phi(d) * power(q, n / d);
  }
  return sum / n;
}

/// A000016: necklaces of n beads of two colors with an odd number of one color.
std::uint64_t odd_necklaces(std::uint64_t n) {
  std::uint64_t sum = 0;
  for (std::uint64_t d = 1; d <= n; d += 2) {
    if (n % d == 0) sum += phi(d) * power(2, n / d);
  }
  return sum / (2 * n);
}

/// A000013: necklaces of n beads of two colors with an even number of one color.
std::uint64_t even_necklaces(std::uint64_t n) {
  return necklaces(2, n) - odd_necklaces(n);
}

/// Aperiodic words of length n up to rotation.
std::uint64_t lyndon_words(std::uint64_t q, std::uint64_t n) {
  std::int64_t sum = 0;
  for (std::uint64_t d = 1; d <= n; ++d) {
    if (n % d == 0) sum += mu(n / d) * static_cast<std::int64_t>(power(q, d));
  }
  return static_cast<std::uint64_t>(sum) / n;
}

struct Example {
  std::string what;
  std::uint64_t q;
  int degree;
  std::string feedback;
  std::uint64_t cycles;
  cycles::PeriodDistribution distribution{};  ///< empty: only the number of cycles is compared
};

/// Maps the examples twice, whole and in ranges.
void check(const std::vector<Example>& examples) {
  std::vector<std::string> lines;
  for (const Example& e : examples) {
    lines.push_back(testing_support::json_line(
        fsr::Register(fsr::Feedback::parse(galois::Field::of_order(e.q), e.degree, e.feedback))));
  }
  for (const std::uint64_t whole_limit : {cycles::kWholeLimit, std::uint64_t{0}}) {
    testing_support::Batch batch(lines);
    PlanSettings settings;
    settings.mapping.ranks = 2;
    settings.mapping.whole_limit = whole_limit;
    settings.mapping.memory_bytes = testing_support::memory_for_marks(1024);
    settings.coalesce = false;
    CyclesPlan plan(batch.input(), settings, testing_support::real_clock());
    testing_support::run_plan(plan, {2, 2});
    for (std::size_t row = 0; row < examples.size(); ++row) {
      const Example& e = examples[row];
      SCOPED_TRACE(fmt::format("{}, q = {}, degree {}, whole_limit {}", e.what, e.q, e.degree, whole_limit));
      const auto& result = plan.rows()[row];
      ASSERT_EQ(result.status, RowStatus::completed) << result.message;
      EXPECT_EQ(result.map.cycles.cycles(), e.cycles);
      EXPECT_EQ(result.map.transient_states, 0);
      if (!e.distribution.empty()) {
        EXPECT_EQ(result.map.cycles.distribution(), e.distribution);
      }
    }
  }
}

TEST(ClosedFormulas, TheFormulasThemselves) {
  // First terms as published, and the counts for q > 2.
  const std::vector<std::uint64_t> a000031{2, 3, 4, 6, 8, 14, 20, 36, 60, 108},
      a000016{1, 1, 2, 2, 4, 6, 10, 16, 30, 52}, a000013{1, 2, 2, 4, 4, 8, 10, 20, 30, 56};
  for (std::uint64_t n = 1; n <= 10; ++n) {
    EXPECT_EQ(necklaces(2, n), a000031[n - 1]);
    EXPECT_EQ(odd_necklaces(n), a000016[n - 1]);
    EXPECT_EQ(even_necklaces(n), a000013[n - 1]);
  }
  EXPECT_EQ(necklaces(3, 3), 11u);
  EXPECT_EQ(necklaces(4, 2), 10u);
}

TEST(ClosedFormulas, PureCyclingRegisters) {
  std::vector<Example> examples;
  for (const std::uint64_t q : {2, 3, 4, 5, 7, 8, 9, 13, 16, 27, 101}) {
    for (int d = 1; power(q, static_cast<std::uint64_t>(d)) <= 1 << 16; ++d) {
      const auto n = static_cast<std::uint64_t>(d);
      Example example{"pure cycling", q, d, "x0", necklaces(q, n)};
      for (std::uint64_t period = 1; period <= n; ++period) {
        if (n % period == 0) example.distribution[period] = lyndon_words(q, period);
      }
      examples.push_back(example);
    }
  }
  check(examples);
}

TEST(ClosedFormulas, ComplementedCyclingAndSummingRegisters) {
  std::vector<Example> examples;
  for (int d = 1; d <= 16; ++d) {
    const auto n = static_cast<std::uint64_t>(d);
    std::string sum = "x0";
    for (int cell = 1; cell < d; ++cell) sum += fmt::format(" + x{}", cell);
    // The sum of d + 1 successive cells never changes, so the states are words of d + 1 cells up to rotation.
    examples.push_back({"complemented cycling", 2, d, "x0 + 1", odd_necklaces(n)});
    examples.push_back({"pure summing", 2, d, sum, even_necklaces(n + 1)});
    examples.push_back({"complemented summing", 2, d, sum + " + 1", odd_necklaces(n + 1)});
  }
  check(examples);
}

/// The register over GF(p) whose characteristic polynomial is the modulus of GF(p^d), a Conway polynomial and
/// so primitive.
Example primitive(std::uint64_t p, int d) {
  const auto prime = galois::Field::of_order(p);
  const std::uint64_t states = power(p, static_cast<std::uint64_t>(d));
  const auto extension = galois::Field::of_order(states);
  std::string feedback = "0";
  for (int cell = 0; cell < d; ++cell) {
    feedback +=
        fmt::format(" + {}*x{}", prime.negate(extension.modulus()[static_cast<std::size_t>(cell)]), cell);
  }
  return {"primitive", p, d, feedback, 2, {{1, 1}, {states - 1, 1}}};
}

TEST(ClosedFormulas, PrimitiveRegistersOverPrimeFields) {
  std::vector<Example> examples;
  for (const std::uint64_t p : {2, 3, 5, 7, 11, 13, 31, 127}) {
    for (int d = 2; power(p, static_cast<std::uint64_t>(d)) <= 1 << 17; ++d) {
      if (p > 2 || d > 2) examples.push_back(primitive(p, d));
    }
  }
  check(examples);
}

TEST(ClosedFormulas, PrimitiveRegistersOverExtensionFields) {
  // x^d - a for d = 1: multiplication by the element a of order q - 1, a root of the Conway polynomial.
  std::vector<Example> examples;
  for (const std::uint64_t q : {4, 8, 9, 16, 25, 49, 64, 256, 1024, 65536}) {
    const std::uint64_t p = galois::Field::of_order(q).characteristic();
    examples.push_back({"multiplication by a", q, 1, fmt::format("{}*x0", p), 2, {{1, 1}, {q - 1, 1}}});
  }
  // x^2 + x + a over GF(4): its root has norm a, of order 3, so its fifth power is not 1.
  examples.push_back({"primitive", 4, 2, "2*x0 + x1", 2, {{1, 1}, {15, 1}}});
  check(examples);
}

}  // namespace
}  // namespace gforbit::known
