#include "gforbit/sys/memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "control_groups.hpp"
#include "gforbit/core/error.hpp"

namespace gforbit::sys {

namespace fs = std::filesystem;

namespace {

constexpr auto kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// Memory left in one group: "used" counts file cache, and the inactive part of it is dropped on demand.
std::uint64_t left_in_group(const ControlGroup& group) {
  const auto limit = number_in(group.folder / (group.unified ? "memory.max" : "memory.limit_in_bytes"));
  const auto used = number_in(group.folder / (group.unified ? "memory.current" : "memory.usage_in_bytes"));
  if (!limit || !used) return kUnlimited;
  const auto* const cache_key = group.unified ? "inactive_file" : "total_inactive_file";
  const std::uint64_t cache = std::min(*used, number_of(group.folder / "memory.stat", cache_key).value_or(0));
  const std::uint64_t held = *used - cache;
  return *limit > held ? *limit - held : 0;
}

}  // namespace

std::uint64_t available_memory(const fs::path& root) {
  const auto available_kib = number_of(root / "proc/meminfo", "MemAvailable:");
  if (!available_kib) {
    throw core::EnvironmentError(fmt::format("{} does not say MemAvailable: give the bound with --memory",
                                             (root / "proc/meminfo").string()));
  }
  std::uint64_t available = *available_kib * 1024;

  for_each_control_group(root, "memory", [&](const ControlGroup& group) {
    available = std::min(available, left_in_group(group));
  });
  return available;
}

std::uint64_t peak_resident_memory() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts kilobytes of 1024
}

}  // namespace gforbit::sys
