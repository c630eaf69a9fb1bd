#include "expansion.hpp"

#include <algorithm>
#include <cassert>

#include "normal_form.hpp"

namespace gforbit::fsr {
namespace {

using expression::Expression;
using expression::Id;
using expression::Node;
using expression::Op;
using Terms = std::vector<Term>;

/// Terms of a product before equal ones are added.
constexpr std::size_t kMostProducts = 4 * kMaxExpandedTerms;

class Expansion {
 public:
  explicit Expansion(const Expression& expression)
      : expression_(expression), field_(expression.field()), uses_(expression.nodes().size(), 0) {
    for (const Node& node : expression.nodes()) {
      for (const Id id : expression.operands(node)) ++uses_[id];
    }
  }

  std::optional<Terms> run() {
    for (const Node& node : expression_.nodes()) {
      auto terms = of(node);
      if (!terms) return std::nullopt;
      made_.push_back(std::move(*terms));
    }
    return std::move(made_.back());
  }

 private:
  std::optional<Terms> of(const Node& node) {
    switch (node.op) {
      case Op::constant:
        return node.value == 0 ? Terms{} : Terms{{node.value, {}}};
      case Op::cell:
        return Terms{{1, {{static_cast<int>(node.value), 1}}}};
      case Op::sum:
        return sum(node);
      case Op::product:
        return product(node);
      case Op::power:
        return power(expression_.operands(node)[0], node.value);
      default:
        break;
    }
    assert(false);
    return std::nullopt;
  }

  /// The terms of an operand; of one that no other node needs they are taken away.
  Terms take(Id id) { return --uses_[id] == 0 ? std::move(made_[id]) : made_[id]; }

  std::optional<Terms> sum(const Node& node) {
    Terms all;
    for (const Id id : expression_.operands(node)) {
      Terms terms = take(id);
      if (terms.size() > 1 && all.size() + terms.size() > kMostProducts) collect(field_, all);
      all.insert(all.end(), std::make_move_iterator(terms.begin()), std::make_move_iterator(terms.end()));
      if (all.size() > most(node) + kMostProducts) return std::nullopt;
    }
    collect(field_, all);
    return all.size() > most(node) ? std::nullopt : std::optional(std::move(all));
  }

  /// A text that lists its terms has them already.
  static std::size_t most(const Node& node) { return std::max<std::size_t>(kMaxExpandedTerms, node.count); }

  /// Operands of one term are joined first.
  std::optional<Terms> product(const Node& node) {
    Term single{1, {}};
    std::vector<Id> sums;
    for (const Id id : expression_.operands(node)) {
      const Terms& terms = made_[id];
      if (terms.empty()) return Terms{};
      if (terms.size() > 1) {
        sums.push_back(id);
        continue;
      }
      single.coefficient = field_.multiply(single.coefficient, terms[0].coefficient);
      single.factors.insert(single.factors.end(), terms[0].factors.begin(), terms[0].factors.end());
    }
    normalize(field_, single.factors);
    std::optional<Terms> result(Terms{std::move(single)});
    std::ranges::stable_sort(sums, {}, [&](Id id) { return made_[id].size(); });
    for (const Id id : sums) {
      if (result) result = times(*result, made_[id]);
    }
    return result;
  }

  std::optional<Terms> times(const Terms& a, const Terms& b) const {
    if (a.size() * b.size() > kMostProducts) return std::nullopt;
    Terms products;
    products.reserve(a.size() * b.size());
    for (const Term& left : a) {
      for (const Term& right : b) {
        Term term{field_.multiply(left.coefficient, right.coefficient), {}};
        term.factors.reserve(left.factors.size() + right.factors.size());
        term.factors = left.factors;
        term.factors.insert(term.factors.end(), right.factors.begin(), right.factors.end());
        normalize(field_, term.factors);
        products.push_back(std::move(term));
      }
    }
    collect(field_, products);
    return products.size() > kMaxExpandedTerms ? std::nullopt : std::optional(std::move(products));
  }

  /// Digit by digit to the base p, because the power p goes term by term.
  std::optional<Terms> power(Id base, std::uint64_t exponent) const {
    std::optional<Terms> result(Terms{{1, {}}});
    Terms power = made_[base];
    if (power.empty()) return power;
    if (power.size() == 1) return Terms{power_of(power[0], exponent)};
    for (const std::uint64_t p = field_.characteristic(); exponent > 0; exponent /= p) {
      const auto part = small_power(power, exponent % p);
      if (!part) return std::nullopt;
      result = times(*result, *part);
      if (!result) return std::nullopt;
      power = frobenius(std::move(power));
    }
    return result;
  }

  [[nodiscard]] Term power_of(Term term, std::uint64_t exponent) const {
    term.coefficient = field_.power(term.coefficient, exponent);
    for (Factor& factor : term.factors)
      factor.exponent = reduced_exponent(factor.exponent * exponent, field_.order());  // both below 2^32
    return term;
  }

  /// By squares.
  std::optional<Terms> small_power(Terms square, std::uint64_t exponent) const {
    std::optional<Terms> result(Terms{{1, {}}});
    for (; exponent > 0; exponent >>= 1) {
      if ((exponent & 1) != 0) result = times(*result, square);
      if (!result) return std::nullopt;
      if (exponent == 1) break;
      auto next = times(square, square);
      if (!next) return std::nullopt;
      square = *std::move(next);
    }
    return result;
  }

  /// (a + b)^p = a^p + b^p.
  [[nodiscard]] Terms frobenius(Terms terms) const {
    const std::uint64_t p = field_.characteristic();
    for (Term& term : terms) {
      term.coefficient = field_.power(term.coefficient, p);
      for (Factor& factor : term.factors) factor.exponent *= p;  // both are below 2^32
      normalize(field_, term.factors);
    }
    collect(field_, terms);
    return terms;
  }

  const Expression& expression_;
  const galois::Field& field_;
  std::vector<std::uint32_t> uses_;  // by later nodes
  std::vector<Terms> made_;          // by id
};

}  // namespace

std::optional<std::vector<Term>> expanded(const Expression& expression) {
  return Expansion(expression).run();
}

}  // namespace gforbit::fsr
