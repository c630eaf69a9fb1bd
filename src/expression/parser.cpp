// The parser: recursive descent, one function a level of the grammar. Only parentheses, functions and signs
// recurse, to a bounded depth, so the length of a text is bounded by memory alone.
#include "gforbit/expression/parser.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"
#include "place.hpp"
#include "words.hpp"

namespace gforbit::expression {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr int kMostNested = 200;

class Parser {
 public:
  Parser(std::string_view text, const galois::Field& field, std::span<const Cells> cells,
         std::string_view what, Sink& sink)
      : text_(text), field_(field), cells_(cells), what_(what), sink_(sink) {}

  Id whole() {
    skip_blanks();
    if (at_end()) {
      throw core::InputError(fmt::format(
          "the {0} is empty: write {1}", what_,
          is_polynomial() ? "a polynomial such as x^4 + x + 1"
                          : fmt::format("an expression such as {0}0 + {0}3 + 1, or 0", cells_[0].name)));
    }
    const Id id = expression();
    skip_blanks();
    if (!at_end()) fail_here("expected an operator (products need '*') or the end of the text");
    return id;
  }

 private:
  /// What one level without parentheses has: the first operator of each kind.
  struct Level {
    std::optional<std::size_t> arithmetic, logic;
  };

  /// Counts what recurses.
  class Deeper {
   public:
    explicit Deeper(Parser& parser) : depth_(parser.depth_) {
      if (++depth_ > kMostNested) {
        const std::size_t at = std::min(parser.position_, parser.text_.size());
        parser.fail(at, at < parser.text_.size() ? 1 : 0,
                    fmt::format("nested more than {} levels deep", kMostNested));
      }
    }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    int& depth_;
  };

  // ---- the grammar ----------------------------------------------------------------------------------------

  Id expression() {
    const Deeper deeper(*this);
    skip_blanks();
    if (word_here() == kNot) {
      require_bits(kNot, kNot.size());
      position_ += kNot.size();
      return complement(expression());
    }
    Level level;
    return either(level);
  }

  Id either(Level& level) {
    const Id first = sum(level);
    if (operator_here() != Operator::either) return first;
    std::vector<Id> operands{first};
    while (operator_here() == Operator::either) {
      take_operator(level, Operator::either);
      operands.push_back(sum(level));
    }
    return sink_.function(Op::either, 0, operands);
  }

  Id sum(Level& level) {
    const Id first = product(level);
    std::vector<Id> operands;
    for (;;) {
      const Operator op = operator_here();
      if (op != Operator::plus && op != Operator::minus && op != Operator::exclusive) break;
      if (operands.empty()) operands.push_back(first);
      take_operator(level, op);
      const Id next = product(level);
      operands.push_back(op == Operator::minus ? negative(next) : next);
    }
    return operands.empty() ? first : sink_.sum(operands);
  }

  Id product(Level& level) {
    const Id first = with_sign(level);
    std::vector<Id> operands;
    for (;;) {
      const Operator op = operator_here();
      if (op != Operator::times && op != Operator::both) break;
      if (operands.empty()) operands.push_back(first);
      take_operator(level, op);
      operands.push_back(with_sign(level));
    }
    return operands.empty() ? first : sink_.product(operands);
  }

  Id with_sign(Level& level) {
    skip_blanks();
    if (!starts_with("-")) return power();
    const Deeper deeper(*this);
    ++position_;
    return negative(with_sign(level));
  }

  Id power() {
    const Id base = operand();
    skip_blanks();
    if (!starts_with("^")) return base;
    const std::size_t sign = position_++;
    const std::uint64_t value = exponent(sign);
    const Id result = sink_.power(base, value);
    skip_blanks();
    if (starts_with("^")) fail_here("a power of a power needs parentheses");
    return result;
  }

