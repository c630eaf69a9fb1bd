#include "gforbit/sys/cpu_quota.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "control_groups.hpp"
#include "gforbit/core/text.hpp"

namespace gforbit::sys {

namespace fs = std::filesystem;

namespace {

/// Microseconds of processor time in each period of so many; nullopt where there is no limit.
using QuotaAndPeriod = std::pair<std::optional<std::uint64_t>, std::optional<std::uint64_t>>;

QuotaAndPeriod read_quota(const ControlGroup& group) {
  if (!group.unified)  // -1: no limit
    return {number_in(group.folder / "cpu.cfs_quota_us"), number_in(group.folder / "cpu.cfs_period_us")};
  const auto line = line_in(group.folder / "cpu.max");  // "max 100000" or "200000 100000"
  if (!line) return {};
  const auto words = core::split(*line, ' ');
  if (words.size() != 2) return {};
  return {core::parse_u64(words[0]), core::parse_u64(words[1])};
}

}  // namespace

int CpuQuota::threads() const noexcept {
  constexpr double kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(std::ceil(cores), 1.0, kMost));
}

std::vector<CpuQuota> cpu_quotas(const fs::path& root) {
  std::vector<CpuQuota> quotas;
  for_each_control_group(root, "cpu", [&](const ControlGroup& group) {
    const auto [quota, period] = read_quota(group);
    struct stat status {};
    if (!quota || !period || *quota == 0 || *period == 0 || stat(group.folder.c_str(), &status) != 0) return;
    const CpuQuota found{status.st_dev, status.st_ino, group.folder.string(),
                         static_cast<double>(*quota) / static_cast<double>(*period)};
    // A mount and a link to it are the same groups.
    if (std::none_of(quotas.begin(), quotas.end(), [&](const auto& q) { return q.same_group(found); }))
      quotas.push_back(found);
  });
  return quotas;
}

std::optional<int> share_of_quotas(std::span<const std::vector<CpuQuota>> node, std::size_t self) {
  std::optional<int> least;
  for (const CpuQuota& quota : node[self]) {
    int sharers = 0, before_me = 0;
    for (std::size_t rank = 0; rank < node.size(); ++rank) {
      if (std::none_of(node[rank].begin(), node[rank].end(),
                       [&](const auto& q) { return q.same_group(quota); }))
        continue;
      ++sharers;
      if (rank < self) ++before_me;
    }
    const int share =
        std::max(quota.threads() / sharers + (before_me < quota.threads() % sharers ? 1 : 0), 1);
    least = std::min(least.value_or(share), share);
  }
  return least;
}

}  // namespace gforbit::sys
