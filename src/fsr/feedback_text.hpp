// Texts of functions whose cells have other names than x0, x1, ...
#pragma once

#include <span>
#include <string_view>

#include "gforbit/expression/parser.hpp"
#include "gforbit/fsr/feedback.hpp"

namespace gforbit::fsr {

/// As Feedback::parse().
/// @param degree  cells of all names together
/// @param what    what the text is, the first word of messages
[[nodiscard]] Feedback parse_function(const galois::Field& field, int degree,
                                      std::span<const expression::Cells> cells, std::string_view what,
                                      std::string_view text);

}  // namespace gforbit::fsr
