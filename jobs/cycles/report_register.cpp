#include "cycles/report_register.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cycles/column_texts.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_cycles {

namespace {

using Polynomial = std::vector<galois::Element>;

constexpr int kMaxMultipliedDegree =
    512;  ///< factors are multiplied out below: the cost is quadratic in the degree

Polynomial product(const galois::Field& field, const Polynomial& a, const Polynomial& b) {
  Polynomial result(a.size() + b.size() - 1, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      result[i + j] = field.add(result[i + j], field.multiply(a[i], b[j]));
    }
  }
  return result;
}

/// x^d - c_{d-1} x^(d-1) - ... - c_0.
Polynomial characteristic_polynomial(const fsr::Register& reg) {
  Polynomial polynomial = reg.feedback().coefficients();
  for (auto& coefficient : polynomial) coefficient = reg.field().negate(coefficient);
  polynomial.push_back(1);
  return polynomial;
}

}  // namespace

void RegisterCheck::wrong(const RowView& row, const std::string& what) {
  findings_.violation(
      fmt::format("{}, row {} (id {}): {}", kRegisters, row.number(), core::quoted(row.text("id")), what));
}

/// A count and its exact twin, which must agree.
std::optional<core::Natural> RegisterCheck::count(const RowView& row, const char* column) {
  const std::string twin = fmt::format("{}_decimal", column);
  const auto value = parse_decimal(row.text(twin.c_str()));
  if (!value) {
    wrong(row, fmt::format("{} is {}, no number", twin, core::quoted(row.text(twin.c_str()))));
    return std::nullopt;
  }
  if (row.get<std::uint64_t>(column) != core::u64_or_zero(*value)) {
    wrong(row, fmt::format("{} is {}, but {} is {}", column, row.get<std::uint64_t>(column), twin,
                           core::decimal(*value)));
  }
  return value;
}

std::optional<fsr::Register> RegisterCheck::parse(const RowView& row) {
  const auto order = row.get<std::uint64_t>("field_order");
  const std::string& modulus = row.text("modulus");
  try {
    auto& field = fields_[{order, modulus}];
    if (!field) {
      const auto coefficients = parse_coefficients(modulus);
      if (!coefficients)
        throw core::InputError(fmt::format("modulus {} is no list of numbers", core::quoted(modulus)));
      field = galois::Field::with_modulus(order, *coefficients);
    }
    return fsr::Register(fsr::Feedback::parse(*field, row.get<std::int32_t>("degree"), row.text("feedback")));
  } catch (const core::InputError& error) {
    wrong(row, error.what());
    return std::nullopt;
  }
}

std::optional<fsr::Register> RegisterCheck::check(const RowView& row,
                                                  const std::vector<PeriodCount>& distribution) {
  for (const char* const column : {"nonsingular", "is_maximal_period", "coverage_verified"}) {
    if (row.get<std::uint8_t>(column) > 1) wrong(row, fmt::format("{} is neither 0 nor 1", column));
  }
  auto reg = parse(row);
  if (!reg) return std::nullopt;
  const fsr::Feedback& feedback = reg->feedback();
  if (feedback.text() != row.text("feedback")) {
    wrong(row, fmt::format("the feedback is not in normal form, which is {}", core::quoted(feedback.text())));
  }
  if (static_cast<std::int8_t>(feedback.kind()) != row.get<std::int8_t>("kind")) {
    wrong(row, "the kind is not that of the feedback");
  }
  const core::Natural states = reg->state_count();
  if (row.text("state_count_decimal") != core::decimal(states)) {
    wrong(row,
          fmt::format("state_count_decimal is {}, but q^d is {}",
                      core::quoted(row.text("state_count_decimal")), core::quoted(core::decimal(states))));
  }
  if (!row.completed()) {
    check_fill(row, distribution);
    return reg;
  }
  check_polynomial(row, *reg);
  check_counts(row, states, distribution);
  check_order(row, states);
  return reg;
}

