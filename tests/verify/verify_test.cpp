// --verify on random linear and affine registers: algebra and enumeration of every state, two derivations
// that share nothing but the register, must tell the same cycles and transient states. Fields of all kinds,
// repeated factors, singular and affine ones; small registers mapped whole and large ones by ranges.
//
// GFORBIT_VERIFY_REGISTERS and GFORBIT_VERIFY_BITS (log2 of the most states) say how many and how large,
// GFORBIT_VERIFY_SEED where to begin.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "unit/cycles/random_linear.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit {
namespace {

using galois::Field;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

/// Default moduli, and some whose root is not primitive.
std::vector<Field> fields_up_to(std::uint64_t largest) {
  std::vector<Field> fields;
  for (const std::uint64_t q :
       {2,   3,   4,   5,   7,   8,    9,    11,   13,   16,   17,    19,    23,     25,  27,
        29,  31,  32,  49,  64,  81,   101,  121,  125,  127,  128,   169,   243,    251, 256,
        257, 343, 512, 625, 729, 1021, 1024, 2187, 4093, 6561, 65536, 65537, 1048573}) {
    if (q <= largest) fields.push_back(Field::of_order(q));
  }
  const std::vector<std::uint64_t> nine{1, 0, 1}, sixteen{1, 1, 1, 1, 1}, aes{1, 1, 0, 1, 1, 0, 0, 0, 1};
  fields.push_back(Field::with_modulus(9, nine));
  fields.push_back(Field::with_modulus(16, sixteen));
  fields.push_back(Field::with_modulus(256, aes));
  return fields;
}

/// Every field in turn; every degree is as likely as any other, so most registers are small.
std::vector<fsr::Register> random_registers(std::mt19937_64& random, std::uint64_t n, std::uint64_t bits,
                                            std::uint64_t largest_field) {
  const std::vector<Field> fields = fields_up_to(largest_field);
  std::vector<fsr::Register> registers;
  for (std::uint64_t i = 0; registers.size() < n; ++i) {
    const Field& field = fields[i % fields.size()];
    const auto q = static_cast<double>(field.order());
    const auto largest = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(static_cast<double>(bits) / std::log2(q) + 1e-9));
    const auto degree = 1 + random() % largest;
    const auto f = random() % 2 == 0
                       ? testing_support::random_monic(random, field, static_cast<int>(degree))
                       : testing_support::polynomial_with_repeated_factors(random, field, degree);
    if (f.size() < 2) continue;
    const galois::Element constant = random() % 2 == 0 ? 0 : random() % field.order();
    registers.push_back(testing_support::register_with(field, f, constant));
  }
  return registers;
}

std::string line(const fsr::Register& reg) {
  return testing_support::json_line(
      reg, reg.field().modulus().empty()
               ? ""
               : fmt::format("\"modulus\": [{}]", fmt::join(reg.field().modulus(), ", ")));
}

/// Runs all of them with --verify and expects agreement.
void verify(const std::vector<fsr::Register>& registers, std::uint64_t whole_limit) {
  std::vector<std::string> lines;
  for (const auto& reg : registers) lines.push_back(line(reg));
  testing_support::Batch batch(lines, {});
  job_cycles::PlanSettings settings;
  settings.verify = true;
  settings.mapping.whole_limit = whole_limit;
  settings.mapping.stored = 0;
  settings.mapping.memory_bytes = testing_support::memory_for_marks(1 << 12);
  job_cycles::CyclesPlan plan(batch.input(), settings, testing_support::real_clock());
  testing_support::run_plan(plan, {.ranks = 1, .threads = 2});
  EXPECT_FALSE(plan.methods_disagree());
  std::uint64_t singular = 0, affine = 0, repeated = 0;
  for (std::size_t i = 0; i < registers.size(); ++i) {
    const auto& own = plan.rows()[i];
    const auto& row =
        own.coalesced_into < 0 ? own : plan.rows()[static_cast<std::size_t>(own.coalesced_into)];
    ASSERT_EQ(row.status, job_cycles::RowStatus::completed) << lines[i] << ": " << row.message;
    ASSERT_EQ(row.method, job_cycles::RowMethod::both) << lines[i];
    const auto& factors = row.map.algebra->map.characteristic.factors;
    singular += row.map.transient_states > 0;
    affine += registers[i].feedback().constant() != 0;
    repeated += std::ranges::any_of(factors, [](const auto& f) { return f.multiplicity > 1; });
  }
  EXPECT_GT(singular, registers.size() / 20);
  EXPECT_GT(affine, registers.size() / 20);
  EXPECT_GT(repeated, registers.size() / 20);
}

TEST(Verify, AlgebraAndEnumerationAgreeOnRandomRegisters) {
  const auto n = from_environment("GFORBIT_VERIFY_REGISTERS", 300);
  const auto bits = from_environment("GFORBIT_VERIFY_BITS", 11);
  const auto seed = from_environment("GFORBIT_VERIFY_SEED", 20240601);
  SCOPED_TRACE(testing::Message() << "GFORBIT_VERIFY_SEED=" << seed);
  std::mt19937_64 random(seed);
  verify(random_registers(random, n - n / 4, bits, std::uint64_t{1} << bits), cycles::kWholeLimit);
  // A search for predecessors tries all q of them, so that ranges suit small fields only.
  verify(random_registers(random, n / 4, bits, 256), std::uint64_t{1} << (bits - 4));
}

}  // namespace
}  // namespace gforbit
