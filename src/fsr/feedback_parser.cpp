// Feedback::parse. Grammar, blanks between tokens ignored:
//
//     sum     = product { "+" product }
//     product = operand { "*" operand }
//     operand = integer | "x" integer [ "^" integer ]          (no blank between x and its number)
//
// No recursion, so the length of a text is bounded by memory alone. Characters before an error are all ASCII
// (any other would have been the error), so byte positions are character positions.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "gforbit/fsr/feedback.hpp"
#include "limits.hpp"
#include "normal_form.hpp"

namespace gforbit::fsr {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kContext = 24;  // characters of the text shown on either side of an error
constexpr std::size_t kCollectEvery = 1 << 16;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Bytes of the first character of a text that is not empty.
std::size_t utf8_length(std::string_view text) {
  std::size_t length = 1;
  while (length < std::min<std::size_t>(text.size(), 4) &&
         (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
    ++length;
  }
  return length;
}

/// One line that any log can take: control characters and bytes beyond ASCII as \xNN.
std::string printable(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      line += c;
    } else {
      line += fmt::format("\\x{:02x}", byte);
    }
  }
  return line;
}

/// A long token keeps its beginning.
std::string shortened(std::string_view token) {
  return token.size() <= kContext ? printable(token) : printable(token.substr(0, kContext)) + "...";
}

class Parser {
 public:
  Parser(const galois::Field& field, int degree, std::string_view text)
      : field_(field), degree_(degree), text_(text) {}

  std::vector<Term> sum() {
    skip_blanks();
    if (at_end())
      throw core::InputError("the feedback is empty: write a polynomial such as x0 + x3 + 1, or 0");
    std::vector<Term> terms;
    std::size_t collect_at = kCollectEvery;
    do {
      terms.push_back(product());
      if (terms.size() >=
          collect_at) {  // so that memory follows the distinct terms, not the length of the text
        collect(field_, terms);
        collect_at = 2 * terms.size() + kCollectEvery;
      }
    } while (accept('+'));
    if (!at_end()) fail_here("expected '+', '*' (products need it) or the end of the text");
    collect(field_, terms);
    return terms;
  }

 private:
  Term product() {
    Term term{1, {}};
    do {
      operand(term);
      skip_blanks();
    } while (accept('*'));
    normalize(field_, term.factors);
    return term;
  }

  void operand(Term& term) {
    skip_blanks();
    if (!at_end() && text_[position_] == 'x') {
      ++position_;
      term.factors.push_back(power_of_cell());
    } else if (!at_end() && is_digit(text_[position_])) {
      term.coefficient = field_.multiply(term.coefficient, element());
    } else {
      fail_here("expected a cell such as x0 or an element of the field");
    }
  }

  galois::Element element() {
    const std::size_t start = position_;
    const std::string_view digits = take_digits();
    const auto value = core::parse_u64(digits);
    if (!value || !field_.contains(*value)) {
      fail(start, digits.size(),
           fmt::format("coefficient {} is {}", shortened(digits), not_an_element(field_)));
    }
    skip_blanks();
    if (!at_end() && text_[position_] == '^') {
      fail_here("only cells have exponents; write the value of the power as an element");
    }
    return *value;
  }

  Factor power_of_cell() {
    const std::size_t start = position_ - 1;
    const std::string_view digits = take_digits();
    if (digits.empty()) fail_here("expected the number of a cell right after 'x'");
    const auto cell = core::parse_u64(digits);
    if (!cell || *cell >= static_cast<std::uint64_t>(degree_)) {
      fail(start, digits.size() + 1, no_such_cell(shortened(digits), degree_));
    }
    skip_blanks();
    return {static_cast<int>(*cell), accept('^') ? exponent() : 1};
  }

  std::uint64_t exponent() {
    skip_blanks();
    const std::size_t start = position_;
    const std::string_view digits = take_digits();
    if (digits.empty()) fail_here("expected an exponent, a number without sign, after '^'");
    const auto value = core::parse_u64(digits);
    if (!value) {
      fail(start, digits.size(),
           fmt::format(
               "exponent {} is too large: the largest is {}; x^{} is the same function as x over GF({})",
               shortened(digits), ~std::uint64_t{0}, field_.order(), field_.order()));
    }
    return *value;
  }

  [[nodiscard]] bool at_end() const { return position_ == text_.size(); }

  void skip_blanks() { position_ = std::min(text_.find_first_not_of(kBlanks, position_), text_.size()); }

  std::string_view take_digits() {
    const std::size_t start = position_;
    while (!at_end() && is_digit(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  bool accept(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  /// The text has something else here than `expected` says.
  [[noreturn]] void fail_here(std::string_view expected) const {
    if (at_end()) fail(position_, 0, fmt::format("{}, found the end of the text", expected));
    const std::string_view found = text_.substr(position_, utf8_length(text_.substr(position_)));
    std::string message = fmt::format("{}, found '{}'", expected, printable(found));
    if (found == "-") {
      message += fmt::format(" (there is no minus: a coefficient is an element, -1 is {} in GF({}))",
                             field_.negate(1), field_.order());
    } else if (found == "(" || found == ")") {
      message += " (there are no parentheses: multiply the product out)";
    } else if (found == "*" && position_ > 0 && text_[position_ - 1] == '*') {
      message += " (powers are written with '^')";
    }
    fail(position_, found.size(), message);
  }

  [[noreturn]] void fail(std::size_t start, std::size_t length, std::string_view message) const {
    const std::size_t left = start > kContext ? start - kContext : 0;
    const std::size_t right = std::min(text_.size(), start + length + kContext);
    const std::string mark = length == 0 ? "end" : shortened(text_.substr(start, length));
    throw core::InputError(fmt::format("feedback, character {}: {}; in '{}{}[{}]{}{}'", start + 1, message,
                                       left > 0 ? "..." : "", printable(text_.substr(left, start - left)),
                                       mark, printable(text_.substr(start + length, right - start - length)),
                                       right < text_.size() ? "..." : ""));
  }

  const galois::Field& field_;
  int degree_;
  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

Feedback Feedback::parse(const galois::Field& field, int degree, std::string_view text) {
  check_degree(degree);
  return {field, degree, Parser(field, degree, text).sum()};
}

}  // namespace gforbit::fsr