  std::uint64_t exponent(std::size_t sign) {
    skip_blanks();
    const std::size_t start = position_;
    const std::string_view digits = take_digits();
    if (digits.empty()) {
      const std::string_view meant = is_polynomial() ? ""
                                     : field_.order() > 2
                                         ? " ('^' is a power; a sum is written '+')"
                                         : " ('^' is a power; exclusive or is written 'xor' or '+')";
      fail_here("expected an exponent, a number without sign, after '^'", meant);
    }
    const auto value = core::parse_u64(digits);
    if (!value) {
      fail(
          start, digits.size(),
          is_polynomial()
              ? fmt::format("exponent {} is too large", shortened(digits))
              : fmt::format(
                    "exponent {} is too large: the largest is {}; x^{} is the same function as x over GF({})",
                    shortened(digits), ~std::uint64_t{0}, field_.order(), field_.order()));
    }
    if (*value <= 1 && field_.order() == 2 && !is_polynomial()) {
      fail(sign, position_ - sign,
           fmt::format("'^{}' is a power here: exclusive or is written 'xor {}' or '+ {}'", *value, *value,
                       *value));
    }
    return *value;
  }

  Id operand() {
    skip_blanks();
    if (at_end()) fail_here(expected_operand());
    const char c = text_[position_];
    if (c == '!' || c == '~') {
      require_bits(text_.substr(position_, 1), 1);
      const Deeper deeper(*this);
      ++position_;
      return complement(operand());
    }
    if (c == '(') {
      const std::size_t opened = position_++;
      const Id id = expression();
      skip_blanks();
      if (!starts_with(")"))
        fail_here(fmt::format("expected an operator or the ')' of the '(' at character {}", opened + 1));
      ++position_;
      return id;
    }
    if (is_digit(c)) return element();
    if (is_letter(c)) return word();
    fail_here(expected_operand());
  }

  Id element() {
    const std::size_t start = position_;
    const std::string_view digits = take_digits();
    const auto value = core::parse_u64(digits);
    if (!at_end() && is_letter(text_[position_])) {
      if (digits == "0" && starts_with("x")) fail_here("an element is a decimal number");
      fail_here("expected an operator (products need '*') or the end of the text");
    }
    if (!value || !field_.contains(*value)) {
      fail(start, digits.size(),
           fmt::format("coefficient {} is not an element of GF({}): it must be in 0..{}", shortened(digits),
                       field_.order(), field_.order() - 1));
    }
    return sink_.constant(*value);
  }

  /// A cell, the root of the modulus or a function.
  Id word() {
    const std::size_t start = position_;
    const std::string_view word = word_here();
    for (const Cells& cells : cells_) {
      if (is_polynomial() && word == cells.name) {
        position_ += word.size();
        return sink_.cell(0);
      }
      if (!is_polynomial() && is_name_of(cells, word)) return cell(cells);
    }
    if (word == "a") return root();
    for (const Function& function : kFunctions) {
      if (word != function.name || is_polynomial()) continue;
      require_bits(function.name, word.size());
      position_ += word.size();
      return call(function, start);
    }
    fail_at_word(word);
  }

  /// `name` alone or followed by digits only.
  static bool is_name_of(const Cells& cells, std::string_view word) {
    return word.starts_with(cells.name) &&
           std::all_of(word.begin() + static_cast<std::ptrdiff_t>(cells.name.size()), word.end(), is_digit);
  }

  Id cell(const Cells& cells) {
    const std::size_t start = position_;
    position_ += cells.name.size();
    const bool bracket = starts_with("[");
    if (bracket) {
      ++position_;
      skip_blanks();
    }
    const std::string_view digits = take_digits();
    if (digits.empty()) {
      fail_here(bracket ? fmt::format("expected the number of a cell, as in {}[0]", cells.name)
                        : fmt::format("expected the number of a cell right after '{}'", cells.name));
    }
    if (bracket) {
      skip_blanks();
      if (!starts_with("]")) fail_here("expected ']'");
      ++position_;
    }
    const auto number = core::parse_u64(digits);
    if (!number || *number >= cells.count)
      fail(start, position_ - start, no_such_cell(cells, shortened(digits)));
    return sink_.cell(cells.first + *number);
  }

