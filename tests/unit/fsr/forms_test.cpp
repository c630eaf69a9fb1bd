// Registers as data sheets, papers and other tools write them: the examples that people compare.
#include "gforbit/fsr/forms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gforbit::fsr {
namespace {

using galois::Field;
using testing::HasSubstr;

std::string read(const Form& form, std::uint64_t q = 2) {
  try {
    return make_feedback(Field::of_order(q), form).text();
  } catch (const FormError& error) {
    return error.what();
  }
}

constexpr const char* kWikipedia = "x0 + x2 + x3 + x5";  // taps 16,14,13,11

TEST(Forms, OneRegisterInAllOfThem) {
  EXPECT_EQ(read({.taps = {{16, 14, 13, 11}}}), kWikipedia);
  EXPECT_EQ(read({.taps = {{11, 13, 14, 16}}}), kWikipedia) << "in any order";
  EXPECT_EQ(read({.polynomial = "0x1002D"}), kWikipedia);
  EXPECT_EQ(read({.polynomial = "0X1002D"}), kWikipedia);
  EXPECT_EQ(implied_order({.polynomial = " 0X1002D"}), 2);
  EXPECT_EQ(implied_order({.polynomial = "x + 1"}), std::nullopt);
  EXPECT_EQ(read({.polynomial = "x^16 + x^5 + x^3 + x^2 + 1"}), kWikipedia);
  EXPECT_EQ(read({.polynomial = "x^16 + x^14 + x^13 + x^11 + 1", .reciprocal = true}), kWikipedia);
  EXPECT_EQ(read({.mask = "0xB400", .galois = true}), kWikipedia);
  EXPECT_EQ(read({.mask = "0xb400", .shift = Shift::right, .galois = true}), kWikipedia);
  EXPECT_EQ(read({.mask = "0x002D", .shift = Shift::left, .galois = true}), kWikipedia);
  EXPECT_EQ(read({.mask = "0x2D", .degree = 16, .shift = Shift::left, .galois = true}), kWikipedia);
  EXPECT_EQ(read({.taps = {{16, 14, 13, 11}}, .galois = true}), kWikipedia);
  EXPECT_EQ(read({.taps = {{16, 14, 13, 11}}, .xnor = true}), std::string(kWikipedia) + " + 1");
}

TEST(Forms, SignsOverOtherFields) {
  EXPECT_EQ(read({.polynomial = "x^2 - x - 1"}, 3), "x0 + x1");
  EXPECT_EQ(read({.polynomial = "x^2 + 2*x + 2"}, 3), "x0 + x1");
  EXPECT_THAT(read({.polynomial = "2*x^2 + x + 1"}, 3), HasSubstr("a characteristic polynomial is monic"));
  EXPECT_EQ(read({.polynomial = "x^2 + x + 2", .reciprocal = true}, 3), "x0 + x1");
  EXPECT_EQ(read({.polynomial = "x^2 + a*x + 1"}, 4), "x0 + 2*x1");
}

TEST(Forms, WhatIsRefused) {
  EXPECT_THAT(read({}), HasSubstr("is missing: give one of"));
  EXPECT_THAT(read({.feedback = "x0", .taps = {{1}}}), HasSubstr("not feedback and taps"));
  EXPECT_THAT(read({.feedback = "x0"}), HasSubstr("degree: is missing"));
  EXPECT_THAT(read({.feedback = "1", .any_degree = true}), HasSubstr("it has no cell"));
  EXPECT_THAT(read({.taps = {{4, 3}}}, 3), HasSubstr("taps: is for registers over GF(2), not over GF(3)"));
  EXPECT_THAT(read({.taps = {{4, 0}}}), HasSubstr("tap 0 is not in 1..1048576: stages are counted from 1"));
  EXPECT_THAT(read({.taps = {{4, 3, 3}}}), HasSubstr("tap 3 is there twice"));
  EXPECT_THAT(read({.taps = {{4, 4}}}), HasSubstr("tap 4 is there twice"));
  EXPECT_THAT(read({.taps = {{4, 3}}, .degree = 5}), HasSubstr("degree: is 5, but the largest tap"));
  EXPECT_THAT(read({.polynomial = "1"}), HasSubstr("its degree is the number of cells"));
  EXPECT_THAT(read({.polynomial = "x^2 + x", .reciprocal = true}), HasSubstr("the constant term is 0"));
  EXPECT_THAT(read({.polynomial = "x^4 + y"}), HasSubstr("polynomial: polynomial, character 7"));
  EXPECT_THAT(read({.mask = "B400", .galois = true}), HasSubstr("no hexadecimal number such as 0xB400"));
  EXPECT_THAT(read({.mask = "0x0", .galois = true}), HasSubstr("is 0"));
  EXPECT_THAT(read({.mask = "0xB400", .degree = 12, .galois = true}), HasSubstr("the mask has 16 bits"));
  EXPECT_THAT(read({.mask = "0xB400"}), HasSubstr("needs galois"));
  EXPECT_THAT(read({.taps = {{4, 3}}, .shift = Shift::left}), HasSubstr("shift: needs mask"));
  EXPECT_THAT(read({.taps = {{4, 3}}, .xnor = true, .galois = true}), HasSubstr("Fibonacci configuration"));
  EXPECT_THAT(read({.feedback = "x0", .degree = 1, .xnor = true}), HasSubstr("add 1 to the feedback"));
}

TEST(Forms, AreSaidBack) {
  const Feedback feedback = make_feedback(Field::of_order(2), {.taps = {{16, 14, 13, 11}}});
  EXPECT_EQ(taps_text(feedback), "16,14,13,11");
  EXPECT_EQ(mask_text(feedback, Shift::right), "0xB400");
  EXPECT_EQ(mask_text(feedback, Shift::left), "0x002D");
  EXPECT_EQ(taps_text(Feedback::parse(Field::of_order(2), 4, "x1 + x2")), "")
      << "the oldest cell has no influence";
  EXPECT_EQ(taps_text(Feedback::parse(Field::of_order(3), 2, "x0")), "");
}

}  // namespace
}  // namespace gforbit::fsr
