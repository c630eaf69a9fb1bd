// The functions over GF(2) by + and *.
#include <algorithm>
#include <array>

#include "gforbit/expression/expression.hpp"

namespace gforbit::expression {
namespace {

class Lowering {
 public:
  explicit Lowering(const Expression& expression) : from_(expression), builder_(expression.field()) {}

  Expression run() {
    for (const Node& node : from_.nodes()) {
      std::vector<Id> operands;
      for (const Id id : from_.operands(node)) operands.push_back(made_[id]);
      made_.push_back(lowered(node, operands));
    }
    return builder_.take(made_.back());
  }

 private:
  using Ids = std::span<const Id>;

  Id lowered(const Node& node, Ids operands) {
    switch (node.op) {
      case Op::constant:
        return builder_.constant(node.value);
      case Op::cell:
        return builder_.cell(node.value);
      case Op::sum:
        return builder_.sum(operands);
      case Op::product:
        return builder_.product(operands);
      case Op::power:
        return builder_.power(operands[0], node.value);
      case Op::either:
        return either(operands);
      case Op::majority:
        return plus(operands[2], times(plus(operands[0], operands[2]), plus(operands[1], operands[2])));
      case Op::choose:
        return choice(operands[0], operands[1], operands[2]);
      case Op::threshold:
        return threshold(node.value, operands);
      case Op::table:
        break;
    }
    return table(from_.table(node), operands, 0);
  }

  Id plus(Id a, Id b) { return builder_.sum(std::array{a, b}); }
  Id times(Id a, Id b) { return builder_.product(std::array{a, b}); }
  Id bit(bool value) { return builder_.constant(value ? 1 : 0); }
  Id choice(Id s, Id a, Id b) { return plus(b, times(s, plus(a, b))); }

  /// None of them is 0.
  Id either(Ids operands) {
    std::vector<Id> complements;
    for (const Id id : operands) complements.push_back(plus(id, bit(true)));
    return plus(builder_.product(complements), bit(true));
  }

  /// at_least[j]: whether j of the operands so far are 1.
  Id threshold(std::uint64_t k, Ids operands) {
    if (k > operands.size()) return bit(false);
    std::vector<Id> at_least(k + 1, bit(false));
    at_least[0] = bit(true);
    for (const Id id : operands) {
      for (std::uint64_t j = k; j > 0; --j) at_least[j] = choice(id, at_least[j - 1], at_least[j]);
    }
    return at_least[k];
  }

  /// The part of the table that begins at `first`, by the inputs `operands`; the last input halves it.
  Id table(const Table& bits, Ids operands, std::size_t first) {
    if (operands.empty()) return bit((bits[first / 64] >> (first % 64) & 1) != 0);
    const Ids others = operands.first(operands.size() - 1);
    const Id low = table(bits, others, first);
    const Id high = table(bits, others, first + (std::size_t{1} << others.size()));
    return low == high ? low : choice(operands.back(), high, low);
  }

  const Expression& from_;
  Builder builder_;
  std::vector<Id> made_;  // by id of from_
};

}  // namespace

Expression arithmetic(const Expression& expression) {
  return Lowering(expression).run();
}

}  // namespace gforbit::expression
