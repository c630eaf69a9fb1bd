// Nodes of any type, and what expressions make of them: operators and functions.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "formula_text.hpp"

namespace gforbit::stream::formula {

using Int = std::int64_t;
using Natural = std::uint64_t;

struct Node {
  std::variant<Ptr<Int>, Ptr<double>, TextPtr, Ptr<Natural>> values;
  bool nullable = false;  ///< an item may have no value
  bool may_fail = false;  ///< an item may be an error

  template <class T>
  [[nodiscard]] bool is() const noexcept {
    return std::holds_alternative<T>(values);
  }
  [[nodiscard]] bool is_text() const noexcept { return is<TextPtr>(); }
  [[nodiscard]] bool is_real() const noexcept { return is<Ptr<double>>(); }
  [[nodiscard]] bool is_integer() const noexcept { return is<Ptr<Int>>() || is<Ptr<Natural>>(); }
};

/// Types or counts of arguments that do not fit: the message, and which argument it is about.
struct ArgumentError : std::invalid_argument {
  explicit ArgumentError(const std::string& message, int number = -1)
      : std::invalid_argument(message), argument(number) {}
  int argument;
};

/// What a node that is made of `nodes` may lack: a node without values.
template <class... Nodes>
[[nodiscard]] Node properties(const Nodes&... nodes) {
  return {{}, (nodes.nullable || ...), (nodes.may_fail || ...)};
}

/// Values of a node with the properties of those that it is made of.
template <class P, class... Nodes>
[[nodiscard]] Node made(P values, bool may_fail, const Nodes&... of) {
  return {std::move(values), (of.nullable || ...), may_fail || (of.may_fail || ...)};
}

template <class P>
[[nodiscard]] P take(Node& node) {
  return std::get<P>(std::move(node.values));
}

/// f(x, mark) of every value.
template <class To, class From, class F>
[[nodiscard]] Ptr<To> marked(Ptr<From> x, F f) {
  return std::make_unique<MarkedMap<To, From, F>>(std::move(x), f);
}

/// What the value of an item means as a condition: 0 or 1. @throws ArgumentError  it is a text
[[nodiscard]] Ptr<Int> as_truth(Node node);
/// @throws ArgumentError  it is a text
[[nodiscard]] Ptr<double> as_reals(Node node);

/// The node of `left word right`. @throws ArgumentError
[[nodiscard]] Node binary(std::string_view word, Node left, Node right);
/// `-` or `not`. @throws ArgumentError
[[nodiscard]] Node unary(std::string_view word, Node of);

struct Function {
  std::string_view name;
  std::size_t least = 1, most = 1;  ///< arguments
  std::string_view usage;           ///< for the help
  Node (*make)(std::vector<Node> arguments);
};
[[nodiscard]] const std::vector<Function>& functions();

}  // namespace gforbit::stream::formula