void RegisterCheck::check_polynomial(const RowView& row, const fsr::Register& reg) {
  const std::string& stored = row.text("characteristic_polynomial");
  if (reg.feedback().kind() == fsr::FeedbackKind::nonlinear) {
    for (const char* const column : {"characteristic_polynomial", "factorization", "order_decimal"}) {
      if (!row.text(column).empty()) wrong(row, fmt::format("a nonlinear register has a {}", column));
    }
    return;
  }
  const Polynomial polynomial = characteristic_polynomial(reg);
  const std::string expected = coefficients_text(polynomial);
  if (stored != expected) {
    wrong(row, fmt::format("characteristic_polynomial is {}, but that of the feedback is {}",
                           core::quoted(stored), core::quoted(expected)));
  }
  if (!row.text("factorization").empty()) check_factors(row, reg, polynomial);
}

void RegisterCheck::check_factors(const RowView& row, const fsr::Register& reg,
                                  const Polynomial& polynomial) {
  const auto factors = parse_factorization(row.text("factorization"));
  if (!factors) {
    wrong(row,
          R"(factorization is no JSON list of {"polynomial": [...], "multiplicity": n, "order": "decimal"})");
    return;
  }
  core::Natural degree = 0;
  for (const cycles::PolynomialFactor& factor : *factors) {
    degree += core::Natural(factor.degree()) * factor.multiplicity;
    const bool in_field = std::all_of(factor.coefficients.begin(), factor.coefficients.end(),
                                      [&](std::uint64_t c) { return reg.field().contains(c); });
    if (!in_field) return wrong(row, "factorization has a coefficient that is no element of the field");
  }
  if (degree != reg.degree()) {
    wrong(row, fmt::format("the factors have degree {} in all, not {}", core::decimal(degree), reg.degree()));
    return;
  }
  if (reg.degree() > kMaxMultipliedDegree) return;
  Polynomial all = {1};
  for (const cycles::PolynomialFactor& factor : *factors) {
    for (unsigned i = 0; i < factor.multiplicity; ++i) all = product(reg.field(), all, factor.coefficients);
  }
  if (all != polynomial) wrong(row, "the product of the factors is not the characteristic polynomial");
}

void RegisterCheck::check_fill(const RowView& row, const std::vector<PeriodCount>& distribution) {
  for (const char* const column : {"n_cycles", "max_period", "n_transient_states", "n_distinct_periods"}) {
    if (row.get<std::uint64_t>(column) != 0)
      wrong(row, fmt::format("it is not completed, but {} is not 0", column));
  }
  for (const char* const column : {"n_cycles_decimal", "max_period_decimal", "n_transient_states_decimal"}) {
    if (!row.text(column).empty())
      wrong(row, fmt::format("it is not completed, but {} is not empty", column));
  }
  for (const char* const column : {"is_maximal_period", "coverage_verified"}) {
    if (row.get<std::uint8_t>(column) != 0)
      wrong(row, fmt::format("it is not completed, but {} is not 0", column));
  }
  if (row.get<std::int8_t>("method") != static_cast<std::int8_t>(RowMethod::none)) {
    wrong(row, "it is not completed, but has a method");
  }
  if (row.get<std::int64_t>("max_transient_length") != -1) {
    wrong(row, "it is not completed, but max_transient_length is not -1");
  }
  if (!distribution.empty()) wrong(row, "it is not completed, but has a period distribution");
}

