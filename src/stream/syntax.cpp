#include "gforbit/stream/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gforbit/core/text.hpp"

namespace gforbit::stream {

namespace {

/// The text around `position` in one line, and a mark below it.
std::string shown(std::string_view text, std::size_t position) {
  constexpr std::size_t kBefore = 50, kAfter = 30;
  const std::size_t first = position > kBefore ? position - kBefore : 0;
  std::string line(text.substr(first, kBefore + kAfter));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return fmt::format("  {}\n  {}^", line, std::string(position - first, ' '));
}

enum class Token : std::uint8_t { end, integer, real, text, name, sign };

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { advance(); }

  Syntax whole_pipeline() {
    Syntax result = pipeline();
    expect_end("'*', '|' or the end of the pipeline");
    return result;
  }
  Expression whole_expression() {
    Expression result = expression();
    expect_end("an operator or the end of the expression");
    return result;
  }

 private:
  // ---- tokens ---------------------------------------------------------------------------------------------

  [[noreturn]] void fail(std::size_t at, const std::string& message) const {
    throw SyntaxError(text_, at, message);
  }
  [[noreturn]] void fail_expected(std::string_view what) const {
    fail(begin_, fmt::format("expected {}, found {}", what,
                             token_ == Token::end ? "the end"
                                                  : core::quoted(text_.substr(begin_, next_ - begin_), 30)));
  }
  void expect_end(std::string_view what) const {
    if (token_ != Token::end) fail_expected(what);
  }

