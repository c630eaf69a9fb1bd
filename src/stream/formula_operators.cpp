// Operators of expressions. Integers are exact: where a result does not fit, the item is an error.
#include <cmath>
#include <compare>
#include <functional>
#include <limits>
#include <utility>

#include "formula_exact.hpp"
#include "formula_node.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::stream::formula {

namespace {

__extension__ using Wide = __int128;

/// f(x) of every value.
template <class To, class From, class F>
Ptr<To> mapped(Ptr<From> x, F f) {
  return std::make_unique<Mapped<To, From, F>>(std::move(x), f);
}
template <class To, class From, class F>
Ptr<To> paired(Ptr<From> x, Ptr<From> y, F f) {
  return std::make_unique<Paired<To, From, F>>(std::move(x), std::move(y), f);
}
template <class To, class A, class B, class F>
Ptr<To> marked(Ptr<A> x, Ptr<B> y, F f) {
  return std::make_unique<MarkedPair<To, A, B, F>>(std::move(x), std::move(y), f);
}

bool are_ints(const Node& a, const Node& b) {
  return a.is<Ptr<Int>>() && b.is<Ptr<Int>>();
}

void require_numbers(const Node& a, const Node& b) {
  if (a.is_text()) throw ArgumentError("expected a number, not a text: int(...) and real(...) convert it", 0);
  if (b.is_text()) throw ArgumentError("expected a number, not a text: int(...) and real(...) convert it", 1);
}

/// A constant that is not negative is a number of either type.
Node adapted(Node node, const Node& to) {
  if (!to.is<Ptr<Natural>>() || !node.is<Ptr<Int>>()) return node;
  const auto value = std::get<Ptr<Int>>(node.values)->constant();
  if (!value || *value < 0) return node;
  node.values = Ptr<Natural>(std::make_unique<Constant<Natural>>(static_cast<Natural>(*value)));
  return node;
}

/// Calls f with the pointers of two integer nodes, whatever their types.
template <class F>
auto with_integers(Node a, Node b, F f) {
  if (a.is<Ptr<Int>>()) {
    if (b.is<Ptr<Int>>()) return f(take<Ptr<Int>>(a), take<Ptr<Int>>(b));
    return f(take<Ptr<Int>>(a), take<Ptr<Natural>>(b));
  }
  if (b.is<Ptr<Int>>()) return f(take<Ptr<Natural>>(a), take<Ptr<Int>>(b));
  return f(take<Ptr<Natural>>(a), take<Ptr<Natural>>(b));
}

/// factor * x + addend as one node; null: it is left to the single operations.
Ptr<Int> linear(Ptr<Int>& x, Int factor, Int addend) {
  const auto* const before = dynamic_cast<const Linear*>(x.get());
  const auto line = (before != nullptr ? before->line() : Line()).then(factor, addend);
  if (!line) return nullptr;
  std::shared_ptr<const Values<Int>> of = before != nullptr ? before->of() : std::move(x);
  return std::make_unique<Linear>(std::move(of), *line);
}

/// Where one of the two is a constant, and only one.
template <class Op>
Ptr<Int> linear_of(Ptr<Int>& x, Ptr<Int>& y) {
  const auto left = x->constant(), right = y->constant();
  if (left.has_value() == right.has_value()) return nullptr;
  Ptr<Int>& variable = left ? y : x;
  const Int constant = left ? *left : *right;
  if constexpr (std::is_same_v<Op, Multiply>) {
    return constant == 0 ? nullptr : linear(variable, constant, 0);
  } else if constexpr (std::is_same_v<Op, Add>) {
    return linear(variable, 1, constant);
  } else {
    if (left) return linear(variable, -1, constant);
    return constant == std::numeric_limits<Int>::min() ? nullptr : linear(variable, 1, -constant);
  }
}

/// Sum, difference, product. With an operand of uint64 the result is of uint64.
template <class Op, class F>
Node calculated(Node a, Node b, F real) {
  const bool reals = a.is_real() || b.is_real();
  const Node of = properties(a, b);
  if (reals) {
    auto x = as_reals(std::move(a)), y = as_reals(std::move(b));
    return made(paired<double>(std::move(x), std::move(y), real), false, of);
  }
  if (are_ints(a, b)) {
    auto x = take<Ptr<Int>>(a), y = take<Ptr<Int>>(b);
    auto linear = linear_of<Op>(x, y);
    return made(linear ? std::move(linear) : std::make_unique<Exact<Int, Op>>(std::move(x), std::move(y)),
                true, of);
  }
  a = adapted(std::move(a), b);
  b = adapted(std::move(b), a);
  if (a.is<Ptr<Natural>>() && b.is<Ptr<Natural>>())
    return made(
        Ptr<Natural>(std::make_unique<Exact<Natural, Op>>(take<Ptr<Natural>>(a), take<Ptr<Natural>>(b))),
        true, of);
  return with_integers(std::move(a), std::move(b), [&]<class X, class Y>(Ptr<X> x, Ptr<Y> y) {
    return made(marked<Natural>(std::move(x), std::move(y),
                                [](X l, Y r, Mark& mark) {
                                  Natural result = 0;
                                  if (!Op::exactly(l, r, result)) mark = Mark::overflow;
                                  return result;
                                }),
                true, of);
  });
}

/// Of integers by 0 there is none; real numbers have infinities.
Node quotient(Node a, Node b) {
  const Node of = properties(a, b);
  if (a.is_real() || b.is_real()) {
    auto x = as_reals(std::move(a)), y = as_reals(std::move(b));
    return made(paired<double>(std::move(x), std::move(y), std::divides<>()), false, of);
  }
  auto x = as_reals(std::move(a)), y = as_reals(std::move(b));
  const auto divisor = y->constant();
  if (divisor && *divisor != 0)
    return made(paired<double>(std::move(x), std::move(y), std::divides<>()), false, of);
  return made(Ptr<double>(std::make_unique<Quotient>(std::move(x), std::move(y))), true, of);
}

/// With the sign of the divisor.
Node remainder(Node a, Node b) {
  const Node of = properties(a, b);
  if (a.is_real() || b.is_real()) {
    auto x = as_reals(std::move(a)), y = as_reals(std::move(b));
    const auto rest = [](double l, double r) { return l - r * std::floor(l / r); };
    return made(paired<double>(std::move(x), std::move(y), rest), false, of);
  }
  if (are_ints(a, b)) {
    const auto divisor = std::get<Ptr<Int>>(b.values)->constant();
    if (divisor && *divisor > 0) return made(mapped<Int>(take<Ptr<Int>>(a), Remainder(*divisor)), false, of);
    return made(marked<Int>(take<Ptr<Int>>(a), take<Ptr<Int>>(b),
                            [](Int x, Int y, Mark& mark) {
                              if (y == 0) mark = Mark::division;
                              if (y == 0 || y == -1) return Int{0};
                              const Int rest = x % y;
                              return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
                            }),
                true, of);
  }
  a = adapted(std::move(a), b);
  b = adapted(std::move(b), a);
  return with_integers(std::move(a), std::move(b), [&]<class X, class Y>(Ptr<X> x, Ptr<Y> y) {
    return made(marked<Natural>(std::move(x), std::move(y),
                                [](X l, Y r, Mark& mark) -> Natural {
                                  if (r == 0) {
                                    mark = Mark::division;
                                    return 0;
                                  }
                                  const Wide wide = l, by = r;
                                  Wide rest = wide % by;
                                  if (rest != 0 && (rest < 0) != (by < 0)) rest += by;
                                  if (rest < 0) mark = Mark::overflow;
                                  return static_cast<Natural>(rest);
                                }),
                true, of);
  });
}

// ---- comparisons ------------------------------------------------------------------------------------------

std::partial_ordering order_of(Int x, double y) noexcept {
  if (std::isnan(y)) return std::partial_ordering::unordered;
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63
  if (y >= kBeyond) return std::partial_ordering::less;
  if (y < -kBeyond) return std::partial_ordering::greater;
  const double whole = std::floor(y);
  const auto floor = static_cast<Int>(whole);
  if (x != floor) return x <=> floor;
  return whole < y ? std::partial_ordering::less : std::partial_ordering::equivalent;
}
std::partial_ordering order_of(Natural x, double y) noexcept {
  if (std::isnan(y)) return std::partial_ordering::unordered;
  constexpr double kBeyond = 18446744073709551616.0;  // 2^64
  if (y >= kBeyond) return std::partial_ordering::less;
  if (y < 0) return std::partial_ordering::greater;
  const double whole = std::floor(y);
  const auto floor = static_cast<Natural>(whole);
  if (x != floor) return x <=> floor;
  return whole < y ? std::partial_ordering::less : std::partial_ordering::equivalent;
}
std::partial_ordering order_of(Int x, Natural y) noexcept {
  return x < 0 ? std::partial_ordering::less : std::partial_ordering(static_cast<Natural>(x) <=> y);
}

template <class A, class B>
std::partial_ordering ordered(A x, B y) noexcept {
  if constexpr (std::is_same_v<A, B>) {
    return x <=> y;
  } else if constexpr (std::is_same_v<A, double> || (std::is_same_v<A, Natural> && std::is_same_v<B, Int>)) {
    return 0 <=> order_of(y, x);
  } else {
    return order_of(x, y);
  }
}

/// How the sign of a comparison decides it.
template <class F>
Node compared_exactly(Node a, Node b, F holds) {
  const Node of = properties(a, b);
  return std::visit(
      [&]<class P, class Q>(P x, Q y) -> Node {
        if constexpr (std::is_same_v<P, TextPtr> || std::is_same_v<Q, TextPtr>) {
          throw core::InternalError("texts are compared elsewhere");
        } else {
          return made(marked<Int>(std::move(x), std::move(y),
                                  [holds](auto l, auto r, Mark&) { return Int{holds(ordered(l, r))}; }),
                      false, of);
        }
      },
      std::move(a.values), std::move(b.values));
}

template <class F, class Holds>
Node compared(Node a, Node b, F f, Holds holds) {
  const Node of = properties(a, b);
  if (a.is_text()) {
    return made(Ptr<Int>(std::make_unique<OfTexts<F>>(take<TextPtr>(a), take<TextPtr>(b), f)), false, of);
  }
  if (are_ints(a, b)) return made(paired<Int>(take<Ptr<Int>>(a), take<Ptr<Int>>(b), f), false, of);
  if (a.is_real() && b.is_real())
    return made(paired<Int>(take<Ptr<double>>(a), take<Ptr<double>>(b), f), false, of);
  a = adapted(std::move(a), b);
  b = adapted(std::move(b), a);
  return compared_exactly(std::move(a), std::move(b), holds);
}

Node comparison(std::string_view word, Node a, Node b) {
  if (a.is_text() != b.is_text())
    throw ArgumentError("a text and a number cannot be compared: int(...) and real(...) convert a text");
  const auto by = [&](auto f, auto holds) { return compared(std::move(a), std::move(b), f, holds); };
  using Order = std::partial_ordering;
  if (word == "==") return by(std::equal_to<>(), [](Order o) { return o == 0; });
  if (word == "!=") return by(std::not_equal_to<>(), [](Order o) { return o != 0; });
  if (word == "<") return by(std::less<>(), [](Order o) { return o < 0; });
  if (word == "<=") return by(std::less_equal<>(), [](Order o) { return o <= 0; });
  if (word == ">") return by(std::greater<>(), [](Order o) { return o > 0; });
  return by(std::greater_equal<>(), [](Order o) { return o >= 0; });
}

}  // namespace

