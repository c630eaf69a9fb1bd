// Single lines: what is read, and how everything else is refused.
#include "cycles/register_line.hpp"

#include <gtest/gtest.h>

#include "unit/config/temp_folder.hpp"

namespace gforbit::job_cycles {
namespace {

using namespace std::chrono_literals;
using testing_support::message_of;

std::string refused(const std::string& line) {
  return message_of<core::InputError>([&] {
    FieldCache fields;
    static_cast<void>(make_register(read_json_line(line), fields));
  });
}

std::string refused_row(const std::string& row, std::uint64_t q = 2) {
  return message_of<core::InputError>([&] { static_cast<void>(read_csv_row(row, q)); });
}

TEST(JsonLine, ReadsEveryKey) {
  const auto line = read_json_line(
      R"({"field": 4, "modulus": [1, 1, 1], "degree": 3, "feedback": "x0 + 2*x1*x2", "id": "r-1",
          "priority": "high", "method": "enumerate", "timeout": 1.5})");
  EXPECT_EQ(line.field, 4U);
  EXPECT_EQ(line.modulus, (std::vector<std::uint64_t>{1, 1, 1}));
  EXPECT_EQ(line.form.degree, 3);
  EXPECT_EQ(line.form.feedback, "x0 + 2*x1*x2");
  EXPECT_EQ(line.id, "r-1");
  EXPECT_EQ(line.priority, Priority::high);
  EXPECT_EQ(line.method, Method::enumerate);
  EXPECT_EQ(line.timeout, 1500ms);
  EXPECT_FALSE(line.form.coefficients);
}

TEST(JsonLine, LeavesOutWhatIsLeftOut) {
  const auto line = read_json_line(R"({"field":2,"coefficients":[1,0,1]})");
  EXPECT_EQ(line.form.coefficients, (std::vector<std::uint64_t>{1, 0, 1}));
  EXPECT_FALSE(line.form.degree || line.form.feedback || line.id || line.priority || line.method ||
               line.timeout);
  EXPECT_TRUE(line.modulus.empty());
}

TEST(JsonLine, Identifiers) {
  EXPECT_EQ(read_json_line(R"({"id": 17})").id, "17");
  EXPECT_EQ(read_json_line(R"({"id": -17})").id, "-17");
  EXPECT_EQ(read_json_line(R"({"id": "K\u00f6ln"})").id, "K\xC3\xB6ln");
  EXPECT_EQ(read_json_line("{\"id\": \"" + std::string(255, 'x') + "\"}").id, std::string(255, 'x'));
  const std::string rule =
      "key 'id': expected a text of 1 to 255 bytes without control characters, or an integer, found ";
  EXPECT_EQ(refused(R"({"id": ""})"), rule + "''");
  EXPECT_EQ(refused(R"({"id": 1.5})"), rule + "'1.5'");
  EXPECT_EQ(refused(R"({"id": "a\u0000b"})"), rule + "'a\\x00b'");
  EXPECT_EQ(refused(R"({"id": "a\nb"})"), rule + "'a\\x0ab'");
  EXPECT_EQ(refused(R"({"id": null})"), rule + "null");
  EXPECT_EQ(refused("{\"id\": \"" + std::string(256, 'x') + "\"}"),
            rule + "'" + std::string(40, 'x') + "'...");
}

TEST(JsonLine, EveryPriorityAndMethod) {
  const std::vector<std::string> priorities{"critical", "high", "normal", "low", "idle"};
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    EXPECT_EQ(read_json_line("{\"priority\": \"" + priorities[i] + "\"}").priority, static_cast<Priority>(i));
  }
  const std::vector<std::string> methods{"auto", "algebraic", "enumerate"};
  for (std::size_t i = 0; i < methods.size(); ++i) {
    EXPECT_EQ(read_json_line("{\"method\": \"" + methods[i] + "\"}").method, static_cast<Method>(i));
  }
  EXPECT_EQ(refused(R"({"priority": "urgent"})"),
            R"(key 'priority': expected one of "critical", "high", "normal", "low", "idle", found 'urgent')");
  EXPECT_EQ(refused(R"({"method": 1})"),
            R"(key 'method': expected one of "auto", "algebraic", "enumerate", found 1)");
}

