#include "signed_sum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

namespace gforbit::fsr {
namespace {

/// Products that are looked at to decide upon a sum.
constexpr std::uint64_t kBudget = 1 << 22;
/// Rounds until a sum does not change any more; two are usual.
constexpr int kMostRounds = 16;

constexpr SignedProduct kOne{};

constexpr std::uint64_t lowest(std::uint64_t cells) {
  return cells & (~cells + 1);
}

/// How a cell occurs in a product. The sum of two of them that differ is the third: 1 + x = (1 + x),
/// x + (1 + x) = 1; equal ones and all three cancel. So sums are exclusive or.
constexpr std::uint8_t kMissing = 1, kItself = 2, kComplement = 3;

struct Split {
  SignedProduct rest;  ///< without the cell
  std::uint8_t occurrence;
  friend bool operator<(const Split& a, const Split& b) { return a.rest < b.rest; }
};

Split split(const SignedProduct& product, std::uint64_t cell) {
  const std::uint8_t occurrence = (product.cells & cell) == 0  ? kMissing
                                  : (product.ones & cell) != 0 ? kItself
                                                               : kComplement;
  return {{product.cells & ~cell, product.ones & ~cell}, occurrence};
}

/// Sums of the products that differ in this cell at most.
bool merge_at(std::uint64_t cell, SignedSum& sum, std::vector<Split>& parts) {
  parts.clear();
  for (const SignedProduct& product : sum) parts.push_back(split(product, cell));
  std::ranges::sort(parts, std::less<>{});
  const std::size_t before = sum.size();
  sum.clear();
  for (std::size_t first = 0; first < parts.size();) {
    const SignedProduct rest = parts[first].rest;
    std::uint8_t occurrence = 0;
    for (; first < parts.size() && parts[first].rest == rest; ++first) occurrence ^= parts[first].occurrence;
    if (occurrence == kMissing) sum.push_back(rest);
    if (occurrence == kItself) sum.push_back({rest.cells | cell, rest.ones | cell});
    if (occurrence == kComplement) sum.push_back({rest.cells | cell, rest.ones});
  }
  return sum.size() < before;
}

/// With this cell 0 or 1.
SignedSum restricted(const SignedSum& sum, std::uint64_t cell, bool one) {
  SignedSum result;
  for (const SignedProduct& product : sum) {
    if ((product.cells & cell) == 0) {
      result.push_back(product);
    } else if (((product.ones & cell) != 0) == one) {
      result.push_back({product.cells & ~cell, product.ones & ~cell});
    }
  }
  return result;
}

/// By which the sum changes with this cell.
SignedSum derivative(const SignedSum& sum, std::uint64_t cell) {
  SignedSum result;
  for (const SignedProduct& product : sum) {
    if ((product.cells & cell) != 0) result.push_back({product.cells & ~cell, product.ones & ~cell});
  }
  return result;
}

/// The monomial of all cells of some product, one of most cells, that is in the normal form: no product of
/// more cells makes it, and of those of as many only the ones with the same cells. 0: not found.
std::uint64_t top_monomial(const SignedSum& sum) {
  int most = 0;
  for (const SignedProduct& product : sum) most = std::max(most, std::popcount(product.cells));
  std::vector<std::uint64_t> largest;
  for (const SignedProduct& product : sum) {
    if (std::popcount(product.cells) == most) largest.push_back(product.cells);
  }
  std::ranges::sort(largest);
  for (auto first = largest.begin(); first != largest.end();) {
    const auto last = std::upper_bound(first, largest.end(), *first);
    if ((last - first) % 2 != 0) return *first;
    first = last;
  }
  return 0;
}

enum class Value : std::uint8_t { zero, one, varies };

/// nullopt: more products than the budget allows.
std::optional<Value> value_of(SignedSum sum, std::uint64_t& budget) {
  if (budget < sum.size()) return std::nullopt;
  budget -= sum.size();
  merge(sum);
  if (sum.empty()) return Value::zero;
  if (sum.size() == 1) return sum.front() == kOne ? Value::one : Value::varies;
  if (top_monomial(sum) != 0) return Value::varies;
  const auto most = std::ranges::max_element(
      sum, {}, [](const SignedProduct& product) { return std::popcount(product.cells); });
  const std::uint64_t cell = lowest(most->cells);
  const auto at_zero = value_of(restricted(sum, cell, false), budget);
  if (!at_zero || *at_zero == Value::varies) return at_zero;
  const auto at_one = value_of(restricted(sum, cell, true), budget);
  if (!at_one || *at_one == *at_zero) return at_one;
  return Value::varies;
}

struct Affinity {
  std::optional<AffineSum> affine;  ///< empty: nonlinear
};

/// nullopt: not decided.
std::optional<Affinity> affinity(const SignedSum& sum, std::uint64_t& budget) {
  if (std::popcount(top_monomial(sum)) > 1) return Affinity{};
  AffineSum affine{0, value_at(sum, 0) != 0};
  bool decided = true;
  for (std::uint64_t rest = cells_of(sum); rest != 0; rest &= rest - 1) {
    const auto change = value_of(derivative(sum, lowest(rest)), budget);
    if (change == Value::varies) return Affinity{};
    decided = decided && change;
    if (change == Value::one) affine.cells |= lowest(rest);
  }
  return decided ? std::optional(Affinity{affine}) : std::nullopt;
}

/// 1 + x alone is two products.
void split_lone_complements(SignedSum& sum) {
  bool constant = false;
  std::erase_if(sum, [&](SignedProduct& product) {
    const bool lone = std::has_single_bit(product.cells) && product.ones == 0;
    if (lone) product.ones = product.cells;
    constant ^= lone || product == kOne;
    return product == kOne;
  });
  if (constant) sum.push_back(kOne);
}

/// nullopt: not decided how the sum changes with x0.
std::optional<SignedSum> normal_round(SignedSum sum, std::uint64_t& budget) {
  constexpr std::uint64_t kOldest = 1;
  merge(sum);
  const auto change = value_of(derivative(sum, kOldest), budget);
  if (!change) return std::nullopt;
  if (*change != Value::varies) {
    sum = restricted(sum, kOldest, false);
    merge(sum);
    if (*change == Value::one) sum.push_back({kOldest, kOldest});
  }
  split_lone_complements(sum);
  sort_for_text(sum);
  return sum;
}

class Maker {
 public:
  explicit Maker(const expression::Expression& expression)
      : expression_(expression), uses_(expression.nodes().size(), 0) {
    for (const expression::Node& node : expression.nodes()) {
      for (const expression::Id id : expression.operands(node)) ++uses_[id];
    }
  }

