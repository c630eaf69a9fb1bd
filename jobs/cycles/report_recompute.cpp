#include "cycles/report_recompute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include "cycles/column_texts.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/whole.hpp"
#include "gforbit/fsr/stepper.hpp"
#include "gforbit/report/rows.hpp"

namespace gforbit::job_cycles {

namespace {

/// States of the row's register, as it says, where it is small enough to be mapped again; else 0.
std::uint64_t states_to_map(const RowView& row) {
  const std::string& text = row.text("state_count_decimal");
  const auto states = text.size() <= 7 ? parse_decimal(text) : std::nullopt;
  return states && *states <= kRecomputedStates ? core::u64_or_zero(*states) : 0;
}

bool is_linear(const RowView& row) {
  return row.get<std::int8_t>("kind") != static_cast<std::int8_t>(fsr::FeedbackKind::nonlinear) &&
         !row.text("characteristic_polynomial").empty();
}

/// Operations of algebra on the row, roughly: factoring is quadratic in the degree.
std::uint64_t cost_of_algebra(const RowView& row) {
  const auto d = static_cast<std::uint64_t>(std::max(row.get<std::int32_t>("degree"), 0)) + 16;
  return d * d +
         std::min<std::uint64_t>(row.get<std::uint64_t>("n_distinct_periods"), cycles::kMaxDistinctPeriods) *
             100;
}

std::vector<PeriodCount> periods_of(const cycles::PeriodDistribution& distribution) {
  std::vector<PeriodCount> result;
  for (const auto& [period, n] : distribution) result.push_back({period, n});
  return result;
}

std::vector<PeriodCount> periods_of(const cycles::AlgebraicMap& map) {
  std::vector<PeriodCount> result;
  for (const auto& [period, n] : map.distribution) result.push_back({period, n});
  return result;
}

/// The first difference; empty if there is none.
std::string difference(const std::vector<PeriodCount>& stored, const std::vector<PeriodCount>& found) {
  const auto [s, f] = std::mismatch(stored.begin(), stored.end(), found.begin(), found.end());
  const auto text = [](const PeriodCount& entry) {
    return fmt::format("{} cycles of period {}", core::decimal(entry.n_cycles), core::decimal(entry.period));
  };
  if (s == stored.end() && f == found.end()) return "";
  return fmt::format("the period distribution has {}, but a second computation finds {}",
                     s == stored.end() ? "no more cycles" : text(*s),
                     f == found.end() ? "no more cycles" : text(*f));
}

}  // namespace

Recomputation::Recomputation(const store::ResultReader& reader, std::uint64_t budget,
                             report::Findings& findings)
    : findings_(findings), budget_(budget) {
  report::for_each_block(reader, kRegisters, [&](const store::Table& block, std::uint64_t first) {
    for (std::size_t i = 0; i < block.n_rows(); ++i) {
      const RowView row(block, i, first + i);
      if (!row.completed()) continue;
      mapped_.cost += states_to_map(row);
      if (is_linear(row) && cost_of_algebra(row) <= budget_) solved_.cost += cost_of_algebra(row);
    }
  });
  mapped_.decide(budget_);
  solved_.decide(budget_);
}

void Recomputation::wrong(const RowView& row, const std::string& what) {
  findings_.violation(
      fmt::format("{}, row {} (id {}): {}", kRegisters, row.number(), core::quoted(row.text("id")), what));
}

Recomputation::Answer Recomputation::check(const RowView& row, const fsr::Register& reg,
                                           const std::vector<PeriodCount>& distribution,
                                           std::uint64_t stored) {
  ++n_completed_;
  Answer answer;
  if (is_linear(row) && cost_of_algebra(row) <= budget_ && solved_.take()) {
    const std::uint64_t before = n_unknown_orders_;
    solve_again(row, reg, distribution);
    answer.complete = n_unknown_orders_ == before;
  }
  const auto states = reg.enumerable_state_count();
  if (states && *states <= kRecomputedStates && mapped_.take()) {
    answer.cycles = map_again(row, reg, distribution, stored);
    answer.complete = answer.complete || answer.cycles;
  }
  return answer;
}

std::optional<std::vector<cycles::Cycle>> Recomputation::map_again(
    const RowView& row, const fsr::Register& reg, const std::vector<PeriodCount>& distribution,
    std::uint64_t stored) {
  const fsr::Stepper stepper(reg);
  std::optional<cycles::MapResult> map;
  try {
    map = row.get<std::uint8_t>("nonsingular") == 1 ? cycles::map_bijection(stepper, stored, {})
                                                    : cycles::map_functional_graph(stepper, stored, {});
  } catch (const core::CertificateError&) {
    wrong(row, "nonsingular is 1, but the step map is no bijection");
    return std::nullopt;
  }
  if (const auto text = difference(distribution, periods_of(map->cycles.distribution())); !text.empty())
    wrong(row, text);
  if (row.get<std::int64_t>("max_transient_length") != static_cast<std::int64_t>(map->max_transient_length)) {
    wrong(row, fmt::format("max_transient_length is {}, but a second computation finds {}",
                           row.get<std::int64_t>("max_transient_length"), map->max_transient_length));
  }
  if (row.has(kLeafStates) && row.get<std::uint64_t>(kLeafStates) != map->leaf_states) {
    wrong(row, fmt::format("n_leaf_states is {}, but a second computation finds {}",
                           row.get<std::uint64_t>(kLeafStates), map->leaf_states));
  }
  return map->cycles.rows();
}

void Recomputation::solve_again(const RowView& row, const fsr::Register& reg,
                                const std::vector<PeriodCount>& distribution) {
  const auto answer = cycles::map_by_algebra(reg, factorizer_, {}, cycles::Search::none);
  if (const auto* map = std::get_if<cycles::AlgebraicMap>(&answer)) {
    compare_factors(row, map->characteristic);
    compare(row, distribution, *map);
  } else {
    const auto& known = std::get<cycles::Unresolved>(answer);
    ++n_unknown_orders_;
    compare_factors(row, known.proven.characteristic);
    check_order_bounds(row, known);
  }
}

void Recomputation::compare(const RowView& row, const std::vector<PeriodCount>& distribution,
                            const cycles::AlgebraicMap& map) {
  if (const auto text = difference(distribution, periods_of(map)); !text.empty()) wrong(row, text);
  if (row.get<std::int64_t>("max_transient_length") != static_cast<std::int64_t>(map.max_transient_length)) {
    wrong(row, fmt::format("max_transient_length is {}, but the factor x has multiplicity {}",
                           row.get<std::int64_t>("max_transient_length"), map.max_transient_length));
  }
}

/// Orders that are not known now are left out.
void Recomputation::compare_factors(const RowView& row, const cycles::CharacteristicFactors& found) {
  const auto stored = parse_factorization(row.text("factorization"));
  if (!stored || stored->empty() || found.factors.empty()) return;
  if (stored->size() != found.factors.size()) {
    return wrong(row, fmt::format("factorization has {} factors, but the characteristic polynomial has {}",
                                  stored->size(), found.factors.size()));
  }
  for (std::size_t i = 0; i < stored->size(); ++i) {
    const auto &is = (*stored)[i], &should = found.factors[i];
    if (is.coefficients != should.coefficients || is.multiplicity != should.multiplicity)
      return wrong(
          row, fmt::format("factor {} of the factorization is not that of the characteristic polynomial", i));
    if (should.order != 0 && is.order != should.order) {
      wrong(row, fmt::format("the order of factor {} is {}, but a second computation finds {}", i,
                             core::decimal(is.order), core::decimal(should.order)));
    }
  }
}

/// Of an order that takes a search for prime factors, what is known without one.
void Recomputation::check_order_bounds(const RowView& row, const cycles::Unresolved& known) {
  const auto order = parse_decimal(row.text("order_decimal"));
  if (!order || *order == 0) return;
  if (known.period_divisor != 0 && *order % known.period_divisor != 0)
    wrong(row, fmt::format("order_decimal is no multiple of {}", core::decimal(known.period_divisor)));
  if (known.period_multiple != 0 && known.period_multiple % *order != 0)
    wrong(row, fmt::format("order_decimal does not divide {}", core::decimal(known.period_multiple)));
}

void Recomputation::note_coverage() {
  if (n_unknown_orders_ > 0) {
    findings_.not_checked(
        fmt::format("the orders of factors of {} registers beyond their known divisors and multiples "
                    "(they take a search for prime factors)",
                    n_unknown_orders_));
  }
  if (n_in_part_ > 0) {
    findings_.not_checked(
        fmt::format("cycles and transient states of {} of {} registers beyond what walks met (all is "
                    "computed again up to {} states, and by algebra)",
                    n_in_part_, n_completed_, kRecomputedStates));
  }
}

}  // namespace gforbit::job_cycles