TEST(JsonLine, Timeouts) {
  EXPECT_EQ(read_json_line(R"({"timeout": 0})").timeout, 0ms);
  EXPECT_EQ(read_json_line(R"({"timeout": 1e-9})").timeout, 1ms) << "short is not none";
  EXPECT_EQ(read_json_line(R"({"timeout": 3600})").timeout, 1h);
  const std::string rule = "key 'timeout': expected a number of seconds from 0 (none) to 3153600000, found ";
  EXPECT_EQ(refused(R"({"timeout": -1})"), rule + "-1");
  EXPECT_EQ(refused(R"({"timeout": -0.5})"), rule + "'-0.5'");
  EXPECT_EQ(refused(R"({"timeout": 1e300})"), rule + "'1e300'");
  EXPECT_EQ(refused(R"({"timeout": 18446744073709551615})"), rule + "18446744073709551615");
  EXPECT_EQ(refused(R"({"timeout": "1"})"), rule + "'1'");
}

TEST(JsonLine, WrongTypes) {
  const std::string field =
      "key 'field': expected an integer of at least 2, or a text such as \"2^8\" or \"GF(256)\", found ";
  EXPECT_EQ(refused(R"({"field": 2.0})"), field + "'2.0'");
  EXPECT_EQ(refused(R"({"field": -2})"), field + "-2");
  EXPECT_EQ(refused(R"({"field": 1})"), field + "1");
  EXPECT_EQ(refused(R"({"field": "two"})"), field + "'two'");
  EXPECT_EQ(refused(R"({"field": true})"), field + "true");
  EXPECT_EQ(refused(R"({"field": null})"), field + "null");
  EXPECT_EQ(refused(R"({"field": [2]})"), field + "a list");
  EXPECT_EQ(refused(R"({"field": {"q": 2}})"), field + "an object");
  EXPECT_EQ(refused(R"({"field": 99999999999999999999})"), field + "'99999999999999999999' (too large)");
  EXPECT_EQ(refused(R"({"degree": 0})"),
            "key 'degree': expected an integer from 1 to 1048576, or \"auto\", found 0");
  EXPECT_EQ(refused(R"({"degree": 1048577})"),
            "key 'degree': expected an integer from 1 to 1048576, or \"auto\", found 1048577");
  EXPECT_EQ(refused(R"({"feedback": 0})"),
            R"(key 'feedback': expected a text such as "x0 + x3*x4 + 1", found 0)");
  EXPECT_EQ(refused(R"({"coefficients": "1,1"})"),
            "key 'coefficients': expected a list of integers, found '1,1'");
  EXPECT_EQ(refused(R"({"coefficients": {}})"),
            "key 'coefficients': expected a list of integers, found an object");
  const std::string integer = ": expected an integer from 0 to 2^64 - 1";
  EXPECT_EQ(refused(R"({"coefficients": [1, -1]})"), "key 'coefficients': element 2 is -1" + integer);
  EXPECT_EQ(refused(R"({"coefficients": [1, 0, 1.0]})"), "key 'coefficients': element 3 is '1.0'" + integer);
  EXPECT_EQ(refused(R"({"coefficients": [[1]]})"), "key 'coefficients': element 1 is a list" + integer);
  EXPECT_EQ(refused(R"({"modulus": [1, null]})"), "key 'modulus': element 2 is null" + integer);
  EXPECT_EQ(refused(R"({"modulus": [1, {}]})"), "key 'modulus': element 2 is an object" + integer);
  EXPECT_EQ(refused(R"({"modulus": []})"),
            "key 'modulus': the list is empty; leave the key out for the default");
}

TEST(JsonLine, WrongKeys) {
  EXPECT_EQ(refused(R"({"feild": 2})"), "unknown key 'feild'; did you mean 'field'?");
  EXPECT_EQ(refused(R"({"colour": {"deep": [[]]}})"), "unknown key 'colour'");
  EXPECT_EQ(refused(R"({"": 2})"), "unknown key ''");
  EXPECT_EQ(refused(R"({"field": 2, "degree": 3, "field": 2})"), "key 'field': appears twice");
}

TEST(JsonLine, OtherThanAnObject) {
  const std::string rule = "expected one JSON object a line, found ";
  EXPECT_EQ(refused("[1]"), rule + "a list");
  EXPECT_EQ(refused("1"), rule + "1");
  EXPECT_EQ(refused("null"), rule + "null");
}

