// Builder: simplifies what it is given as far as the text of a person profits from it, and keeps one node for
// equal parts. The order of operands is that of the text.
#include <algorithm>
#include <bit>
#include <cassert>
#include <unordered_map>

#include "gforbit/expression/expression.hpp"

namespace gforbit::expression {
namespace {

constexpr Id kNone = ~Id{0};

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27) * 0x94d049bb133111ebU;
  return value ^ value >> 31;
}

bool is_commutative(Op op) {
  return op != Op::choose && op != Op::table;
}

}  // namespace

bool Builder::is_equal(const Node& other, Op op, std::uint64_t value, std::span<const Id> operands) const {
  if (other.op != op || other.value != value || other.count != operands.size()) return false;
  const auto others = made_.operands(other);
  if (std::ranges::equal(others, operands)) return true;
  if (!is_commutative(op)) return false;
  std::vector<Id> a(others.begin(), others.end()), b(operands.begin(), operands.end());
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

Id Builder::node(Op op, std::uint64_t value, std::span<const Id> operands) {
  std::uint64_t hash = mixed(value * 16 + static_cast<std::uint64_t>(op) + 1);
  for (std::size_t i = 0; i < operands.size(); ++i)
    hash += mixed(operands[i] + (is_commutative(op) ? 0 : i << 32) + 0x9e3779b97f4a7c15U);
  for (std::size_t at = hash; !slots_.empty() && slots_[at & (slots_.size() - 1)] != kNone; ++at) {
    const Id other = slots_[at & (slots_.size() - 1)];
    if (hashes_[other] == hash && is_equal(made_.nodes_[other], op, value, operands)) return other;
  }
  const auto id = static_cast<Id>(made_.nodes_.size());
  made_.nodes_.push_back({op, value, static_cast<std::uint32_t>(made_.operands_.size()),
                          static_cast<std::uint32_t>(operands.size())});
  made_.operands_.insert(made_.operands_.end(), operands.begin(), operands.end());
  hashes_.push_back(hash);
  if (2 * hashes_.size() > slots_.size()) {
    slots_.assign(std::bit_ceil(std::max<std::size_t>(4 * hashes_.size(), 64)), kNone);
    for (Id each = 0; each < id; ++each) add_slot(each);
  }
  add_slot(id);
  return id;
}

void Builder::add_slot(Id id) {
  std::size_t at = hashes_[id];
  while (slots_[at & (slots_.size() - 1)] != kNone) ++at;
  slots_[at & (slots_.size() - 1)] = id;
}

Id Builder::constant(Element value) {
  return node(Op::constant, value, {});
}

Id Builder::cell(std::uint64_t number) {
  if (number >= cells_.size()) cells_.resize(number + 1, kNone);
  if (cells_[number] == kNone) cells_[number] = node(Op::cell, number, {});
  return cells_[number];
}

/// Operands of operands of the same kind: flat_ is what there is to add or to multiply.
void Builder::flatten(Op op, std::span<const Id> operands) {
  flat_.clear();
  for (const Id id : operands) {
    const Node& each = made_.nodes_[id];
    if (each.op == op) {
      const auto inner = made_.operands(each);
      flat_.insert(flat_.end(), inner.begin(), inner.end());
    } else {
      flat_.push_back(id);
    }
  }
}

/// In characteristic 2 only what occurs an odd number of times stays, where it occurred first.
void Builder::cancel_pairs() {
  order_ = flat_;
  std::ranges::sort(order_);
  if (std::ranges::adjacent_find(order_) == order_.end()) return;
  std::unordered_map<Id, bool> odd;
  for (const Id id : flat_) odd[id] = !odd[id];
  std::size_t kept = 0;
  for (const Id id : flat_) {
    bool& keep = odd[id];
    if (keep) flat_[kept++] = id;
    keep = false;
  }
  flat_.resize(kept);
}

Id Builder::sum(std::span<const Id> operands) {
  flatten(Op::sum, operands);
  Element constant_part = 0;
  std::erase_if(flat_, [&](Id id) {
    const Node& each = made_.nodes_[id];
    if (each.op != Op::constant) return false;
    constant_part = made_.field().add(constant_part, each.value);
    return true;
  });
  if (made_.field().characteristic() == 2) cancel_pairs();
  if (flat_.empty()) return constant(constant_part);
  if (constant_part != 0) flat_.push_back(constant(constant_part));
  return flat_.size() == 1 ? flat_[0] : node(Op::sum, 0, flat_);
}

/// Powers of one base become one, where the base occurred first.
void Builder::join_powers() {
  const auto base_of = [&](Id id) {
    const Node& each = made_.nodes_[id];
    return each.op == Op::power ? made_.operands(each)[0] : id;
  };
  order_.clear();
  for (const Id id : flat_) order_.push_back(base_of(id));
  std::ranges::sort(order_);
  if (std::ranges::adjacent_find(order_) == order_.end()) return;
  const std::uint64_t cycle = made_.field().order() - 1;  // x^q = x
  std::unordered_map<Id, std::uint64_t> exponents;
  std::vector<Id> bases;
  for (const Id id : flat_) {
    const Node& each = made_.nodes_[id];
    const auto [at, is_new] = exponents.try_emplace(base_of(id), 0);
    if (is_new) bases.push_back(at->first);
    at->second = (at->second + (each.op == Op::power ? each.value : 1) - 1) % cycle + 1;
  }
  flat_.clear();
  for (const Id base : bases) {
    const std::uint64_t exponent = exponents.at(base);
    flat_.push_back(exponent == 1 ? base : node(Op::power, exponent, {&base, 1}));
  }
}

Id Builder::product(std::span<const Id> operands) {
  flatten(Op::product, operands);
  Element coefficient = 1;
  std::erase_if(flat_, [&](Id id) {
    const Node& each = made_.nodes_[id];
    if (each.op != Op::constant) return false;
    coefficient = made_.field().multiply(coefficient, each.value);
    return true;
  });
  if (coefficient == 0 || flat_.empty()) return constant(coefficient);
  join_powers();
  if (coefficient != 1) flat_.insert(flat_.begin(), constant(coefficient));
  return flat_.size() == 1 ? flat_[0] : node(Op::product, 0, flat_);
}

Id Builder::power(Id base, std::uint64_t exponent) {
  if (exponent == 0) return constant(1);
  const std::uint64_t cycle = made_.field().order() - 1;
  exponent = (exponent - 1) % cycle + 1;
  const Node each = made_.nodes_[base];
  if (each.op == Op::constant) return constant(made_.field().power(each.value, exponent));
  if (each.op == Op::power) {
    base = made_.operands(each)[0];
    exponent = (exponent * each.value - 1) % cycle + 1;  // both are below 2^32
  }
  return exponent == 1 ? base : node(Op::power, exponent, {&base, 1});
}

Id Builder::function(Op op, std::uint64_t value, std::span<const Id> operands) {
  assert(op >= Op::either);
  return node(op, value, operands);
}

std::uint64_t Builder::table(Table bits) {
  const auto at = std::ranges::find(made_.tables_, bits);
  if (at != made_.tables_.end()) return static_cast<std::uint64_t>(at - made_.tables_.begin());
  made_.tables_.push_back(std::move(bits));
  return made_.tables_.size() - 1;
}

Expression Builder::take(Id whole) {
  hashes_.clear();
  slots_.clear();
  cells_.clear();
  std::vector<bool> needed(made_.nodes_.size());
  needed[whole] = true;
  for (Id id = whole + 1; id-- > 0;) {
    if (!needed[id]) continue;
    for (const Id operand : made_.operands(made_.nodes_[id])) needed[operand] = true;
  }
  Expression result(made_.field());
  std::vector<Id> moved(whole + 1, kNone);
  for (Id id = 0; id <= whole; ++id) {
    if (!needed[id]) continue;
    moved[id] = static_cast<Id>(result.nodes_.size());
    Node node = made_.nodes_[id];
    const auto operands = made_.operands(node);
    node.first = static_cast<std::uint32_t>(result.operands_.size());
    for (const Id operand : operands) result.operands_.push_back(moved[operand]);
    result.nodes_.push_back(node);
  }
  result.tables_ = std::move(made_.tables_);
  made_ = Expression(result.field());
  return result;
}

}  // namespace gforbit::expression
