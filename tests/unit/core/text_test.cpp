/// Texts of foreign origin.
#include "gforbit/core/text.hpp"

#include <gtest/gtest.h>

namespace gforbit::core {
namespace {

TEST(Text, FindsTheFirstByteThatIsNoUtf8) {
  EXPECT_EQ(first_not_utf8(""), std::nullopt);
  EXPECT_EQ(first_not_utf8("plain text, longer than a word, and \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"),
            std::nullopt);
  EXPECT_EQ(first_not_utf8(std::string_view("a\0b", 3)), std::nullopt);
  const std::string valid = "0123456789abcdefghi\xC3\xA4klmnopqrstuvwxyz";
  for (std::size_t i = 0; i < valid.size(); ++i) {
    std::string wrong = valid;
    wrong[i] = '\xFF';
    EXPECT_EQ(first_not_utf8(wrong), i == 20 ? 19 : i);
  }
  EXPECT_EQ(first_not_utf8("ab\xC3"), 2U);
  EXPECT_EQ(first_not_utf8("12345678\xED\xA0\x80"), 8U) << "a surrogate";
}

TEST(Text, CountsNouns) {
  EXPECT_EQ(counted(1, "family"), "1 family");
  EXPECT_EQ(counted(2, "family"), "2 families");
  EXPECT_EQ(counted(0, "key"), "0 keys");
  EXPECT_EQ(counted(3, "cell"), "3 cells");
}

TEST(Text, ForeignBytesBecomeValidUtf8) {
  const std::string good = "a \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80", bad = "\xEF\xBF\xBD";
  EXPECT_EQ(as_utf8(good), good);
  EXPECT_EQ(as_utf8(""), "");
  EXPECT_EQ(as_utf8(std::string_view("a\0b", 3)), "a" + bad + "b");
  EXPECT_EQ(as_utf8("\xFFx\xC3"), bad + "x" + bad);
  EXPECT_EQ(as_utf8("\xC0\xAF"), bad + bad) << "overlong";
  EXPECT_EQ(as_utf8("\xE0\x80\x80"), bad + bad + bad) << "overlong";
  EXPECT_EQ(as_utf8("\xED\xA0\x80"), bad + bad + bad) << "a surrogate";
  EXPECT_EQ(as_utf8("\xF4\x90\x80\x80"), bad + bad + bad + bad) << "beyond U+10FFFF";
}

}  // namespace
}  // namespace gforbit::core
