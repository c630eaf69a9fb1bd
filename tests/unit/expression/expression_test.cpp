// Expressions: what texts mean over all kinds of fields, that a text of an expression is read as the same
// one, and that no text at all does harm.
#include "gforbit/expression/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/expression/parser.hpp"
#include "random_text.hpp"
#include "seed.hpp"

namespace gforbit::expression {
namespace {

using galois::Field;

constexpr int kCells = 6;

Expression parsed(std::string_view text, std::uint64_t q, int cells = kCells) {
  const std::array names{Cells{.name = "x", .count = static_cast<std::uint64_t>(cells)}};
  return parse_expression(text, Field::of_order(q), names);
}

std::string text_of(std::string_view text, std::uint64_t q = 2) {
  return parsed(text, q).text();
}

TEST(ExpressionText, IsSimplified) {
  EXPECT_EQ(text_of("1 + x0 + (x1 + 1)"), "x0 + x1");
  EXPECT_EQ(text_of("x0*(x2*x0)"), "x2*x0");
  EXPECT_EQ(text_of("x0 + x1 + x0"), "x1");
  EXPECT_EQ(text_of("x0 - x0"), "0");
  EXPECT_EQ(text_of("x0*0*x1 + 1"), "1");
  EXPECT_EQ(text_of("!x0 & ~x1"), "(x0 + 1)*(x1 + 1)");
  EXPECT_EQ(text_of("not x0 and x1"), "x0*x1 + 1");
  EXPECT_EQ(text_of("x0 xor x1 xor x[2]"), "x0 + x1 + x2");
  EXPECT_EQ(text_of("x0 | (x1 | x2) & x3"), "x0 | ((x1 | x2)*x3)");
  EXPECT_EQ(text_of("maj(x0,x1,x2) + mux(x0, x1, x2)"), "maj(x0, x1, x2) + mux(x0, x1, x2)");
  EXPECT_EQ(text_of("table(0x0e8, x0,x1,x2)*threshold(2, x3)"), "table(0xE8, x0, x1, x2)*threshold(2, x3)");
  EXPECT_EQ(text_of("-x0 + 2*-x1", 3), "2*x0 + x1");
  EXPECT_EQ(text_of("(x0^2)^2", 5), "x0^4");
  EXPECT_EQ(text_of("x0^5 + x1^0", 5), "x0 + 1");
  EXPECT_EQ(text_of("a^3*x1 + (a+1)*x0", 8), "3*x1 + 3*x0");
  EXPECT_EQ(text_of("(x0 + x1)^2*(x0 + x1)", 7), "(x0 + x1)^3");
}

TEST(ExpressionText, TablesTakeTheFirstInputAsTheLeastSignificantBit) {
  const Expression expression = parsed("table(0x2, x0, x1)", 2);  // 1 where x0 = 1 and x1 = 0
  EXPECT_EQ(expression.evaluate(std::array<Element, 6>{1, 0}), 1U);
  EXPECT_EQ(expression.evaluate(std::array<Element, 6>{0, 1}), 0U);
}

/// Values, the text, and the lowered form of one random expression.
void check_sample(const Field& field, test::RandomText& random, std::mt19937_64& engine) {
  const test::Sample sample = random.sample(4);
  const std::array names{Cells{.name = "x", .count = kCells}};
  const Expression expression = parse_expression(sample.text, field, names);
  const std::string text = expression.text();
  const Expression again = parse_expression(text, field, names);
  EXPECT_EQ(again.text(), text) << sample.text;
  const Expression lowered = arithmetic(expression);
  for (int i = 0; i < 8; ++i) {
    std::vector<Element> cells;
    for (int k = 0; k < kCells; ++k) cells.push_back(engine() % field.order());
    const Element expected = sample.value(cells);
    ASSERT_EQ(expression.evaluate(cells), expected) << sample.text;
    ASSERT_EQ(again.evaluate(cells), expected) << sample.text << "\nread as " << text;
    ASSERT_EQ(lowered.evaluate(cells), expected) << sample.text;
  }
}

TEST(RandomExpressions, MeanWhatTheySayOverAllFields) {
  const unsigned seed = testing_support::test_seed();
  std::mt19937_64 engine(seed);
  for (const std::uint64_t q : {2, 2, 2, 2, 3, 4, 5, 7, 8, 9, 16, 25, 256, 257, 65536, 65537}) {
    const Field field = Field::of_order(q);
    test::RandomText random(field, kCells, engine());
    for (int i = 0; i < 200; ++i) check_sample(field, random, engine);
  }
}

TEST(PolynomialText, IsMultipliedOut) {
  const auto of = [](std::string_view text, std::uint64_t q = 2) {
    return parse_polynomial(text, Field::of_order(q), 1 << 20);
  };
  EXPECT_EQ(of("x^4 + x + 1"), (std::vector<Element>{1, 1, 0, 0, 1}));
  EXPECT_EQ(of("0x13"), (std::vector<Element>{1, 1, 0, 0, 1}));
  EXPECT_EQ(of("(x+1)*(x^3+x^2+1)"), (std::vector<Element>{1, 1, 1, 0, 1}));
  EXPECT_EQ(of("x^2 - x - 1", 3), (std::vector<Element>{2, 2, 1}));
  EXPECT_EQ(of("(x + a)^2", 4), (std::vector<Element>{3, 0, 1}));
  EXPECT_EQ(of("x + x"), std::vector<Element>{});
  EXPECT_EQ(of("x^1048576").size(), 1048577U);
  const auto refused = [&](std::string_view text, std::uint64_t q = 2) -> std::string {
    try {
      static_cast<void>(of(text, q));
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refused("x^1048577"), "the degree of the polynomial is above 1048576");
  EXPECT_EQ(refused("(x^2)^18446744073709551615"), "the degree of the polynomial is above 1048576");
  EXPECT_THAT(refused("X^2 + 1"), testing::HasSubstr("the variable is written x"));
  EXPECT_THAT(refused("x2 + 1"), testing::HasSubstr("a power is written x^2"));
  EXPECT_THAT(refused("x & 1"), testing::HasSubstr("'&' has no meaning in a polynomial"));
  EXPECT_THAT(refused("0x1G"), testing::HasSubstr("is no hexadecimal number"));
  EXPECT_THAT(refused("0x13", 3), testing::HasSubstr("a hexadecimal number is a polynomial over GF(2)"));
  EXPECT_THAT(refused(""), testing::HasSubstr("the polynomial is empty"));
  EXPECT_THAT(refused("(x+1)^1048575*(x+2)^1048575", 3), testing::HasSubstr("too long to multiply out"));
}

/// A text of tokens in any order, with some bytes changed: refused with a message or read as what its own
/// text says.
TEST(FuzzedExpressions, AreReadOrRefused) {
  constexpr std::array<std::string_view, 48> kTokens{"x0",
                                                     "x1",
                                                     "x[2]",
                                                     "x",
                                                     "x9",
                                                     "1",
                                                     "0",
                                                     "2",
                                                     "a",
                                                     "+",
                                                     "-",
                                                     "*",
                                                     "&",
                                                     "|",
                                                     "!",
                                                     "~",
                                                     "^",
                                                     "^2",
                                                     "^3",
                                                     "(",
                                                     ")",
                                                     "(",
                                                     ")",
                                                     ",",
                                                     " ",
                                                     "not",
                                                     "or",
                                                     "and",
                                                     "xor",
                                                     "xor ",
                                                     "table(",
                                                     "0x8,",
                                                     "maj(",
                                                     "mux(",
                                                     "threshold(",
                                                     "2,",
                                                     "x0,",
                                                     "x1)",
                                                     "\xe2\x8a\x95",
                                                     "\xff",
                                                     std::string_view("\0", 1),
                                                     "x0 + ",
                                                     "(x1+1)*",
                                                     "X1",
                                                     "x_1",
                                                     "x0x1",
                                                     "**",
                                                     "[1]"};
  const char* const budget = std::getenv("GFORBIT_FUZZED_TEXTS");
  const long texts = budget != nullptr ? std::strtol(budget, nullptr, 10) : 100'000;
  std::mt19937_64 engine(testing_support::test_seed());
  const std::array fields{Field::of_order(2), Field::of_order(3), Field::of_order(4)};
  const std::array names{Cells{.name = "x", .count = 3}};
  long accepted = 0;
  for (long i = 0; i < texts; ++i) {
    const Field& field = fields[engine() % fields.size()];
    std::string text;
    for (std::uint64_t n = 1 + engine() % 12; n > 0; --n) text += kTokens[engine() % kTokens.size()];
    if (engine() % 4 == 0) text[engine() % text.size()] = static_cast<char>(engine() % 256);
    try {
      const Expression expression = parse_expression(text, field, names);
      const std::string own = expression.text();
      const Expression again = parse_expression(own, field, names);
      ASSERT_EQ(again.text(), own) << text;
      const std::array<Element, 3> cells{engine() % field.order(), engine() % field.order(),
                                         engine() % field.order()};
      ASSERT_EQ(again.evaluate(cells), expression.evaluate(cells)) << text;
      ++accepted;
    } catch (const core::InputError& error) {
      ASSERT_LT(std::string_view(error.what()).size(), 600U) << text;
    }
  }
  EXPECT_GT(accepted, texts / 1000);
}

}  // namespace
}  // namespace gforbit::expression
