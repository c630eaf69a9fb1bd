#include "cycles/report_register.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cycles/column_texts.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/cycles/algebra.hpp"
#include "gforbit/report/layout.hpp"

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

/// n + 1 = next.
bool precedes(core::Natural n, const core::Natural& next) {
  return ++n == next;
}

}  // namespace

RunOptions run_options(const store::ResultReader& reader) {
  const auto config = report::key_values(reader.text("runtime/config").value_or(""));
  const auto value = [&](const char* key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string() : found->second;
  };
  RunOptions options;
  options.verify = value("verify") == "true";
  options.coalesce = value("coalesce");
  options.merged = report::is_merged(reader);
  const std::string stored = value("store-cycles");
  if (stored == "all") {
    options.stored = UINT64_MAX;
  } else if (stored == "none") {
    options.stored = 0;
  } else if (const auto number = parse_decimal(stored); number && *number <= UINT64_MAX) {
    options.stored = static_cast<std::uint64_t>(*number);
  }
  return options;
}

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
  const std::string& modulus = row.text("modulus");
  try {
    const auto coefficients = parse_coefficients(modulus);
    if (!coefficients)
      throw core::InputError(fmt::format("modulus {} is no list of numbers", core::quoted(modulus)));
    auto reg = RegisterSpec{row.get<std::uint64_t>("field_order"), *coefficients,
                            row.get<std::int32_t>("degree"), row.text("feedback")}
                   .make(fields_);
    if (const std::string known = reg.field().modulus_text(); known != modulus)
      throw core::InputError(
          fmt::format("modulus {} should be {}", core::quoted(modulus), core::quoted(known)));
    return reg;
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
  if (reg->text() != row.text("feedback")) {
    wrong(row, fmt::format("the feedback is not in normal form, which is {}", core::quoted(reg->text())));
  }
  if (reg->degree() != row.get<std::int32_t>("degree")) wrong(row, "the degree is not the number of cells");
  if (static_cast<std::int8_t>(reg->kind()) != row.get<std::int8_t>("kind")) {
    wrong(row, "the kind is not that of the feedback");
  }
  const core::Natural states = reg->state_count();
  if (row.text("state_count_decimal") != core::decimal(states)) {
    wrong(row,
          fmt::format("state_count_decimal is {}, but q^d is {}",
                      core::quoted(row.text("state_count_decimal")), core::quoted(core::decimal(states))));
  }
  check_message(row);
  if (!row.completed()) {
    check_fill(row, distribution);
    return reg;
  }
  check_polynomial(row, *reg);
  check_counts(row, states, distribution);
  check_method(row, *reg);
  check_algebra(row, *reg, states);
  return reg;
}

void RegisterCheck::check_message(const RowView& row) {
  const bool should_say = !row.completed() && row.status() != RowStatus::pending;
  if (should_say == row.text("message").empty()) {
    wrong(row, should_say ? "it did not complete, and no message says why"
                          : "it has a message, although nothing went wrong");
  }
}

/// Which methods a register can have: enumeration up to 2^63 states, algebra for linear and affine ones, both
/// with
/// --verify.
void RegisterCheck::check_method(const RowView& row, const fsr::Register& reg) {
  const auto method = static_cast<RowMethod>(row.get<std::int8_t>("method"));
  const bool enumerated = method == RowMethod::enumerated || method == RowMethod::both;
  if (enumerated && !reg.enumerable_state_count()) wrong(row, "it has too many states to be enumerated");
  const bool factored = !row.text("factorization").empty();
  if ((method == RowMethod::algebraic || method == RowMethod::both) && !factored)
    wrong(row, "its method is algebraic, but it has no factorization");
  const bool both = options_.verify && factored && reg.enumerable_state_count();
  if ((method == RowMethod::both) != both)
    wrong(row, fmt::format("the method is {}both, but the run was {}to verify it", both ? "not " : "",
                           options_.verify ? "" : "not "));
  if (row.get<std::uint8_t>("coverage_verified") != 1)
    wrong(row, "it is completed, but coverage_verified is not 1");
}

