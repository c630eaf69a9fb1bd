// What the parser says about texts it cannot read, and that length alone is never a problem.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gforbit/core/error.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {
namespace {

using galois::Field;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(std::string_view text, std::uint64_t q = 5, int degree = 4) {
  try {
    return "accepted as " + Feedback::parse(Field::of_order(q), degree, text).text();
  } catch (const core::InputError& error) {
    return error.what();
  }
}

struct Malformed {
  std::string_view text;
  int position;
  std::string_view message;  // part of it
  std::string_view context;  // the end of it
  friend std::ostream& operator<<(std::ostream& out, const Malformed& m) { return out << m.text; }
};

class ParserErrors : public testing::TestWithParam<Malformed> {};

TEST_P(ParserErrors, NamePositionReasonAndContext) {
  const auto& [text, position, message, context] = GetParam();
  EXPECT_THAT(refusal(text),
              AllOf(StartsWith("feedback, character " + std::to_string(position) + ": "),
                    HasSubstr(std::string(message)), EndsWith("in '" + std::string(context) + "'")));
}

constexpr Malformed kMalformed[] = {
    {"x", 2, "expected the number of a cell right after 'x', found the end of the text", "x[end]"},
    {"x0 + x 1", 7, "expected the number of a cell right after 'x', found ' '", "x0 + x[ ]1"},
    {"x0 + x4 + 1", 6, "there is no cell x4: a register of degree 4 has x0..x3", "x0 + [x4] + 1"},
    {"x[4]", 1, "there is no cell x4: a register of degree 4 has x0..x3", "[x[4]]"},
    {"x[ ]", 4, "expected the number of a cell, as in x[0], found ']'", "x[ []]"},
    {"x[1", 4, "expected ']', found the end of the text", "x[1[end]"},
    {"x99999999999999999999", 1, "there is no cell x99999999999999999999:", "[x99999999999999999999]"},
    {"x0 + 5*x1", 6, "coefficient 5 is not an element of GF(5): it must be in 0..4", "x0 + [5]*x1"},
    {"99999999999999999999", 1, "is not an element of GF(5)", "[99999999999999999999]"},
    {"x0^-1", 4, "expected an exponent, a number without sign, after '^', found '-'", "x0^[-]1"},
    {"(x0 + 1*x1", 11, "expected an operator or the ')' of the '(' at character 1, found the end of the text",
     "(x0 + 1*x1[end]"},
    {"x0)", 3, "expected an operator (products need '*') or the end of the text, found ')'", "x0[)]"},
    {"()", 2, "expected a cell such as x0, an element of the field or '(', found ')'", "([)]"},
    {"x0 +", 5, "expected a cell such as x0, an element of the field or '(', found the end of the text",
     "x0 +[end]"},
    {"x0*", 4, "expected a cell such as x0, an element of the field or '(', found the end of the text",
     "x0*[end]"},
    {"+ x0", 1, "expected a cell such as x0", "[+] x0"},
    {"x0 + + x1", 6, "expected a cell such as x0", "x0 + [+] x1"},
    {"x0**2", 4, "found '*' (powers are written with '^')", "x0*[*]2"},
    {"2x0", 2, "expected an operator (products need '*') or the end of the text, found 'x'", "2[x]0"},
    {"x0 x1", 4, "expected an operator (products need '*') or the end of the text, found 'x'", "x0 [x]1"},
    {"x0x1", 1, "a product needs '*': x0*x1", "[x0x1]"},
    {"x0 + 2 3", 8, "expected an operator (products need '*') or the end of the text, found '3'",
     "x0 + 2 [3]"},
    {"x0^", 4, "expected an exponent", "x0^[end]"},
    {"x0^x1", 4,
     "expected an exponent, a number without sign, after '^', found 'x' ('^' is a power; a sum is written "
     "'+')",
     "x0^[x]1"},
    {"x0^2^3", 5, "a power of a power needs parentheses, found '^'", "x0^2[^]3"},
    {"x0^18446744073709551616", 4,
     "exponent 18446744073709551616 is too large: the largest is 18446744073709551615",
     "x0^[18446744073709551616]"},
    {"X0", 1, "a cell is written x0", "[X0]"},
    {"x_3", 1, "a cell is written x3", "[x_3]"},
    {"x0 + y", 6, "found 'y'", "x0 + [y]"},
    {"x0 + 0x3", 7, "an element is a decimal number, found 'x'", "x0 + 0[x]3"},
    {"x0 + a*x1", 6, "a is the root of the modulus, and GF(5), a prime field, has none", "x0 + [a]*x1"},
    {"x0 & x1", 4, "'&' is an operation of GF(2), and this register is over GF(5)", "x0 [&] x1"},
    {"x0 or x1", 4, "'or' is an operation of GF(2), and this register is over GF(5)", "x0 [or] x1"},
    {"maj(x0,x1,x2)", 1, "'maj' is an operation of GF(2), and this register is over GF(5)",
     "[maj](x0,x1,x2)"},
    {"x0\xe2\x88\x92x1", 3, "found '\xe2\x88\x92': write '-'", "x0[\xe2\x88\x92]x1"},  // U+2212, a minus
    {"x0 \xe2\x8a\x95 x1", 4, "found '\xe2\x8a\x95': write '+' or 'xor'", "x0 [\xe2\x8a\x95] x1"},  // U+2295
    {"x0 + \x01", 6, R"(found '\x01')", R"(x0 + [\x01])"},
    {"x0 + \xff", 6, R"(found '\xff')", R"(x0 + [\xff])"},
    {"x0 + x1*x2 + x3 + x0*x1 + x2 # x1 + x0*x1*x2*x3 + x0 + x1", 30, "found '#'",
     "...x1*x2 + x3 + x0*x1 + x2 [#] x1 + x0*x1*x2*x3 + x0 +..."},
};

INSTANTIATE_TEST_SUITE_P(Malformed, ParserErrors, testing::ValuesIn(kMalformed));

struct MalformedBits {
  std::string_view text;
  std::string_view message;  // a part of it
  friend std::ostream& operator<<(std::ostream& out, const MalformedBits& m) { return out << m.text; }
};

class ParserErrorsOfBits : public testing::TestWithParam<MalformedBits> {};

TEST_P(ParserErrorsOfBits, NameTheRightSpelling) {
  EXPECT_THAT(refusal(GetParam().text, 2), HasSubstr(std::string(GetParam().message)));
}

constexpr MalformedBits kMalformedBits[] = {
    {"x0 ^ x1", "'^' is a power; exclusive or is written 'xor' or '+'"},
    {"x0 ^ (x1 + x2)", "'^' is a power; exclusive or is written 'xor' or '+'"},
    {"x0 ^ 1", "character 4: '^1' is a power here: exclusive or is written 'xor 1' or '+ 1'"},
    {"x0^0", "exclusive or is written 'xor 0'"},
    {"x0 && x1", "(write '&' once)"},
    {"x0 || x1", "(write '|' once)"},
    {"x0 + x1 & x2", "character 9: '&' and '|' beside '+', '-' or '*' need parentheses"},
    {"x0 and x1*x2", "'&' and '|' beside '+', '-' or '*' need parentheses"},
    {"x0 and not x1", "character 8: 'not' is for all that follows: put 'not ...' into parentheses"},
    {"x0 and or x1", "found 'o'"},
    {"mayority(x0, x1, x2)", "found 'm'"},
    {"tble(0x8, x0, x1)", "did you mean table(...)?"},
    {"table(0x10, x0, x1)", "the truth table of 2 inputs has 4 bits, 1 hexadecimal digits at most"},
    {"table(8, x0, x1)", "expected the truth table as a hexadecimal number"},
    {"table(0x8)", "table takes 1 to 20 operands, and here are 0"},
    {"maj(x0, x1)", "maj takes 3 operands, and here are 2"},
    {"maj x0", "expected '(', as in maj(x1, x2, x3)"},
    {"threshold(x0, x1)", "expected a number, as in threshold(2, x1, x2, x3)"},
};

INSTANTIATE_TEST_SUITE_P(Malformed, ParserErrorsOfBits, testing::ValuesIn(kMalformedBits));

TEST(Parser, ATextWithANulByteIsNotCutThere) {
  EXPECT_THAT(refusal(std::string_view("x0\0+ x1", 7)), StartsWith("feedback, character 3: "));
}

TEST(Parser, BlankTextIsAnError) {
  for (const auto text : {"", " ", "\n\t "}) EXPECT_THAT(refusal(text), StartsWith("the feedback is empty"));
  EXPECT_EQ(refusal("0"), "accepted as 0");
}

TEST(Parser, DegreeOutOfRange) {
  EXPECT_EQ(refusal("x0", 2, 0), "degree 0 is not in 1..1048576");
  EXPECT_EQ(refusal("x0", 2, -3), "degree -3 is not in 1..1048576");
  EXPECT_EQ(refusal("x0", 2, kMaxDegree + 1), "degree 1048577 is not in 1..1048576");
  EXPECT_EQ(refusal("x1048575", 2, kMaxDegree), "accepted as x1048575");
}

std::string repeated(std::string_view piece, std::size_t times, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text += last;
}

/// Long texts: a recursive parser would run out of stack, a quadratic one would not end.
TEST(Parser, LongTexts) {
  constexpr std::size_t kTimes = 160'000;
  EXPECT_EQ(refusal(repeated("x0+", kTimes, "x1"), 3), "accepted as x0 + x1");  // 160000 = 1 (mod 3)
  EXPECT_EQ(refusal(repeated("x0*", kTimes, "x1"), 5), "accepted as x0^4*x1");  // 4 divides 160000
  EXPECT_EQ(refusal(repeated("2*", kTimes, "2*x1"), 5), "accepted as 2*x1");    // 2^4 = 1
  EXPECT_EQ(refusal(repeated(" ", kTimes, "x1"), 5), "accepted as x1");
  EXPECT_THAT(refusal(repeated("9", kTimes, "")), testing::SizeIs(testing::Lt(200)));
  EXPECT_THAT(refusal(repeated("(", kTimes, "")), HasSubstr("nested more than 200 levels deep"));
  EXPECT_THAT(refusal(repeated("-", kTimes, "")), HasSubstr("nested more than 200 levels deep"));
  EXPECT_THAT(refusal(repeated("~", kTimes, ""), 2), HasSubstr("nested more than 200 levels deep"));
  EXPECT_THAT(refusal(repeated("x0+", kTimes, "")), StartsWith("feedback, character 480001: "));

  std::string distinct = "0";
  for (int i = 0; i < 50'000; ++i) distinct += "+x" + std::to_string((i * 7919) % 50'000);
  const auto feedback = Feedback::parse(Field::of_order(2), 50'000, distinct);
  EXPECT_EQ(feedback.terms().size(), 50'000U);
  EXPECT_EQ(feedback.coefficients(), std::vector<galois::Element>(50'000, 1));
}

}  // namespace
}  // namespace gforbit::fsr
