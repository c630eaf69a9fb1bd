#include "cycles/tables.hpp"

#include <vector>

#include "skeleton/results.hpp"

namespace gforbit::job_cycles {

using store::ColumnType;
using store::TableSpec;

TableSpec registers_table() {
  return {
      kRegisters,
      "Feedback shift registers and the structure of their state graphs, one row a register in input order",
      {
          {"id", "name of the register: as given in the input, else its line number", "",
           ColumnType::fixed_text},
          {"field_order", "order q of the field GF(q) of the cells", "", ColumnType::uint64},
          {"degree", "number of cells d", "", ColumnType::int32},
          {"modulus",
           "monic irreducible polynomial that defines the field, coefficients low to high (empty: q is "
           "prime)",
           "", ColumnType::text},
          {"feedback",
           "feedback polynomial in the cells x0..x{d-1}, normal form, terms by degree, then cells; integers "
           "are field "
           "elements, base-p digits low to high the coefficients of 1, a, a^2, ...",
           "", ColumnType::text},
          {"kind", "kind of the feedback function", "", ColumnType::int8, {"linear", "affine", "nonlinear"}},
          {"nonsingular", "1: the step is a bijection on the states (0 too where it was not determined)", "",
           ColumnType::uint8},
          {"method",
           "how the result was found",
           "",
           ColumnType::int8,
           {"none", "algebraic", "enumerated", "both"}},
          skeleton::status_column(
              "what became of the register; the results of rows that are not completed are fill values"),
          {"message", "why the register was not completed (empty: nothing to say)", "", ColumnType::text},
          {"coalesced_into",
           "row of the first register of equal results, whose work this one shares (-1: none)", "",
           ColumnType::int64},
          {"state_count_decimal", "number of states q^d, exact", "states", ColumnType::fixed_text},
          {"n_cycles", "number of cycles of the step map (0: not known, or see n_cycles_decimal)", "cycles",
           ColumnType::uint64},
          {"n_cycles_decimal", "number of cycles of the step map, exact (empty: not known)", "cycles",
           ColumnType::fixed_text},
          {"max_period", "longest period of a cycle (0: not known, or see max_period_decimal)", "steps",
           ColumnType::uint64},
          {"max_period_decimal", "longest period of a cycle, exact (empty: not known)", "steps",
           ColumnType::fixed_text},
          {"n_transient_states",
           "number of states on no cycle (0: none, not known, or see n_transient_states_decimal)", "states",
           ColumnType::uint64},
          {"n_transient_states_decimal", "number of states on no cycle, exact (empty: not known)", "states",
           ColumnType::fixed_text},
          {"n_distinct_periods", "number of different periods (0: not known)", "", ColumnType::uint64},
          {"max_transient_length", "largest distance of a state to a cycle (-1: not computed)", "steps",
           ColumnType::int64},
          {kLeafStates,
           "number of states without predecessor (0: none, not known, or see n_leaf_states_decimal)",
           "states", ColumnType::uint64},
          {kLeafStatesDecimal, "number of states without predecessor, exact (empty: not known)", "states",
           ColumnType::fixed_text},
          {"characteristic_polynomial",
           "characteristic polynomial of the linear part, coefficients low to high (empty: nonlinear, or not "
           "known)",
           "", ColumnType::text},
          {"factorization",
           "factors of the characteristic polynomial: JSON list of {polynomial, multiplicity, order} (empty: "
           "not "
           "factored)",
           "", ColumnType::text},
          {"order_decimal",
           "order of the characteristic polynomial: smallest n > 0 with x^n = 1 modulo it (empty: singular "
           "or not "
           "known)",
           "", ColumnType::fixed_text},
          {"is_irreducible",
           "1: the characteristic polynomial is irreducible, 0: it is not (-1: does not apply)", "",
           ColumnType::int8},
          {"is_primitive", "1: the characteristic polynomial is primitive, 0: it is not (-1: does not apply)",
           "", ColumnType::int8},
          {"is_maximal_period", "1: the longest period is q^d - 1 or q^d", "", ColumnType::uint8},
          {"coverage_verified",
           "1: states on the cycles found plus transient states, counted independently, make q^d (algebraic "
           "results: "
           "the sum over the period distribution)",
           "", ColumnType::uint8},
      }};
}

TableSpec oldest_registers_table() {
  TableSpec spec = registers_table();
  std::erase_if(spec.columns, [](const store::ColumnSpec& column) {
    return column.name == kLeafStates || column.name == kLeafStatesDecimal;
  });
  return spec;
}

TableSpec period_distribution_table() {
  return {
      kPeriodDistribution,
      "Number of cycles of each period, long form, sorted by register, then period",
      {
          {"register", "row in results/registers", "", ColumnType::uint64},
          {"period", "period (0: see period_decimal)", "steps", ColumnType::uint64},
          {"period_decimal", "period, exact", "steps", ColumnType::fixed_text},
          {"n_cycles", "number of cycles of this period (0: see n_cycles_decimal)", "cycles",
           ColumnType::uint64},
          {"n_cycles_decimal", "number of cycles of this period, exact", "cycles", ColumnType::fixed_text},
      }};
}

TableSpec cycles_table(CycleColumns columns) {
  TableSpec spec{
      kCycles,
      "Cycles of enumerated registers, long form, sorted by register, then representative",
      {
          {"register", "row in results/registers", "", ColumnType::uint64},
          {"representative",
           "smallest state index on the cycle; a state index is s_0 + s_1 q + ... + s_{d-1} q^(d-1)", "",
           ColumnType::uint64},
          {"period", "number of states on the cycle", "steps", ColumnType::uint64},
      }};
  if (columns.basins) {
    spec.columns.push_back({kBasinSize, "number of states on the cycle and of those that lead to it",
                            "states", ColumnType::uint64});
  }
  if (columns.sequences) {
    spec.columns.push_back(
        {kOutputWeight,
         "number of elements other than 0 that the cycle puts out: the output of a system, "
         "else cell 0 (-1: beyond 2^24 states of cycles)",
         "", ColumnType::int64});
    spec.columns.push_back(
        {kLinearComplexity,
         "length of the shortest linear register that puts out this sequence (-1: a period "
         "above 65536, or beyond 2^22 states of such cycles)",
         "", ColumnType::int64});
  }
  return spec;
}

TableSpec transient_lengths_table() {
  return {
      kTransientLengths,
      "Number of transient states by their distance to a cycle, of enumerated singular registers, sorted by "
      "register, then distance",
      {
          {"register", "row in results/registers", "", ColumnType::uint64},
          {"below",
           "the states of this row are at a distance below this, and not below that of the row before (of "
           "the "
           "first row: at least 1); distances to 63 alone, then 16 rows an octave",
           "steps", ColumnType::uint64},
          {"n_states", "number of these states", "states", ColumnType::uint64},
      }};
}

TableSpec partial_registers_table() {
  return {
      kPartialRegisters,
      "Facts proven by algebra about linear and affine registers that did not complete",
      {
          {"register", "row in results/registers", "", ColumnType::uint64},
          {"characteristic_polynomial",
           "characteristic polynomial of the linear part, coefficients low to high", "", ColumnType::text},
          {"factorization",
           "factors of the characteristic polynomial: JSON list of {polynomial, multiplicity, order}, order "
           "0 "
           "for the factor x and where it is not known (empty: not factored)",
           "", ColumnType::text},
          {"is_irreducible",
           "1: the characteristic polynomial is irreducible, 0: it is not (-1: not factored)", "",
           ColumnType::int8},
          {"n_transient_states_decimal", "number of states on no cycle, exact (empty: not factored)",
           "states", ColumnType::fixed_text},
          {"max_transient_length", "largest distance of a state to a cycle (-1: not factored)", "steps",
           ColumnType::int64},
          {"order_divisor_decimal",
           "divides the order of the characteristic polynomial without its factors x, which is the longest "
           "period of a linear register",
           "steps", ColumnType::fixed_text},
          {"order_multiple_decimal", "a multiple of that order (empty: not known)", "steps",
           ColumnType::fixed_text},
          {"cofactor_decimal", "composite number whose prime factors the order depends on (empty: none)", "",
           ColumnType::fixed_text},
          {"is_primitive", "1: the characteristic polynomial is primitive, 0: it is not (-1: not known)", "",
           ColumnType::int8},
          {"resisting_number", "number q^n - 1 that the cofactor divides (empty: none)", "",
           ColumnType::text},
          {"known_prime_factors", "prime factors of that number that are known (empty: none)", "",
           ColumnType::text},
          {"found_factors",
           "irreducible factors that were found before the stop where not all were, as in factorization "
           "(empty: none)",
           "", ColumnType::text},
      }};
}

TableSpec partial_periods_table() {
  TableSpec spec = period_distribution_table();
  spec.path = kPartialPeriods;
  spec.title =
      "Cycles that exist in registers that did not complete; there may be more of these and of other periods";
  return spec;
}

TableSpec runtime_registers_table() {
  return {
      kRuntimeRegisters,
      "Cost of each register, one row a register as in results/registers",
      {
          {"elapsed_s", "time from the first work on the register to its result", "s", ColumnType::float64},
          {"n_steps", "register steps taken by all ranks", "steps", ColumnType::uint64},
          {"n_ranges", "ranges of state indices worked on", "", ColumnType::uint64},
      }};
}

TableSpec runtime_part_table() {
  return skeleton::equal_rows_table(
      "Rows of this part of a batch, one row a register as in results/registers");
}

void append(store::Table& registers, const RegisterRow& row) {
  const auto number = [](const std::optional<core::Natural>& n) { return n ? core::u64_or_zero(*n) : 0; };
  const auto digits = [](const std::optional<core::Natural>& n) {
    return n ? core::decimal(*n) : std::string();
  };
  registers.append(row.id, row.field_order, row.degree, row.modulus, row.feedback, row.kind, row.nonsingular,
                   row.method, row.status, row.message, row.coalesced_into, core::decimal(row.state_count),
                   number(row.n_cycles), digits(row.n_cycles), number(row.max_period), digits(row.max_period),
                   number(row.n_transient_states), digits(row.n_transient_states), row.n_distinct_periods,
                   row.max_transient_length, number(row.n_leaf_states), digits(row.n_leaf_states),
                   row.characteristic_polynomial, row.factorization, row.order_decimal, row.is_irreducible,
                   row.is_primitive, row.is_maximal_period, row.coverage_verified);
}

void append_period(store::Table& period_distribution, std::uint64_t reg, const core::Natural& period,
                   const core::Natural& n_cycles) {
  period_distribution.append(reg, core::u64_or_zero(period), core::decimal(period),
                             core::u64_or_zero(n_cycles), core::decimal(n_cycles));
}

}  // namespace gforbit::job_cycles
