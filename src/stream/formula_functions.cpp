// Functions of expressions.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "formula_node.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::stream::formula {

namespace {

using Nodes = std::vector<Node>;

TextPtr as_text(Node& node, int number) {
  if (!node.is_text()) throw ArgumentError("expected a text: text(...) converts a number", number);
  return take<TextPtr>(node);
}
Ptr<Int> as_int(Node& node, int number,
                const char* what = "expected an integer: int(...) converts a number") {
  if (!node.is<Ptr<Int>>()) throw ArgumentError(what, number);
  return take<Ptr<Int>>(node);
}
Ptr<Int> as_days(Node& node) {
  return as_int(node, 0, "expected days as date(...) gives them");
}

// ---- conversions ------------------------------------------------------------------------------------------

template <class T>
T whole(double x, Mark& mark) {
  const double cut = std::trunc(x);
  const double beyond = std::ldexp(1.0, std::is_signed_v<T> ? 63 : 64);
  if (std::isnan(x)) {
    mark = Mark::null;
  } else if (cut >= beyond || cut < (std::is_signed_v<T> ? -beyond : 0)) {
    mark = Mark::overflow;
  }
  return mark == Mark::none ? static_cast<T>(cut) : T{0};
}

template <class T>
T parsed(std::string_view text, Mark& mark) {
  text = core::trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) mark = Mark::conversion;
  return value;
}

template <class To, class From>
To cast(From x, Mark& mark) {
  if (!std::in_range<To>(x)) mark = Mark::overflow;
  return static_cast<To>(x);
}

/// A node of integers of type T.
template <class T>
Node as_integers(Node node) {
  const Node of{{}, node.nullable || node.is_real(), node.may_fail};
  if (node.is<Ptr<T>>()) return node;
  if (node.is_text())
    return made(Ptr<T>(std::make_unique<OfText<T>>(take<TextPtr>(node), parsed<T>)), true, of);
  if (node.is_real()) return made(marked<T>(take<Ptr<double>>(node), whole<T>), true, of);
  using Other = std::conditional_t<std::is_signed_v<T>, Natural, Int>;
  return made(marked<T>(take<Ptr<Other>>(node), cast<T, Other>), true, of);
}

Node to_int(Nodes a) {
  return as_integers<Int>(std::move(a[0]));
}
Node to_uint(Nodes a) {
  return as_integers<Natural>(std::move(a[0]));
}
Node to_real(Nodes a) {
  const Node of = properties(a[0]);
  if (a[0].is_text())
    return made(Ptr<double>(std::make_unique<OfText<double>>(take<TextPtr>(a[0]), parsed<double>)), true, of);
  return made(as_reals(std::move(a[0])), false, of);
}

template <class T>
std::string number_text(T x, Mark&) {
  if constexpr (std::is_same_v<T, double>) {
    if (std::isnan(x)) return "nan";
  }
  return fmt::format("{}", x);
}
Node to_text(Nodes a) {
  const Node of = properties(a[0]);
  return std::visit(
      [&]<class P>(P values) -> Node {
        if constexpr (std::is_same_v<P, TextPtr>) {
          return made(std::move(values), false, of);
        } else {
          using T = std::remove_cvref_t<decltype(*values->constant())>;
          return made(TextPtr(std::make_unique<TextOf<T>>(std::move(values), number_text<T>)), false, of);
        }
      },
      std::move(a[0].values));
}

/// All of one type: of numbers the one that holds them; int64 and uint64 together are int64.
enum class Common : std::uint8_t { ints, naturals, reals, texts };
Common common_type(const Nodes& nodes, std::size_t first) {
  bool text = false, number = false, real = false, all_natural = true;
  for (std::size_t i = first; i < nodes.size(); ++i) {
    (nodes[i].is_text() ? text : number) = true;
    real = real || nodes[i].is_real();
    const auto* const ints = std::get_if<Ptr<Int>>(&nodes[i].values);
    const auto value = ints != nullptr ? (*ints)->constant() : std::nullopt;
    all_natural = all_natural && (nodes[i].is<Ptr<Natural>>() || (value && *value >= 0));
  }
  if (text && number) throw ArgumentError("the arguments must all be texts or all be numbers");
  if (text) return Common::texts;
  if (real) return Common::reals;
  const auto is_natural = [](const Node& node) { return node.is<Ptr<Natural>>(); };
  const auto begin = nodes.begin() + static_cast<std::ptrdiff_t>(first);
  return all_natural && std::any_of(begin, nodes.end(), is_natural) ? Common::naturals : Common::ints;
}