  std::optional<SignedSum> run() {
    for (const expression::Node& node : expression_.nodes()) {
      auto sum = of(node);
      if (!sum) return std::nullopt;
      made_.push_back(*std::move(sum));
    }
    return std::move(made_.back());
  }

 private:
  static constexpr std::size_t kMostPairs = 4 * kMaxExpandedTerms;

  std::optional<SignedSum> of(const expression::Node& node) {
    switch (node.op) {
      case expression::Op::constant:
        return node.value == 0 ? SignedSum{} : SignedSum{kOne};
      case expression::Op::cell:
        return SignedSum{{std::uint64_t{1} << node.value, std::uint64_t{1} << node.value}};
      case expression::Op::sum:
        return sum(node);
      case expression::Op::product:
        return product(node);
      default:
        break;
    }
    assert(false);
    return std::nullopt;
  }

  std::optional<SignedSum> sum(const expression::Node& node) {
    SignedSum all;
    for (const expression::Id id : expression_.operands(node)) {
      all.insert(all.end(), made_[id].begin(), made_[id].end());
      release(id);
      if (all.size() > kMostPairs) return std::nullopt;
    }
    merge(all);
    return all;
  }

  std::optional<SignedSum> product(const expression::Node& node) {
    const auto operands = expression_.operands(node);
    std::vector<expression::Id> ids(operands.begin(), operands.end());
    std::ranges::stable_sort(ids, {}, [&](expression::Id id) { return made_[id].size(); });
    SignedSum result{kOne};
    for (const expression::Id id : ids) {
      const SignedSum& factor = made_[id];
      if (result.size() * factor.size() > kMostPairs) return std::nullopt;
      SignedSum pairs;
      for (const SignedProduct& a : result) {
        for (const SignedProduct& b : factor) {
          if ((a.cells & b.cells & (a.ones ^ b.ones)) == 0)
            pairs.push_back({a.cells | b.cells, a.ones | b.ones});
        }
      }
      merge(pairs);
      result = std::move(pairs);
    }
    for (const expression::Id id : ids) release(id);
    return result;
  }

  void release(expression::Id id) {
    if (--uses_[id] == 0) made_[id] = {};
  }

  const expression::Expression& expression_;
  std::vector<std::uint32_t> uses_;  // by later nodes
  std::vector<SignedSum> made_;      // by id
};

}  // namespace

void merge(SignedSum& sum) {
  std::vector<Split> parts;
  const std::uint64_t cells = cells_of(sum) | 1;
  for (bool shorter = true; shorter && sum.size() > 1;) {
    shorter = false;
    for (std::uint64_t rest = cells; rest != 0; rest &= rest - 1) {
      if (merge_at(lowest(rest), sum, parts)) shorter = true;
    }
  }
}

void sort_for_text(SignedSum& sum) {
  std::ranges::sort(sum, {}, [](const SignedProduct& product) {
    const int cells = std::popcount(product.cells);
    return std::tuple(cells == 0 ? kMostSignedCells + 1 : cells, product.cells, product.ones);
  });
}

galois::Element value_at(const SignedSum& sum, std::uint64_t state) noexcept {
  return static_cast<galois::Element>(std::ranges::count_if(
             sum, [&](const SignedProduct& product) { return holds(product, state); })) &
         1;
}

std::string text_of(const SignedSum& sum) {
  std::string text;
  const auto out = std::back_inserter(text);
  for (const SignedProduct& product : sum) {
    if (!text.empty()) text += " + ";
    if (product == kOne) text += '1';
    for (std::uint64_t rest = product.cells; rest != 0; rest &= rest - 1) {
      if (rest != product.cells) text += '*';
      const bool itself = (product.ones & lowest(rest)) != 0;
      fmt::format_to(out, "{}x{}{}", itself ? "" : "(1+", std::countr_zero(rest), itself ? "" : ")");
    }
  }
  return text;
}

std::optional<std::variant<SignedSum, AffineSum>> normal_sum(SignedSum sum) {
  std::uint64_t budget = kBudget;
  for (int round = 0; round < kMostRounds; ++round) {
    auto next = normal_round(sum, budget);
    if (!next) return std::nullopt;
    if (*next != sum) {
      sum = *std::move(next);
      continue;
    }
    const auto answer = affinity(sum, budget);
    if (!answer) return std::nullopt;
    if (answer->affine) return *answer->affine;
    return sum;
  }
  return std::nullopt;
}

std::optional<SignedSum> signed_sum(const expression::Expression& expression) {
  return Maker(expression).run();
}

}  // namespace gforbit::fsr