void RegisterCheck::check_counts(const RowView& row, const core::Natural& states,
                                 const std::vector<PeriodCount>& distribution) {
  if (row.get<std::int8_t>("method") == static_cast<std::int8_t>(RowMethod::none))
    wrong(row, "it is completed without a method");
  const auto n_cycles = count(row, "n_cycles");
  const auto max_period = count(row, "max_period");
  const auto n_transient = count(row, "n_transient_states");
  if (!n_cycles || !max_period || !n_transient) return;

  core::Natural on_cycles = 0;
  core::Natural cycles = 0;
  for (const PeriodCount& entry : distribution) {
    on_cycles += entry.period * entry.n_cycles;
    cycles += entry.n_cycles;
  }
  const auto differ = [&](const char* what, const core::Natural& stored, const core::Natural& computed) {
    if (stored == computed) return;
    wrong(row, fmt::format("{} is {}, but by the period distribution it is {}", what,
                           core::quoted(core::decimal(stored)), core::quoted(core::decimal(computed))));
  };
  differ("n_cycles", *n_cycles, cycles);
  differ("max_period", *max_period, distribution.empty() ? core::Natural(0) : distribution.back().period);
  differ("n_distinct_periods", row.get<std::uint64_t>("n_distinct_periods"), distribution.size());
  if (on_cycles + *n_transient != states) {
    wrong(row, fmt::format("{} states on cycles and {} transient states are not the {} states there are",
                           core::quoted(core::decimal(on_cycles)), core::quoted(core::decimal(*n_transient)),
                           core::quoted(core::decimal(states))));
  }
  const bool nonsingular = row.get<std::uint8_t>("nonsingular") == 1;
  if (nonsingular != (*n_transient == 0)) {
    wrong(row, fmt::format("nonsingular is {}, but there are {} transient states", nonsingular ? 1 : 0,
                           core::quoted(core::decimal(*n_transient))));
  }
  const auto length = row.get<std::int64_t>("max_transient_length");
  const bool length_fits =
      length == -1 || (*n_transient == 0 ? length == 0 : length >= 1 && *n_transient >= length);
  if (!length_fits) {
    wrong(row, fmt::format("max_transient_length {} does not fit {} transient states", length,
                           core::quoted(core::decimal(*n_transient))));
  }
  const bool is_maximal = *max_period == states || *max_period + 1 == states;
  if ((row.get<std::uint8_t>("is_maximal_period") == 1) != is_maximal) {
    wrong(row, fmt::format("is_maximal_period is {}, but the longest period is {} of {} states",
                           static_cast<int>(row.get<std::uint8_t>("is_maximal_period")),
                           core::quoted(core::decimal(*max_period)), core::quoted(core::decimal(states))));
  }
}

/// The longest period of a nonsingular linear register is the order of its characteristic polynomial, and
/// that order is q^d - 1 exactly where the polynomial is primitive (Lidl and Niederreiter, Finite
/// Fields, 8.28 and 3.16).
void RegisterCheck::check_order(const RowView& row, const core::Natural& states) {
  const auto is_primitive = row.get<std::int8_t>("is_primitive");
  const auto is_irreducible = row.get<std::int8_t>("is_irreducible");
  for (const auto value : {is_primitive, is_irreducible}) {
    if (value < -1 || value > 1) wrong(row, "is_irreducible and is_primitive are -1, 0 or 1");
  }
  if (is_primitive == 1 && is_irreducible != 1) wrong(row, "is_primitive is 1, but is_irreducible is not");
  if (row.text("order_decimal").empty()) return;
  const auto order = parse_decimal(row.text("order_decimal"));
  if (!order) return wrong(row, "order_decimal is no number");
  if (row.get<std::uint8_t>("nonsingular") != 1) wrong(row, "a singular register has an order");
  const bool is_linear = row.get<std::int8_t>("kind") == static_cast<std::int8_t>(fsr::FeedbackKind::linear);
  if (is_linear && row.text("order_decimal") != row.text("max_period_decimal")) {
    wrong(row,
          fmt::format("the order of the characteristic polynomial is {}, but the longest period is {}",
                      core::quoted(row.text("order_decimal")), core::quoted(row.text("max_period_decimal"))));
  }
  if (is_primitive != -1 && (is_primitive == 1) != (*order + 1 == states)) {
    wrong(row, fmt::format("is_primitive is {}, but the order is {}", static_cast<int>(is_primitive),
                           core::quoted(row.text("order_decimal"))));
  }
}

}  // namespace gforbit::job_cycles
