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
  EXPECT_THAT(error_of("range(3) * (map(y=1) | map(z=1)) * discard"),
              testing::HasSubstr("same columns can be merged"));
  EXPECT_THAT(error_of("register(field=6, coefficients=1) * discard"), StartsWith("character 16: field: "));
  EXPECT_THAT(error_of("register(field=3, coefficients=1:1) * window(10) * frequency * discard"),
              testing::HasSubstr("needs bits, but 'value' is over GF(3)"));
  EXPECT_THAT(error_of(std::string(300, '(')), testing::HasSubstr("nested too deeply"));
}

TEST(Syntax, TheMessageShowsThePlace) {
  EXPECT_THAT(error_of("range(3) * mup(y=1) * discard"),
              testing::EndsWith("\n  range(3) * mup(y=1) * discard\n             ^"));
}

TEST(Formula, FollowsTheRulesOfC) {
  EXPECT_EQ(result("range(1) * map(y = 1 + 2*3^2 - -4) * select(y) * table(t)"), "0:23.000000");
  EXPECT_EQ(result("range(1) * map(y = -7 % 3, z = 7 / 2, u = not (1 < 2 and 3 == 3 or 0)) * select(y, z, u) "
                   "* table(t)"),
            "0:2,3.500000,0");
  EXPECT_EQ(result("range(1) * map(y = min(3, 2), z = max(1, 2.5), u = floor(-0.5), v = length(\"abc\")) * "
                   "select(y, z, u, v) * table(t)"),
            "0:2,2.500000,-1.000000,3");
  EXPECT_EQ(result("range(5, 7) * map(y = index, z = 5 % 0) * table(t)"), "0:5,0,0 1:6,1,0");
  EXPECT_EQ(result("constant(x=1.5, name=\"a b\", length=2) * filter(name == 'a b') * table(t)"),
            "0:1.500000,a b 1:1.500000,a b");
  EXPECT_EQ(result("range(4) * key_filter(value, 1, 3) * add_index * table(t)"), "1:1,1 3:3,3");
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
  EXPECT_EQ(granule("range(100) * take(5) * discard"), 0U);
  EXPECT_EQ(granule("range() * discard"), 0U);
  EXPECT_EQ(granule("range(100) * (filter(value > 1) | map(y=1) * select(value)) * zip * discard"), 0U);
  EXPECT_EQ(granule("register(field=2, feedback=x0+x1*x2, degree=3, length=100) * discard"), 0U);
}

}  // namespace
}  // namespace gforbit::stream::test
