// Registers with independently computed results, against the step map alone and against the whole machinery:
// input, plan, engine, kernels.
#include <gtest/gtest.h>

#include <map>

#include "gforbit/fsr/stepper.hpp"
#include "known/known_registers.hpp"
#include "unit/job_cycles/plan_run.hpp"

namespace gforbit::known {
namespace {

using job_cycles::CyclesPlan;
using job_cycles::PlanSettings;
using job_cycles::RowResult;
using job_cycles::RowStatus;
using testing_support::Batch;

std::vector<std::string> lines(const std::vector<KnownRegister>& registers) {
  std::vector<std::string> lines;
  for (const auto& known : registers) lines.push_back(known.line);
  return lines;
}

TEST(KnownRegisters, StepMapKindAndSingularity) {
  const auto registers = known_registers(core::power(2, 200));
  Batch batch(lines(registers));
  ASSERT_EQ(batch.input().size(), 417u);
  const std::vector<std::string> kinds{"linear", "affine", "nonlinear"};
  for (std::size_t row = 0; row < registers.size(); ++row) {
    const auto& expected = registers[row].expected;
    SCOPED_TRACE(registers[row].id);
    const auto request = batch.input().at(row);
    EXPECT_EQ(request.id, registers[row].id);
    EXPECT_EQ(kinds.at(static_cast<std::size_t>(request.reg.feedback().kind())), expected.at("kind"));
    EXPECT_EQ(fsr::is_nonsingular(request.reg.feedback()), expected.at("nonsingular").get<bool>());
    if (!expected.contains("trajectories")) continue;
    const fsr::Stepper step(request.reg);
    for (const auto& trajectory : expected.at("trajectories")) {
      for (std::size_t i = 1; i < trajectory.size(); ++i) {
        EXPECT_EQ(step.next(trajectory[i - 1].get<std::uint64_t>()), trajectory[i].get<std::uint64_t>());
      }
    }
  }
}

/// Every number that enumeration finds and that is known.
void compare_enumerated(const job_cycles::MapReport& map, const nlohmann::json& expected) {
  EXPECT_EQ(map.nonsingular, expected.at("nonsingular").get<bool>());
  EXPECT_EQ(map.cycles.cycles(), natural_of(expected.at("n_cycles")));
  EXPECT_EQ(map.transient_states, natural_of(expected.at("n_transient_states")));
  EXPECT_EQ(map.max_transient_length, expected.at("max_transient_length").get<std::uint64_t>());
  cycles::PeriodDistribution distribution;
  for (const auto& entry : expected.at("period_distribution")) distribution[entry[0]] = entry[1];
  EXPECT_EQ(map.cycles.distribution(), distribution);
  EXPECT_EQ(map.cycles.distribution().rbegin()->first, expected.at("max_period").get<std::uint64_t>());

  const auto rows = map.cycles.rows();
  std::uint64_t sum = 0, weighted_sum = 0;
  for (const auto& cycle : rows) {
    sum += cycle.representative;
    weighted_sum += cycle.representative * cycle.period;
  }
  EXPECT_EQ(std::to_string(sum), expected.at("sum_representatives"));
  EXPECT_EQ(std::to_string(weighted_sum), expected.at("sum_representatives_times_period"));
  if (!expected.contains("cycles")) return;
  std::vector<cycles::Cycle> all;
  for (const auto& entry : expected.at("cycles")) all.push_back({entry[0], entry[1]});
  EXPECT_EQ(rows, all);
}

/// Every number that algebra finds and that is known.
void compare_algebraic(const cycles::AlgebraicMap& map, const nlohmann::json& expected) {
  EXPECT_EQ(map.n_cycles(), natural_of(expected.at("n_cycles")));
  EXPECT_EQ(map.max_period(), natural_of(expected.at("max_period")));
  EXPECT_EQ(map.transient_states, natural_of(expected.at("n_transient_states")));
  EXPECT_EQ(map.max_transient_length, expected.at("max_transient_length").get<std::uint64_t>());
  std::map<core::Natural, core::Natural> distribution;
  for (const auto& entry : expected.at("period_distribution")) {
    distribution[natural_of(entry[0])] = natural_of(entry[1]);
  }
  EXPECT_EQ(map.distribution, distribution);

  // One affine register of the nonlinear kind of the source has no polynomial there.
  if (!expected.contains("characteristic_polynomial")) return;
  EXPECT_EQ(map.characteristic.polynomial,
            expected.at("characteristic_polynomial").get<cycles::Coefficients>());
  EXPECT_EQ(map.characteristic.is_irreducible(), expected.at("is_irreducible").get<bool>());
  EXPECT_EQ(map.is_primitive, expected.at("is_primitive").get<bool>());
  const auto& order = expected.at("order");
  EXPECT_EQ(map.order, order.is_null() ? core::Natural(0) : natural_of(order));
  std::map<cycles::Coefficients, std::pair<unsigned, core::Natural>> factors, known_factors;
  for (const auto& factor : map.characteristic.factors) {
    factors[factor.coefficients] = {factor.multiplicity, factor.order};
  }
  for (const auto& factor : expected.at("factorization")) {
    known_factors[factor.at("polynomial").get<cycles::Coefficients>()] = {
        factor.at("multiplicity"), factor.contains("order") ? natural_of(factor["order"]) : core::Natural(0)};
  }
  EXPECT_EQ(factors, known_factors);
}

void compare(const RowResult& row, const nlohmann::json& expected) {
  ASSERT_EQ(row.status, RowStatus::completed) << row.message;
  EXPECT_TRUE(row.coverage_verified);
  if (row.map.enumerated) compare_enumerated(row.map, expected);
  ASSERT_EQ(row.map.algebra.has_value(), expected.at("kind") != "nonlinear");
  if (row.map.algebra) compare_algebraic(row.map.algebra->map, expected);
}

/// Maps the registers on two ranks of two threads each and compares all.
void map_and_compare(const std::vector<KnownRegister>& registers, PlanSettings settings,
                     const std::string& method) {
  ASSERT_GE(registers.size(), 100u);
  Batch batch(lines(registers), {"--method=" + method});
  settings.mapping.ranks = 2;
  settings.mapping.stored = cycles::CycleCensus::kAll;
  CyclesPlan plan(batch.input(), settings, testing_support::real_clock());
  testing_support::run_plan(plan, {2, 2});
  for (std::size_t row = 0; row < registers.size(); ++row) {
    SCOPED_TRACE(registers[row].id);
    const auto first = plan.rows()[row].coalesced_into;
    compare(plan.rows()[first < 0 ? row : static_cast<std::size_t>(first)], registers[row].expected);
  }
}

TEST(KnownRegisters, MappedAsARunMapsThem) {
  map_and_compare(known_registers(largest_states()), {}, "enumerate");
}

TEST(KnownRegisters, LinearAndAffineOnesByAlgebraHoweverLarge) {
  auto registers = known_registers(core::power(2, 200));
  std::erase_if(registers,
                [](const KnownRegister& known) { return known.expected.at("kind") == "nonlinear"; });
  ASSERT_EQ(registers.size(), 296u);
  map_and_compare(registers, {}, "algebraic");
}

TEST(KnownRegisters, BothMethodsAgree) {
  PlanSettings settings;
  settings.verify = true;
  map_and_compare(known_registers(std::min(largest_states(), std::uint64_t{1} << 18)), settings, "auto");
}

TEST(KnownRegisters, EveryRegisterInRangesHoweverSmall) {
  PlanSettings settings;
  settings.mapping.whole_limit = 0;
  settings.mapping.memory_bytes = testing_support::memory_for_marks(256);
  auto registers = known_registers(std::min(largest_states(), std::uint64_t{1} << 21));
  // Predecessors are found by trying all q values of the oldest cell: q^(d+1) evaluations in all.
  std::erase_if(registers, [](const KnownRegister& known) {
    return !known.expected.at("nonsingular") && known.expected.at("kind") == "nonlinear" && known.field > 256;
  });
  map_and_compare(registers, settings, "enumerate");
}

TEST(KnownRegisters, PublishedNonlinearRegistersOfMaximalPeriod) {
  const auto published = lines_of("maximal.jsonl");
  ASSERT_EQ(published.size(), 63u);
  for (const std::uint64_t whole_limit : {cycles::kWholeLimit, std::uint64_t{0}}) {
    Batch batch(published);
    PlanSettings settings;
    settings.mapping.ranks = 2;
    settings.mapping.whole_limit = whole_limit;
    CyclesPlan plan(batch.input(), settings, testing_support::real_clock());
    testing_support::run_plan(plan, {2, 2});
    for (std::size_t row = 0; row < published.size(); ++row) {
      SCOPED_TRACE(published[row]);
      const auto& result = plan.rows()[row];
      ASSERT_EQ(result.status, RowStatus::completed) << result.message;
      const std::uint64_t states = *batch.input().at(row).reg.enumerable_state_count();
      EXPECT_EQ(result.map.cycles.rows(), (std::vector<cycles::Cycle>{{0, 1}, {1, states - 1}}));
    }
  }
}

}  // namespace
}  // namespace gforbit::known