void RegisterCheck::check_polynomial(const RowView& row, const fsr::Register& reg) {
  const std::string& stored = row.text("characteristic_polynomial");
  if (!reg.has_algebra()) {
    const char* const what = reg.kind() == fsr::FeedbackKind::nonlinear ? "nonlinear" : "without algebra";
    for (const char* const column : {"characteristic_polynomial", "factorization", "order_decimal"}) {
      if (!row.text(column).empty())
        wrong(row, fmt::format("{} is not empty, but the register is {}", column, what));
    }
    for (const char* const column : {"is_irreducible", "is_primitive"}) {
      if (row.get<std::int8_t>(column) != -1)
        wrong(row, fmt::format("{} is not -1, but it is {}", column, what));
    }
    return;
  }
  const Polynomial polynomial = cycles::characteristic_polynomial(reg).value();
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
  for (const char* const column : {"n_cycles_decimal", "max_period_decimal", "n_transient_states_decimal",
                                   "characteristic_polynomial", "factorization", "order_decimal"}) {
    if (!row.text(column).empty())
      wrong(row, fmt::format("it is not completed, but {} is not empty", column));
  }
  for (const char* const column : {"nonsingular", "is_maximal_period", "coverage_verified"}) {
    if (row.get<std::uint8_t>(column) != 0)
      wrong(row, fmt::format("it is not completed, but {} is not 0", column));
  }
  for (const char* const column : {"is_irreducible", "is_primitive"}) {
    if (row.get<std::int8_t>(column) != -1)
      wrong(row, fmt::format("it is not completed, but {} is not -1", column));
  }
  if (row.get<std::int8_t>("method") != static_cast<std::int8_t>(RowMethod::none)) {
    wrong(row, "it is not completed, but has a method");
  }
  if (row.get<std::int64_t>("max_transient_length") != -1) {
    wrong(row, "it is not completed, but max_transient_length is not -1");
  }
  if (row.has(kLeafStates) &&
      (row.get<std::uint64_t>(kLeafStates) != 0 || !row.text(kLeafStatesDecimal).empty()))
    wrong(row, "it is not completed, but n_leaf_states is not 0 or its decimal is not empty");
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
  const bool length_fits = *n_transient == 0 ? length == 0 : length >= 1 && *n_transient >= length;
  if (!length_fits) {
    wrong(row, fmt::format("max_transient_length {} does not fit {} transient states", length,
                           core::quoted(core::decimal(*n_transient))));
  }
  check_leaves(row, *n_transient);
  const bool is_maximal = *max_period == states || precedes(*max_period, states);
  if ((row.get<std::uint8_t>("is_maximal_period") == 1) != is_maximal) {
    wrong(row, fmt::format("is_maximal_period is {}, but the longest period is {} of {} states",
                           static_cast<int>(row.get<std::uint8_t>("is_maximal_period")),
                           core::quoted(core::decimal(*max_period)), core::quoted(core::decimal(states))));
  }
}

/// A state without predecessor is on no cycle, and a tree has one at least.
void RegisterCheck::check_leaves(const RowView& row, const core::Natural& n_transient) {
  if (!row.has(kLeafStates)) return;
  const auto n_leaves = count(row, kLeafStates);
  if (!n_leaves || (*n_leaves <= n_transient && (*n_leaves == 0) == (n_transient == 0))) return;
  wrong(row, fmt::format("{} states without predecessor do not fit {} transient states",
                         core::quoted(core::decimal(*n_leaves)), core::quoted(core::decimal(n_transient))));
}

/// What follows from the factors: the order of the polynomial is the least common multiple of those of its
/// powers, it is primitive where it is irreducible of order q^d - 1, and the factor x tells of the transient
/// states (Lidl and Niederreiter, Finite Fields, 3.11, 3.16 and 8.28).
void RegisterCheck::check_algebra(const RowView& row, const fsr::Register& reg, const core::Natural& states) {
  if (!reg.has_algebra()) return;
  const auto differ = [&](const char* what, const std::string& stored, const std::string& should) {
    if (stored != should)
      wrong(row, fmt::format("{} is {}, but by the factorization it is {}", what, core::quoted(stored),
                             core::quoted(should)));
  };
  const auto number = [&](const char* column) { return std::to_string(row.get<std::int8_t>(column)); };
  const auto factors = parse_factorization(row.text("factorization"));
  if (row.text("factorization").empty() || !factors) {
    differ("order_decimal", row.text("order_decimal"), "");
    differ("is_irreducible", number("is_irreducible"), "-1");
    differ("is_primitive", number("is_primitive"), "-1");
    return;
  }
  const cycles::CharacteristicFactors characteristic{{}, *factors};
  const cycles::NilpotentPart nilpotent = characteristic.nilpotent_part();
  const unsigned t = nilpotent.longest;
  const core::Natural period = characteristic.power_period(reg.field().characteristic());
  const bool irreducible = characteristic.is_irreducible();
  differ("order_decimal", row.text("order_decimal"), t > 0 ? "" : core::decimal(period));
  differ("is_irreducible", number("is_irreducible"), irreducible ? "1" : "0");
  differ("is_primitive", number("is_primitive"),
         irreducible && t == 0 && precedes(period, states) ? "1" : "0");
  differ("max_transient_length", std::to_string(row.get<std::int64_t>("max_transient_length")),
         std::to_string(t));
  differ("n_transient_states_decimal", row.text("n_transient_states_decimal"),
         core::decimal(states - core::power(reg.field().order(),
                                            static_cast<unsigned>(reg.degree()) - nilpotent.cells)));
  if (row.has(kLeafStates)) {
    differ(kLeafStatesDecimal, row.text(kLeafStatesDecimal),
           core::decimal(states - states / core::power(reg.field().order(), nilpotent.blocks)));
  }
  if (reg.kind() == fsr::FeedbackKind::linear)
    differ("max_period_decimal", row.text("max_period_decimal"), core::decimal(period));
}

}  // namespace gforbit::job_cycles