  [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  void advance() {
    end_ = next_;
    while (next_ < text_.size() && (text_[next_] == ' ' || text_[next_] == '\t' || text_[next_] == '\n'))
      ++next_;
    begin_ = next_;
    is_quoted_ = false;
    if (next_ == text_.size()) {
      token_ = Token::end;
    } else if (is_digit(at(next_)) || (at(next_) == '.' && is_digit(at(next_ + 1)))) {
      number();
    } else if (is_letter(at(next_))) {
      while (is_letter(at(next_)) || is_digit(at(next_))) ++next_;
      token_ = Token::name;
      word_ = text_.substr(begin_, next_ - begin_);
      if (word_ == "and" || word_ == "or" || word_ == "not") token_ = Token::sign;
    } else if (at(next_) == '"' || at(next_) == '\'' || at(next_) == '`') {
      quoted();
    } else {
      sign();
    }
  }

  void number() {
    const auto digits = [&] {
      while (is_digit(at(next_))) ++next_;
    };
    token_ = Token::integer;
    digits();
    if (at(next_) == '.' && is_digit(at(next_ + 1))) {
      token_ = Token::real;
      ++next_;
      digits();
    }
    if (at(next_) == 'e' || at(next_) == 'E') {
      const std::size_t sign = at(next_ + 1) == '+' || at(next_ + 1) == '-' ? 1 : 0;
      if (!is_digit(at(next_ + 1 + sign))) fail(next_, "expected digits after the exponent");
      token_ = Token::real;
      next_ += 1 + sign;
      digits();
    }
    if (is_letter(at(next_))) fail(next_, "a number must not go on with a letter");
    word_ = text_.substr(begin_, next_ - begin_);
    const char* const last = word_.data() + word_.size();
    if (std::from_chars(word_.data(), last, real_).ec != std::errc{})
      fail(begin_, "this number is too large");
    natural_ = 0;
    is_too_large_ =
        token_ == Token::integer && std::from_chars(word_.data(), last, natural_).ec != std::errc{};
  }

  void quoted() {
    const char mark = at(next_++);
    word_.clear();
    while (at(next_) != mark) {
      if (next_ >= text_.size()) fail(begin_, "this text is not closed by its quotation mark");
      if (at(next_) == '\\' && next_ + 1 < text_.size()) ++next_;
      word_ += text_[next_++];
    }
    ++next_;
    token_ = mark == '`' ? Token::name : Token::text;
    is_quoted_ = true;
    if (token_ == Token::name && word_.empty()) fail(begin_, "a name must not be empty");
  }

  void sign() {
    static constexpr std::array<std::string_view, 4> kTwo{"==", "!=", "<=", ">="};
    const std::string_view two = text_.substr(next_, 2);
    const bool is_two = std::ranges::find(kTwo, two) != kTwo.end();
    if (!is_two && std::string_view("()*|,=:+-/%^<>").find(at(next_)) == std::string_view::npos)
      fail(next_, fmt::format("unexpected {}", core::quoted(text_.substr(next_, 1))));
    next_ += is_two ? 2 : 1;
    word_ = text_.substr(begin_, next_ - begin_);
    token_ = Token::sign;
  }

  [[nodiscard]] bool is(std::string_view sign) const { return token_ == Token::sign && word_ == sign; }
  bool accept(std::string_view sign) {
    if (!is(sign)) return false;
    advance();
    return true;
  }
  void expect(std::string_view sign, std::string_view what) {
    if (!accept(sign)) fail_expected(what);
  }

  // ---- pipelines ------------------------------------------------------------------------------------------

  Syntax pipeline() {
    return composition("|", Syntax::Kind::parallel, [this] {
      return composition("*", Syntax::Kind::sequence, [this] { return factor(); });
    });
  }

  template <class Part>
  Syntax composition(std::string_view sign, Syntax::Kind kind, Part part) {
    Syntax first = part();
    if (!is(sign)) return first;
    Syntax all{.kind = kind, .begin = first.begin};
    all.parts.push_back(std::move(first));
    while (accept(sign)) all.parts.push_back(part());
    return all;
  }

  static constexpr int kMostTerms = 2000;  // what is checked of each grows with those before it

  Syntax factor() {
    const Nesting nesting(*this);
    if (accept("(")) {
      Syntax inner = pipeline();
      expect(")", "')', '*' or '|'");
      return inner;
    }
    if (token_ != Token::name || is_quoted_) fail_expected("a term or '('");
    if (++n_terms_ > kMostTerms)
      fail(begin_, fmt::format("a pipeline has at most {} terms: divide it", kMostTerms));
    Syntax term{.kind = Syntax::Kind::term, .begin = begin_, .name = word_};
    advance();
    if (!accept("(")) return term;
    if (accept(")")) return term;
    do {
      term.arguments.push_back(argument());
    } while (accept(","));
    expect(")", "',' or ')'");
    return term;
  }

  Argument argument() {
    Argument result{.begin = begin_};
    if (is_name_of_value(next_)) {
      result.name = word_;
      advance();
      advance();
    }
    if (is("(") && is_record()) {
      result.value = record();
      return result;
    }
    result.value = expression();
    if (is(":")) {
      Expression list{.kind = Expression::Kind::list, .begin = result.value.begin};
      list.operands.push_back(std::move(result.value));
      while (accept(":")) list.operands.push_back(expression());
      list.end = end_;
      result.value = std::move(list);
    }
    return result;
  }

  /// A name stands here, and behind `after` an equals sign.
  [[nodiscard]] bool is_name_of_value(std::size_t after) const {
    if (token_ != Token::name && token_ != Token::text) return false;
    while (at(after) == ' ') ++after;
    return at(after) == '=' && at(after + 1) != '=';
  }
  /// Behind the parenthesis that stands here.
  [[nodiscard]] bool is_record() const {
    Parser ahead = *this;
    ahead.advance();
    return ahead.is_name_of_value(ahead.next_);
  }
  /// (a=x, b=y)
  Expression record() {
    Expression result{.kind = Expression::Kind::record, .begin = begin_};
    do {
      advance();
      if (!is_name_of_value(next_)) fail_expected("a name and '='");
      result.names.push_back(word_);
      advance();
      advance();
      result.operands.push_back(expression());
    } while (is(","));
    expect(")", "',' or ')'");
    close(result);
    return result;
  }

  // ---- expressions ----------------------------------------------------------------------------------------

  /// Depth is bounded, so that no text overflows the stack.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      constexpr int kDeepest = 400;  // two for each parenthesis
      if (++parser_.depth_ > kDeepest) parser_.fail(parser_.begin_, "nested too deeply");
    }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  static constexpr int kHighest = 1000;  ///< of an expression
  using Signs = std::array<std::string_view, 6>;

  [[nodiscard]] bool is_one_of(const Signs& signs) const {
    return token_ == Token::sign && !word_.empty() && std::ranges::find(signs, word_) != signs.end();
  }

  Expression expression() {
    return from_left({"or"}, [this] { return from_left({"and"}, [this] { return negation(); }); });
  }

  /// Operands of one precedence: a - b - c is (a - b) - c.
  template <class Operand>
  Expression from_left(const Signs& signs, Operand operand) {
    Expression left = operand();
    while (is_one_of(signs)) left = both(std::move(left), operand);
    return left;
  }

