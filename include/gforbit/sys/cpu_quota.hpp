/// Processor time that control groups grant. Containers have all cores of the machine in their affinity mask
/// and a quota of fewer: threads beyond it use it up early in each period and stand still for the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gforbit::sys {

struct CpuQuota {
  std::uint64_t device = 0, inode = 0;  ///< of the group: its path may differ between containers
  std::string group;                    ///< its folder
  double cores = 0;                     ///< seconds of processor time a second; > 0

  [[nodiscard]] bool same_group(const CpuQuota& other) const noexcept {
    return device == other.device && inode == other.inode;
  }
  /// Threads that can use all of it.
  [[nodiscard]] int threads() const noexcept;
  bool operator==(const CpuQuota&) const = default;
};

/// The quotas of the control groups (v1 and v2) that this process is in and of their ancestors, the
/// innermost first. A file that cannot be read or makes no sense sets none.
/// @param root  where /proc and /sys hang; another folder in tests
[[nodiscard]] std::vector<CpuQuota> cpu_quotas(const std::filesystem::path& root = "/");

/// Threads that a rank may have by its quotas, each divided by the ranks of the node that are in its group;
/// what the division leaves over goes to the first of them; at least 1. nullopt: it has no quota.
/// @param node  quotas of all ranks of this node, the same order on each rank
/// @param self  this rank's place in it
[[nodiscard]] std::optional<int> share_of_quotas(std::span<const std::vector<CpuQuota>> node,
                                                 std::size_t self);

}  // namespace gforbit::sys
