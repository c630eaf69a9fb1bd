#include "aggregates.hpp"

#include <fmt/format.h>

#include <map>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::stream {

Definition read_definition(const Arguments& a, const Argument& argument) {
  static const std::map<std::string, Function, std::less<>> kFunctions{
      {"count", Function::count}, {"missing", Function::missing},  {"sum", Function::sum},
      {"mean", Function::mean},   {"std", Function::std},          {"min", Function::min},
      {"max", Function::max},     {"quantile", Function::quantile}};
  const Expression& e = argument.value;
  const auto found = kFunctions.find(e.word);
  if (e.kind != Expression::Kind::call || found == kFunctions.end())
    throw SyntaxError(a.text(), e.begin,
                      "expected count(), count(x), missing(x), sum(x), mean(x), std(x), min(x), max(x) or "
                      "quantile(x, share)");
  Definition d{argument.name,
               found->second,
               std::string(a.text()),
               std::string(core::trimmed(a.text().substr(e.begin, e.end - e.begin))),
               {},
               0};
  const bool counts = d.function == Function::count;
  const std::size_t wanted = counts                             ? std::min<std::size_t>(e.operands.size(), 1)
                             : d.function == Function::quantile ? 2
                                                                : 1;
  if (e.operands.size() != wanted)
    throw SyntaxError(a.text(), e.begin,
                      fmt::format("{} takes {}", e.word, core::counted(wanted, "argument")));
  if (wanted > 0) d.value = e.operands[0];
  if (wanted == 2) {
    const Expression& share = e.operands[1];
    const bool number = share.kind == Expression::Kind::integer || share.kind == Expression::Kind::real;
    if (!number || share.real > 1) throw SyntaxError(a.text(), share.begin, "expected a share from 0 to 1");
    d.share = share.real;
  }
  return d;
}

ColumnType column_of(const Definition& d, const Formula& formula) {
  if (d.function == Function::count || d.function == Function::missing) return {d.name, Type::int64, {}};
  if (formula.type() == Type::text)
    throw SyntaxError(d.text, d.value->begin, "expected a number, not a text");
  const bool extreme = d.function == Function::min || d.function == Function::max;
  if (!extreme && d.function != Function::sum) return {d.name, Type::float64, {}};
  return {d.name, formula.type(), {}, extreme && formula.is_nullable()};
}

ColumnType key_column(const Schema& in, const std::string& by, std::size_t& place) {
  place = in.index_of(by);
  ColumnType column = in[place];
  if (column.type == Type::float64 || column.type == Type::elements)
    throw core::InputError(
        fmt::format("by={}: it is of type {}: keys are integers or texts", by, type_name(column.type)));
  column.nullable = false;
  return column;
}

namespace {

/// Which rows are errors; they are said to be so.
std::vector<bool> failed_rows(const Batch& in, std::vector<RowError>& errors, Context& context) {
  if (errors.empty()) return {};
  std::ranges::stable_sort(errors, {}, &RowError::row);
  std::vector<bool> wrong(in.size, false);
  for (const RowError& error : errors) {
    if (!wrong[error.row]) context.fail_row(in, error.row, error.message);
    wrong[error.row] = true;
  }
  return wrong;
}

}  // namespace

Evaluated evaluate_all(const std::vector<std::optional<Formula>>& formulas, const Batch& in,
                       Context& context) {
  Evaluated all;
  std::vector<RowError> errors;
  for (const auto& formula : formulas)
    all.values.push_back(formula ? formula->evaluate(in, errors) : Column());
  all.is_wrong = failed_rows(in, errors, context);
  return all;
}

}  // namespace gforbit::stream