template <class T>
Node as_type(Node node) {
  const Node of = properties(node);
  if constexpr (std::is_same_v<T, double>) {
    return made(as_reals(std::move(node)), false, of);
  } else {
    return as_integers<T>(std::move(node));
  }
}

/// Calls f.template operator()<T>() with the type of numbers.
template <class F>
Node with_type(Common type, F f) {
  if (type == Common::naturals) return f.template operator()<Natural>();
  if (type == Common::reals) return f.template operator()<double>();
  return f.template operator()<Int>();
}

// ---- numbers ----------------------------------------------------------------------------------------------

Node real_function(Nodes a, double (*f)(double)) {
  const Node of = properties(a[0]);
  auto x = as_reals(std::move(a[0]));
  return made(Ptr<double>(std::make_unique<Mapped<double, double, double (*)(double)>>(std::move(x), f)),
              false, of);
}
/// One that leaves integers as they are.
Node rounding(Nodes a, double (*f)(double)) {
  return a[0].is_integer() ? std::move(a[0]) : real_function(std::move(a), f);
}

Node absolute(Nodes a) {
  const Node of = properties(a[0]);
  if (!a[0].is<Ptr<Int>>()) return rounding(std::move(a), [](double x) { return std::fabs(x); });
  return made(marked<Int>(take<Ptr<Int>>(a[0]),
                          [](Int x, Mark& mark) {
                            if (x == std::numeric_limits<Int>::min()) mark = Mark::overflow;
                            return x < 0 ? static_cast<Int>(0 - static_cast<Natural>(x)) : x;
                          }),
              true, of);
}

double rounded(double x, Int digits) {
  if (!std::isfinite(x)) return x;
  const double scale = std::pow(10.0, static_cast<double>(std::clamp<Int>(digits, -330, 330)));
  const double large = x * scale;
  if (!std::isfinite(large)) return x;
  return scale == 0 ? 0 : std::nearbyint(large) / scale;
}
Node round_number(Nodes a) {
  if (a.size() == 1) return rounding(std::move(a), [](double x) { return std::nearbyint(x); });
  const Node of = properties(a[0], a[1]);
  auto digits = as_int(a[1], 1, "expected an integer, the number of decimals: int(...) converts a number");
  auto x = as_reals(std::move(a[0]));
  const auto f = [](double value, Int n, Mark&) { return rounded(value, n); };
  return made(Ptr<double>(std::make_unique<MarkedPair<double, double, Int, decltype(f)>>(
                  std::move(x), std::move(digits), f)),
              false, of);
}

template <class T>
T integer_power(T base, Natural exponent, Mark& mark) {
  T result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) mark = Mark::overflow;
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) mark = Mark::overflow;
    if (mark != Mark::none) return 0;
  }
  return result;
}

/// Of integers.
Node integer_power_of(Nodes a) {
  const Node of = properties(a[0], a[1]);
  const auto exactly = []<class T>(T base, Int exponent, Mark& mark) -> T {
    if (exponent < 0) {
      mark = Mark::exponent;
      return 0;
    }
    if (base == 0 || base == 1) return exponent == 0 ? 1 : base;
    return integer_power(base, static_cast<Natural>(exponent), mark);
  };
  auto exponent = as_int(a[1], 1);
  if (!a[0].is_integer())
    throw ArgumentError("expected an integer: int(...) converts a number, x ^ y is the power of real numbers",
                        0);
  const auto of_type = [&]<class T>(Ptr<T> base) {
    return made(Ptr<T>(std::make_unique<MarkedPair<T, T, Int, std::remove_cv_t<decltype(exactly)>>>(
                    std::move(base), std::move(exponent), exactly)),
                true, of);
  };
  return a[0].is<Ptr<Int>>() ? of_type(take<Ptr<Int>>(a[0])) : of_type(take<Ptr<Natural>>(a[0]));
}