  Id root() {
    if (field_.extension_degree() == 1) {
      fail(position_, 1,
           fmt::format("a is the root of the modulus, and GF({}), a prime field, has none", field_.order()));
    }
    ++position_;
    return sink_.constant(field_.characteristic());
  }

  Id call(const Function& function, std::size_t start) {
    const Deeper deeper(*this);
    skip_blanks();
    if (!starts_with("(")) fail_here(fmt::format("expected '(', as in {}", function.usage));
    ++position_;
    std::uint64_t value = 0;
    Table table;
    std::size_t value_at = 0, value_size = 0;
    if (function.op == Op::table || function.op == Op::threshold) {
      skip_blanks();
      value_at = position_;
      if (function.op == Op::table) {
        table = truth_table();
      } else {
        value = count();
      }
      value_size = position_ - value_at;
    }
    std::vector<Id> operands;
    for (;;) {
      skip_blanks();
      const bool first = operands.empty() && value_size == 0;
      if (starts_with(")") && !first) break;
      if (!first) {
        if (!starts_with(",")) fail_here("expected an operator, ',' or ')'");
        ++position_;
      }
      operands.push_back(expression());
    }
    ++position_;
    if (operands.size() < function.least || operands.size() > function.most) {
      fail(start, position_ - start,
           fmt::format("{} takes {}, and here are {}: {}", function.name,
                       function.least == function.most
                           ? fmt::format("{} operands", function.least)
                           : fmt::format("{} to {} operands", function.least, function.most),
                       operands.size(), function.usage));
    }
    if (function.op == Op::table) {
      check_table(table, operands.size(), value_at, value_size);
      value = sink_.table(std::move(table));
    }
    return sink_.function(function.op, value, operands);
  }

  Table truth_table() {
    const std::size_t start = position_;
    while (!at_end() && (is_digit(text_[position_]) || is_letter(text_[position_]))) ++position_;
    Table table = parse_hex(text_.substr(start, position_ - start));
    if (table.empty()) {
      position_ = start;
      fail_here("expected the truth table as a hexadecimal number, as in table(0xE8, x1, x2, x3)");
    }
    return table;
  }

  std::uint64_t count() {
    const std::size_t start = position_;
    const std::string_view digits = take_digits();
    if (digits.empty()) fail_here("expected a number, as in threshold(2, x1, x2, x3)");
    const auto value = core::parse_u64(digits);
    if (!value) fail(start, digits.size(), "the number is too large");
    return *value;
  }

  /// @param start, length  where the table is
  void check_table(Table& table, std::size_t inputs, std::size_t start, std::size_t length) const {
    const std::size_t bits = std::size_t{1} << inputs;
    const std::size_t words = std::max<std::size_t>(bits / 64, 1);
    const std::uint64_t above = bits >= 64 ? 0 : ~std::uint64_t{0} << bits;
    const bool fits = std::all_of(table.begin() + static_cast<std::ptrdiff_t>(std::min(words, table.size())),
                                  table.end(), [](auto word) { return word == 0; }) &&
                      (table[0] & above) == 0;
    if (!fits) {
      fail(start, length,
           fmt::format("the truth table of {} has {} bits, {} hexadecimal digits at most",
                       core::counted(inputs, "input"), bits, std::max<std::size_t>(bits / 4, 1)));
    }
    table.resize(words, 0);
  }

  // ---- what the sink makes --------------------------------------------------------------------------------

  Id complement(Id id) {
    const std::array<Id, 2> operands{id, sink_.constant(1)};
    return sink_.sum(operands);
  }

  Id negative(Id id) {
    const Element minus_one = field_.negate(1);
    if (minus_one == 1) return id;
    const std::array<Id, 2> operands{sink_.constant(minus_one), id};
    return sink_.product(operands);
  }

  // ---- operators ------------------------------------------------------------------------------------------