TEST(JsonLine, SyntaxErrorsNameTheColumn) {
  const std::string rest = R"("field": 2, "coefficients": [1])";
  EXPECT_TRUE(refused("{" + rest).starts_with("column 33: not valid JSON: unexpected end of input"));
  EXPECT_TRUE(refused("{" + rest + ",}").starts_with("column 34: not valid JSON: unexpected '}'"));
  EXPECT_TRUE(refused("{" + rest + "} x").starts_with("column 35: not valid JSON: invalid literal"));
  EXPECT_TRUE(
      refused("{" + rest + "} {" + rest + "}").starts_with("column 35: not valid JSON: unexpected '{'"));
  EXPECT_TRUE(refused("{'field': 2}").starts_with("column 2: not valid JSON: "));
  EXPECT_TRUE(refused("{field: 2}").starts_with("column 3: not valid JSON: "));
  EXPECT_TRUE(refused("{\"id\": 02}").starts_with("column 9: not valid JSON: "));
  EXPECT_TRUE(refused("{\"field\": 2} // note").starts_with("column 14: not valid JSON: "));
  EXPECT_TRUE(refused("{\"timeout\": 1e999}").find("number overflow") != std::string::npos);
  EXPECT_TRUE(refused("{\"id\": \"\xFF\"}")
                  .starts_with("column 9: not valid JSON: invalid string: ill-formed UTF-8 byte"));
  EXPECT_TRUE(refused("{\"id\": \"\xC3").starts_with("column 10: not valid JSON: "));
  EXPECT_TRUE(refused("\xFF\xFE{").starts_with("column 1: not valid JSON: "));
}

TEST(JsonLine, NulBytesDoNotHideWhatFollows) {
  const std::string line(R"({"field": 2, "coefficients": [1]})");
  EXPECT_EQ(refused(line + std::string("\0garbage", 8)), "column 34: a NUL byte: this is no text file");
  EXPECT_EQ(refused(std::string(1, '\0')), "column 1: a NUL byte: this is no text file");
}

TEST(JsonLine, DepthCostsNothing) {
  const std::string deep(1'000'000, '[');
  EXPECT_EQ(refused(deep), "expected one JSON object a line, found a list");
  EXPECT_TRUE(refused("{\"coefficients\": " + deep).starts_with("key 'coefficients': element 1 is a list"));
  EXPECT_EQ(refused("{\"id\": " + deep),
            "key 'id': expected a text of 1 to 255 bytes without control characters, or an "
            "integer, found a list");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"field\":";
  EXPECT_EQ(refused(objects),
            "key 'field': expected an integer of at least 2, or a text such as \"2^8\" or \"GF(256)\", found "
            "an object");
}

