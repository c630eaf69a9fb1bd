/// Systems of registers as JSON: what a file of --system and the key `system` of a batch hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/fsr/system.hpp"

namespace gforbit::job_cycles {

struct SystemText {
  std::uint64_t order = 0;             ///< of the field
  std::vector<std::uint64_t> modulus;  ///< empty: the default
  fsr::SystemForm form;
};

/// Whether the text of a row describes a system: a feedback never begins with a brace.
[[nodiscard]] inline bool is_system(std::string_view text) {
  return text.starts_with('{');
}

/// Reads one JSON object with the keys field, modulus, registers and output. Taps and the Galois
/// configuration become expressions.
/// @throws core::InputError  a syntax error, or `registers[1] 'b': key 'length': expected ..., found ...`
[[nodiscard]] SystemText read_system(const std::string& json);

/// The text of a file of --system.
/// @throws core::InputError  the file cannot be read, or has more than kLargestSystem bytes
[[nodiscard]] std::string read_system_file(const std::string& path);

inline constexpr std::uint64_t kLargestSystem = std::uint64_t{16} << 20;

}  // namespace gforbit::job_cycles
