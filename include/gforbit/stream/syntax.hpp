/// The text of a pipeline and of its expressions as trees. Every node knows where it stands, so whatever is
/// found wrong later can point at the character.
///
///     pipeline   = sequence { "|" sequence }      the same items to each; results merged by source index
///     sequence   = factor { "*" factor }          one after the other
///     factor     = name [ "(" [ argument { "," argument } ] ")" ] | "(" pipeline ")"
///     argument   = [ name "=" ] ( expression [ ":" expression ... ] | "(" name "=" expression, ... ")" )
///     expression = operators as in Python: or, and, not, comparisons, + -, * / %, unary -, ^
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/core/error.hpp"

namespace gforbit::stream {

/// An error at a character of a text; the message shows the place.
class SyntaxError : public core::InputError {
 public:
  /// @param position  0-based; the length of the text where it ends too early
  SyntaxError(std::string_view text, std::size_t position, const std::string& message);
};

/// The text is right, but what its source is to read is not there or wrong.
class SourceError : public SyntaxError {
 public:
  using SyntaxError::SyntaxError;
};

struct Expression {
  enum class Kind : std::uint8_t { integer, real, text, name, unary, binary, call, list, record };
  Kind kind{};
  std::size_t begin = 0, end = 0;  ///< characters [begin, end) of the text
  std::string word{};              ///< name, operator, function, or the text itself
  std::uint64_t natural = 0;       ///< of an integer
  bool is_too_large = false;       ///< an integer beyond 64 bits
  bool is_quoted = false;          ///< a name in backquotes
  double real = 0;                 ///< of integers too
  int height = 0;                  ///< operations on the longest way down; bounded, so that recursion is safe
  std::vector<Expression> operands{};
  std::vector<std::string> names{};  ///< of the operands of a record
};

struct Argument {
  std::string name{};  ///< empty: by position
  std::size_t begin = 0;
  Expression value{};
};

/// A term by its name, or a composition.
struct Syntax {
  enum class Kind : std::uint8_t { term, sequence, parallel };
  Kind kind{};
  std::size_t begin = 0;
  std::string name{};
  std::vector<Argument> arguments{};
  std::vector<Syntax> parts{};
};

/// @throws SyntaxError
[[nodiscard]] Syntax parse_pipeline(std::string_view text);
/// @throws SyntaxError
[[nodiscard]] Expression parse_expression(std::string_view text);

}  // namespace gforbit::stream
