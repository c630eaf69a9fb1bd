/// Configuration files: `key = value` lines. Boost's own reader cuts a line at any '#', which feedback texts
/// and paths may contain, so the lines are read here and Boost's is used for flags alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gforbit::config {

struct IniEntry {
  std::string key, value;  ///< without blanks around them
  std::uint64_t line{};
};

/// The entries of a file in order. A line whose first character that is no blank is '#' is a comment; the
/// section headers
/// `[command]` (where nothing changes) are allowed.
/// @throws core::UsageError  names file and line; a key that appears twice is an error too
[[nodiscard]] std::vector<IniEntry> read_ini(const std::string& path, const std::string& command);

}  // namespace gforbit::config
