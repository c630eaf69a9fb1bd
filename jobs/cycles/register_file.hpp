/// Notations of registers that files are published in, beside the JSON lines of --batch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cycles/options.hpp"
#include "cycles/register_line.hpp"

namespace gforbit::job_cycles {

/// The format of a file that begins with this line (which is not blank): `{` begins the data set, an
/// expression has an x, lists with parentheses are monomials, falling numbers above 0 are taps over GF(2),
/// and other numbers are coefficients.
[[nodiscard]] FileFormat format_of(std::string_view first_line, std::uint64_t q);

/// Reads one line of a file of this format, not the data set's.
/// @param given  field, modulus, degree and flags of all lines
/// @throws core::InputError  a message that begins with the column
[[nodiscard]] RegisterLine read_line(FileFormat format, std::string_view text, const RegisterLine& given);

/// The functions of the data set of maximal period registers of amundas/NLFSR (An FPGA Accelerated Search
/// Method for Maximum Period NLFSRs, WAIFI 2024): degree -> form -> "functions" -> lists of cells. As lines
/// of
/// --batch, with ids such as n10/3,1/0.
/// @throws core::InputError  it is no such document
[[nodiscard]] std::vector<std::string> data_set_lines(std::string_view text);

}  // namespace gforbit::job_cycles
