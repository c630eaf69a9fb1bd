/// The words and characters of expressions, and what stands for them elsewhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "gforbit/expression/expression.hpp"

namespace gforbit::expression {

inline constexpr std::size_t kMostTableInputs = 20;

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

enum class Operator : std::uint8_t { none, plus, minus, exclusive, times, both, either };

inline constexpr std::string_view kNot = "not";

struct NamedOperator {
  std::string_view name;
  Operator op;
};
inline constexpr std::array kOperators = {NamedOperator{"xor", Operator::exclusive},
                                          NamedOperator{"and", Operator::both},
                                          NamedOperator{"or", Operator::either}};

/// none: the word is no operator.
[[nodiscard]] constexpr Operator operator_named(std::string_view word) {
  for (const NamedOperator& named : kOperators) {
    if (named.name == word) return named.op;
  }
  return Operator::none;
}

/// A character from mathematics or from another language, and how it is written here.
struct Spelling {
  std::string_view found, right;
};
inline constexpr std::array kSpellings = {
    Spelling{"⊕", "'+' or 'xor'"},  Spelling{"∧", "'&' or 'and'"}, Spelling{"∨", "'|' or 'or'"},
    Spelling{"¬", "'!' or 'not'"},  Spelling{"·", "'*'"},          Spelling{"⋅", "'*'"},
    Spelling{"×", "'*'"},           Spelling{"∙", "'*'"},          Spelling{"⊙", "'*'"},
    Spelling{"−", "'-'"},           Spelling{"–", "'-'"},          Spelling{"\u00a0", "an ordinary blank"},
    Spelling{"'", "'!' before it"}, Spelling{"{", "'('"},          Spelling{"}", "')'"}};

struct Function {
  std::string_view name;
  Op op;
  std::size_t least, most;  ///< operands
  std::string_view usage;
};
inline constexpr std::array kFunctions = {
    Function{"table", Op::table, 1, kMostTableInputs, "table(0xE8, x1, x2, x3)"},
    Function{"maj", Op::majority, 3, 3, "maj(x1, x2, x3)"},
    Function{"mux", Op::choose, 3, 3, "mux(s, a, b): a where s is 1, else b"},
    Function{"threshold", Op::threshold, 1, 1 << 20, "threshold(2, x1, x2, x3)"}};

}  // namespace gforbit::expression
