/// The registers of this folder with what is known of them (README.md says from where).
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "gforbit/core/natural.hpp"

namespace gforbit::known {

/// Largest register to map. The environment variable GFORBIT_KNOWN_BITS overrides the exponent; slow builds
/// (with assertions, with sanitizers) take a smaller cut.
inline std::uint64_t largest_states() {
  if (const char* const bits = std::getenv("GFORBIT_KNOWN_BITS")) return std::uint64_t{1} << std::stoi(bits);
#ifdef NDEBUG
  return std::uint64_t{1} << 24;
#else
  return std::uint64_t{1} << 17;
#endif
}

/// The lines of a file of this folder.
inline std::vector<std::string> lines_of(const std::string& name) {
  const std::string path = std::string(GFORBIT_KNOWN_FOLDER) + "/" + name;
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.empty()) throw std::runtime_error("no lines in " + path);
  return lines;
}

/// A number of expected.jsonl.
inline core::Natural natural_of(const nlohmann::json& number) {
  return number.is_string() ? core::natural(number.get<std::string>())
                            : core::Natural(number.get<std::uint64_t>());
}

struct KnownRegister {
  std::string id;
  std::string line;  ///< as --batch reads it
  std::uint64_t field = 0;
  nlohmann::json expected;
};

/// The registers with at most `most_states` states, smallest first.
inline std::vector<KnownRegister> known_registers(const core::Natural& most_states) {
  const auto registers = lines_of("registers.jsonl");
  const auto expected = lines_of("expected.jsonl");
  if (registers.size() != expected.size()) throw std::runtime_error("registers and results do not pair up");
  std::vector<KnownRegister> known;
  for (std::size_t i = 0; i < registers.size(); ++i) {
    const auto reg = nlohmann::json::parse(registers[i]);
    KnownRegister entry{reg.at("id"), registers[i], reg.at("field"), nlohmann::json::parse(expected[i])};
    if (entry.expected.at("id") != entry.id) throw std::runtime_error("registers and results do not pair up");
    if (core::power(entry.field, reg.at("degree")) <= most_states) known.push_back(std::move(entry));
  }
  return known;
}

}  // namespace gforbit::known
