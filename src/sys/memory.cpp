#include "gforbit/sys/memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "gforbit/core/error.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::sys {

namespace fs = std::filesystem;

namespace {

constexpr auto kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// The number alone in a file; nullopt where there is no such file, or for cgroup v2's "max".
std::optional<std::uint64_t> number_in(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return core::parse_u64(core::trimmed(line));
}

/// The number behind `key` in a file of lines "key number" or "key: number kB".
std::optional<std::uint64_t> number_of(const fs::path& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name, value;
    if (words >> name >> value && name == key) return core::parse_u64(value);
  }
  return std::nullopt;
}

/// What differs between the two versions of control groups.
struct Hierarchy {
  std::vector<std::string_view> mounts;
  std::string_view limit, used, cache_key;
};
const Hierarchy kV1{
    {"sys/fs/cgroup/memory"}, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
const Hierarchy kV2{
    {"sys/fs/cgroup", "sys/fs/cgroup/unified"}, "memory.max", "memory.current", "inactive_file"};

/// Room left in one group: "used" counts file cache, and the inactive part of it is dropped on demand.
std::uint64_t room_in_group(const fs::path& group, const Hierarchy& h) {
  const auto limit = number_in(group / h.limit);
  const auto used = number_in(group / h.used);
  if (!limit || !used) return kUnlimited;
  const std::uint64_t cache = std::min(*used, number_of(group / "memory.stat", h.cache_key).value_or(0));
  const std::uint64_t held = *used - cache;
  return *limit > held ? *limit - held : 0;
}

/// The least room of a group and its ancestors up to the mount. In a container the path may be one of the
/// host, of which only the end of the chain (the mount itself) is visible: folders that are missing say
/// nothing.
std::uint64_t room_in_chain(const fs::path& root, const fs::path& group, const Hierarchy& h) {
  std::uint64_t room = kUnlimited;
  for (const auto mount : h.mounts) {
    fs::path inside = group.relative_path();
    for (;; inside = inside.parent_path()) {
      room = std::min(room, room_in_group(root / mount / inside, h));
      if (inside.empty()) break;
    }
  }
  return room;
}

}  // namespace

std::uint64_t available_memory(const fs::path& root) {
  const auto available_kib = number_of(root / "proc/meminfo", "MemAvailable:");
  if (!available_kib) {
    throw core::EnvironmentError(fmt::format("{} does not say MemAvailable: give the bound with --memory",
                                             (root / "proc/meminfo").string()));
  }
  std::uint64_t available = *available_kib * 1024;

  // Lines of /proc/self/cgroup: "number:controllers:path"; version 2 has number 0 and no controllers.
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view controllers = std::string_view(line).substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    const auto names = core::split(controllers, ',');
    if (controllers.empty()) {
      available = std::min(available, room_in_chain(root, group, kV2));
    } else if (std::find(names.begin(), names.end(), "memory") != names.end()) {
      available = std::min(available, room_in_chain(root, group, kV1));
    }
  }
  return available;
}

std::uint64_t peak_resident_memory() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts kilobytes of 1024
}

}  // namespace gforbit::sys