  Operator operator_here() {
    skip_blanks();
    if (at_end()) return Operator::none;
    switch (text_[position_]) {
      case '+':
        return Operator::plus;
      case '-':
        return Operator::minus;
      case '*':
        return Operator::times;
      case '&':
        return Operator::both;
      case '|':
        return Operator::either;
      default:
        break;
    }
    return operator_named(word_here());
  }

  void take_operator(Level& level, Operator op) {
    const std::size_t start = position_;
    const std::string_view word = word_here();
    position_ += std::max<std::size_t>(word.size(), 1);
    if (op == Operator::exclusive || op == Operator::both || op == Operator::either)
      require_bits(text_.substr(start, position_ - start), 0);
    const std::string_view doubled = text_.substr(start, 2);
    if (doubled == "**") fail_here("expected a factor", " (powers are written with '^')");
    if (doubled == "&&" || doubled == "||")
      fail_here("expected an operand", fmt::format(" (write '{}' once)", doubled[0]));
    if (op == Operator::exclusive) return;
    const bool logic = op == Operator::both || op == Operator::either;
    (logic ? level.logic : level.arithmetic) = start;
    if (!level.arithmetic || !level.logic) return;
    fail(start, position_ - start,
         "'&' and '|' beside '+', '-' or '*' need parentheses: (x0 + x1) & x2, or x0 + (x1 & x2)");
  }

  void require_bits(std::string_view found, std::size_t length) {
    if (field_.order() == 2 && !is_polynomial()) return;
    const std::size_t start = length > 0 ? position_ : position_ - found.size();
    fail(start, found.size(),
         is_polynomial() ? fmt::format("'{}' has no meaning in a polynomial", found)
                         : fmt::format("'{}' is an operation of GF(2), and this register is over GF({})",
                                       found, field_.order()));
  }

  // ---- tokens ---------------------------------------------------------------------------------------------

  [[nodiscard]] bool is_polynomial() const { return cells_.size() == 1 && cells_[0].count == 0; }
  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] bool starts_with(std::string_view token) const {
    return text_.substr(position_).starts_with(token);
  }
  void skip_blanks() { position_ = std::min(text_.find_first_not_of(kBlanks, position_), text_.size()); }

