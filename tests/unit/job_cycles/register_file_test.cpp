// Files of registers as others publish them.
#include "cycles/register_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gforbit::job_cycles {
namespace {

using testing::HasSubstr;

TEST(RegisterFile, FormatsByTheirFirstLine) {
  EXPECT_EQ(format_of("1,0,1", 2), FileFormat::coefficients);
  EXPECT_EQ(format_of("1,2", 2), FileFormat::coefficients);
  EXPECT_EQ(format_of("2,1", 3), FileFormat::coefficients);
  EXPECT_EQ(format_of("16,14,13,11", 2), FileFormat::taps);
  EXPECT_EQ(format_of("0,1,6,(2,4)", 2), FileFormat::monomials);
  EXPECT_EQ(format_of("x0 + x3", 2), FileFormat::expressions);
  EXPECT_EQ(format_of("  {", 2), FileFormat::data_set);
}

std::string feedback(FileFormat format, std::string_view text, int degree) {
  FieldCache fields;
  try {
    RegisterLine given{.field = 2};
    given.form.degree = degree;
    return make_register(read_line(format, text, given), fields).feedback().text();
  } catch (const core::InputError& error) {
    return error.what();
  }
}

TEST(RegisterFile, Lines) {
  EXPECT_EQ(feedback(FileFormat::monomials, "0,1,6,(2,4)", 8), "x0 + x1 + x6 + x2*x4");
  EXPECT_EQ(feedback(FileFormat::monomials, " 0, 1 ,(2, 4),(1,3,5) ", 8), "x0 + x1 + x2*x4 + x1*x3*x5");
  EXPECT_EQ(feedback(FileFormat::taps, "8,6,5,4", 8), "x0 + x2 + x3 + x4");
  EXPECT_EQ(feedback(FileFormat::expressions, "x0 + (1+x1)*x2", 8), "x0 + x2 + x1*x2");
  EXPECT_THAT(feedback(FileFormat::monomials, "0,(1,2", 8), HasSubstr("expected ')' after '(1,2'"));
  EXPECT_THAT(feedback(FileFormat::monomials, "0,(1,2)3", 8), HasSubstr("expected ',' before '3'"));
  EXPECT_THAT(feedback(FileFormat::monomials, "0,", 8), HasSubstr("after the last ','"));
  EXPECT_THAT(feedback(FileFormat::monomials, "0,(1,)", 8), HasSubstr("the cell is empty"));
  EXPECT_THAT(feedback(FileFormat::monomials, "0,9", 8), HasSubstr("there is no cell x9"));
  EXPECT_THAT(feedback(FileFormat::taps, "8,x", 8),
              HasSubstr("column 2: 'x': expected a stage, counted from 1"));
}

TEST(RegisterFile, DataSet) {
  const auto lines =
      data_set_lines(R"({"10": {"3,1": {"nlfsr_count": 2, "functions": [[[0], [8], [9], [1, 2]],
    [[0], [2], [5], [1, 5]]]}}, "11": {"2": {"functions": [[[0], [2]]]}}})");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1], R"({"degree":10,"feedback":"x0 + x2 + x5 + x1*x5","field":2,"id":"n10/3,1/1"})");
  for (const char* const text : {"[]", "{", R"({"field": 2, "coefficients": [1]})", R"({"10": {"3": 1}})",
                                 R"({"10": {"3": {"functions": [[["a"]]]}}})"}) {
    EXPECT_THROW(static_cast<void>(data_set_lines(text)), core::InputError) << text;
  }
}

}  // namespace
}  // namespace gforbit::job_cycles