Ptr<Int> as_truth(Node node) {
  if (node.is_text()) throw ArgumentError("a condition must be a number, not a text");
  if (node.is<Ptr<Int>>()) return take<Ptr<Int>>(node);
  if (node.is<Ptr<Natural>>()) return mapped<Int>(take<Ptr<Natural>>(node), [](Natural x) { return x != 0; });
  return mapped<Int>(take<Ptr<double>>(node), [](double x) { return x != 0; });
}

Ptr<double> as_reals(Node node) {
  if (node.is_text()) throw ArgumentError("expected a number, not a text: int(...) and real(...) convert it");
  if (node.is_real()) return take<Ptr<double>>(node);
  if (node.is<Ptr<Natural>>())
    return mapped<double>(take<Ptr<Natural>>(node), [](Natural x) { return static_cast<double>(x); });
  return mapped<double>(take<Ptr<Int>>(node), [](Int x) { return static_cast<double>(x); });
}

Node binary(std::string_view word, Node left, Node right) {
  const bool compares = std::string_view("=!<>").find(word[0]) != std::string_view::npos;
  if (compares) return comparison(word, std::move(left), std::move(right));
  require_numbers(left, right);
  if (word == "or" || word == "and") {
    const Node of = properties(left, right);
    return made(Ptr<Int>(std::make_unique<Logic>(as_truth(std::move(left)), as_truth(std::move(right)),
                                                 word == "or")),
                false, of);
  }
  if (word == "/") return quotient(std::move(left), std::move(right));
  if (word == "^") {
    const Node of = properties(left, right);
    return made(paired<double>(as_reals(std::move(left)), as_reals(std::move(right)),
                               [](double x, double y) { return std::pow(x, y); }),
                false, of);
  }
  if (word == "%") return remainder(std::move(left), std::move(right));
  if (word == "+") return calculated<Add>(std::move(left), std::move(right), std::plus<>());
  if (word == "-") return calculated<Subtract>(std::move(left), std::move(right), std::minus<>());
  return calculated<Multiply>(std::move(left), std::move(right), std::multiplies<>());
}

Node unary(std::string_view word, Node of) {
  require_numbers(of, of);
  const Node known = properties(of);
  if (word == "not")
    return made(mapped<Int>(as_truth(std::move(of)), [](Int x) { return x == 0; }), false, known);
  if (of.is_real()) return made(mapped<double>(take<Ptr<double>>(of), std::negate<>()), false, known);
  if (of.is<Ptr<Natural>>()) {
    return made(marked<Int>(take<Ptr<Natural>>(of),
                            [](Natural x, Mark& mark) -> Int {
                              constexpr Natural kLeast = Natural{1} << 63;
                              if (x > kLeast) mark = Mark::overflow;
                              return static_cast<Int>(0 - x);
                            }),
                true, known);
  }
  auto x = take<Ptr<Int>>(of);
  if (auto minus = x->constant() ? nullptr : linear(x, -1, 0)) return made(std::move(minus), true, known);
  return made(
      Ptr<Int>(std::make_unique<Exact<Int, Subtract>>(std::make_unique<Constant<Int>>(0), std::move(x))),
      true, known);
}

}  // namespace gforbit::stream::formula