  /// `left`, the operator that stands here, and what follows.
  template <class Operand>
  Expression both(Expression left, Operand operand) {
    Expression result{.kind = Expression::Kind::binary, .begin = left.begin, .word = word_};
    advance();
    result.operands.push_back(std::move(left));
    result.operands.push_back(operand());
    close(result);
    return result;
  }

  Expression negation() {
    const Nesting nesting(*this);
    if (!is("not")) return comparison();
    return of_one([this] { return negation(); });
  }

  template <class Operand>
  Expression of_one(Operand operand) {
    Expression result{.kind = Expression::Kind::unary, .begin = begin_, .word = word_};
    advance();
    result.operands.push_back(operand());
    close(result);
    return result;
  }

  Expression sum() {
    return from_left({"+", "-"}, [this] { return from_left({"*", "/", "%"}, [this] { return minus(); }); });
  }

  /// a < b < c is a < b and b < c.
  Expression comparison() {
    static constexpr Signs kSigns{"==", "!=", "<", "<=", ">", ">="};
    constexpr int kHighestMiddle = 8;  // it is worked out twice
    Expression all = sum();
    if (!is_one_of(kSigns)) return all;
    all = both(std::move(all), [this] { return sum(); });
    for (Expression middle = all.operands[1]; is_one_of(kSigns);) {
      if (middle.height > kHighestMiddle)
        fail(middle.begin,
             "too long for the middle of a comparison: make a column of it with map(...) first");
      Expression next = both(std::move(middle), [this] { return sum(); });
      middle = next.operands[1];
      Expression joined{.kind = Expression::Kind::binary, .begin = all.begin, .word = "and"};
      joined.operands.push_back(std::move(all));
      joined.operands.push_back(std::move(next));
      close(joined);
      all = std::move(joined);
    }
    return all;
  }

  Expression minus() {
    const Nesting nesting(*this);
    if (!is("-")) return power();
    return of_one([this] { return minus(); });
  }

  Expression power() {
    Expression base = primary();
    if (!is("^")) return base;
    return both(std::move(base), [this] { return minus(); });
  }

  Expression primary() {
    const std::size_t begin = begin_;
    if (accept("(")) {
      Expression inner = expression();
      expect(")", "')' or an operator");
      inner.begin = begin;
      inner.end = end_;
      return inner;
    }
    Expression result{.begin = begin_,
                      .word = word_,
                      .natural = natural_,
                      .is_too_large = is_too_large_,
                      .is_quoted = is_quoted_,
                      .real = real_};
    switch (token_) {
      case Token::integer:
        result.kind = Expression::Kind::integer;
        break;
      case Token::real:
        result.kind = Expression::Kind::real;
        break;
      case Token::text:
        result.kind = Expression::Kind::text;
        break;
      case Token::name:
        result.kind = Expression::Kind::name;
        break;
      default:
        fail_expected("a value");
    }
    advance();
    if (result.kind == Expression::Kind::name && !result.is_quoted && accept("(")) {
      result.kind = Expression::Kind::call;
      if (!is(")")) {
        do {
          result.operands.push_back(expression());
        } while (accept(","));
      }
      expect(")", "',' or ')'");
    }
    close(result);
    return result;
  }

  /// The end of an expression whose operands are complete.
  void close(Expression& e) const {
    e.end = end_;
    for (const Expression& operand : e.operands) e.height = std::max(e.height, operand.height + 1);
    if (e.height > kHighest)
      fail(e.begin, fmt::format("more than {} operations in a row: make columns of parts with map(...) first",
                                kHighest));
  }

  std::string_view text_;
  std::size_t begin_ = 0, next_ = 0;  ///< of the current token
  std::size_t end_ = 0;               ///< of the token before
  Token token_{};
  std::string word_;
  std::uint64_t natural_ = 0;
  bool is_too_large_ = false, is_quoted_ = false;
  double real_ = 0;
  int depth_ = 0;
  int n_terms_ = 0;
};

}  // namespace

SyntaxError::SyntaxError(std::string_view text, std::size_t position, const std::string& message)
    : core::InputError(fmt::format("character {}: {}\n{}", position + 1, message, shown(text, position))) {}

Syntax parse_pipeline(std::string_view text) {
  return Parser(text).whole_pipeline();
}

Expression parse_expression(std::string_view text) {
  return Parser(text).whole_expression();
}

}  // namespace gforbit::stream