template <class Less>
Node extreme(Nodes a, Less first_is_better) {
  const Common type = common_type(a, 0);
  if (type == Common::texts) throw ArgumentError("expected numbers, not texts");
  return with_type(type, [&]<class T>() {
    Node best = as_type<T>(std::move(a[0]));
    for (std::size_t i = 1; i < a.size(); ++i) {
      Node next = as_type<T>(std::move(a[i]));
      const Node of{{}, best.nullable && next.nullable, best.may_fail || next.may_fail};
      const auto f = [first_is_better](T x, T y) { return first_is_better(x, y) ? x : y; };
      best = made(
          Ptr<T>(std::make_unique<SkippingPair<T, decltype(f)>>(take<Ptr<T>>(best), take<Ptr<T>>(next), f)),
          false, of);
    }
    return best;
  });
}

// ---- missing values ---------------------------------------------------------------------------------------

Node choose(Nodes a) {
  const Common type = common_type(a, 1);
  const Node of = properties(a[0], a[1], a[2]);
  auto condition = as_truth(std::move(a[0]));
  if (type == Common::texts)
    return made(text_choice(std::move(condition), take<TextPtr>(a[1]), take<TextPtr>(a[2])), false, of);
  return with_type(type, [&]<class T>() {
    Node yes = as_type<T>(std::move(a[1])), no = as_type<T>(std::move(a[2]));
    return made(
        Ptr<T>(std::make_unique<Choice<T>>(std::move(condition), take<Ptr<T>>(yes), take<Ptr<T>>(no))), false,
        of, yes, no);
  });
}

Node coalesce(Nodes a) {
  const Common type = common_type(a, 0);
  const auto pair = [&](Node first, Node second, auto make) {
    const Node of{{}, first.nullable && second.nullable, first.may_fail || second.may_fail};
    return made(make(first, second), false, of);
  };
  Node result = std::move(a.back());
  if (type == Common::texts) {
    for (std::size_t i = a.size() - 1; i-- > 0;)
      result = pair(std::move(a[i]), std::move(result),
                    [](Node& x, Node& y) { return text_coalesced(take<TextPtr>(x), take<TextPtr>(y)); });
    return result;
  }
  return with_type(type, [&]<class T>() {
    result = as_type<T>(std::move(result));
    for (std::size_t i = a.size() - 1; i-- > 0;)
      result = pair(as_type<T>(std::move(a[i])), std::move(result), [](Node& x, Node& y) {
        return Ptr<T>(std::make_unique<Coalesced<T>>(take<Ptr<T>>(x), take<Ptr<T>>(y)));
      });
    return std::move(result);
  });
}

Node is_null(Nodes a) {
  const Node of{{}, false, a[0].may_fail};
  return std::visit(
      [&]<class P>(P values) -> Node {
        if constexpr (std::is_same_v<P, TextPtr>) {
          return made(text_missing(std::move(values)), false, of);
        } else {
          using T = std::remove_cvref_t<decltype(*values->constant())>;
          return made(Ptr<Int>(std::make_unique<Missing<T>>(std::move(values))), false, of);
        }
      },
      std::move(a[0].values));
}

Node null_if(Nodes a) {
  const Common type = common_type(a, 0);
  const Node of{{}, true, a[0].may_fail || a[1].may_fail};
  if (type == Common::texts) return made(text_null_if(take<TextPtr>(a[0]), take<TextPtr>(a[1])), false, of);
  return with_type(type, [&]<class T>() {
    Node x = as_type<T>(std::move(a[0])), y = as_type<T>(std::move(a[1]));
    const auto f = [](T value, T other, Mark& mark) {
      if (value == other) mark = Mark::null;
      return value;
    };
    return made(
        Ptr<T>(std::make_unique<MarkedPair<T, T, T, decltype(f)>>(take<Ptr<T>>(x), take<Ptr<T>>(y), f)),
        false, of, x, y);
  });
}

