// The language: what is read, and where errors point.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_text.hpp"

namespace gforbit::stream::test {
namespace {

/// The message of the error, or what should have been one.
std::string error_of(const std::string& pipeline) {
  try {
    const Graph graph(parse(pipeline, builtin_library()));
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Syntax, ErrorsPointAtTheCharacter) {
  using testing::StartsWith;
  EXPECT_THAT(error_of(""), StartsWith("character 1: expected a term or '(', found the end"));
  EXPECT_THAT(error_of("range(3) * "), StartsWith("character 12: expected a term or '(', found the end"));
  EXPECT_THAT(error_of("range(3 * discard"), StartsWith("character 18: expected ',' or ')', found the end"));
  EXPECT_THAT(error_of("range(3) discard"),
              StartsWith("character 10: expected '*', '|' or the end of the pipeline"));
  EXPECT_THAT(error_of("range(3) * map(y = 2 $ 3) * discard"), StartsWith("character 22: unexpected '$'"));
  EXPECT_THAT(error_of("range(3) * map(y = z) * discard"),
              StartsWith("character 20: there is no column 'z' here"));
  EXPECT_THAT(error_of("range(3) * map(y = foo(1)) * discard"),
              StartsWith("character 20: unknown function 'foo'"));
  EXPECT_THAT(error_of("range(3, 4, step=0) * discard"), StartsWith("character 18: step: must not be 0"));
  EXPECT_THAT(error_of("range(3, stp=2) * discard"), StartsWith("character 10: range has no argument 'stp'"));
  EXPECT_THAT(error_of("register(field=2, coefs=1:1) * discard"),
              testing::HasSubstr("coefficients=C0:C1:..."));
  EXPECT_THAT(error_of("register(field=2, coefficients=1,1,0,0) * discard"),
              StartsWith("character 34: a value without a name after 'coefficients': the elements of a "
                         "list are separated by colons"));
  EXPECT_EQ(error_of("register(field=2, coefficients=1:1, length=1e16) * discard"), "no error");
  EXPECT_THAT(error_of("range(3) * take(1.5) * discard"), testing::HasSubstr("expected an integer"));
  EXPECT_THAT(error_of("range(3) * window(0) * discard"),
              StartsWith("character 19: length: expected an integer from 1"));
  EXPECT_THAT(error_of("range(3) * take(1, 2) * discard"),
              StartsWith("character 20: take takes no more arguments"));
  EXPECT_THAT(error_of("range(3) * take(1, parallel=2) * discard"),
              StartsWith("character 12: take: parallel=n is for"));
  EXPECT_THAT(error_of("discard"), StartsWith("character 1: 'discard' is no source"));
  EXPECT_THAT(error_of("range(3) * range(3) * discard"), StartsWith("character 12: 'range' is a source"));
  EXPECT_THAT(error_of("range(3) * discard * map(y=1)"), StartsWith("character 22: map: nothing comes in"));
  EXPECT_THAT(error_of("range(3) * zip * discard"), StartsWith("character 12: zip: joins several inputs"));
  EXPECT_THAT(error_of("range(3) * xor * discard"), StartsWith("character 12: xor: joins several inputs"));
  EXPECT_THAT(error_of("range(3) * output(x0) * discard"),
              StartsWith("character 12: output: 'value' of input 1 is of int64, not of elements of a field"));
  EXPECT_THAT(error_of("constant(1, length=2) * elements(field=2) * output(\"1\") * discard"),
              testing::HasSubstr("output: function: there is no x0, x1, ... in it"));
  EXPECT_THAT(
      error_of("constant(1, length=2) * elements(field=2) * (take(1) | take(1)) * output(x3) * discard"),
      testing::HasSubstr("output: function, character 1: there is no cell x3: 2 inputs are x0 to x1"));
  EXPECT_THAT(
      error_of("(constant(1, length=2) * elements(field=3) | constant(1, length=2) * elements(field=3)) * "
               "xor * discard"),
      testing::HasSubstr("xor: the inputs are over GF(3), not GF(2): write output"));
  EXPECT_THAT(error_of("range(3) * bits(\"a\")"),
              testing::HasSubstr("bits: 'value' is of int64, not of elements of GF(2)"));
  EXPECT_THAT(error_of("range(3) * (map(y=1) | map(z=1)) * discard"),
              testing::HasSubstr("same columns can be merged"));
  EXPECT_THAT(error_of("register(field=6, coefficients=1) * discard"), StartsWith("character 16: field: "));
  EXPECT_THAT(error_of("register(field=3, coefficients=1:1) * window(10) * frequency * discard"),
              testing::HasSubstr("needs bits, but 'value' is over GF(3)"));
  EXPECT_THAT(error_of(std::string(500, '(')), testing::HasSubstr("nested too deeply"));
}

TEST(Syntax, TheMessageShowsThePlace) {
  EXPECT_THAT(error_of("range(3) * mup(y=1) * discard"),
              testing::EndsWith("\n  range(3) * mup(y=1) * discard\n             ^"));
}

TEST(Formula, CalculatesWithOneItem) {
  EXPECT_EQ(result("range(1) * map(y = 1 + 2*3^2 - -4) * select(y) * table(t)"), "0:23.000000");
  EXPECT_EQ(result("range(1) * map(y = -7 % 3, z = 7 / 2, u = not (1 < 2 and 3 == 3 or 0)) * select(y, z, u) "
                   "* table(t)"),
            "0:2,3.500000,0");
  EXPECT_EQ(result("range(1) * map(y = min(3, 2), z = max(1, 2.5), u = floor(-0.5), v = length(\"abc\")) * "
                   "select(y, z, u, v) * table(t)"),
            "0:2,2.500000,-1.000000,3");
  EXPECT_EQ(result("range(5, 7) * map(y = index) * table(t)"), "0:5,0 1:6,1");
  EXPECT_EQ(result("constant(x=1.5, name=\"a b\", length=2) * filter(name == 'a b') * table(t)"),
            "0:1.500000,a b 1:1.500000,a b");
  EXPECT_EQ(result("range(4) * key_filter(value, 1, 3) * add_index * table(t)"), "1:1,1 3:3,3");
}

/// The only value of one item.
std::string value_of(const std::string& expression) {
  return result("constant(x=7, n=18446744073709551615, t=\"Straße\", `a b`=3, length=1) * map(y = " +
                expression + ") * select(y) * table(t)")
      .substr(2);
}

TEST(Formula, BindsAsPython) {
  EXPECT_EQ(value_of("not x == 3"), "1");
  EXPECT_EQ(value_of("3 > 2 > 1"), "1");
  EXPECT_EQ(value_of("1 < x < 7"), "0");
  EXPECT_EQ(value_of("3 > 2 == 2 != 5"), "1");
  EXPECT_EQ(value_of("not not x == 7 and 0 or 1"), "1");
  EXPECT_EQ(value_of("-2^2"), "-4.000000");
  EXPECT_EQ(value_of("2^3^2"), "512.000000");
  EXPECT_EQ(value_of("2^-1"), "0.500000");
  EXPECT_EQ(value_of("-7 % 3"), "2");
  EXPECT_EQ(value_of("10 - 4 - 3"), "3");
  EXPECT_EQ(value_of("2 * 7 % 5"), "4");
  EXPECT_EQ(value_of("0 == (x == 3)"), "1");
  EXPECT_THAT(error_of("range(1) * map(y = 1 + not value) * discard"),
              testing::HasSubstr("expected a value"));
}

TEST(Formula, HasNamesInQuotes) {
  EXPECT_EQ(value_of("`a b` + column(\"a b\") + column('x')"), "13");
  EXPECT_EQ(result("range(2) * map('größe' = value + 1) * filter(`größe` > 1) * table(t)"), "1:1,2");
  EXPECT_THAT(error_of("range(1) * map(y = `no`) * discard"), testing::HasSubstr("there is no column 'no'"));
}

TEST(Formula, IsExact) {
  EXPECT_EQ(value_of("n"), "18446744073709551615");
  EXPECT_EQ(value_of("n - 1"), "18446744073709551614");
  EXPECT_EQ(value_of("n % 10"), "5");
  EXPECT_EQ(value_of("n > 18446744073709551614"), "1");
  EXPECT_EQ(value_of("n > x and x < n and n != -1"), "1");
  EXPECT_EQ(value_of("9007199254740993 == 9007199254740992.0"), "0");
  EXPECT_EQ(value_of("max(9007199254740993, 9007199254740992)"), "9007199254740993");
  EXPECT_EQ(value_of("not 9007199254740993"), "0");
  EXPECT_EQ(value_of("floor(9007199254740993) + round(9007199254740993)"), "18014398509481986");
  EXPECT_EQ(value_of("power(3, 39)"), "4052555153018976267");
  EXPECT_EQ(value_of("int(\"9007199254740993\")"), "9007199254740993");
  EXPECT_EQ(value_of("uint(x) - 7"), "0");
  EXPECT_THAT(error_of("range(1) * map(y = 18446744073709551616) * discard"),
              testing::HasSubstr("beyond 64"));
  EXPECT_THAT(error_of("range(1) * map(y = value % 3 == 18446744073709551616) * discard"),
              testing::HasSubstr("beyond 64"));
}

TEST(Formula, HasFunctions) {
  EXPECT_EQ(value_of("if(x > 3, \"many\", \"few\")"), "many");
  EXPECT_EQ(value_of("round(2.5) + round(3.5) + round(2.675, 2)"), "8.680000");
  EXPECT_EQ(value_of("length(t)"), "6");
  EXPECT_EQ(value_of("upper(substring(t, 0, 3))"), "STR");
  EXPECT_EQ(value_of("substring(t, -2)"), "ße");
  EXPECT_EQ(value_of("concat(t, \" \", x, \" \", 0.5)"), "Straße 7 0.5");
  EXPECT_EQ(value_of("contains(t, \"aß\") + starts_with(t, \"S\") + ends_with(t, \"S\")"), "2");
  EXPECT_EQ(value_of("trim(\"  a \") == \"a\""), "1");
  EXPECT_EQ(value_of("date(\"2024-02-29\")"), "19782");
  EXPECT_EQ(value_of("date_text(date(\"2024-02-28\") + 1)"), "2024-02-29");
  EXPECT_EQ(value_of("year(0) * 10000 + month(0) * 100 + day(0)"), "19700101");
  EXPECT_EQ(value_of("weekday(date(\"2026-11-29\"))"), "7");
  EXPECT_EQ(value_of("time(\"1970-01-02T01:00:00.5+01:00\")"), "86400.500000");
  EXPECT_EQ(value_of("coalesce(null_if(x, 7), 5)"), "5");
  EXPECT_EQ(value_of("is_null(null_if(x, 7)) + is_null(x)"), "1");
  EXPECT_EQ(value_of("min(null_if(x, 7), 9)"), "9");
  EXPECT_EQ(value_of("null_if(x, 7) + 1"), "null");
  EXPECT_EQ(value_of("null_if(x, 7) > 3 or 1"), "1");
  EXPECT_EQ(value_of("min(sqrt(-1), 2.0)"), "2.000000");
  EXPECT_THAT(error_of("range(1) * map(y = iff(1, 2, 3)) * discard"),
              testing::HasSubstr("did you mean 'if'"));
  EXPECT_THAT(error_of("range(1) * map(y = sqrt(1, 2)) * discard"),
              testing::HasSubstr("sqrt takes 1 argument: sqrt(x)"));
  EXPECT_THAT(error_of("range(1) * map(y = 1 + upper(3)) * discard"),
              testing::StartsWith("character 30: expected a text"));
}

/// Errors of items, by option.
TEST(Formula, ErrorsAreThoseOfItems) {
  EngineOptions skip, letters;
  skip.on_error = OnError::skip;
  letters.on_error = OnError::dead_letter;
  const std::string divides = "range(3) * map(y = 6 % value, z = 5 / (value - 2)) * table(t)";
  try {
    static_cast<void>(run_text(divides));
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("term 'map', item 0: 6 % value: division by zero"));
  }
  EXPECT_EQ(result(divides, 1, skip), "1:1,0,-5.000000");
  EXPECT_EQ(run_text(divides, 1, skip).letters.size(), 2U);
  const Ran ran = run_text(divides, 1, letters);
  ASSERT_EQ(ran.letters.size(), 2U);
  EXPECT_EQ(ran.letters[1].message, "5 / (value - 2): division by zero");
  EXPECT_EQ(ran.letters[1].record, "{\"value\": 2}");
  const std::string large = "range(4) * map(y = value * 4611686018427387904) * table(t)";
  EXPECT_EQ(result(large, 1, skip), "0:0,0 1:1,4611686018427387904");
  EXPECT_EQ(result("range(4) * filter(1 % (value - 1) == 0) * table(t)", 1, skip), "0:0 2:2");
  EXPECT_EQ(result("range(4) * stop(1 % (value - 1) == 1) * table(t)", 1, skip), "0:0 2:2");
  EXPECT_EQ(result("range(3) * flat_map(value, 6 % value) * table(t)", 1, skip), "1:1 1:0 2:2 2:0");
  EXPECT_EQ(result("range(4) * aggregate(n=count(), s=sum(6 % value)) * table(t)", 1, skip), "3:3,0");
  EXPECT_THAT(error_of("range(4) * print"), testing::StrEq("no error"));
}

TEST(Graph, KnowsHowItCanBeCut) {
  const auto granule = [](const std::string& text) -> std::uint64_t {
    const Graph graph(parse(text, builtin_library()));
    const auto cut = graph.cut();
    return cut ? cut->granule : 0;
  };
  const std::string bits = "register(field=2, coefficients=1:1, length=1e6) * ";
  EXPECT_EQ(granule("range(10) * filter(value > 1) * discard"), 1U);
  EXPECT_EQ(granule(bits + "window(6) * frequency * discard"), 6U);
  EXPECT_EQ(granule(bits + "(window(6) | window(10)) * period * discard"), 30U);
  EXPECT_EQ(
      granule(
          "range(100) * aggregate(value=sum(value), every=4) * aggregate(s=sum(value), every=5) * discard"),
      20U);
  EXPECT_EQ(granule("range(100) * filter(value > 1) * aggregate(s=sum(value), every=5) * discard"), 0U);
  EXPECT_EQ(granule("range(100) * map(value = 6 % value) * aggregate(s=sum(value), every=5) * discard"), 5U);
  EXPECT_EQ(granule("range(100) * aggregate(s=count(), every=5, by=value) * discard"), 0U);
  EXPECT_FALSE(Graph(parse("range(100) * map(y = 6 % value) * aggregate(s=sum(y), every=5) * discard",
                           builtin_library()))
                   .cut(true));
  EXPECT_EQ(granule("range(100) * take(5) * discard"), 0U);
  EXPECT_EQ(granule("range() * discard"), 0U);
  EXPECT_EQ(granule("range(100) * (filter(value > 1) | map(y=1) * select(value)) * zip * discard"), 0U);
  EXPECT_EQ(granule("register(field=2, feedback=x0+x1*x2, degree=3, length=100) * discard"), 0U);
  EXPECT_EQ(granule(bits + "output(x0 + x1*x2) * discard"), 0U);
  EXPECT_EQ(granule(bits + "(output(x0 + 1) | window(1) * flatten) * discard"), 1U);
  EXPECT_EQ(granule(bits + "(output(x0) | output(x0 + 1)) * xor * window(7) * discard"), 7U);
  EXPECT_EQ(granule(bits + "(output(x0) | output(x0 + 1)) * interleave * window(6) * discard"), 0U);
}

}  // namespace
}  // namespace gforbit::stream::test