TEST(JsonLine, MessagesStayShort) {
  const std::string large(100'000, 'x');
  EXPECT_LT(refused("{\"feedback\": \"" + large).size(), 300U);
  EXPECT_LT(refused("{\"" + large + "\": 1}").size(), 300U);
  EXPECT_LT(refused("{\"field\": \"" + large + "\"}").size(), 300U);
  EXPECT_LT(refused("{\"field\": " + std::string(100'000, '9') + "}").size(), 300U);
  EXPECT_LT(refused(large).size(), 300U);
  EXPECT_LT(refused("{\"field\": 2, \"degree\": 3, \"feedback\": \"" + large + "\"}").size(), 300U);
}

TEST(MakeRegister, WhatALineMustSay) {
  EXPECT_EQ(refused(R"({"field": 2})"),
            "key 'coefficients': is missing: give one of coefficients, feedback, polynomial, taps or mask");
  EXPECT_EQ(refused(R"({"coefficients": [1]})"),
            "key 'field': is missing: the order of the field, such as 2");
  EXPECT_EQ(refused(R"({"field": 2, "feedback": "x0"})"),
            "key 'degree': is missing: a feedback text does not say the number of cells; 'auto' takes its "
            "highest cell");
  EXPECT_EQ(refused(R"({"field": 2, "degree": 1, "feedback": "x0", "coefficients": [1]})"),
            "key 'feedback': give one of coefficients, feedback, polynomial, taps or mask, not coefficients "
            "and feedback");
  EXPECT_EQ(refused(R"({"field": 2, "degree": 3, "coefficients": [1, 1]})"),
            "key 'degree': is 3, but there are 2 coefficients; with coefficients the degree may be left out");
}

TEST(MakeRegister, EveryForm) {
  const auto feedback = [](std::string_view line) {
    FieldCache fields;
    return make_register(read_json_line(line), fields).feedback().text();
  };
  EXPECT_EQ(feedback(R"x("x0 xor (x1 & !x2)")x"), "x0 + x1 + x1*x2");
  EXPECT_EQ(feedback(R"({"field": "2^1", "degree": "auto", "feedback": "x0 + x[3]"})"), "x0 + x3");
  EXPECT_EQ(feedback(R"({"field": 3, "polynomial": "x^2 - x - 1"})"), "x0 + x1");
  EXPECT_EQ(feedback(R"({"polynomial": "0x13", "reciprocal": true})"), "x0 + x3");
  EXPECT_EQ(feedback(R"({"taps": [4, 3], "xnor": true})"), "x0 + x1 + 1");
  EXPECT_EQ(feedback(R"({"taps": [4, 3], "galois": true, "xnor": false})"), "x0 + x1");
  EXPECT_EQ(feedback(R"({"mask": "0x3", "galois": true, "shift": "left", "degree": 4})"), "x0 + x1");
  EXPECT_EQ(read_json_line(R"({"taps": [4, 3], "index": false})").index, false);
  EXPECT_EQ(read_json_line(R"({"taps": [4, 3]})").index, std::nullopt);
  EXPECT_EQ(refused(R"({"taps": [4, 3], "index": "a.gfi"})"),
            "key 'index': expected true or false, found 'a.gfi'");
  EXPECT_EQ(refused(R"({"taps": [4, 3], "xnor": 1})"), "key 'xnor': expected true or false, found 1");
  EXPECT_EQ(refused(R"({"mask": "0x3"})"),
            "key 'mask': needs galois: a mask describes a Galois configuration");
}

TEST(MakeRegister, ValuesOutsideTheField) {
  EXPECT_TRUE(refused(R"({"field": 6, "coefficients": [1]})").starts_with("key 'field': "));
  EXPECT_TRUE(
      refused(R"({"field": 18446744073709551615, "coefficients": [1]})").starts_with("key 'field': "));
  EXPECT_TRUE(
      refused(R"({"field": 4, "modulus": [1, 0, 1], "coefficients": [1]})").starts_with("key 'modulus': "));
  EXPECT_TRUE(refused(R"({"field": 2, "coefficients": [1, 2]})").starts_with("key 'coefficients': "));
  EXPECT_TRUE(refused(R"({"field": 2, "coefficients": []})").starts_with("key 'coefficients': "));
  EXPECT_TRUE(refused(R"({"field": 2, "degree": 2, "feedback": "x0 + x2"})").starts_with("key 'feedback': "));
  EXPECT_TRUE(refused(R"({"field": 2, "degree": 2, "feedback": ""})").starts_with("key 'feedback': "));
}

TEST(CsvRow, ReadsCells) {
  const auto cells = [](const std::string& row, std::uint64_t q) {
    return *read_csv_row(row, q).form.coefficients;
  };
  using List = std::vector<std::uint64_t>;
  EXPECT_EQ(cells("1,1,0,1", 2), (List{1, 1, 0, 1}));
  EXPECT_EQ(cells("  7 , 0\t,\"3\", \" 1 \" ", 8), (List{7, 0, 3, 1}));
  EXPECT_EQ(cells("1", 2), (List{1}));
  EXPECT_EQ(read_csv_row("1", 9).field, 9U);
}

TEST(CsvRow, NamesTheColumn) {
  const std::string rule = ": expected an element of GF(2), an integer from 0 to 1";
  EXPECT_EQ(refused_row("1,0,"), "column 3: the cell is empty" + rule);
  EXPECT_EQ(refused_row(",1"), "column 1: the cell is empty" + rule);
  EXPECT_EQ(refused_row("1,\"\",1"), "column 2: the cell is empty" + rule);
  EXPECT_EQ(refused_row("1,2"), "column 2: '2'" + rule);
  EXPECT_EQ(refused_row("c0,c1"), "column 1: 'c0'" + rule + " (the file has no header row)");
  EXPECT_EQ(refused_row("1,-1"), "column 2: '-1'" + rule + " (the file has no header row)");
  EXPECT_EQ(refused_row("1;0"), "column 1: '1;0'" + rule + " (the file has no header row)");
  EXPECT_EQ(refused_row("1,\"0"), "column 2: '\"0'" + rule + " (the file has no header row)");
  EXPECT_EQ(refused_row(std::string("1,\0", 3)),
            "column 2: '\\x00'" + rule + " (the file has no header row)");
  EXPECT_EQ(refused_row("1,18446744073709551616"),
            "column 2: '18446744073709551616'" + rule + " (the file has no header row)");
}

TEST(FieldCache, AnyNumberOfFieldsTakesTurns) {
  FieldCache fields;
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t p = 2, found = 0; found < 100; ++p) {
      bool prime = true;
      for (std::uint64_t k = 2; k * k <= p; ++k) prime = prime && p % k != 0;
      if (!prime) continue;
      ++found;
      EXPECT_EQ(fields.get(p, {}).order(), p);
      EXPECT_EQ(fields.get(4, {1, 1, 1}).order(), 4u);
    }
  }
}

}  // namespace
}  // namespace gforbit::job_cycles