// ---- texts ------------------------------------------------------------------------------------------------

Node text_function(Nodes a, std::string (*f)(std::string_view)) {
  const Node of = properties(a[0]);
  return made(text_map(as_text(a[0], 0), f), false, of);
}
std::string of_case(std::string_view text, char first, char last, int shift) {
  std::string result(text);
  for (char& c : result) {
    if (c >= first && c <= last) c = static_cast<char>(c + shift);
  }
  return result;
}

Node concat(Nodes a) {
  Node of;
  std::vector<TextPtr> parts;
  for (Node& node : a) {
    of = properties(of, node);
    Nodes one;
    one.push_back(std::move(node));
    Node text = to_text(std::move(one));
    parts.push_back(take<TextPtr>(text));
  }
  return made(text_concat(std::move(parts)), false, of);
}

template <class F>
Node search(Nodes a, F f) {
  const Node of = properties(a[0], a[1]);
  return made(Ptr<Int>(std::make_unique<OfTexts<F>>(as_text(a[0], 0), as_text(a[1], 1), f)), false, of);
}

Node substring(Nodes a) {
  if (a.size() == 2) a.push_back({Ptr<Int>(std::make_unique<Constant<Int>>(INT64_MAX)), false, false});
  const Node of = properties(a[0], a[1], a[2]);
  auto begin = as_int(a[1], 1), n = as_int(a[2], 2);
  return made(text_part(as_text(a[0], 0), std::move(begin), std::move(n)), false, of);
}

Node length(Nodes a) {
  const Node of = properties(a[0]);
  if (!a[0].is_text()) throw ArgumentError("length() is of a text or of a vector of elements", 0);
  return made(Ptr<Int>(std::make_unique<OfText<Int>>(
                  take<TextPtr>(a[0]), [](std::string_view text, Mark&) { return text_length(text); })),
              false, of);
}

// ---- dates ------------------------------------------------------------------------------------------------

template <class T>
Node of_text(Nodes a, T (*f)(std::string_view, Mark&)) {
  const Node of = properties(a[0]);
  return made(Ptr<T>(std::make_unique<OfText<T>>(as_text(a[0], 0), f)), true, of);
}
Node of_days(Nodes a, DatePart part) {
  const Node of = properties(a[0]);
  return made(
      marked<Int>(as_days(a[0]), [part](Int days, Mark& mark) { return part_of_date(days, part, mark); }),
      true, of);
}
Node days_text(Nodes a) {
  const Node of = properties(a[0]);
  return made(TextPtr(std::make_unique<TextOf<Int>>(as_days(a[0]), date_text)), true, of);
}

}  // namespace

