#include "gforbit/expression/expression.hpp"

#include <algorithm>
#include <cassert>

namespace gforbit::expression {

std::optional<std::uint64_t> Expression::highest_cell() const noexcept {
  std::optional<std::uint64_t> highest;
  for (const Node& node : nodes_) {
    if (node.op == Op::cell) highest = std::max(highest.value_or(0), node.value);
  }
  return highest;
}

bool function_value(const Expression& expression, const Node& node, std::span<const Element> values) {
  const auto operands = expression.operands(node);
  const auto is_one = [&](Id id) { return values[id] != 0; };
  switch (node.op) {
    case Op::either:
      return std::ranges::any_of(operands, is_one);
    case Op::majority:
      return std::ranges::count_if(operands, is_one) >= 2;
    case Op::choose:
      return is_one(operands[is_one(operands[0]) ? 1 : 2]);
    case Op::threshold:
      return static_cast<std::uint64_t>(std::ranges::count_if(operands, is_one)) >= node.value;
    default:
      break;
  }
  assert(node.op == Op::table);
  std::size_t place = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) place |= std::size_t{is_one(operands[i])} << i;
  return (expression.table(node)[place / 64] >> (place % 64) & 1) != 0;
}

Element Expression::evaluate(std::span<const Element> cells) const {
  std::vector<Element> values;
  values.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    Element value = 0;
    switch (node.op) {
      case Op::constant:
        value = node.value;
        break;
      case Op::cell:
        value = cells[node.value];
        break;
      case Op::sum:
        for (const Id id : operands(node)) value = field_.add(value, values[id]);
        break;
      case Op::product:
        value = 1;
        for (const Id id : operands(node)) value = field_.multiply(value, values[id]);
        break;
      case Op::power:
        value = field_.power(values[operands(node)[0]], node.value);
        break;
      default:
        value = function_value(*this, node, values) ? 1 : 0;
    }
    values.push_back(value);
  }
  return values.back();
}

}  // namespace gforbit::expression
