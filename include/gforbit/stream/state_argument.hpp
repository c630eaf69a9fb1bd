/// The argument `state` of sources that walk on the states of a register.
#pragma once

#include <cstdint>

#include "gforbit/core/natural.hpp"
#include "gforbit/stream/library.hpp"

namespace gforbit::stream {

/// The index of the state: of an index, a hexadecimal index, or the cells s_0:s_1:...; 1 if it is not given.
/// @throws SyntaxError  there is no such state of `degree` cells over GF(q)
[[nodiscard]] core::Natural read_state(Arguments& a, std::uint64_t q, int degree);

}  // namespace gforbit::stream
