#include "cycles/report_linear.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cycles/column_texts.hpp"
#include "cycles/system_json.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::job_cycles {

namespace {

/// A list of numbers from a text column.
/// @throws core::InputError
cycles::Coefficients coefficients(const store::Table& registers, const char* column, std::size_t row) {
  const std::string& text = registers.column<std::string>(column)[row];
  auto list = parse_coefficients(text);
  if (!list) {
    throw core::InputError(fmt::format("register {}: {} is {}, no list of numbers",
                                       core::quoted(registers.column<std::string>("id")[row]), column,
                                       core::quoted(text)));
  }
  return *std::move(list);
}

void require_elements(const galois::Field& field, const cycles::Coefficients& polynomial,
                      const std::string& id) {
  for (const auto c : polynomial) {
    if (field.contains(c)) continue;
    throw core::InputError(fmt::format("register {}: {} in characteristic_polynomial is no element of GF({})",
                                       core::quoted(id), c, field.order()));
  }
  if (polynomial.size() < 2 || polynomial.back() != 1) {
    throw core::InputError(fmt::format(
        "register {}: characteristic_polynomial is not monic of degree 1 or more", core::quoted(id)));
  }
}

std::string product_text(const std::vector<cycles::PolynomialFactor>& factors) {
  std::string text;
  for (const auto& factor : factors) {
    const std::string base = cycles::polynomial_text(factor.coefficients);
    if (!text.empty()) text += " * ";
    text += base == "x" ? base : '(' + base + ')';
    if (factor.multiplicity > 1) text += fmt::format("^{}", factor.multiplicity);
  }
  return text;
}

std::string matrix_json(const std::vector<cycles::Coefficients>& matrix) {
  std::vector<std::string> rows;
  for (const auto& row : matrix) rows.push_back(fmt::format("[{}]", fmt::join(row, ",")));
  return rows.empty() ? "" : fmt::format("[{}]", fmt::join(rows, ","));
}

}  // namespace

std::optional<LinearFacts> LinearReport::facts(const store::Table& registers, std::size_t row) {
  const auto text = [&](const char* column) { return registers.column<std::string>(column)[row]; };
  LinearFacts facts;
  facts.polynomial = coefficients(registers, "characteristic_polynomial", row);
  if (facts.polynomial.empty()) return std::nullopt;
  const auto field = fields_.get(registers.column<std::uint64_t>("field_order")[row],
                                 coefficients(registers, "modulus", row));
  require_elements(field, facts.polynomial, text("id"));
  facts.reciprocal = cycles::reciprocal_polynomial(field, facts.polynomial);
  if (facts.polynomial.size() <= kMaxMatrixDegree + 1 && !is_system(text("feedback")))
    facts.matrix = cycles::companion_matrix(field, facts.polynomial);

  const auto factors = parse_factorization(text("factorization"));
  if (factors) {
    facts.factors = product_text(*factors);
    facts.factorization = *factors;
  }
  facts.period = text("order_decimal");
  if (!facts.period.empty()) {
    facts.preperiod = 0;
  } else if (factors) {
    const cycles::CharacteristicFactors characteristic{facts.polynomial, *factors};
    facts.preperiod = characteristic.singular_part();
    const core::Natural period = characteristic.power_period(field.characteristic());
    if (period != 0) facts.period = core::decimal(period);
  }
  return facts;
}

std::optional<fsr::Register> LinearReport::register_of(const store::Table& registers, std::size_t row) {
  try {
    const RegisterSpec spec{
        registers.column<std::uint64_t>("field_order")[row], coefficients(registers, "modulus", row),
        registers.column<std::int32_t>("degree")[row], registers.column<std::string>("feedback")[row]};
    return spec.make(fields_);
  } catch (const core::InputError&) {
    return std::nullopt;
  }
}

store::TableSpec spec_with_facts(store::TableSpec registers) {
  using store::ColumnType;
  const std::vector<store::ColumnSpec> derived = {
      {"characteristic_polynomial_text", "characteristic polynomial as people write it", "",
       ColumnType::text},
      {"reciprocal_polynomial", "x^d f(1/x), made monic, coefficients low to high", "", ColumnType::text},
      {"reciprocal_polynomial_text", "reciprocal polynomial as people write it", "", ColumnType::text},
      {"step_matrix", "matrix A of the step (of its linear part), JSON list of rows (empty: large degree)",
       "", ColumnType::text},
      {"step_matrix_preperiod", "least t with A^(t + r) = A^t for an r > 0 (-1: not known)", "steps",
       ColumnType::int64},
      {"step_matrix_period_decimal", "least such r: the order of A where t = 0 (empty: not known)", "steps",
       ColumnType::text}};
  registers.columns.insert(registers.columns.end(), derived.begin(), derived.end());
  return registers;
}

store::Table LinearReport::with_facts(const store::Table& registers) {
  store::Table extended(spec_with_facts(registers.spec()));
  for (std::size_t i = 0; i < registers.n_columns(); ++i) extended.data(i) = registers.data(i);
  for (std::size_t row = 0; row < registers.n_rows(); ++row) {
    const auto put = [&](const char* column, std::string text) {
      extended.column<std::string>(column).push_back(std::move(text));
    };
    const LinearFacts known = facts(registers, row).value_or(LinearFacts{});
    const bool is_linear = !known.polynomial.empty();
    put("characteristic_polynomial_text", is_linear ? cycles::polynomial_text(known.polynomial) : "");
    put("reciprocal_polynomial", coefficients_text(known.reciprocal));
    put("reciprocal_polynomial_text", is_linear ? cycles::polynomial_text(known.reciprocal) : "");
    put("step_matrix", matrix_json(known.matrix));
    extended.column<std::int64_t>("step_matrix_preperiod").push_back(known.preperiod);
    put("step_matrix_period_decimal", known.period);
  }
  return extended;
}

}  // namespace gforbit::job_cycles
