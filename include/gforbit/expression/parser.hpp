/// The texts of expressions: the one parser for all of them.
///
///     expression = "not" expression | either
///     either     = sum { ("|" | "or") sum }
///     sum        = product { ("+" | "-" | "xor") product }
///     product    = signed { ("*" | "&" | "and") signed }
///     signed     = "-" signed | power
///     power      = operand [ "^" integer ]
///     operand    = ("!" | "~") operand | "(" expression ")" | integer | "a" | cell | function "(" ... ")"
///     cell       = name integer | name "[" integer "]"
///
/// Blanks between tokens are ignored. & | ! ~ xor and or not and the functions are those of GF(2). Where one
/// level has both & or | and + - or *, it needs parentheses, because people read it in two ways.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/expression/expression.hpp"

namespace gforbit::expression {

/// Cells name0 .. name{count-1}, which are the cells `first`, first + 1, ... of the expression.
struct Cells {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t first = 0;
};

/// Reads `text` and calls `sink` for its parts.
/// @param what  what the text is, the first word of messages: "feedback"
/// @return  what the sink made of the whole
/// @throws core::InputError  with the position (1-based character), what was expected there and the right
///   spelling where one is meant, and the text around it with what was found in brackets
Id parse(std::string_view text, const galois::Field& field, std::span<const Cells> cells,
         std::string_view what, Sink& sink);

/// The text as a graph.
[[nodiscard]] Expression parse_expression(std::string_view text, const galois::Field& field,
                                          std::span<const Cells> cells, std::string_view what = "feedback");

/// Whether expressions have this word, so that no cells can be called so: an operator or a function.
[[nodiscard]] bool is_word(std::string_view name);

/// "there is no cell x9: a register of degree 4 has x0..x3".
[[nodiscard]] std::string no_such_cell(const Cells& cells, std::string_view number);

/// A polynomial in x: elements as coefficients, parentheses, + - * ^; over GF(2) also `0x1002D`, where bit i
/// is the coefficient of x^i. Coefficients low to high, the last one not 0; empty for 0.
/// @throws core::InputError  as parse(); a degree above `most`; too much to multiply out
[[nodiscard]] std::vector<Element> parse_polynomial(std::string_view text, const galois::Field& field,
                                                    std::uint64_t most);

/// Hexadecimal digits behind `0x`: bit i of the number is bit i % 64 of word i / 64. Empty: it is none.
[[nodiscard]] Table parse_hex(std::string_view text);

}  // namespace gforbit::expression
