/// Expressions over GF(q) as graphs: what a text of a feedback says, before it is multiplied out. Equal parts
/// are one node, so `(1+x1)*(1+x2)*...*(1+x30)` is 60 nodes although it has 2^30 monomials.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gforbit/galois/field.hpp"

namespace gforbit::expression {

using galois::Element;
using Id = std::uint32_t;  ///< of a node; operands have smaller ids than what is made of them

enum class Op : std::uint8_t {
  constant,   ///< value: an element
  cell,       ///< value: its number
  sum,        ///< two operands or more
  product,    ///< two operands or more; a coefficient comes first
  power,      ///< value: the exponent, 2..q-1
  either,     ///< GF(2): 1 where an operand is 1
  majority,   ///< GF(2): of three
  choose,     ///< GF(2): of s, a, b: a where s is 1, else b
  threshold,  ///< GF(2): 1 where at least `value` operands are 1
  table       ///< GF(2): value: number of the table; the first operand is bit 0 of the place in the table
};

struct Node {
  Op op{};
  std::uint64_t value = 0;
  std::uint32_t first = 0, count = 0;  ///< operands: a part of one list
};

/// Bits of a truth table, bit k of the table is bit k % 64 of word k / 64.
using Table = std::vector<std::uint64_t>;

/// Immutable.
class Expression {
 public:
  [[nodiscard]] const galois::Field& field() const noexcept { return field_; }
  [[nodiscard]] std::span<const Node> nodes() const noexcept {
    return nodes_;
  }  ///< the last one is the whole
  [[nodiscard]] std::span<const Id> operands(const Node& node) const noexcept {
    return std::span(operands_).subspan(node.first, node.count);
  }
  [[nodiscard]] const Table& table(const Node& node) const { return tables_[node.value]; }
  /// The largest number of a cell; nullopt: there is no cell.
  [[nodiscard]] std::optional<std::uint64_t> highest_cell() const noexcept;
  /// The value where cell i is cells[i]. The reference: simple, not fast.
  [[nodiscard]] Element evaluate(std::span<const Element> cells) const;
  /// A text that parse() reads as the same graph; cells are x0, x1, ...
  [[nodiscard]] std::string text() const;

 private:
  friend class Builder;
  explicit Expression(galois::Field field) : field_(std::move(field)) {}
  galois::Field field_;
  std::vector<Node> nodes_;
  std::vector<Id> operands_;
  std::vector<Table> tables_;
};

/// The value of a node of one of the functions over GF(2), from those of its operands.
[[nodiscard]] bool function_value(const Expression& expression, const Node& node,
                                  std::span<const Element> values_of_nodes);

/// The same function by sums, products and powers alone. A table becomes choices by one input after the
/// other, equal ones once (a decision diagram); a threshold a table of counts, so at most k n of them.
[[nodiscard]] Expression arithmetic(const Expression& expression);

/// What a parser makes of the parts of a text. Ids are those that earlier calls returned.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Id constant(Element value) = 0;
  virtual Id cell(std::uint64_t number) = 0;
  virtual Id sum(std::span<const Id> operands) = 0;
  virtual Id product(std::span<const Id> operands) = 0;
  virtual Id power(Id base, std::uint64_t exponent) = 0;
  /// One of the functions over GF(2).
  virtual Id function(Op op, std::uint64_t value, std::span<const Id> operands) = 0;
  /// @return  number of the table
  virtual std::uint64_t table(Table bits) = 0;
};

/// Makes an expression. Sums in sums and products in products are joined, constants are computed, equal nodes
/// are one; what cancels in characteristic 2 is dropped.
class Builder final : public Sink {
 public:
  explicit Builder(const galois::Field& field) : made_(field) {}

  Id constant(Element value) override;
  Id cell(std::uint64_t number) override;
  Id sum(std::span<const Id> operands) override;
  Id product(std::span<const Id> operands) override;
  Id power(Id base, std::uint64_t exponent) override;
  Id function(Op op, std::uint64_t value, std::span<const Id> operands) override;
  std::uint64_t table(Table bits) override;

  /// The graph below a node. The builder is empty afterwards.
  [[nodiscard]] Expression take(Id whole);

 private:
  Id node(Op op, std::uint64_t value, std::span<const Id> operands);
  [[nodiscard]] bool is_equal(const Node& node, Op op, std::uint64_t value,
                              std::span<const Id> operands) const;
  void add_slot(Id id);
  void flatten(Op op, std::span<const Id> operands);
  void cancel_pairs();
  void join_powers();

  Expression made_;
  std::vector<Id> flat_, order_;       // of the call at work
  std::vector<std::uint64_t> hashes_;  // by id
  std::vector<Id> slots_;              // by hash, open addressing; a power of two of them, half are free
  std::vector<Id> cells_;              // by number; kNone: not made yet
};

}  // namespace gforbit::expression
