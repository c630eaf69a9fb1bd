#include "control_groups.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "gforbit/core/text.hpp"

namespace gforbit::sys {

namespace fs = std::filesystem;

namespace {
void visit_chain(const fs::path& mount, const fs::path& group, bool unified,
                 const std::function<void(const ControlGroup&)>& visit) {
  for (fs::path inside = group.relative_path();; inside = inside.parent_path()) {
    visit({inside.empty() ? mount : mount / inside, unified});
    if (inside.empty()) break;
  }
}
}  // namespace

void for_each_control_group(const fs::path& root, std::string_view controller,
                            const std::function<void(const ControlGroup&)>& visit) {
  const fs::path mounts = root / "sys/fs/cgroup";
  // Lines of /proc/self/cgroup: "number:controllers:path"; version 2 has number 0 and no controllers.
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    const auto names = core::split(controllers, ',');
    if (controllers.empty()) {
      visit_chain(mounts, group, true, visit);
      visit_chain(mounts / "unified", group, true, visit);
    } else if (std::find(names.begin(), names.end(), controller) != names.end()) {
      // Several controllers in one hierarchy: its mount has all their names, and mostly a link for each.
      visit_chain(mounts / controller, group, false, visit);
      if (controllers != controller) visit_chain(mounts / controllers, group, false, visit);
    }
  }
}

std::optional<std::string> line_in(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return std::string(core::trimmed(line));
}

std::optional<std::uint64_t> number_in(const fs::path& file) {
  const auto line = line_in(file);
  return line ? core::parse_u64(*line) : std::nullopt;
}

std::optional<std::uint64_t> number_of(const fs::path& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name, value;
    if (words >> name >> value && name == key) return core::parse_u64(value);
  }
  return std::nullopt;
}

}  // namespace gforbit::sys
