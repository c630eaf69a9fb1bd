// The rules that every way of writing a feedback shares, in the words of its error messages.
#pragma once

#include <fmt/format.h>

#include <string>

#include "gforbit/core/error.hpp"
#include "gforbit/expression/parser.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

template <class Integer>
void check_degree(Integer degree) {
  if (degree >= 1 && degree <= static_cast<Integer>(kMaxDegree)) return;
  throw core::InputError(fmt::format("degree {} is not in 1..{}", degree, kMaxDegree));
}

/// Continues "... is ".
[[nodiscard]] inline std::string not_an_element(const galois::Field& field) {
  return fmt::format("not an element of GF({}): it must be in 0..{}", field.order(), field.order() - 1);
}

[[nodiscard]] inline std::string no_such_cell(int cell, int degree) {
  return expression::no_such_cell({.name = "x", .count = static_cast<std::uint64_t>(degree)},
                                  std::to_string(cell));
}

}  // namespace gforbit::fsr
