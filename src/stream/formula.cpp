#include "gforbit/stream/formula.hpp"
#include "gforbit/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "formula_nodes.hpp"

namespace gforbit::stream {

namespace {

using namespace formula;
using Int = std::int64_t;

Int wrapped(std::uint64_t value) {
  return static_cast<Int>(value);
}
std::uint64_t bits(Int value) {
  return static_cast<std::uint64_t>(value);
}

Int floored_remainder(Int x, Int y) {
  if (y == 0 || y == -1) return 0;
  const Int rest = x % y;
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

bool is_text(const Node& node) {
  return std::holds_alternative<Texts>(node);
}
bool are_ints(const Node& a, const Node& b) {
  return std::holds_alternative<Ptr<Int>>(a) && std::holds_alternative<Ptr<Int>>(b);
}

/// f(x, y), as integers if both are, else as doubles.
template <class F>
Node of_numbers(Node a, Node b, F f) {
  if (are_ints(a, b))
    return paired<Int>(std::get<Ptr<Int>>(std::move(a)), std::get<Ptr<Int>>(std::move(b)), f);
  return paired<double>(as_reals(std::move(a)), as_reals(std::move(b)), f);
}
template <class F>
Node of_reals(Node a, Node b, F f) {
  return paired<double>(as_reals(std::move(a)), as_reals(std::move(b)), f);
}
template <class F>
Node real_map(Node a, F f) {
  return mapped<double>(as_reals(std::move(a)), f);
}
/// 0 or 1.
template <class F>
Node truth(Node a, Node b, F f) {
  if (are_ints(a, b))
    return paired<Int>(std::get<Ptr<Int>>(std::move(a)), std::get<Ptr<Int>>(std::move(b)), f);
  return paired<Int>(as_reals(std::move(a)), as_reals(std::move(b)), f);
}
template <class F>
Node compared(Node a, Node b, F f) {
  if (!is_text(a)) return truth(std::move(a), std::move(b), f);
  return of_items(
      [left = std::get<Texts>(std::move(a)), right = std::get<Texts>(std::move(b)), f](
          const Batch& batch, std::size_t i) { return f(left.at(batch, i), right.at(batch, i)); });
}

Node remainder(Node a, Node b) {
  if (!are_ints(a, b))
    return of_reals(std::move(a), std::move(b), [](double x, double y) { return x - y * std::floor(x / y); });
  auto x = std::get<Ptr<Int>>(std::move(a)), y = std::get<Ptr<Int>>(std::move(b));
  if (const auto divisor = y->constant(); divisor && *divisor > 0)
    return mapped<Int>(std::move(x), Remainder(*divisor));
  return paired<Int>(std::move(x), std::move(y), floored_remainder);
}

/// Sum, difference, product: of integers modulo 2^64.
template <class F>
Node calculated(Node a, Node b, F f) {
  if (are_ints(a, b))
    return paired<Int>(std::get<Ptr<Int>>(std::move(a)), std::get<Ptr<Int>>(std::move(b)),
                       [f](Int x, Int y) { return wrapped(f(bits(x), bits(y))); });
  return of_reals(std::move(a), std::move(b), f);
}

class Compiler {
 public:
  Compiler(std::string_view text, const Schema& schema) : text_(text), schema_(schema) {}

  Node compile(const Expression& e) const {
    switch (e.kind) {
      case Expression::Kind::integer:
        return Ptr<Int>(std::make_unique<Constant<Int>>(e.integer));
      case Expression::Kind::real:
        return Ptr<double>(std::make_unique<Constant<double>>(e.real));
      case Expression::Kind::text:
        return Texts{std::nullopt, e.word};
      case Expression::Kind::name:
        return column(e);
      case Expression::Kind::unary:
        return unary(e);
      case Expression::Kind::binary:
        return binary(e);
      case Expression::Kind::call:
        return call(e);
      case Expression::Kind::list:
        break;
    }
    fail(e, "a list is no value");
  }

 private:
  [[noreturn]] void fail(const Expression& e, const std::string& message) const {
    throw SyntaxError(text_, e.begin, message);
  }

  Node column(const Expression& e) const {
    const auto found = schema_.find(e.word);
    if (!found && e.word == "index")
      return of_items([](const Batch& batch, std::size_t i) { return wrapped(batch.indices[i]); });
    if (!found)
      fail(e, fmt::format("there is no column '{}' here; there are: {}, and index", e.word, schema_.text()));
    switch (schema_[*found].type) {
      case Type::int64:
        return Ptr<Int>(std::make_unique<ColumnValues<Int>>(*found));
      case Type::float64:
        return Ptr<double>(std::make_unique<ColumnValues<double>>(*found));
      case Type::text:
        return Texts{*found, {}};
      case Type::element:
        return of_items([c = *found](const Batch& batch, std::size_t i) {
          return wrapped(std::get<Elements>(batch.columns[c])[i]);
        });
      case Type::elements:
        break;
    }
    fail(e,
         fmt::format("'{}' is a vector of elements: only length({}) can be calculated with", e.word, e.word));
  }

  Node operand(const Expression& e, bool numbers_only = true) const {
    Node node = compile(e);
    if (numbers_only && is_text(node)) fail(e, "expected a number, not a text");
    return node;
  }

  Node unary(const Expression& e) const {
    Node a = operand(e.operands[0]);
    if (e.word == "not") return mapped<Int>(as_reals(std::move(a)), [](double x) { return x == 0; });
    if (std::holds_alternative<Ptr<double>>(a)) return real_map(std::move(a), std::negate<double>());
    return mapped<Int>(std::get<Ptr<Int>>(std::move(a)), [](Int x) { return wrapped(0 - bits(x)); });
  }

  /// x % d == 0 or x % d != 0 for integers and a known d > 0; otherwise nothing.
  std::optional<Node> divisibility(const Expression& e) const {
    const Expression &rest = e.operands[0], &zero = e.operands[1];
    const bool fits = (e.word == "==" || e.word == "!=") && rest.kind == Expression::Kind::binary &&
                      rest.word == "%" && zero.kind == Expression::Kind::integer && zero.integer == 0;
    if (!fits) return std::nullopt;
    Node x = operand(rest.operands[0]), d = operand(rest.operands[1]);
    if (!are_ints(x, d)) return std::nullopt;
    const auto divisor = std::get<Ptr<Int>>(d)->constant();
    if (!divisor || *divisor <= 0) return std::nullopt;
    const Divides divides(*divisor);
    auto ints = std::get<Ptr<Int>>(std::move(x));
    if (e.word == "==") return mapped<Int>(std::move(ints), divides);
    return mapped<Int>(std::move(ints), [divides](Int y) { return !divides(y); });
  }

  Node comparison(const Expression& e, Node a, Node b) const {
    if (is_text(a) != is_text(b)) fail(e, "a text and a number cannot be compared");
    const auto by = [&](auto f) { return compared(std::move(a), std::move(b), f); };
    if (e.word == "==") return by(std::equal_to<>());
    if (e.word == "!=") return by(std::not_equal_to<>());
    if (e.word == "<") return by(std::less<>());
    if (e.word == "<=") return by(std::less_equal<>());
    if (e.word == ">") return by(std::greater<>());
    return by(std::greater_equal<>());
  }

  Node binary(const Expression& e) const {
    const bool compares = std::string_view("=!<>").find(e.word[0]) != std::string_view::npos;
    if (auto node = divisibility(e)) return std::move(*node);
    Node a = operand(e.operands[0], !compares), b = operand(e.operands[1], !compares);
    if (compares) return comparison(e, std::move(a), std::move(b));
    if (e.word == "or")
      return truth(std::move(a), std::move(b), [](auto x, auto y) { return (x != 0) | (y != 0); });
    if (e.word == "and")
      return truth(std::move(a), std::move(b), [](auto x, auto y) { return (x != 0) & (y != 0); });
    if (e.word == "/") return of_reals(std::move(a), std::move(b), std::divides<double>());
    if (e.word == "^")
      return of_reals(std::move(a), std::move(b), [](double x, double y) { return std::pow(x, y); });
    if (e.word == "%") return remainder(std::move(a), std::move(b));
    if (e.word == "+") return calculated(std::move(a), std::move(b), std::plus<>());
    if (e.word == "-") return calculated(std::move(a), std::move(b), std::minus<>());
    return calculated(std::move(a), std::move(b), std::multiplies<>());
  }

  Node call(const Expression& e) const {
    const auto arguments = [&](std::size_t n) {
      if (e.operands.size() != n) fail(e, fmt::format("{} takes {}", e.word, core::counted(n, "argument")));
    };
    if (e.word == "length") {
      arguments(1);
      return length(e.operands[0]);
    }
    if (e.word == "min" || e.word == "max") {
      arguments(2);
      Node a = operand(e.operands[0]), b = operand(e.operands[1]);
      if (e.word == "min")
        return of_numbers(std::move(a), std::move(b), [](auto x, auto y) { return std::min(x, y); });
      return of_numbers(std::move(a), std::move(b), [](auto x, auto y) { return std::max(x, y); });
    }
    using Function = double (*)(double);
    static const std::map<std::string, Function, std::less<>> kFunctions{
        {"abs", [](double x) { return std::fabs(x); }},
        {"sqrt", [](double x) { return std::sqrt(x); }},
        {"log", [](double x) { return std::log(x); }},
        {"exp", [](double x) { return std::exp(x); }},
        {"floor", [](double x) { return std::floor(x); }}};
    const auto found = kFunctions.find(e.word);
    if (found == kFunctions.end()) {
      fail(e, fmt::format("unknown function '{}'; there are abs, sqrt, log, exp, floor, min, max, length",
                          e.word));
    }
    arguments(1);
    return real_map(operand(e.operands[0]), found->second);
  }

  Node length(const Expression& e) const {
    const auto found = e.kind == Expression::Kind::name ? schema_.find(e.word) : std::nullopt;
    if (found && schema_[*found].type == Type::elements) {
      return of_items([c = *found](const Batch& batch, std::size_t i) {
        return std::get<Slice<Elements>>(batch.columns[c])[i].size();
      });
    }
    const Node a = operand(e, false);
    if (!is_text(a)) fail(e, "length() is of a text or of a vector of elements");
    return of_items([texts = std::get<Texts>(a)](const Batch& batch, std::size_t i) {
      return texts.at(batch, i).size();
    });
  }

  std::string_view text_;
  const Schema& schema_;
};

/// Calls action(first, n, values) for one stretch of the batch after the other.
template <class T, class Memory, class Action>
void for_each_stretch(const Values<T>& root, const Batch& batch, Memory memory, Action action) {
  const auto slots = make_block<std::byte>(std::max<std::size_t>(1, root.slots()) * kLongest * sizeof(T));
  for (std::size_t first = 0; first < batch.size; first += kLongest) {
    const std::size_t n = std::min(kLongest, batch.size - first);
    action(first, n, root.read({batch, first, n, slots.get()}, memory(first), 0));
  }
}

template <class T>
Column evaluated(const Values<T>& root, const Batch& batch) {
  if (const auto column = root.column()) return batch.columns[*column];
  auto values = make_block<T>(batch.size);
  const auto place = [&](std::size_t first) { return values.get() + first; };
  for_each_stretch(root, batch, place, [&](std::size_t first, std::size_t n, const T* from) {
    if (from != place(first)) std::copy_n(from, n, place(first));
  });
  return make_slice(std::move(values));
}

Column evaluated(const Texts& texts, const Batch& batch) {
  if (texts.column) return batch.columns[*texts.column];
  return make_slice(std::vector<std::string, BlockAllocator<std::string>>(batch.size, texts.constant));
}

template <class T>
Rows rows_where(const Values<T>& condition, const Batch& batch) {
  Rows rows{make_block<std::uint32_t>(batch.size + 7), 0};
  const auto memory = make_block<T>(kLongest);
  for_each_stretch(
      condition, batch, [&](std::size_t) { return memory.get(); },
      [&](std::size_t first, std::size_t n, const T* values) {
        rows.size += compress(values, n, static_cast<std::uint32_t>(first), rows.numbers.get() + rows.size);
      });
  return rows;
}

}  // namespace

struct Formula::Root {
  Node node;
};

Formula::Formula(std::string_view text, const Expression& expression, const Schema& schema)
    : root_(std::make_unique<const Root>(Root{Compiler(text, schema).compile(expression)})) {}
Formula::~Formula() = default;
Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;

Type Formula::type() const noexcept {
  constexpr Type kTypes[] = {Type::int64, Type::float64, Type::text};
  return kTypes[root_->node.index()];
}

Column Formula::evaluate(const Batch& batch) const {
  return std::visit(
      [&]<class N>(const N& node) -> Column {
        if constexpr (std::is_same_v<N, Texts>) {
          return evaluated(node, batch);
        } else {
          return evaluated(*node, batch);
        }
      },
      root_->node);
}

Rows Formula::rows(const Batch& batch) const {
  if (const auto* const ints = std::get_if<Ptr<Int>>(&root_->node)) return rows_where(**ints, batch);
  return rows_where(*std::get<Ptr<double>>(root_->node), batch);
}

}  // namespace gforbit::stream