  std::string_view take_digits() {
    const std::size_t start = position_;
    while (!at_end() && is_digit(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  /// Letters, digits and _ from here on, beginning with a letter.
  [[nodiscard]] std::string_view word_here() const {
    std::size_t end = position_;
    if (end < text_.size() && is_letter(text_[end])) {
      while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    }
    return text_.substr(position_, end - position_);
  }

  // ---- errors ---------------------------------------------------------------------------------------------

  [[nodiscard]] std::string expected_operand() const {
    return is_polynomial()
               ? "expected x or an element of the field"
               : fmt::format("expected a cell such as {}0, an element of the field or '('", cells_[0].name);
  }

  [[noreturn]] void fail_at_word(std::string_view word) const {
    const auto wrong = [&](const std::string& message) { fail(position_, word.size(), message); };
    const std::string& name = cells_[0].name;
    if (word == kNot)
      wrong("'not' is for all that follows: put 'not ...' into parentheses, or write '!' for one operand");
    if (operator_named(word) != Operator::none) fail_here(expected_operand());
    std::string small(word);
    std::ranges::transform(small, small.begin(),
                           [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    std::erase(small, '_');
    if (is_polynomial()) {
      if (small == name) wrong("the variable is written x");
      if (is_name_of(cells_[0], small))
        wrong(fmt::format("a power is written {}^{}", name, small.substr(name.size())));
      fail_here(expected_operand());
    }
    if (small == name) wrong(fmt::format("cells are written {0}0, {0}1, ... or {0}[0]", name));
    for (const Cells& cells : cells_) {
      if (small.size() > cells.name.size() && is_name_of(cells, small))
        wrong(fmt::format("a cell is written {}", shortened(small)));
    }
    if (const std::string product = as_product(word); !product.empty())
      wrong(fmt::format("a product needs '*': {}", shortened(product)));
    std::vector<std::string> names;
    for (const Function& function : kFunctions) names.emplace_back(function.name);
    const auto near = core::nearest_name(small, names);
    if (!near) fail_at_other_register(word);
    fail_here(expected_operand(), near ? fmt::format(" (did you mean {}(...)?)", *near) : "");
  }

  /// The word may be the cell of a register that the system does not have.
  void fail_at_other_register(std::string_view word) const {
    if (cells_.size() == 1 && cells_[0].name == "x") return;  // perhaps no system
    const std::size_t end = word.find_last_not_of("0123456789") + 1;
    const std::size_t behind = position_ + word.size();
    if (end == word.size() && (behind >= text_.size() || text_[behind] != '[')) return;
    std::string names;
    for (const Cells& cells : cells_) names += (names.empty() ? "" : ", ") + cells.name;
    fail(position_, word.size(),
         fmt::format("there is no register {}: the system has {}",
                     shortened(std::string(word.substr(0, end))), names));
  }

  /// `x0x1` as `x0*x1`; empty: the word is no product of cells.
  [[nodiscard]] std::string as_product(std::string_view word) const {
    std::string product;
    while (!word.empty()) {
      const auto at = std::ranges::find_if(cells_, [&](const Cells& cells) {
        return word.starts_with(cells.name) && word.size() > cells.name.size() &&
               is_digit(word[cells.name.size()]);
      });
      if (at == cells_.end()) return "";
      std::size_t end = at->name.size();
      while (end < word.size() && is_digit(word[end])) ++end;
      product += (product.empty() ? "" : "*") + std::string(word.substr(0, end));
      word.remove_prefix(end);
    }
    return product;
  }

  /// The text has something else here than `expected` says.
  [[noreturn]] void fail_here(std::string_view expected, std::string_view remark = "") const {
    if (at_end()) fail(position_, 0, fmt::format("{}, found the end of the text{}", expected, remark));
    const std::string_view rest = text_.substr(position_);
    const std::string_view found = rest.substr(0, std::max<std::size_t>(core::utf8_length(rest), 1));
    std::string message = fmt::format("{}, found '{}'{}", expected, printable(found), remark);
    const auto* const spelling = std::ranges::find(kSpellings, found, &Spelling::found);
    if (spelling != kSpellings.end()) message += fmt::format(": write {}", spelling->right);
    fail(position_, found.size(), message);
  }

  [[noreturn]] void fail(std::size_t start, std::size_t length, std::string_view message) const {
    fail_at(what_, text_, start, length, message);
  }

  std::string_view text_;
  const galois::Field& field_;
  std::span<const Cells> cells_;
  std::string_view what_;
  Sink& sink_;
  std::size_t position_ = 0;
  int depth_ = 0;
};

}  // namespace

Id parse(std::string_view text, const galois::Field& field, std::span<const Cells> cells,
         std::string_view what, Sink& sink) {
  return Parser(text, field, cells, what, sink).whole();
}

Expression parse_expression(std::string_view text, const galois::Field& field, std::span<const Cells> cells,
                            std::string_view what) {
  Builder builder(field);
  const Id whole = parse(text, field, cells, what, builder);
  return builder.take(whole);
}

bool is_word(std::string_view name) {
  return name == kNot || operator_named(name) != Operator::none ||
         std::ranges::find(kFunctions, name, &Function::name) != kFunctions.end();
}

std::string no_such_cell(const Cells& cells, std::string_view number) {
  return cells.count == 1 ? fmt::format("there is no cell {0}{1}: a register of degree 1 has {0}0 only",
                                        cells.name, number)
                          : fmt::format("there is no cell {0}{1}: a register of degree {2} has {0}0..{0}{3}",
                                        cells.name, number, cells.count, cells.count - 1);
}

Table parse_hex(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return {};
  text.remove_prefix(2);
  Table words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[text.size() - 1 - i];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return {};
    if (i % 16 == 0) words.push_back(0);
    words.back() |= static_cast<std::uint64_t>(digit) << (i % 16 * 4);
  }
  return words;
}

}  // namespace gforbit::expression