const std::vector<Function>& functions() {
  constexpr std::size_t kAny = 100;
  static const std::vector<Function> kFunctions{
      {"if", 3, 3, "if(condition, x, y): x where the condition holds, else y", choose},
      {"abs", 1, 1, "abs(x)", absolute},
      {"round", 1, 2, "round(x), round(x, decimals): halves to even", round_number},
      {"floor", 1, 1, "floor(x)",
       [](Nodes a) { return rounding(std::move(a), [](double x) { return std::floor(x); }); }},
      {"ceil", 1, 1, "ceil(x)",
       [](Nodes a) { return rounding(std::move(a), [](double x) { return std::ceil(x); }); }},
      {"min", 2, kAny, "min(x, y, ...): of those that are not missing",
       [](Nodes a) { return extreme(std::move(a), std::less_equal<>()); }},
      {"max", 2, kAny, "max(x, y, ...): of those that are not missing",
       [](Nodes a) { return extreme(std::move(a), std::greater_equal<>()); }},
      {"power", 2, 2, "power(x, n): of integers, exactly", integer_power_of},
      {"sqrt", 1, 1, "sqrt(x)",
       [](Nodes a) { return real_function(std::move(a), [](double x) { return std::sqrt(x); }); }},
      {"exp", 1, 1, "exp(x)",
       [](Nodes a) { return real_function(std::move(a), [](double x) { return std::exp(x); }); }},
      {"log", 1, 1, "log(x): natural logarithm",
       [](Nodes a) { return real_function(std::move(a), [](double x) { return std::log(x); }); }},
      {"log2", 1, 1, "log2(x)",
       [](Nodes a) { return real_function(std::move(a), [](double x) { return std::log2(x); }); }},
      {"log10", 1, 1, "log10(x)",
       [](Nodes a) { return real_function(std::move(a), [](double x) { return std::log10(x); }); }},
      {"int", 1, 1, "int(x): int64 of a number, cut towards 0, or of a text", to_int},
      {"uint", 1, 1, "uint(x): uint64 in the same way", to_uint},
      {"real", 1, 1, "real(x): float64 of a number or a text", to_real},
      {"text", 1, 1, "text(x): a number as text", to_text},
      {"length", 1, 1, "length(t): characters of a text, or elements of a vector", length},
      {"concat", 1, kAny, "concat(x, y, ...): texts and numbers as one text", concat},
      {"upper", 1, 1, "upper(t): letters a to z become A to Z",
       [](Nodes a) {
         return text_function(std::move(a),
                              [](std::string_view t) { return of_case(t, 'a', 'z', 'A' - 'a'); });
       }},
      {"lower", 1, 1, "lower(t): letters A to Z become a to z",
       [](Nodes a) {
         return text_function(std::move(a),
                              [](std::string_view t) { return of_case(t, 'A', 'Z', 'a' - 'A'); });
       }},
      {"trim", 1, 1, "trim(t): without blanks at both ends",
       [](Nodes a) {
         return text_function(std::move(a), [](std::string_view t) { return std::string(core::trimmed(t)); });
       }},
      {"substring", 2, 3,
       "substring(t, begin), substring(t, begin, n): characters from the begin-th (0: first) on", substring},
      {"contains", 2, 2, "contains(t, part): 0 or 1",
       [](Nodes a) {
         return search(std::move(a), [](std::string_view t, std::string_view part) {
           return t.find(part) != std::string_view::npos;
         });
       }},
      {"starts_with", 2, 2, "starts_with(t, part): 0 or 1",
       [](Nodes a) {
         return search(std::move(a),
                       [](std::string_view t, std::string_view part) { return t.starts_with(part); });
       }},
      {"ends_with", 2, 2, "ends_with(t, part): 0 or 1",
       [](Nodes a) {
         return search(std::move(a),
                       [](std::string_view t, std::string_view part) { return t.ends_with(part); });
       }},
      {"date", 1, 1, "date(t): days from 1970-01-01 to \"2024-02-29\"",
       [](Nodes a) { return of_text<Int>(std::move(a), days_of); }},
      {"time", 1, 1, "time(t): seconds from 1970-01-01T00:00:00Z to \"2024-02-29T12:30:00+01:00\"",
       [](Nodes a) { return of_text<double>(std::move(a), seconds_of); }},
      {"date_text", 1, 1, "date_text(days): the text that date() reads", days_text},
      {"year", 1, 1, "year(days)", [](Nodes a) { return of_days(std::move(a), DatePart::year); }},
      {"month", 1, 1, "month(days): 1 to 12", [](Nodes a) { return of_days(std::move(a), DatePart::month); }},
      {"day", 1, 1, "day(days): 1 to 31", [](Nodes a) { return of_days(std::move(a), DatePart::day); }},
      {"weekday", 1, 1, "weekday(days): Monday is 1, Sunday is 7",
       [](Nodes a) { return of_days(std::move(a), DatePart::weekday); }},
      {"is_null", 1, 1, "is_null(x): 1 where x is missing", is_null},
      {"coalesce", 2, kAny, "coalesce(x, y, ...): the first one that is not missing", coalesce},
      {"null_if", 2, 2, "null_if(x, y): missing where x == y, else x", null_if},
  };
  return kFunctions;
}

}  // namespace gforbit::stream::formula
