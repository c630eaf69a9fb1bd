#include "gforbit/config/value.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "seed.hpp"
#include "unit/config/temp_folder.hpp"

namespace gforbit::config {
namespace {

using namespace std::chrono_literals;
using testing_support::message_of;

template <class Parse>
void expect_refused(Parse parse, const std::vector<std::string>& texts, const std::string& part) {
  for (const auto& text : texts) {
    SCOPED_TRACE("'" + text + "'");
    EXPECT_NE(message_of<ValueError>([&] { static_cast<void>(parse(text)); }).find(part), std::string::npos);
  }
}

TEST(ParseNatural, ReadsTheWholeRange) {
  EXPECT_EQ(parse_natural("0"), 0U);
  EXPECT_EQ(parse_natural("18446744073709551615"), kNoLimit);
  EXPECT_EQ(parse_natural("7", 7, 7), 7U);
}

TEST(ParseNatural, NamesTheRange) {
  expect_refused([](const std::string& t) { return parse_natural(t, 1, 8); },
                 {"0", "9", "-1", "+1", "1.0", "1e3", " 1", "1 ", "", "x", "0x1", "99999999999999999999999"},
                 "expected an integer from 1 to 8");
  expect_refused([](const std::string& t) { return parse_natural(t); }, {"-1", "18446744073709551616"},
                 "expected an integer from 0 to 2^64 - 1");
  expect_refused([](const std::string& t) { return parse_natural(t, 1); }, {"0", "-5", "x"}, "at least 1");
}

TEST(ParseSize, KnowsUnits) {
  constexpr std::uint64_t k = 1024;
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("4096B"), 4096U);
  for (const std::string unit : {"K", "k", "KB", "KiB", "kib"})
    EXPECT_EQ(parse_size("600" + unit), 600 * k) << unit;
  EXPECT_EQ(parse_size("600M"), 600 * k * k);
  EXPECT_EQ(parse_size("1.5G"), 3 * k * k * k / 2);
  EXPECT_EQ(parse_size("2GiB"), 2 * k * k * k);
  EXPECT_EQ(parse_size("08M"), 8 * k * k);
  EXPECT_EQ(parse_size("16777215T"), 16777215 * k * k * k * k);
  EXPECT_EQ(parse_size("0.0009765625K"), 1U);
}

TEST(ParseSize, RefusesTheRest) {
  expect_refused(parse_size,
                 {"",
                  "0",
                  "0K",
                  "-1M",
                  "+1M",
                  "1.5",
                  "1.5B",
                  "M",
                  "1 M",
                  "1X",
                  "1MM",
                  "1Mi",
                  "1e9",
                  ".5G",
                  "1.G",
                  "1..5G",
                  "80%",
                  "16777216T",
                  "18446744073709551616",
                  "99999999999999999999999999999999999999999999",
                  "nan"},
                 "expected a size");
}

TEST(ParseDuration, AddsItsParts) {
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("90"), 90s);
  EXPECT_EQ(parse_duration("0.5"), 500ms);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("3h50m"), 3h + 50min);
  EXPECT_EQ(parse_duration("1d"), 24h);
  EXPECT_EQ(parse_duration("1d2h3m4.5s"), 26h + 3min + 4500ms);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("1H30M"), 90min);
  EXPECT_EQ(parse_duration("36500d"), 36500 * 24h);
}

TEST(ParseDuration, RoundsUpSoThatAShortLimitIsNotNoLimit) {
  EXPECT_EQ(parse_duration("0.0001"), 1ms);
  EXPECT_EQ(parse_duration("0.0011"), 2ms);
  EXPECT_EQ(parse_duration("0.002"), 2ms);
}

TEST(ParseDuration, RefusesTheRest) {
  expect_refused(parse_duration,
                 {"", "-1", "+5", "m", "5x", "5m3h", "3h3h", "3h50", "1.5h30m", "1 h", "1:30", "1e3", "inf",
                  "nan", "36501d", "99999999999999999999999999d", "5."},
                 "expected a time");
}

TEST(ParsePart, WantsASliceInRange) {
  EXPECT_EQ(parse_part("1/1"), (Part{1, 1}));
  EXPECT_EQ(parse_part("3/16"), (Part{3, 16}));
  expect_refused(parse_part, {"", "1", "/", "0/4", "5/4", "1/0", "-1/4", "1/4/4", "a/b", "1 / 4"}, "I/N");
}

TEST(ParseNaturals, NamesThePositionOfAWrongElement) {
  EXPECT_EQ(parse_naturals("1, 0 ,18446744073709551615"), (std::vector<std::uint64_t>{1, 0, kNoLimit}));
  EXPECT_EQ(parse_naturals("7"), (std::vector<std::uint64_t>{7}));
  expect_refused(parse_naturals, {"1,2,"}, "element 3 is empty");
  expect_refused(parse_naturals, {",1"}, "element 1 is empty");
  expect_refused(parse_naturals, {"1,,2"}, "element 2 is empty");
  expect_refused(parse_naturals, {""}, "element 1 is empty");
  expect_refused(parse_naturals, {"1,-1"}, "element 2 is '-1'");
  expect_refused(parse_naturals, {"1,1.0,x"}, "element 2 is '1.0'");
  expect_refused(parse_naturals, {"0,1,18446744073709551616"}, "element 3 is '18446744073709551616'");
  expect_refused(parse_naturals, {"1;2"}, "element 1 is '1;2'");
}

TEST(ParseNaturals, ReadsBackRandomLists) {
  std::mt19937_64 random(testing_support::test_seed());
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint64_t> values(1 + random() % 50);
    std::string text;
    for (auto& value : values) {
      value = random() >> (random() % 64);
      text += text.empty() ? "" : ",";
      text += std::to_string(value);
    }
    EXPECT_EQ(parse_naturals(text), values);
  }
}

TEST(ParseSwitch, KnowsEightWords) {
  for (const std::string yes : {"true", "yes", "on", "1"}) EXPECT_TRUE(parse_switch(yes)) << yes;
  for (const std::string no : {"false", "no", "off", "0"}) EXPECT_FALSE(parse_switch(no)) << no;
  expect_refused(parse_switch, {"", "True", "2", "y", "enabled"},
                 "expected one of true, false, yes, no, on, off, 1, 0");
}

TEST(OneOf, OffersTheNearestName) {
  const auto parse = one_of<int>({{"auto", 1}, {"always", 2}, {"never", 3}});
  EXPECT_EQ(parse("always"), 2);
  expect_refused(parse, {"nevr"}, "expected one of auto, always, never; did you mean 'never'?");
  expect_refused(parse, {"xyzzy"}, "expected one of auto, always, never");
}

TEST(WordOr, TakesTheWordOrTheValue) {
  const auto parse = word_or<std::uint64_t>("all", kNoLimit, natural(0, 9));
  EXPECT_EQ(parse("all"), kNoLimit);
  EXPECT_EQ(parse("9"), 9U);
  expect_refused(parse, {"10", "some"}, "expected an integer from 0 to 9");
}

}  // namespace
}  // namespace gforbit::config
