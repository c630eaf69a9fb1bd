// One pass over the lines; no value is interpreted here.
#include "ini.hpp"

#include <fmt/format.h>

#include <map>

#include "gforbit/config/line_file.hpp"
#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::config {

namespace {

// Beyond any real configuration: the longest value is a coefficient list of the largest degree.
constexpr std::uint64_t kLargestFile = std::uint64_t{64} << 20;

IniEntry read_entry(const LineFile& file, std::uint64_t number, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    throw core::UsageError(
        fmt::format("{}:{}: expected 'key = value', found {}", file.name(), number, core::quoted(text)));
  }
  IniEntry entry{std::string(core::trimmed(text.substr(0, equals))),
                 std::string(core::trimmed(text.substr(equals + 1))), number};
  if (entry.key.empty()) {
    throw core::UsageError(fmt::format("{}:{}: no key before '='", file.name(), number));
  }
  return entry;
}

std::vector<IniEntry> read_entries(LineFile& file, const std::string& command) {
  std::vector<IniEntry> entries;
  std::map<std::string, std::uint64_t, std::less<>> lines;
  for (Line line; file.next(line);) {
    if (line.offset + line.text.size() > kLargestFile) {
      throw core::UsageError(fmt::format("{}: longer than 64 MiB: not a configuration file", file.name()));
    }
    const auto text = core::trimmed(line.text);
    if (text.empty() || text.front() == '#') continue;
    if (text.front() == '[') {
      if (text != "[" + command + "]") {
        throw core::UsageError(fmt::format("{}:{}: section {} is not for the command '{}'; only [{}] is",
                                           file.name(), line.number, core::quoted(text), command, command));
      }
      continue;
    }
    IniEntry entry = read_entry(file, line.number, text);
    const auto [first, fresh] = lines.try_emplace(entry.key, line.number);
    if (!fresh) {
      throw core::UsageError(fmt::format("{}:{}: key {} appears twice, first in line {}", file.name(),
                                         line.number, core::quoted(entry.key), first->second));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

std::vector<IniEntry> read_ini(const std::string& path, const std::string& command) try {
  LineFile file(path, kLargestFile);
  return read_entries(file, command);
} catch (const core::InputError& error) {
  throw core::UsageError(
      fmt::format("--config: {}", error.what()));  // a file that cannot be read is bad usage here
}

}  // namespace gforbit::config
